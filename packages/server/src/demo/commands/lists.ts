import { type Command, command, type CommandContext, keyOf, wholeOf } from '../command.ts'
import { array, bulk, integer, NIL, type Reply } from '../reply.ts'

export const LISTS: Readonly<Record<string, Command>> = {
  LPUSH: command(2, Infinity, (words, context) => push(words, context, 'front')),
  RPUSH: command(2, Infinity, (words, context) => push(words, context, 'back')),
  LPOP: command(1, 1, (words, context) => pop(words, context, 'front')),
  RPOP: command(1, 1, (words, context) => pop(words, context, 'back')),
  LLEN: command(1, 1, ([key], { keys }) => integer(keys.read(keyOf(key), 'list')?.items.length ?? 0)),
  LRANGE: command(3, 3, ([key, from, to], { keys }) => {
    const items = keys.read(keyOf(key), 'list')?.items ?? []
    const [start, stop] = [wholeOf(from), wholeOf(to)].map((at) => (at < 0 ? Math.max(0, items.length + at) : at))
    const end = wholeOf(to) < -items.length ? 0 : (stop ?? 0) + 1
    return array(items.slice(start, end).map((item) => bulk(item)))
  }),
}

type Side = 'front' | 'back'

function push([key, ...values]: readonly Buffer[], { keys }: CommandContext, side: Side): Reply {
  const { items } = keys.grow(keyOf(key), { type: 'list', items: [] }, lengthsOf(values))
  for (const value of values) {
    if (side === 'front') items.unshift(Buffer.from(value))
    else items.push(Buffer.from(value))
  }
  return integer(items.length)
}

function pop([key]: readonly Buffer[], { keys }: CommandContext, side: Side): Reply {
  const items = keys.read(keyOf(key), 'list')?.items
  const item = side === 'front' ? items?.shift() : items?.pop()
  if (item === undefined) return NIL
  keys.shrink(keyOf(key), lengthsOf([item]))
  return bulk(item)
}

function lengthsOf(values: readonly Buffer[]): number[] {
  return values.map(({ length }) => length)
}
