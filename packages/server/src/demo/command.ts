import { latin1 } from '../protocols/latin1.ts'
import { CommandError, type Keyspace } from './keyspace.ts'
import type { Reply } from './reply.ts'

/** What a command works on: the keys of all, and what this connection has said of itself. */
export interface CommandContext {
  readonly keys: Keyspace
  readonly connection: { readonly id: number; name: string }
}

/** A command, given its arguments. Arguments are views into what was received: who keeps one copies it. */
export interface Command {
  readonly atLeast: number
  readonly atMost: number
  run(words: readonly Buffer[], context: CommandContext): Reply
}

/** A command with `atLeast` to `atMost` arguments. */
export function command(atLeast: number, atMost: number, run: Command['run']): Command {
  return { atLeast, atMost, run }
}

/** A word as a key: a text with a character for each byte. */
export function keyOf(word: Buffer | undefined): string {
  return word === undefined ? '' : latin1(word, 0, word.length)
}

/** A word as a whole number. */
export function wholeOf(word: Buffer | undefined): number {
  const text = keyOf(word)
  const value = Number(text)
  if (text === '' || text.length > 20 || !Number.isSafeInteger(value) || String(value) !== text) {
    throw new CommandError('ERR value is not an integer or out of range')
  }
  return value
}

/** Words in pairs. */
export function pairsOf(words: readonly Buffer[], name: string): [Buffer, Buffer][] {
  if (words.length % 2 !== 0) throw new CommandError(`ERR wrong number of arguments for '${name}' command`)
  return words.flatMap((word, at): [Buffer, Buffer][] => {
    const next = words[at + 1]
    return at % 2 === 0 && next !== undefined ? [[word, next]] : []
  })
}
