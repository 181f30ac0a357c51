/** Longer strings are cut here: a message is read by people, and may end in a log. */
const LONGEST_TEXT = 60

/** What JSON leaves as it is, but a terminal or a log would obey: controls, bidirectional marks, line separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * A value, for an error message: short, on one line, and safe. Numbers, booleans and strings are shown; objects are
 * only named, since they may hold secrets. Never throws and never runs code of the value.
 */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quote(value)
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'bigint':
      return describeBigint(value)
    case 'boolean':
    case 'undefined':
      return String(value)
    case 'symbol':
      return 'a symbol'
    case 'function':
      return 'a function'
    case 'object':
      return describeObject(value)
  }
}

/** What kind of thing a value is, where even a string may be a secret. */
export function describeKind(value: unknown): string {
  if (typeof value === 'string') return 'a string'
  return describeValue(value)
}

function quote(text: string): string {
  const shown = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text
  return JSON.stringify(shown).replace(UNPRINTABLE, escapeCharacter)
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return `\\u{${code.toString(16)}}`
}

/** Writing out a very large one takes seconds. */
function describeBigint(value: bigint): string {
  return value > -(2n ** 64n) && value < 2n ** 64n ? `${value}n` : 'a bigint'
}

function describeObject(value: object | null): string {
  if (value === null) return 'null'
  return isArray(value) ? 'an array' : 'an object'
}

/** `Array.isArray` throws for a revoked proxy. */
function isArray(value: object): boolean {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}
