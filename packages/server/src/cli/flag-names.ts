import type { ConfigError } from '../config/config-error.ts'
import { type ConfigProblem, textOf } from '../config/problem.ts'

/** Which flag has said what stands at a path of the configuration; the first that fits. */
const FLAGS: readonly (readonly [path: string, flag: string])[] = [
  ['listeners[0].listen', '--listen'],
  ['listeners[0].protocol', '--protocol'],
  ['listeners[0].maxClients', '--max-clients'],
  ['listeners[0].requestTimeout', '--request-timeout'],
  ['upstreams.backend.pool.minSize', '--min-size'],
  ['upstreams.backend.pool.maxSize', '--max-size'],
  ['upstreams.backend', '--backend'],
  ['workers', '--workers'],
  ['dispatch', '--dispatch'],
  ['admin', '--admin'],
  ['drainTimeout', '--drain-timeout'],
  ['log.level', '--log-level'],
]

/** What is wrong with a configuration, a line each; where a flag has said it, the flag is named. */
export function problemLines({ problems }: ConfigError): readonly string[] {
  return problems.map((problem) => (problem.position === undefined ? textOf(inFlags(problem)) : textOf(problem)))
}

function inFlags(problem: ConfigProblem): ConfigProblem {
  const [, flag] = FLAGS.find(([path]) => problem.path.startsWith(path)) ?? []
  return { ...problem, path: flag ?? problem.path }
}
