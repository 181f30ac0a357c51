import { expect, test, vi } from 'vitest'

import { cachePool, closeCachePool } from './lazy-singleton.ts'
import { command } from './redis/command.ts'
import { SmallRedis } from './redis/small-redis.ts'

test('everybody gets the same pool, until it is closed', async () => {
  await using redis = await SmallRedis.start()
  vi.stubEnv('CACHE_ENDPOINT', redis.endpoint)

  const pool = cachePool()
  const answer = await pool.use((socket) => command(socket, ['PING']))

  expect(answer).toBe('PONG')
  expect(cachePool()).toBe(pool)
  await closeCachePool()
  expect(cachePool()).not.toBe(pool)
  await closeCachePool()
})
