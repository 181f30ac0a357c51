import { type Command, command, type CommandContext, keyOf, pairsOf } from '../command.ts'
import { CommandError } from '../keyspace.ts'
import { array, bulk, integer, NIL, type Reply } from '../reply.ts'

/** Sets, hashes and sorted sets, as far as `redis-benchmark` asks for them. */
export const COLLECTIONS: Readonly<Record<string, Command>> = {
  SADD: command(2, Infinity, addMembers),
  SCARD: command(1, 1, ([key], { keys }) => integer(keys.read(keyOf(key), 'set')?.members.size ?? 0)),
  SMEMBERS: command(1, 1, ([key], { keys }) =>
    array([...(keys.read(keyOf(key), 'set')?.members ?? [])].map((member) => text(member))),
  ),
  SPOP: command(1, 1, popMember),
  HSET: command(3, Infinity, setFields),
  HGET: command(2, 2, ([key, field], { keys }) => bulk(keys.read(keyOf(key), 'hash')?.fields.get(keyOf(field)))),
  HGETALL: command(1, 1, ([key], { keys }) =>
    array([...(keys.read(keyOf(key), 'hash')?.fields ?? [])].flatMap(([field, value]) => [text(field), bulk(value)])),
  ),
  ZADD: command(3, Infinity, addScores),
  ZCARD: command(1, 1, ([key], { keys }) => integer(keys.read(keyOf(key), 'zset')?.scores.size ?? 0)),
  ZPOPMIN: command(1, 1, popLowest),
}

function addMembers([key, ...words]: readonly Buffer[], { keys }: CommandContext): Reply {
  const known = keys.read(keyOf(key), 'set')?.members
  const fresh = [...new Set(words.map((word) => keyOf(word)))].filter((word) => known?.has(word) !== true)
  if (fresh.length === 0) return integer(0)
  const { members } = keys.grow(keyOf(key), { type: 'set', members: new Set() }, lengthsOf(fresh))
  for (const member of fresh) members.add(member)
  return integer(fresh.length)
}

function popMember([key]: readonly Buffer[], { keys }: CommandContext): Reply {
  const members = keys.read(keyOf(key), 'set')?.members ?? new Set()
  for (const member of members) {
    members.delete(member)
    keys.shrink(keyOf(key), [member.length])
    return text(member)
  }
  return NIL
}

function setFields([key, ...words]: readonly Buffer[], { keys }: CommandContext): Reply {
  const name = keyOf(key)
  let added = 0
  for (const [field, value] of pairsOf(words, 'hset')) {
    const before = keys.read(name, 'hash')?.fields.get(keyOf(field))
    const { fields } = keys.grow(name, { type: 'hash', fields: new Map() }, [field.length + value.length])
    fields.set(keyOf(field), Buffer.from(value))
    if (before === undefined) added++
    else keys.shrink(name, [field.length + before.length])
  }
  return integer(added)
}

function addScores([key, ...words]: readonly Buffer[], { keys }: CommandContext): Reply {
  const name = keyOf(key)
  const pairs = pairsOf(words, 'zadd').map(([score, member]) => [scoreOf(score), keyOf(member)] as const)
  let added = 0
  for (const [score, member] of pairs) {
    const isKnown = keys.read(name, 'zset')?.scores.has(member) === true
    keys.grow(name, { type: 'zset', scores: new Map() }, isKnown ? [] : [member.length]).scores.set(member, score)
    if (!isKnown) added++
  }
  return integer(added)
}

/** Looks at all members: fine for a demo. */
function popLowest([key]: readonly Buffer[], { keys }: CommandContext): Reply {
  const scores = keys.read(keyOf(key), 'zset')?.scores ?? new Map<string, number>()
  let lowest: readonly [string, number] | undefined
  for (const entry of scores) {
    if (lowest === undefined || entry[1] < lowest[1] || (entry[1] === lowest[1] && entry[0] < lowest[0])) lowest = entry
  }
  if (lowest === undefined) return array([])
  scores.delete(lowest[0])
  keys.shrink(keyOf(key), [lowest[0].length])
  return array([text(lowest[0]), bulk(String(lowest[1]))])
}

function scoreOf(word: Buffer): number {
  const score = Number(keyOf(word))
  const isScore = word.length > 0 && word.length <= 32 && !Number.isNaN(score)
  if (!isScore) throw new CommandError('ERR value is not a valid float')
  return score
}

function text(latin1: string): Reply {
  return bulk(Buffer.from(latin1, 'latin1'))
}

function lengthsOf(words: readonly string[]): number[] {
  return words.map(({ length }) => length)
}
