/** What can be asked of the admin listener. */
export type AdminRoute =
  | { readonly name: 'index' | 'healthz' | 'readyz' | 'metrics' | 'state' | 'drain' }
  | { readonly name: 'pause' | 'resume'; readonly upstream: string }

const FIXED: ReadonlyMap<string, AdminRoute> = new Map([
  ['/', { name: 'index' }],
  ['/healthz', { name: 'healthz' }],
  ['/readyz', { name: 'readyz' }],
  ['/metrics', { name: 'metrics' }],
  ['/api/state', { name: 'state' }],
  ['/api/drain', { name: 'drain' }],
])

/** The route of a request target; undefined: there is none. What follows a `?` is not looked at. */
export function routeOf(target: string): AdminRoute | undefined {
  const [path = ''] = target.split('?', 1)
  const fixed = FIXED.get(path)
  if (fixed !== undefined) return fixed
  const [before, api, upstreams, name = '', action, ...more] = path.split('/')
  if (before !== '' || api !== 'api' || upstreams !== 'upstreams' || more.length > 0) return undefined
  const upstream = decoded(name)
  if (upstream === undefined || (action !== 'pause' && action !== 'resume')) return undefined
  return { name: action, upstream }
}

/** The methods a route takes. Nothing is changed by GET: a link, an image or a prefetch must not drain a server. */
export function methodsOf(route: AdminRoute): readonly string[] {
  switch (route.name) {
    case 'index':
    case 'healthz':
    case 'readyz':
    case 'metrics':
    case 'state':
      return ['GET', 'HEAD']
    case 'drain':
    case 'pause':
    case 'resume':
      return ['POST']
  }
}

/** Asks: may everybody have this? Load balancers and supervisors have no token. */
export function isPublic(route: AdminRoute | undefined): boolean {
  return route?.name === 'healthz' || route?.name === 'readyz'
}

function decoded(part: string): string | undefined {
  try {
    return part === '' ? undefined : decodeURIComponent(part)
  } catch {
    return undefined
  }
}
