import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { RedisReplyScanner } from '../protocols/redis/reply-scanner.ts'
import { answerCommand } from './answer-command.ts'
import { commandWords } from './command-words.ts'
import { Keyspace } from './keyspace.ts'

function backend() {
  const context = { keys: new Keyspace({ maxKeys: 1_000, maxBytes: 1e6 }), connection: { id: 7, name: '' } }
  return (line: string): string => answerCommand(commandWords(Buffer.from(`${line}\r\n`)), context).toString()
}

describe('commands', () => {
  test.each<[string, [string, string][]]>([
    [
      'greet',
      [
        ['PING', '+PONG\r\n'],
        ['ping hi', '$2\r\nhi\r\n'],
        ['ECHO hi', '$2\r\nhi\r\n'],
        ['SELECT 0', '+OK\r\n'],
        ['SELECT 1', '-ERR DB index is out of range\r\n'],
        ['HELLO 3', '-NOPROTO the demo backend speaks RESP2\r\n'],
        ['CLIENT SETNAME me', '+OK\r\n'],
        ['CLIENT GETNAME', '$2\r\nme\r\n'],
        ['CLIENT ID', ':7\r\n'],
        ['COMMAND DOCS', '*0\r\n'],
        ['CONFIG GET save', '*2\r\n$4\r\nsave\r\n$0\r\n\r\n'],
        ['CONFIG GET constructor', '*0\r\n'],
      ],
    ],
    [
      'keep texts',
      [
        ['GET a', '$-1\r\n'],
        ['SET a 1', '+OK\r\n'],
        ['GET a', '$1\r\n1\r\n'],
        ['SET a 2 NX', '$-1\r\n'],
        ['SET b 2 XX', '$-1\r\n'],
        ['SET a 2 xx', '+OK\r\n'],
        ['APPEND a 3', ':2\r\n'],
        ['STRLEN a', ':2\r\n'],
        ['MSET c 4 d 5', '+OK\r\n'],
        ['MGET a c x', '*3\r\n$2\r\n23\r\n$1\r\n4\r\n$-1\r\n'],
        ['MSET c', "-ERR wrong number of arguments for 'mset' command\r\n"],
        ['MSET c 1 d', "-ERR wrong number of arguments for 'mset' command\r\n"],
      ],
    ],
    [
      'count',
      [
        ['INCR n', ':1\r\n'],
        ['INCRBY n 41', ':42\r\n'],
        ['DECR n', ':41\r\n'],
        ['DECRBY n 50', ':-9\r\n'],
        ['SET t x', '+OK\r\n'],
        ['INCR t', '-ERR value is not an integer or out of range\r\n'],
        ['INCRBY n 9007199254740992', '-ERR value is not an integer or out of range\r\n'],
        ['SET m 9007199254740991', '+OK\r\n'],
        ['INCR m', '-ERR increment or decrement would overflow\r\n'],
      ],
    ],
    [
      'look around',
      [
        ['MSET user:1 a user:2 b x c', '+OK\r\n'],
        ['DBSIZE', ':3\r\n'],
        ['KEYS user:*', '*2\r\n$6\r\nuser:1\r\n$6\r\nuser:2\r\n'],
        ['KEYS x', '*1\r\n$1\r\nx\r\n'],
        ['KEYS u[s]er', '-ERR the demo backend knows KEYS * and KEYS prefix*\r\n'],
        ['EXISTS x x y', ':2\r\n'],
        ['TYPE x', '+string\r\n'],
        ['TTL x', ':-1\r\n'],
        ['TTL y', ':-2\r\n'],
        ['DEL x y', ':1\r\n'],
        ['FLUSHALL', '+OK\r\n'],
        ['DBSIZE', ':0\r\n'],
      ],
    ],
    [
      'keep lists',
      [
        ['RPUSH l b c', ':2\r\n'],
        ['LPUSH l a z', ':4\r\n'],
        ['LRANGE l 0 -1', '*4\r\n$1\r\nz\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n'],
        ['LRANGE l 1 2', '*2\r\n$1\r\na\r\n$1\r\nb\r\n'],
        ['LRANGE l -2 100', '*2\r\n$1\r\nb\r\n$1\r\nc\r\n'],
        ['LRANGE l 0 -100', '*0\r\n'],
        ['LPOP l', '$1\r\nz\r\n'],
        ['RPOP l', '$1\r\nc\r\n'],
        ['LLEN l', ':2\r\n'],
        ['GET l', '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'],
        ['DEL l', ':1\r\n'],
        ['LPOP l', '$-1\r\n'],
      ],
    ],
    [
      'keep sets, hashes and sorted sets',
      [
        ['SADD s a b a', ':2\r\n'],
        ['SADD s b', ':0\r\n'],
        ['SCARD s', ':2\r\n'],
        ['SMEMBERS s', '*2\r\n$1\r\na\r\n$1\r\nb\r\n'],
        ['SPOP s', '$1\r\na\r\n'],
        ['SPOP s', '$1\r\nb\r\n'],
        ['SPOP s', '$-1\r\n'],
        ['HSET h f 1 g 2', ':2\r\n'],
        ['HSET h f 3', ':0\r\n'],
        ['HGET h f', '$1\r\n3\r\n'],
        ['HGET h x', '$-1\r\n'],
        ['HGETALL h', '*4\r\n$1\r\nf\r\n$1\r\n3\r\n$1\r\ng\r\n$1\r\n2\r\n'],
        ['ZADD z 2 b 1 a', ':2\r\n'],
        ['ZADD z 3 a', ':0\r\n'],
        ['ZCARD z', ':2\r\n'],
        ['ZPOPMIN z', '*2\r\n$1\r\nb\r\n$1\r\n2\r\n'],
        ['ZADD z x a', '-ERR value is not a valid float\r\n'],
        ['ZPOPMIN none', '*0\r\n'],
      ],
    ],
    [
      'say what they do not know',
      [
        ['EXPIRE a 1', "-ERR unknown command 'EXPIRE': this is connpool's demo backend\r\n"],
        ['SET a 1 EX 5', "-ERR wrong number of arguments for 'set' command\r\n"],
        ['GET', "-ERR wrong number of arguments for 'get' command\r\n"],
        ['constructor', "-ERR unknown command 'constructor': this is connpool's demo backend\r\n"],
      ],
    ],
  ])('%s', (_what, lines) => {
    const ask = backend()

    expect(lines.map(([line]) => [line, ask(line)])).toEqual(lines)
  })

  test('INFO says how many keys there are', () => {
    const ask = backend()
    ask('SET a 1')

    expect(ask('INFO')).toContain('db0:keys=1')
  })
})

