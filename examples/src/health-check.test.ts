import { Pool } from 'connpool'
import { describe, expect, test } from 'vitest'

import { isReady, pingedPool, probedPool, writersPool } from './health-check.ts'
import { command } from './redis/command.ts'
import { SmallRedis } from './redis/small-redis.ts'

describe.each([
  ['redisPing()', probedPool],
  ['sendExpect()', pingedPool],
])('with %s', (_name, makePool) => {
  test('a connection is lent', async () => {
    await using redis = await SmallRedis.start()
    await using pool = makePool(redis.endpoint)

    expect(await pool.use((socket) => command(socket, ['PING']))).toBe('PONG')
  })
})

test('a connection to what has become a replica is not lent again', async () => {
  await using redis = await SmallRedis.start()
  await using pool = writersPool(redis.endpoint)
  const ids: number[] = []
  const note = async (): Promise<void> => pool.use((_socket, lease) => void ids.push(lease.info.id))

  await note()
  redis.store.set('role', 'slave')
  await new Promise((resolve) => setTimeout(resolve, 550))
  await note()

  expect(ids).toEqual([1, 2])
  expect(pool.stats()).toMatchObject({ probes: 1, probeFailures: 1, closed: { 'probe-failed': 1 } })
})

describe('readiness', () => {
  test('a server that answers is ready', async () => {
    await using redis = await SmallRedis.start()
    await using pool = new Pool({ endpoint: redis.endpoint })

    expect(await isReady(pool)).toBe(true)
  })

  test('a server that accepts and says nothing is not', async () => {
    await using redis = await SmallRedis.start()
    await using pool = new Pool({ endpoint: redis.endpoint })
    redis.freeze()

    expect(await isReady(pool)).toBe(false)
  })
})
