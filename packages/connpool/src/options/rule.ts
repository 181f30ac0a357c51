import { PoolError } from '../errors.ts'
import { describeValue } from './describe-value.ts'

/** What an option's value must be: once in words that follow "must be", once as a check. */
export interface Rule {
  readonly says: string
  readonly allows: (value: unknown) => boolean
}

/** Throws `INVALID_OPTIONS` with option, rule and value if the rule does not allow the value. */
export function requireRule(option: string, value: unknown, rule: Rule): void {
  if (!isAllowed(value, rule)) throw brokenRule(option, rule.says, value)
}

export function brokenRule(option: string, says: string, value: unknown): PoolError<'INVALID_OPTIONS'> {
  return invalidOptions(`${option} must be ${says}; got ${describeValue(value)}`)
}

export function invalidOptions(message: string, cause?: unknown): PoolError<'INVALID_OPTIONS'> {
  return new PoolError('INVALID_OPTIONS', message, { cause })
}

/** A value that cannot even be examined, as a revoked proxy, breaks every rule. */
function isAllowed(value: unknown, rule: Rule): boolean {
  try {
    return rule.allows(value)
  } catch {
    return false
  }
}
