import { Pool } from 'connpool'
import { expect, test } from 'vitest'

import { SmallRedis } from './redis/small-redis.ts'
import { copy, copyOnce } from './using.ts'

test('what ends well gives the connection back', async () => {
  await using redis = await SmallRedis.start()
  redis.store.set('from', 'value')
  await using pool = new Pool({ endpoint: redis.endpoint })

  await copy(pool, 'from', 'to')

  expect(redis.store.get('to')).toBe('value')
  expect(pool.stats()).toMatchObject({ released: 1, discarded: 0, idle: 1 })
})

test('what throws closes it', async () => {
  await using redis = await SmallRedis.start()
  await using pool = new Pool({ endpoint: redis.endpoint })

  await expect(copy(pool, 'nowhere', 'to')).rejects.toThrow('no value at nowhere')

  expect(pool.stats()).toMatchObject({ released: 0, discarded: 1, idle: 0, closed: { dropped: 1 } })
})

test('a pool is closed at the end of its block', async () => {
  await using redis = await SmallRedis.start()
  redis.store.set('from', 'value')
  const pool = new Pool({ endpoint: redis.endpoint })

  await copyOnce(() => pool)

  expect(pool.explain().lifecycle).toBe('stopped')
})
