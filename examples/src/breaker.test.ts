import { Pool } from 'connpool'
import { expect, test } from 'vitest'

import { ask, halfBrokenPool, maintain, priceOf, ThreeAMinute } from './breaker.ts'
import { SmallRedis } from './redis/small-redis.ts'

const NOBODY_LEAVES = new AbortController().signal

test('a price that cannot be asked for is remembered', async () => {
  await using redis = await SmallRedis.start()
  redis.store.set('apple', '3')
  await using pool = new Pool({ endpoint: redis.endpoint })
  await using dead = new Pool({ endpoint: '127.0.0.1:1', breaker: { failureThreshold: 1 } })

  const prices = [await priceOf(pool, 'apple', () => '2'), await priceOf(dead, 'apple', () => '2')]

  expect(prices).toEqual(['3', '2'])
})

test('a server that fails every other lease is found to be down', async () => {
  await using redis = await SmallRedis.start()
  await using pool = halfBrokenPool(redis.endpoint)
  let leases = 0

  while (pool.breaker?.state === 'closed' && leases < 100) {
    const lease = await pool.acquire()
    leases++
    if (leases % 2 === 0) lease.discard(new Error('no answer'))
    else lease.release()
  }

  expect(pool.breaker?.state).toBe('open')
  expect(leases).toBeLessThan(20) // twenty results: dials are results too
})

test('only what is not the fault of the user counts', async () => {
  await using redis = await SmallRedis.start()
  await using pool = new Pool({ endpoint: redis.endpoint, breaker: { failureThreshold: 1 } })
  const user = new AbortController()

  const reply = await ask(pool, ['PING'], NOBODY_LEAVES)
  const left = ask(pool, ['PING'], user.signal)
  user.abort(new Error('gone'))
  await expect(left).rejects.toThrow('gone')
  const state = pool.breaker?.state
  await expect(ask(pool, ['NONSENSE'], NOBODY_LEAVES)).rejects.toThrow()

  expect([reply, state, pool.breaker?.state]).toEqual(['PONG', 'closed', 'open'])
})

test('during maintenance nobody gets in, and afterwards everybody does', async () => {
  await using redis = await SmallRedis.start()
  await using pool = new Pool({ endpoint: redis.endpoint })
  await ask(pool, ['PING'], NOBODY_LEAVES)

  await maintain(pool, async () => {
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: Infinity })
  })

  expect(await ask(pool, ['PING'], NOBODY_LEAVES)).toBe('PONG')
})

test('three failures a minute are enough for a rule that says so', async () => {
  await using redis = await SmallRedis.start()
  await using pool = new Pool({ endpoint: redis.endpoint, breaker: { rule: new ThreeAMinute() } })
  const states: unknown[] = []

  for (let times = 0; times < 3; times++) {
    await ask(pool, ['PING'], NOBODY_LEAVES)
    const lease = await pool.acquire()
    lease.discard(new Error('no answer'))
    states.push(pool.breaker?.state)
  }

  expect(states).toEqual(['closed', 'closed', 'open'])
})
