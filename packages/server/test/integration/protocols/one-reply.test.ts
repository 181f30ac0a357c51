/**
 * A request that shares a connection has exactly one reply, which ends where we see its end. If not, the next one on that
 * connection, which may be somebody else's, would get it. Whether that is so is for the real servers to say.
 */
import fc from 'fast-check'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'

import { RedisServer } from '../../../../connpool/test/fixtures/redis-server.ts'
import { howMany } from '../../../../connpool/test/how-many.ts'
import { needs } from '../../../../connpool/test/requirements.ts'
import { memcached } from '../../../src/protocols/memcached.ts'
import type { FramedProtocol } from '../../../src/protocols/protocol.ts'
import { redis } from '../../../src/protocols/redis.ts'
import { scanAll } from '../../frames.ts'
import { MemcachedServer } from '../../fixtures/memcached-server.ts'
import { repliesTo } from './replies.ts'

const RUNS = { numRuns: howMany({ quick: 300, full: 2_000 }) }

describe('a command for Redis that shares a connection', needs('redis-server'), () => {
  const word = fc.oneof(
    fc.constantFrom(
      ...['GET', 'SET', 'k', 'a', '1', '-1', '0', '', '*', 'WITHSCORES', 'STREAMS', 'HELP', 'x\r\ny', '$1'],
    ),
    fc.constantFrom(
      ...['return {1,2,{3,{"x"}}}', 'return redis.status_reply("a\\r\\nb")', 'return redis.error_reply("a\\nb")'],
    ),
  )
  const name = fc.constantFrom(
    ...[
      'GET',
      'SET',
      'MGET',
      'DEL',
      'INCR',
      'LPUSH',
      'LRANGE',
      'HSET',
      'HGETALL',
      'ZADD',
      'ZRANGE',
      'XADD',
      'XRANGE',
      'XREAD',
    ],
    ...[
      'XINFO',
      'EVAL',
      'SORT',
      'SCAN',
      'TYPE',
      'OBJECT',
      'PING',
      'ECHO',
      'PUBLISH',
      'COMMAND',
      'MEMORY',
      'DUMP',
      'nonsense',
    ],
    ...[
      'ACL',
      'LATENCY',
      'SLOWLOG',
      'FUNCTION',
      'INFO',
      'PUBSUB',
      'GEOADD',
      'LOLWUT',
      'CONFIG',
      'SINTER',
      'SADD',
      'SMEMBERS',
    ],
  )
  const words = fc.tuple(name, fc.array(word, { maxLength: 4 })).map(([name, rest]) => [name, ...rest])
  const array = words.map(
    (words) => `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`,
  )
  const typed = words.map((words) => `${words.join(' ').replaceAll(/[\r\n]/g, '')}\r\n`)
  const last = { request: '*2\r\n$4\r\nECHO\r\n$4\r\nlast\r\n', reply: '$4\r\nlast\r\n' }

  test.each(['2', '3'])('has one reply, in RESP%s', async (version) => {
    await using server = await RedisServer.start()
    const socket = await connected(server.path)
    socket.write(`HELLO ${version}\r\n`)
    await once(socket, 'data')

    await fc.assert(fc.asyncProperty(fc.oneof(array, typed), oneReply(redis(), socket, last)), RUNS)
    socket.destroy()
  })
})

describe('a command for memcached that shares a connection', needs('memcached'), () => {
  const key = fc.constantFrom('k', 'a', 'queue', '\u00e9', 'x'.repeat(250), 'x'.repeat(251), '', 'noreply', '\tk')
  const digits = fc.constantFrom(
    ...['0', '1', '5', '-1', 'x', '', '00', '1.5', '2147483647', '2147483648', '4294967295', '4294967296'],
  )
  const unique = fc.constantFrom('1', '9223372036854775807', '18446744073709551615', '18446744073709551616', 'x')
  const space = fc.constantFrom(' ', ' ', ' ', '  ')
  const end = fc.constantFrom('\r\n', '\r\n', '\n')
  const storing = fc
    .tuple(fc.constantFrom('set', 'add', 'append', 'prepend', 'replace'), key, digits, digits, space, end, fc.nat(6))
    .map(([name, key, flags, exptime, space, end, bytes]) => {
      return `${name} ${key} ${flags}${space}${exptime} ${bytes}${end}${'y'.repeat(bytes)}\r\n`
    })
  const odd = fc.tuple(key, digits, digits, digits).map((words) => `set ${words.join(' ')}\r\nyyyyy\r\n`)
  const cas = fc.tuple(key, digits, unique).map(([key, flags, unique]) => `cas ${key} ${flags} 0 2 ${unique}\r\nyy\r\n`)
  const flag = fc.oneof(
    key,
    digits,
    fc.constantFrom('v', 'q', 't', 'k', 'T30', 'N10', 's', 'I', 'b', 'O123', 'noreply'),
  )
  const asking = fc
    .tuple(
      fc.constantFrom(
        ...[
          'get',
          'gets',
          'gat',
          'gats',
          'delete',
          'incr',
          'decr',
          'touch',
          'version',
          'stats',
          'mg',
          'md',
          'ma',
          'mn',
          'me',
        ],
      ),
      fc.array(flag, { maxLength: 4 }),
      space,
      end,
    )
    .map(([name, flags, space, end]) => [name, ...flags].join(space) + end)
  const last = { request: 'version\r\n', reply: 'VERSION ' }

  test('has one reply', async () => {
    await using server = await MemcachedServer.start()
    const socket = await connected(server.path)

    await fc.assert(fc.asyncProperty(fc.oneof(storing, odd, cas, asking), oneReply(memcached(), socket, last)), RUNS)
    socket.destroy()
  })
})

/** Asked only of what is one request and shares a connection. */
function oneReply(protocol: FramedProtocol, socket: Socket, last: { request: string; reply: string }) {
  return async (text: string): Promise<void> => {
    const request = Buffer.from(text, 'latin1')
    const { ends } = scanAll(protocol.requests(), [request])
    fc.pre(ends.length === 1 && ends[0] === request.length && protocol.claim?.(request) === 'share')

    expect(await repliesTo(socket, protocol, request, last)).toHaveLength(2)
  }
}

async function connected(path: string): Promise<Socket> {
  const socket = connect(path)
  await once(socket, 'connect')
  return socket
}
