import { Pool } from 'connpool'
import { expect, test } from 'vitest'

import { SmallRedis } from './redis/small-redis.ts'
import { CacheClient } from './returning-wrapper.ts'

test('ending the client gives its connection back, once', async () => {
  await using redis = await SmallRedis.start()
  await using pool = new Pool({ endpoint: redis.endpoint })

  {
    using client = await CacheClient.open(pool)
    await client.set('key', 'value')
    client.end()
  }
  using next = await CacheClient.open(pool)

  expect(await next.get('key')).toBe('value')
  expect(pool.stats()).toMatchObject({ dials: 1, released: 1, discarded: 0, lateReleases: 0 })
})

test('a client that ends with an answer to come closes its connection', async () => {
  await using redis = await SmallRedis.start()
  await using pool = new Pool({ endpoint: redis.endpoint })
  const client = await CacheClient.open(pool)

  const unanswered = client.get('key')
  client.end()

  await expect(unanswered).rejects.toThrow('closed before the reply')
  expect(pool.stats()).toMatchObject({ released: 0, discarded: 1, idle: 0 })
})
