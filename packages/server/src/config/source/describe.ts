import { isMapping } from '../kinds/is-mapping.ts'
import { Written } from './written.ts'

/** Longer texts are cut here: a message is read by people, and may end in a log. */
const LONGEST = 60

/** What JSON leaves as it is, but a terminal or a log would obey: controls, bidirectional marks, line separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * A value for an error message: short, on one line, and without what came from the environment. Of objects only the kind
 * is told.
 */
export function describe(given: unknown): string {
  if (given instanceof Written) return describeWritten(given)
  if (typeof given === 'string') return quoted(given)
  if (typeof given === 'function') return 'a function'
  if (given === null) return 'nothing'
  if (Array.isArray(given)) return 'a list'
  if (typeof given === 'object') return isMapping(given) ? 'a mapping' : 'an object of a class'
  return typeof given === 'symbol' ? 'a symbol' : `${given as number | bigint | boolean | undefined}`
}

/** A text in quotes, cut if it is long, and without the user and password that an address may begin with. */
export function quoted(given: string): string {
  const text = withoutPassword(given)
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  return JSON.stringify(shown).replace(UNPRINTABLE, escapeCharacter)
}

function describeWritten({ value, source, isFromEnvironment, wrong }: Written): string {
  if (wrong !== undefined) return quoted(source)
  if (isFromEnvironment) return `${quoted(source)} (with its value from the environment)`
  if (typeof value === 'number') return quoted(source).slice(1, -1)
  return describe(value)
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}

function withoutPassword(text: string): string {
  return text.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1***@')
}
