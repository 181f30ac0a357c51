// The incident of March 2023: a request was cancelled, its connection went back, and the next user read the reply of the
// one before. Here users are cancelled at every byte of request and reply.
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { Pool } from 'connpool'

import { ownPool } from '../fixtures/own-pool.ts'
import { command, encode, pipeline } from '../fixtures/redis-command.ts'
import { RedisServer } from '../fixtures/redis-server.ts'
import { Relay } from '../fixtures/relay.ts'
import { until } from '../fixtures/until.ts'
import { needs } from '../requirements.ts'

/** What a user does until he is cancelled; he must not come to an end by himself. */
type Work = (socket: Socket, signal: AbortSignal) => Promise<never>

/** How a cancelled user leaves. Resolves when he has. */
type Leave = (pool: Pool, work: Work, signal: AbortSignal) => Promise<void>

const leaves: Readonly<Record<string, Leave>> = {
  'throws out of use()': async (pool, work, signal) => {
    await expect(pool.use((socket) => work(socket, signal), { signal })).rejects.toThrow('cancelled')
  },
  'leaves a using block': async (pool, work, signal) => {
    const use = async (): Promise<never> => {
      using lease = await pool.acquire({ signal })
      return await work(lease.connection, signal)
    }
    await expect(use()).rejects.toThrow('cancelled')
  },
  'discards his lease': async (pool, work, signal) => {
    const lease = await pool.acquire({ signal })
    await work(lease.connection, signal).catch((error: unknown) => lease.discard(error))
  },
  'throws out of pinned()': async (pool, work, signal) => {
    const pinned = pool.pinned(() => pool.use((socket) => work(socket, signal)), { signal })
    await expect(pinned).rejects.toThrow('cancelled')
  },
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const leave = (): void => reject(signal.reason as Error)
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave)
  })

const askAlice = ['GET', 'alice']
const askAll = [askAlice, ['GET', 'carol'], askAlice]

async function givenSecrets(): Promise<RedisServer> {
  const redis = await RedisServer.start()
  await redis.command('MSET', 'alice', 'secret of alice', 'bob', 'secret of bob', 'carol', 'secret of carol')
  return redis
}

describe('when a user is cancelled', needs('redis-server'), () => {
  describe.each(Object.entries(leaves))('and %s', (_, leave) => {
    test.each([
      ['a request', [askAlice]],
      ['requests sent together', askAll],
    ])('at any byte of %s, the next one reads his own reply', async (_, commands) => {
      await using redis = await givenSecrets()
      const pool = ownPool({ endpoint: redis.endpoint, maxSize: 1, breaker: false })
      const request = Buffer.concat(commands.map(encode))

      for (let sent = 0; sent <= request.length; sent++) {
        const abort = new AbortController()
        const work: Work = (socket, signal) => {
          if (sent > 0) socket.write(request.subarray(0, sent))
          // At the end of this call, or when the reply may be there already.
          if (sent % 2 === 0) queueMicrotask(() => abort.abort(new Error('cancelled')))
          else setImmediate(() => abort.abort(new Error('cancelled')))
          return aborted(signal)
        }
        const left = leave(pool, work, abort.signal)
        const next = pool.use((socket) => command(socket, ['GET', 'bob']))

        expect(await next, `after ${sent} bytes`).toBe('secret of bob')
        await left
      }
    })

    test.each([
      ['a reply', [askAlice]],
      ['replies to requests sent together', askAll],
    ])('at any byte of %s, the next one reads his own reply', async (_, commands) => {
      await using redis = await givenSecrets()
      await using relay = await Relay.to(redis.port)
      const pool = ownPool({ endpoint: relay.endpoint, maxSize: 1, breaker: false })
      const { length } = commands.map(([, name]) => `$15\r\nsecret of ${name}\r\n`).join('')

      for (let read = 0; read < length; read++) {
        const abort = new AbortController()
        let received = 0
        const work: Work = async (socket, signal) => {
          socket.on('data', (bytes: Buffer) => (received += bytes.length))
          const replies = pipeline(socket, commands, signal)
          await until('so much of the reply has come', () => received >= read)
          abort.abort(new Error('cancelled'))
          throw new Error(`the whole reply has come: ${String(await replies)}`)
        }
        relay.lets = read
        pool.clear() // so that this one has a connection that is held back
        const left = leave(
          pool,
          (socket, signal) => Promise.race([work(socket, signal), aborted(signal)]),
          abort.signal,
        )
        const next = pool.use((socket) => {
          relay.letGo()
          return command(socket, ['GET', 'bob'])
        })
        await left
        relay.lets = Infinity

        expect(await next, `after ${read} bytes`).toBe('secret of bob')
      }
    })
  })
})
