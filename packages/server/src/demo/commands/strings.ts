import { type Command, command, type CommandContext, keyOf, pairsOf, wholeOf } from '../command.ts'
import { CommandError } from '../keyspace.ts'
import { array, bulk, integer, NIL, OK, type Reply } from '../reply.ts'

export const STRINGS: Readonly<Record<string, Command>> = {
  GET: command(1, 1, ([key], { keys }) => bulk(keys.read(keyOf(key), 'string')?.bytes)),
  SET: command(2, 3, set),
  MGET: command(1, Infinity, (words, { keys }) =>
    array(
      words.map((word) =>
        keys.typeOf(keyOf(word)) === 'string' ? bulk(keys.read(keyOf(word), 'string')?.bytes) : NIL,
      ),
    ),
  ),
  MSET: command(2, Infinity, (words, { keys }) => {
    for (const [key, value] of pairsOf(words, 'mset')) keys.write(keyOf(key), value)
    return OK
  }),
  APPEND: command(2, 2, ([key, more = Buffer.alloc(0)], { keys }) => {
    const bytes = Buffer.concat([keys.read(keyOf(key), 'string')?.bytes ?? Buffer.alloc(0), more])
    keys.write(keyOf(key), bytes)
    return integer(bytes.length)
  }),
  STRLEN: command(1, 1, ([key], { keys }) => integer(keys.read(keyOf(key), 'string')?.bytes.length ?? 0)),
  INCR: command(1, 1, ([key], context) => add(key, 1, context)),
  DECR: command(1, 1, ([key], context) => add(key, -1, context)),
  INCRBY: command(2, 2, ([key, by], context) => add(key, wholeOf(by), context)),
  DECRBY: command(2, 2, ([key, by], context) => add(key, -wholeOf(by), context)),
}

function set([key, value = Buffer.alloc(0), condition]: readonly Buffer[], { keys }: CommandContext): Reply {
  const name = keyOf(key)
  const when = keyOf(condition).toUpperCase()
  if (when !== '' && when !== 'NX' && when !== 'XX') {
    throw new CommandError('ERR the demo backend knows SET key value [NX|XX]; nothing expires in it')
  }
  const isThere = keys.typeOf(name) !== undefined
  if ((when === 'NX' && isThere) || (when === 'XX' && !isThere)) return NIL
  keys.write(name, value)
  return OK
}

function add(word: Buffer | undefined, by: number, { keys }: CommandContext): Reply {
  const key = keyOf(word)
  const sum = wholeOf(keys.read(key, 'string')?.bytes ?? Buffer.from('0')) + by
  if (!Number.isSafeInteger(sum)) throw new CommandError('ERR increment or decrement would overflow')
  keys.write(key, Buffer.from(String(sum)))
  return integer(sum)
}
