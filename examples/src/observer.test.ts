import { Pool } from 'connpool'
import { expect, test } from 'vitest'

import { logTo } from './observer.ts'
import { SmallRedis } from './redis/small-redis.ts'

test('the log tells a failed dial, the breaker and the refused caller', async () => {
  const lines: string[] = []
  await using pool = new Pool({
    endpoint: '127.0.0.1:1',
    breaker: { failureThreshold: 1 },
    observer: logTo((line) => lines.push(line)),
  })

  await expect(pool.acquire()).rejects.toMatchObject({ code: 'DIAL_FAILED' })
  await new Promise(setImmediate)

  expect(lines.join('\n')).toMatch(/dialing 127\.0\.0\.1:1 failed after \d+ ms: connect ECONNREFUSED/)
  expect(lines.join('\n')).toContain('the breaker of 127.0.0.1:1 is open')
  expect(lines.join('\n')).toContain('127.0.0.1:1 refused a caller: PoolError')
})

test('the log tells why a connection was closed, and who has not given one back', async () => {
  await using redis = await SmallRedis.start()
  const lines: string[] = []
  const observer = logTo((line) => lines.push(line))
  await using pool = new Pool({ endpoint: redis.endpoint, observer, leakWarnMs: 5 })
  const warned = new Promise((resolve) => process.once('warning', resolve))

  const lease = await pool.acquire()
  await warned
  lease.discard(new Error('a reply that made no sense'))
  await new Promise(setImmediate)

  expect(lines.join('\n')).toMatch(/connection 1 is out for \d+ ms, acquired at .*observer\.test\.ts/s)
  expect(lines.join('\n')).toMatch(/connection 1 to \S+ closed after 1 uses: a reply that made no sense/)
})
