import { Upstream } from 'connpool'
import { expect, test, vi } from 'vitest'

import { RememberingStore } from './breaker-fallback.ts'
import { SmallRedis } from './redis/small-redis.ts'

async function given() {
  const servers = [await SmallRedis.start(), await SmallRedis.start()]
  for (const { store } of servers) store.set('price', '7')
  const upstream = new Upstream({
    endpoints: servers.map(({ endpoint }) => endpoint),
    pool: { breaker: { failureThreshold: 2, openMs: 60_000 } },
  })
  const store = new RememberingStore(upstream)
  /** All die, and the news arrives. */
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()))
    await vi.waitFor(() => expect(upstream.stats().total).toBe(0))
  }
  const dispose = async (): Promise<void> => {
    await upstream.close()
    await stop()
  }
  return { upstream, store, stop, [Symbol.asyncDispose]: dispose }
}

test('while a server answers, what it says is what is told', async () => {
  await using world = await given()

  expect(await world.store.get('price')).toEqual({ value: '7', staleForMs: 0 })
})

test('while all are down, what was told last is told at once, and when to ask again', async () => {
  await using world = await given()
  await world.store.get('price')
  await world.stop()

  const first = await world.store.get('price') // finds out that they are down
  const second = await world.store.get('price')

  expect(first).toMatchObject({ value: '7' })
  expect(first.staleForMs).toBeGreaterThan(0)
  expect(second).toMatchObject({ value: '7' })
  expect(second.staleForMs).toBeGreaterThan(10_000)
  expect(second.staleForMs).toBeLessThanOrEqual(60_000)
})

test('what was never told cannot stand in', async () => {
  await using world = await given()
  await world.stop()

  await expect(world.store.get('price')).rejects.toMatchObject({ code: 'DIAL_FAILED' })
  await expect(world.store.get('price')).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' })
})

test('no other failure is covered up', async () => {
  await using world = await given()
  await world.store.get('price')
  await world.upstream.close()

  await expect(world.store.get('price')).rejects.toMatchObject({ code: 'POOL_CLOSED' })
})
