import { Pool } from 'connpool'
import { afterEach, expect, test, vi } from 'vitest'

import { get, getOrGiveUp } from './abort-signal.ts'
import { SmallRedis } from './redis/small-redis.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('a caller gives up after its own deadline, and says who held the connection', async () => {
  await using redis = await SmallRedis.start()
  await using pool = new Pool({ endpoint: redis.endpoint, maxSize: 1 })
  const held = await pool.acquire()
  const warn = vi.spyOn(console, 'warn').mockReturnValue()

  const value = await getOrGiveUp(pool, 'key')

  expect(value).toBeUndefined()
  held.release()
  expect(warn.mock.calls[0]?.[0]).toMatch(/within \d+ ms, queued \(1\/1 leased.*longest holder: \d/)
})

test('a value comes while there is time', async () => {
  await using redis = await SmallRedis.start()
  redis.store.set('key', 'value')
  await using pool = new Pool({ endpoint: redis.endpoint })

  expect(await getOrGiveUp(pool, 'key')).toBe('value')
  expect(await get(pool, 'key', AbortSignal.timeout(5_000))).toBe('value')
})

test('a signal ends the wait for a reply, and the connection is not used again', async () => {
  await using redis = await SmallRedis.start()
  await using pool = new Pool({ endpoint: redis.endpoint })
  redis.freeze()
  const abort = new AbortController()

  const asked = get(pool, 'key', abort.signal)
  await vi.waitFor(() => expect(pool.stats().leased).toBe(1))
  abort.abort(new Error('the client has left'))

  await expect(asked).rejects.toThrow('the client has left')
  expect(pool.stats()).toMatchObject({ idle: 0, discarded: 1 })
})

test('a signal ends the wait for a connection', async () => {
  await using redis = await SmallRedis.start()
  await using pool = new Pool({ endpoint: redis.endpoint, maxSize: 1 })
  const held = await pool.acquire()
  const abort = new AbortController()

  const asked = get(pool, 'key', abort.signal)
  abort.abort(new Error('the client has left'))

  await expect(asked).rejects.toThrow('the client has left')
  expect(pool.stats().waiting).toBe(0)
  held.release()
})
