import { ConfigError } from '../config/config-error.ts'
import type { ServerSettings } from '../config/settings.ts'

/**
 * Every worker must have a part of every limit.
 *
 * @throws ConfigError naming those that are too small.
 */
export function checkParts({ listeners, workers, dispatch }: ServerSettings): void {
  if (dispatch === 'balanced') return
  const problems = [...listeners.entries()]
    .filter(([, { maxClients }]) => maxClients < workers)
    .map(([index, { maxClients }]) => ({
      path: `listeners[${index}].maxClients`,
      message: `must be at least the number of workers, ${workers}, with dispatch kernel, where each has an even part; got ${maxClients}`,
      position: undefined,
    }))
  if (problems.length > 0) throw new ConfigError(problems)
}
