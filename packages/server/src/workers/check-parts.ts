import { ConfigError } from '../config/config-error.ts'
import { type ConfigProblem, pathText } from '../config/problem.ts'
import type { ServerSettings } from '../config/settings.ts'

/**
 * Every worker must have a part of every limit.
 *
 * @throws ConfigError naming those that are too small.
 */
export function checkParts(settings: ServerSettings): void {
  const problems = [...tooFewConnections(settings), ...tooFewClients(settings)]
  if (problems.length > 0) throw new ConfigError(problems)
}

function tooFewConnections({ upstreams, workers }: ServerSettings): ConfigProblem[] {
  return upstreams
    .filter(({ maxSize }) => maxSize < workers)
    .map(({ name, maxSize }) => ({
      path: pathText(['upstreams', name, 'maxSize']),
      message: `must be at least the number of workers, ${workers}: each needs a connection; got ${maxSize}`,
      position: undefined,
    }))
}

function tooFewClients({ listeners, workers, dispatch }: ServerSettings): ConfigProblem[] {
  if (dispatch === 'balanced') return []
  return [...listeners.entries()]
    .filter(([, { maxClients }]) => maxClients < workers)
    .map(([index, { maxClients }]) => ({
      path: `listeners[${index}].maxClients`,
      message: `must be at least the number of workers, ${workers}, with dispatch kernel, where each has an even part; got ${maxClients}`,
      position: undefined,
    }))
}
