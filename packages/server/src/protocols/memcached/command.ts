/**
 * What a request line of memcached says. Only what is certain is shared: a storage command that memcached itself refuses
 * for its form does not take its block of data, which is then read as commands, and the replies to those would go to
 * somebody else. Whatever is not exactly as it should be gets a connection of its own.
 */
import { latin1 } from '../latin1.ts'
import type { Claim } from '../protocol.ts'
import { readDecimal } from './decimal.ts'

export interface MemcachedCommand {
  readonly claim: Claim
  /** -1: no block of data follows, or it does not matter, since all that follows goes to the same connection. */
  readonly blockBytes: number
}

const OWN: MemcachedCommand = { claim: 'own', blockBytes: -1 }
const SHARE: MemcachedCommand = { claim: 'share', blockBytes: -1 }

/** Storage commands, and how many words they have. */
const STORING: ReadonlyMap<string, number> = new Map([
  ...['set', 'add', 'replace', 'append', 'prepend'].map((command) => [command, 5] as const),
  ['cas', 6],
])
/** With one reply each, whatever follows them, unless they say `noreply`. */
const ASKING: ReadonlySet<string> = new Set([
  ...['get', 'gets', 'gat', 'gats', 'delete', 'incr', 'decr', 'touch', 'version'],
])
/** With one reply each, unless they have the flag `q`. */
const META: ReadonlySet<string> = new Set(['mg', 'md', 'ma', 'mn', 'me'])

const LONGEST_COMMAND = 7
const LONGEST_KEY = 250
const GREATEST_FLAGS = 2 ** 32 - 1
const GREATEST_EXPTIME = 2 ** 31 - 1
const LEAST_EXPTIME = -(2 ** 31)
/** With its line break it must fit into a signed number of 32 bits. */
const GREATEST_BLOCK = 2 ** 31 - 3
/** Memcached takes twice as many; but these can be compared. */
const GREATEST_UNIQUE = 2 ** 63

/** Reads the line from `start` to `end`, its end included. */
export function readCommand(line: Uint8Array, start: number, end: number): MemcachedCommand {
  const text = textOf(line, start, end)
  if (text === undefined) return OWN
  const space = text.indexOf(' ')
  const command = space === -1 ? text : text.slice(0, space)
  if (command.length > LONGEST_COMMAND) return OWN
  if (ASKING.has(command)) return text.includes('noreply') ? OWN : SHARE
  if (META.has(command)) return isQuiet(text) ? OWN : SHARE
  if (text === 'stats') return SHARE
  return STORING.has(command) ? readStoring(text.split(' ')) : OWN
}

/** The line without its end, a character for each byte. Undefined: it has control characters in it. */
function textOf(line: Uint8Array, start: number, end: number): string | undefined {
  const hasReturn = line[end - 2] === 0x0d && end - 2 >= start
  const last = hasReturn ? end - 2 : end - 1
  for (let at = start; at < last; at++) {
    if ((line[at] ?? 0) < 0x20) return undefined
  }
  return latin1(line, start, last)
}

/** Flags follow on the key. */
function isQuiet(text: string): boolean {
  const flags = text.split(' ').slice(2)
  return flags.some((flag) => flag.startsWith('q'))
}

function readStoring(words: readonly string[]): MemcachedCommand {
  const [command = '', key = '', flags = '', exptime = '', bytes = '', unique = '0'] = words
  if (words.length !== STORING.get(command)) return OWN
  if (key === '' || key.length > LONGEST_KEY) return OWN
  if (readDecimal(flags, GREATEST_FLAGS) === undefined || !isExptime(exptime)) return OWN
  if (readDecimal(unique, GREATEST_UNIQUE) === undefined) return OWN
  const blockBytes = readDecimal(bytes, GREATEST_BLOCK)
  return blockBytes === undefined ? OWN : { claim: 'share', blockBytes }
}

/** Negative ones mean: expired at once. */
function isExptime(text: string): boolean {
  if (text.startsWith('-')) return readDecimal(text.slice(1), -LEAST_EXPTIME) !== undefined
  return readDecimal(text, GREATEST_EXPTIME) !== undefined
}
