import { Pool } from 'connpool'
import { expect, test } from 'vitest'

import { incrementAll } from './pinned-transaction.ts'
import { SmallRedis } from './redis/small-redis.ts'

test('all of a transaction is on one connection, beside others', async () => {
  await using redis = await SmallRedis.start()
  await using pool = new Pool({ endpoint: redis.endpoint, maxSize: 4 })

  const replies = await Promise.all([incrementAll(pool, ['a', 'b']), incrementAll(pool, ['c', 'c', 'c'])])

  expect(replies).toEqual([
    [1, 1],
    [1, 2, 3],
  ])
  expect(pool.stats()).toMatchObject({ acquired: 2, released: 2, dials: 2 })
})
