/** Where the server is; a pool takes it as its `endpoint`. */
export type Address =
  { readonly host: string; readonly port: number; readonly tls: boolean } | { readonly path: string }

/** The server that the demo talks to. */
export interface Target {
  readonly address: Address
  /** As it may be printed: without user and password. */
  readonly text: string
  /** What a fresh connection must say before it is of use. */
  readonly greeting: readonly (readonly string[])[]
}

/** `REDIS_URL` cannot be understood; the message is for the one who wrote it, and tells no password. */
export class BadUrl extends Error {
  override readonly name = 'BadUrl'
}

const FORMS = 'redis://host:port, rediss://host:port (TLS) or unix:/path/to/socket'

export function parseTarget(text: string): Target {
  if (text.startsWith('unix:')) return unixTarget(text)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.hostname === '' || (url.protocol !== 'redis:' && url.protocol !== 'rediss:')) {
    throw new BadUrl(`REDIS_URL must be ${FORMS}; ${got(text)}`)
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = url.port === '' ? 6379 : Number(url.port)
  return {
    address: { host, port, tls: url.protocol === 'rediss:' },
    text: `${url.protocol}//${url.hostname}:${port}`,
    greeting: [...authOf(url), ...selectOf(url.pathname.slice(1))],
  }
}

function unixTarget(text: string): Target {
  const path = text.replace(/^unix:(\/\/)?/, '')
  if (!path.startsWith('/')) throw new BadUrl(`REDIS_URL: the path of a socket begins with a slash; ${got(text)}`)
  return { address: { path }, text: `unix:${path}`, greeting: [] }
}

function authOf({ username, password }: URL): string[][] {
  if (password === '') return []
  return [['AUTH', ...(username === '' ? [] : [decodeURIComponent(username)]), decodeURIComponent(password)]]
}

function selectOf(database: string): string[][] {
  if (database === '') return []
  if (!/^\d+$/.test(database)) {
    throw new BadUrl(`REDIS_URL: what follows the port must be the number of a database; got "${database}"`)
  }
  return [['SELECT', database]]
}

function got(text: string): string {
  return text.includes('@') ? 'what was given, with its password, is not shown' : `got "${text}"`
}
