import { Upstream } from 'connpool'
import { expect, test } from 'vitest'

import { command } from './redis/command.ts'
import { SmallRedis } from './redis/small-redis.ts'
import { linesOf } from './upstream-report.ts'

test('each endpoint has its line', async () => {
  await using redis = await SmallRedis.start()
  const backup = { endpoint: '127.0.0.1:1', backup: true, weight: 2 }
  await using upstream = new Upstream({ endpoints: [redis.endpoint, backup] })
  await upstream.use((socket) => command(socket, ['PING']))
  const lease = await upstream.acquire()

  const [first, second] = linesOf(upstream)
  lease.release()

  expect(first).toMatch(
    new RegExp(
      String.raw`^${redis.endpoint} is up, weight 1\.0; leased 1 of 1, 0 in line; \d+ ms a lease, 0 % failed$`,
    ),
  )
  expect(second).toBe('127.0.0.1:1 is up, weight 2.0; leased 0 of 0, 0 in line; 0 ms a lease, 0 % failed')
})
