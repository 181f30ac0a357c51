import { DEFAULT_POOL_OPTIONS } from '../../src/pool/default-options.ts'
import type { PoolRules } from '../../src/pool/pool-rules.ts'

/** The rules of a pool of defaults, but for what is said here: a pool of objects, without hooks. */
export function rulesWith(changes: Partial<PoolRules> = {}): PoolRules {
  return { ...DEFAULT_POOL_OPTIONS, hasProbe: false, hasReset: false, ...changes }
}
