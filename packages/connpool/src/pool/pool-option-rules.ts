import { BOOLEAN, FUNCTION, isObject, NAME, OBJECT, oneOf, withMethods } from '../options/kind-rules.ts'
import {
  COUNT,
  COUNT_OR_INFINITY,
  COUNT_OR_ZERO,
  COUNT_OR_ZERO_OR_INFINITY,
  DURATION_OR_INFINITY,
  DURATION_OR_ZERO_OR_INFINITY,
  FINITE_DURATION,
  KEEP_ALIVE,
  RATIO,
} from '../options/number-rules.ts'
import type { Rules } from '../options/read-options.ts'
import type { Rule } from '../options/rule.ts'
import type { PoolOptions } from './pool-options.ts'

/** What is inside is checked by `parseEndpoint`. */
const STRING_OR_OBJECT: Rule = {
  says: "a string as 'host:port', or an object",
  allows: (value) => typeof value === 'string' || isObject(value),
}

const FALSE_OR_OBJECT: Rule = {
  says: 'false, or an object of breaker options (leave it out for the defaults)',
  allows: (value) => value === false || isObject(value),
}

/** The rule of every option. Whatever takes part in a wait that nobody else ends must be finite. */
export const POOL_OPTION_RULES: Rules<PoolOptions> = {
  endpoint: STRING_OR_OBJECT,
  dial: FUNCTION,
  closeConnection: FUNCTION,
  onConnect: FUNCTION,
  reset: FUNCTION,
  resetTimeoutMs: FINITE_DURATION,
  closeTimeoutMs: FINITE_DURATION,
  probe: FUNCTION,
  probeTimeoutMs: FINITE_DURATION,
  probeAfterIdleMs: DURATION_OR_ZERO_OR_INFINITY,
  probeIntervalMs: DURATION_OR_INFINITY,
  minSize: COUNT_OR_ZERO,
  maxSize: COUNT,
  maxWaiting: COUNT_OR_ZERO_OR_INFINITY,
  acquireTimeoutMs: DURATION_OR_ZERO_OR_INFINITY,
  dialTimeoutMs: FINITE_DURATION,
  maxDialing: COUNT,
  backoff: OBJECT,
  idleTimeoutMs: DURATION_OR_INFINITY,
  maxLifetimeMs: DURATION_OR_INFINITY,
  lifetimeJitterRatio: RATIO,
  maxUses: COUNT_OR_INFINITY,
  idleOrder: oneOf('lifo', 'fifo'),
  breaker: FALSE_OR_OBJECT,
  leakWarnMs: DURATION_OR_INFINITY,
  maxLeaseMs: DURATION_OR_INFINITY,
  nestedAcquire: oneOf('off', 'warn', 'error'),
  keepAliveMs: KEEP_ALIVE,
  noDelay: BOOLEAN,
  name: NAME,
  observer: OBJECT,
  clock: withMethods('now', 'wakeAt'),
  random: FUNCTION,
}
