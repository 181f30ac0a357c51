import { Pool } from 'connpool'
import { expect, test } from 'vitest'

import { explainOnSignal, lineOf, percentileMs, report } from './monitoring.ts'
import { command } from './redis/command.ts'
import { SmallRedis } from './redis/small-redis.ts'

test('a percentile is the bound of its bucket', () => {
  const histogram = { boundsMs: [1, 2, 4], counts: [90, 9, 0, 1], count: 100, sumMs: 0 }

  expect(percentileMs(histogram, 0.5)).toBe(1)
  expect(percentileMs(histogram, 0.95)).toBe(2)
  expect(percentileMs(histogram, 0.999)).toBe(Infinity)
})

test('the report says how many are leased, reused and waiting', async () => {
  await using redis = await SmallRedis.start()
  await using pool = new Pool({ endpoint: redis.endpoint, maxSize: 1 })
  await pool.use((socket) => command(socket, ['PING']))
  await pool.use((socket) => command(socket, ['PING']))

  expect(lineOf(pool)).toMatch(/^leased 0\/1, idle 1, waiting 0; reused 1 of 2; wait p99 ≤ [\d.]+ ms; timeouts 0/)
})

test('the report comes again and again until it is disposed', async () => {
  await using pool = new Pool({ endpoint: '127.0.0.1:1' })
  const lines: string[] = []

  await new Promise<void>((resolve) => {
    const reporting = report(pool, 1, (line) => {
      lines.push(line)
      if (lines.length < 3) return
      reporting[Symbol.dispose]()
      resolve()
    })
  })

  expect(lines).toHaveLength(3)
})

test('the signal prints who holds a connection', async () => {
  await using redis = await SmallRedis.start()
  await using pool = new Pool({ endpoint: redis.endpoint, leakWarnMs: 60_000 })
  using lease = await pool.acquire()
  const texts: string[] = []
  const explaining = explainOnSignal(pool, (text) => texts.push(text))

  process.emit('SIGUSR2')
  explaining[Symbol.dispose]()

  expect(texts.join()).toContain(`"id": ${lease.info.id}`)
  expect(texts.join()).toContain('monitoring.test.ts')
})
