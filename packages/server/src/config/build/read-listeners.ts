import type { Problems } from '../problems.ts'
import { LISTENER } from '../schema/listener-section.ts'
import type { ListenerSettings } from '../settings.ts'
import { listenerSettings } from './listener-settings.ts'
import type { Place } from './place.ts'

/** A listener that can be read, and where it stands. */
export interface ReadListener {
  readonly settings: ListenerSettings
  readonly place: Place
}

/** Reads them one by one: what is wrong with one hides nothing that is wrong with another. */
export function readListeners(given: unknown, problems: Problems, root: Place): readonly ReadListener[] {
  if (given === undefined) return []
  if (!Array.isArray(given) || given.length === 0) {
    root.in('listeners').refuse('must be a list of listeners, at least one')
    return []
  }
  return given.flatMap((item: unknown, index) => {
    const place = root.in('listeners', index)
    const entry = problems.read(LISTENER, item, ['listeners', index])
    return entry === undefined ? [] : [{ settings: listenerSettings(entry, place), place }]
  })
}
