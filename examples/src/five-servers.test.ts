import { Pool, type Upstream } from 'connpool'
import { expect, test, vi } from 'vitest'

import { get, getFor, replace, replicas } from './five-servers.ts'
import { command } from './redis/command.ts'
import type { Reply } from './redis/resp.ts'
import { SmallRedis } from './redis/small-redis.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e']

/** Servers that tell their names. */
class Servers implements AsyncDisposable {
  readonly all: readonly SmallRedis[]

  static async start(names: readonly string[] = NAMES): Promise<Servers> {
    return new Servers(await Promise.all(names.map((name) => startServer(name))))
  }

  private constructor(all: readonly SmallRedis[]) {
    this.all = all
  }

  get endpoints(): string[] {
    return this.all.map(({ endpoint }) => endpoint)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((server) => server[Symbol.asyncDispose]()))
  }
}

async function startServer(name: string): Promise<SmallRedis> {
  const server = await SmallRedis.start()
  server.store.set('name', name)
  return server
}

/** Asks so often, and tells how often each server has answered. */
async function tally(times: number, ask: () => Promise<Reply>): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (let time = 0; time < times; time++) {
    const name = String(await ask())
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

const stateOf = (upstream: Upstream, endpoint: string | undefined): unknown =>
  upstream.stats().endpoints.find((each) => each.endpoint === endpoint)

test('each of five servers answers a fifth of the requests', async () => {
  await using servers = await Servers.start()
  await using upstream = replicas(servers.endpoints)
  await upstream.warm(5) // a dial of more than 50 ms would send its caller to another server

  expect(await tally(100, () => get(upstream, 'name'))).toEqual({ a: 20, b: 20, c: 20, d: 20, e: 20 })
  expect(servers.all.map(({ connectionCount }) => connectionCount)).toEqual([1, 1, 1, 1, 1])
})

test('callers who come together have no more connections than all may have', async () => {
  await using servers = await Servers.start()
  await using upstream = replicas(servers.endpoints)
  let most = 0
  const ask = async (): Promise<void> => {
    await get(upstream, 'name')
    most = Math.max(
      most,
      servers.all.reduce((sum, { connectionCount }) => sum + connectionCount, 0),
    )
  }

  await Promise.all(Array.from({ length: 500 }, ask))

  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(30)
  expect(upstream.stats()).toMatchObject({ acquired: 500, released: 500, leased: 0 })
})

test('the others answer for one that has died, and no request fails', async () => {
  await using servers = await Servers.start()
  await using upstream = replicas(servers.endpoints)
  await tally(5, () => get(upstream, 'name'))
  const [first] = servers.all

  await first?.stop()
  await vi.waitFor(() => expect(stateOf(upstream, first?.endpoint)).toMatchObject({ total: 0 }))
  const { a, ...others } = await tally(40, () => get(upstream, 'name'))

  expect(a).toBeUndefined()
  expect(Object.keys(others).toSorted()).toEqual(['b', 'c', 'd', 'e'])
})

test('one pool is asked in the same way', async () => {
  await using server = await startServer('a')
  await using pool = new Pool({ endpoint: server.endpoint })

  expect(await get(pool, 'name')).toBe('a')
})

test('one user meets one server, and not all users the same', async () => {
  await using servers = await Servers.start()
  await using upstream = replicas(servers.endpoints)
  const met = new Set<string>()

  for (let user = 0; user < 30; user++) {
    const names = Object.keys(await tally(3, () => getFor(`user ${user}`, upstream, 'name')))
    expect(names).toHaveLength(1)
    met.add(names.join())
  }

  expect([...met].toSorted()).toEqual(NAMES)
})

test('a server is replaced while it is used, and nobody is cut off', async () => {
  await using servers = await Servers.start(['old', 'new'])
  const [old = '', next = ''] = servers.endpoints
  await using upstream = replicas([old])
  const lease = await upstream.acquire()

  const replaced = replace(upstream, old, next)
  const during = await tally(3, () => get(upstream, 'name'))
  const reply = await command(lease.connection, ['GET', 'name'])
  lease.release()

  expect([during, reply, await replaced]).toEqual([{ new: 3 }, 'old', 0])
  expect(servers.all[0]?.connectionCount).toBe(0)
})
