import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'

import { hash, hasherPool } from './custom-dial.ts'

const texts = ['one', 'two', 'three', 'four', 'five', 'six']
const digests = texts.map((text) => createHash('sha256').update(text).digest('hex'))

test('threads are pooled as sockets are', async () => {
  await using pool = hasherPool()

  expect(await Promise.all(texts.map((text) => hash(pool, text)))).toEqual(digests)
  expect(pool.stats()).toMatchObject({ acquired: 6, released: 6, maxSize: 2 })
  expect(pool.stats().dials).toBeLessThanOrEqual(2)
})

test('a thread that has died is found by the probe and replaced', async () => {
  await using pool = hasherPool()
  await pool.use((worker) => worker.terminate())

  expect(await hash(pool, 'one')).toBe(digests[0])
  expect(pool.stats().closed['probe-failed']).toBe(1)
})
