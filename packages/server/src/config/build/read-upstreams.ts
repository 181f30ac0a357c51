import { isMapping } from '../kinds/is-mapping.ts'
import { isName, NAME_SAYS } from '../kinds/words.ts'
import type { Problems } from '../problems.ts'
import { UPSTREAM } from '../schema/upstream-section.ts'
import type { UpstreamSettings } from '../settings.ts'
import type { Place } from './place.ts'
import { upstreamSettings } from './upstream-settings.ts'

/** The upstreams of a configuration: all their names, and the settings of those that can be read. */
export interface ReadUpstreams {
  readonly names: readonly string[]
  readonly settings: readonly UpstreamSettings[]
}

/** Reads them one by one: what is wrong with one hides nothing that is wrong with another. */
export function readUpstreams(given: unknown, problems: Problems, root: Place): ReadUpstreams {
  if (given === undefined) return { names: [], settings: [] }
  if (!isMapping(given)) {
    root.in('upstreams').refuse('must be a mapping of names to upstreams')
    return { names: [], settings: [] }
  }
  const names = Object.keys(given)
  const settings = names.flatMap((name) => {
    const place = root.in('upstreams', name)
    if (!isName(name)) place.refuseKey(`must have another name: ${NAME_SAYS}`)
    const entry = problems.read(UPSTREAM, given[name], ['upstreams', name])
    return entry === undefined ? [] : [upstreamSettings(name, entry, place)]
  })
  return { names, settings }
}
