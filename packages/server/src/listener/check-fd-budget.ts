import { DEFAULTS } from '../config/defaults.ts'
import type { ListenerSettings, ServerSettings } from '../config/settings.ts'
import { fdShortage } from './fd-budget.ts'

/**
 * Asks whether each process that serves may open as many file descriptors as it will need when it is full.
 *
 * @throws an error that says how many are missing, and the ways out.
 */
export function checkFdBudget(settings: ServerSettings, limit: number | undefined): void {
  const backends = settings.upstreams.reduce((sum, { maxSize }) => sum + maxSize, 0)
  const shortage = fdShortage({ maxClients: clientsOf(settings), backends }, limit)
  if (shortage !== undefined) throw new Error(shortage)
}

/** Workers that accept by themselves have a share each; one that is handed its clients may be handed all. */
function clientsOf({ listeners, workers, dispatch }: ServerSettings): number {
  const each = listeners.filter(isAskedFor).reduce((sum, { maxClients }) => sum + maxClients, 0)
  const all = each + (listeners.every(isAskedFor) ? 0 : DEFAULTS.listener.maxClients)
  return dispatch === 'kernel' ? Math.ceil(all / workers) : all
}

/** The default is counted once, however many listeners have it: nobody has asked for that many clients at each of them. */
function isAskedFor({ maxClients }: ListenerSettings): boolean {
  return maxClients !== DEFAULTS.listener.maxClients
}