test('any words get exactly one reply, and what is kept is counted', () => {
  const names = [
    'SET',
    'GET',
    'APPEND',
    'LPUSH',
    'LPOP',
    'SADD',
    'SPOP',
    'HSET',
    'ZADD',
    'ZPOPMIN',
    'DEL',
    'INCR',
    'KEYS',
  ]
  const word = fc.oneof(fc.constantFrom('a', 'b', '1', '2', '-1', ''), fc.string({ unit: 'binary', maxLength: 5 }))
  const commands = fc.array(fc.tuple(fc.constantFrom(...names), fc.array(word, { maxLength: 5 })), { maxLength: 50 })
  fc.assert(
    fc.property(commands, (lines) => {
      const keys = new Keyspace({ maxKeys: 3, maxBytes: 600 })
      for (const words of lines) {
        const bytes = words.flat().map((each) => Buffer.from(each))
        const reply = answerCommand(bytes, { keys, connection: { id: 1, name: '' } })

        expect(new RedisReplyScanner().scan(reply, 0)).toBe(reply.length)
        expect(keys.bytes).toBeLessThanOrEqual(600)
        expect(keys.size).toBeLessThanOrEqual(3)
      }
      for (const key of [...keys.keys()]) keys.delete(key)
      expect([keys.size, keys.bytes]).toEqual([0, 0])
    }),
  )
})
