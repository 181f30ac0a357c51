/**
 * Reads an object of options once, into a fresh one, so that later changes to the caller's object change nothing.
 *
 * An option counts as given if the object has it, or a class or prototype between the object and the root of its
 * prototypes: getters of a class work, and what somebody put on `Object.prototype` is never seen; neither is it in the
 * answer, which has no prototype. `undefined` is the same as absent. Every enumerable name that is not known is refused, `__proto__` and `constructor` among them.
 */
import type { PoolError } from '../errors.ts'
import { describeValue } from './describe-value.ts'
import { OBJECT } from './kind-rules.ts'
import { nearestName } from './nearest-name.ts'
import { invalidOptions, requireRule, type Rule } from './rule.ts'

/** One rule for every option there is. */
export type Rules<Options> = Readonly<Record<keyof Options, Rule>>

/**
 * The options that were given, checked one by one against their rules. `path` names the option this object is the value
 * of, for messages; empty for the options of the whole.
 */
export function readOptions<Options extends object>(
  given: Options,
  rules: Rules<Options>,
  path = '',
): Partial<Options> {
  requireRule(path || 'options', given, OBJECT)
  refuseUnknown(given, rules, path)
  const read = Object.create(null) as Partial<Options>
  for (const name of namesOf(rules)) {
    const value = readOption(given, name, optionName(path, name))
    if (value === undefined) continue
    requireRule(optionName(path, name), value, rules[name])
    read[name] = value
  }
  return read
}

/** The names of all options somebody gave, as the rule at the head of this file says. */
export function givenNames(given: object, path: string): string[] {
  return reading(path || 'options', () => {
    const names: string[] = []
    for (const name in given) if (isGiven(given, name)) names.push(name)
    return names
  })
}

/** One option's value, or undefined if it was not given. */
export function readOption<Options extends object, Name extends keyof Options>(
  given: Options,
  name: Name,
  option: string,
): Options[Name] | undefined {
  return reading(option, () => (isGiven(given, name) ? given[name] : undefined))
}

/** The error for a name that means nothing here; the nearest name that does is in the message. */
export function unknownOption(name: string, known: readonly string[], path: string): PoolError<'INVALID_OPTIONS'> {
  const nearest = nearestName(name, known)
  const shown = optionName(path, /^[\w$-]{1,60}$/.test(name) ? name : describeValue(name))
  if (nearest === undefined) return invalidOptions(`unknown option ${shown}; known are ${known.join(', ')}`)
  return invalidOptions(`unknown option ${shown}; did you mean ${optionName(path, nearest)}?`)
}

export function isGiven(given: object, name: PropertyKey): boolean {
  let holder: object | null = given
  do {
    if (Object.hasOwn(holder, name)) return true
    holder = Object.getPrototypeOf(holder) as object | null
  } while (holder !== null && Object.getPrototypeOf(holder) !== null)
  return false
}

function refuseUnknown<Options extends object>(given: Options, rules: Rules<Options>, path: string): void {
  for (const name of givenNames(given, path)) {
    if (!Object.hasOwn(rules, name)) throw unknownOption(name, Object.keys(rules), path)
  }
}

/** Getters and proxies are the caller's code, and may throw. */
function reading<Value>(option: string, read: () => Value): Value {
  try {
    return read()
  } catch (cause) {
    throw invalidOptions(`${option} must be readable; reading it threw an error`, cause)
  }
}

function optionName(path: string, name: PropertyKey): string {
  return path === '' ? String(name) : `${path}.${String(name)}`
}

function namesOf<Options extends object>(rules: Rules<Options>): (keyof Options)[] {
  return Object.keys(rules) as (keyof Options)[]
}
