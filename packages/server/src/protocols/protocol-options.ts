/** What a value of an option must be, in words and as a check. */
export interface OptionRule {
  readonly says: string
  allows(value: unknown): boolean
}

/** An option of a protocol is not what it may be. */
export class ProtocolOptionError extends TypeError {
  override readonly name = 'ProtocolOptionError'
  /** The option's name. */
  readonly option: string

  constructor(option: string, message: string) {
    super(message)
    this.option = option
  }
}

export const BOOLEAN: OptionRule = { says: 'true or false', allows: (value) => typeof value === 'boolean' }

export const BYTES: OptionRule = {
  says: 'a whole number from 1, or Infinity',
  allows: (value) => value === Infinity || (Number.isSafeInteger(value) && Number(value) >= 1),
}

/** One of these values. */
export function oneOf(...values: readonly (string | number)[]): OptionRule {
  return { says: `one of ${values.join(', ')}`, allows: (value) => values.some((allowed) => allowed === value) }
}

/**
 * Checks the options of `protocol`. An undefined one counts as left out.
 *
 * @throws ProtocolOptionError naming the first option that is unknown or not as its rule says.
 */
export function checkOptions(protocol: string, given: object, rules: Readonly<Record<string, OptionRule>>): void {
  for (const [option, value] of Object.entries(given) as [string, unknown][]) {
    const rule = Object.hasOwn(rules, option) ? rules[option] : undefined
    if (rule === undefined) throw new ProtocolOptionError(option, unknown(protocol, option, Object.keys(rules)))
    if (value === undefined || rule.allows(value)) continue
    throw new ProtocolOptionError(option, `${protocol}: ${option} must be ${rule.says}, got ${shown(value)}`)
  }
}

function unknown(protocol: string, option: string, known: readonly string[]): string {
  const hint = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`
  return `${protocol}: there is no option ${JSON.stringify(option)}; ${hint}`
}

/** Objects are only named: they may hold secrets. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60))
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value
}
