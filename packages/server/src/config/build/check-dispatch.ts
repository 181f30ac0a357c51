import type { ServerEntry } from '../schema/server-section.ts'
import { addressText } from './address-text.ts'
import type { ReadListener } from './read-listeners.ts'

/** What the listeners and the rest of the configuration say of each other. */
export function checkDispatch({ dispatch, admin }: ServerEntry, listeners: readonly ReadListener[]): void {
  const taken = admin === false || admin?.listen === undefined ? undefined : addressText(admin.listen)
  for (const { settings, place } of listeners) {
    if (settings.reusePort && dispatch === 'balanced') {
      place.in('reusePort').refuse('must be false with dispatch balanced, where one process accepts')
    }
    if (taken !== undefined && addressText(settings.listen) === taken) {
      place.in('listen').refuse('must be an address of its own, and admin.listen is the same')
    }
  }
}
