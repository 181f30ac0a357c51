import type { BreakerRule, BreakerState, Outcome } from '../breaker/breaker-rule.ts'
import { asError } from './as-error.ts'

/**
 * Tells the user's rule what happened; answers whether it wants the breaker open. It is his code: what it throws is
 * reported, and what it answers but `true` is no word to open.
 */
export function asksToOpen(rule: BreakerRule, outcome: Outcome, state: BreakerState): boolean {
  try {
    if (outcome === 'failure') return rule.failure(state) === true
    rule.success(state)
  } catch (error) {
    process.emitWarning(`The rule of a breaker threw in ${outcome}(): ${asError(error).message}`, {
      type: 'ConnpoolWarning',
      code: 'CONNPOOL_RULE_THREW',
    })
  }
  return false
}
