// The limit over all endpoints, changed while they are in use.
import { describe, expect, test } from 'vitest'
import { type Lease, PoolError, type Upstream } from 'connpool'

import { refusalOf } from '../refusal.ts'
import type { FakePeer } from './fake-endpoint.ts'
import { codeOf, givenUpstream, nameOf, type Options, type World } from './given.ts'

/** Two endpoints or more with so many leases in all, one after the other. */
async function given(count: number, leased: number, options: Options = {}) {
  const world = givenUpstream(count, options)
  const leases: Lease<FakePeer>[] = []
  for (let time = 0; time < leased; time++) leases.push(await world.lease())
  return { world, upstream: world.upstream, leases }
}

/** How many connections each endpoint counts itself. */
function counts({ server }: World, names: string): number[] {
  return names.split('').map((name) => server(name).count)
}

/** What the upstream says that it has, in whatever state. */
function held(upstream: Upstream<FakePeer>): number {
  const { total, dialing, closing } = upstream.stats()
  return total + dialing + closing
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function releaseAll(leases: readonly Lease<FakePeer>[]): void {
  for (const lease of leases) lease.release()
}

describe('a limit that is raised', () => {
  test('serves those who wait at once, the oldest first', async () => {
    const { world, upstream } = await given(2, 2, { maxSize: 2 })
    const served: string[] = []
    for (const name of ['ann', 'ben', 'cal']) {
      void codeOf(upstream.acquire()).then((code) => served.push(`${name} ${String(code)}`))
    }
    await world.clock.advance(1_000)
    const before = [...served]

    upstream.resize({ maxSize: 4 })
    await world.clock.advance(1)

    expect(before).toEqual([])
    expect(served).toEqual(['ann served', 'ben served'])
    expect(upstream.stats()).toMatchObject({ maxSize: 4, total: 4, waiting: 1 })
  })

  test('leaves each endpoint its own', async () => {
    const { world, upstream } = await given(2, 2, { maxSize: 2, pool: { maxSize: 2 } })
    const waiting = [1, 2, 3].map(() => codeOf(upstream.acquire({ timeoutMs: 500 })))

    upstream.resize({ maxSize: 100 })
    await world.clock.advance(500)

    expect(await Promise.all(waiting)).toEqual(['served', 'served', 'ACQUIRE_TIMEOUT'])
    expect(upstream.stats()).toMatchObject({ maxSize: 4, endpoints: [{ maxSize: 2 }, { maxSize: 2 }] })
    expect(counts(world, 'ab')).toEqual([2, 2])
  })

  test('lets endpoints keep what they keep for nobody in particular', async () => {
    const { world, upstream } = await given(2, 0, { maxSize: 4, pool: { minSize: 2 } })
    await world.clock.advance(10)
    upstream.resize({ maxSize: 2 })
    await world.clock.advance(10)

    upstream.resize({ maxSize: 4 })
    await world.clock.advance(10)

    expect(counts(world, 'ab')).toEqual([2, 2])
  })

  test('before what came over a lower one has come back closes nothing', async () => {
    const { world, upstream, leases } = await given(2, 4, { maxSize: 4 })
    upstream.resize({ maxSize: 2 })

    upstream.resize({ maxSize: 4 })
    releaseAll(leases)
    await world.clock.advance(10)

    expect(upstream.stats()).toMatchObject({ idle: 4, closed: { shrunk: 0 } })
  })
})

describe('a limit that is lowered', () => {
  test('closes idle connections over it now, where there is most for its share', async () => {
    const { world, upstream, leases } = await given(3, 9, {
      endpoints: [{ endpoint: 'a:1', weight: 4 }, 'b:1', 'c:1'],
      balance: 'round-robin',
    })
    releaseAll(leases)
    const before = counts(world, 'abc')

    upstream.resize({ maxSize: 6 })
    await world.clock.settle()

    expect(before).toEqual([6, 2, 1])
    expect(counts(world, 'abc')).toEqual([4, 1, 1])
    expect(upstream.stats()).toMatchObject({ maxSize: 6, idle: 6, closed: { shrunk: 3 } })
  })

  test('takes from those who have more than they keep, before it takes what another keeps', async () => {
    const { world, upstream, leases } = await given(2, 10, {
      endpoints: [{ endpoint: 'a:1', weight: 9 }, 'b:1'],
      balance: 'round-robin',
      pool: { minSize: 2 },
    })
    releaseAll(leases)
    const before = counts(world, 'ab')

    upstream.resize({ maxSize: 6 })
    await world.clock.advance(10)

    expect(before).toEqual([9, 2])
    expect(counts(world, 'ab')).toEqual([4, 2])
  })

  test('takes idle connections of an endpoint below its share, where the others have none', async () => {
    const { world, upstream, leases } = await given(2, 6)
    releaseAll(leases.filter((lease) => nameOf(lease) === 'b'))

    upstream.resize({ maxSize: 3 })
    await world.clock.settle()

    expect(counts(world, 'ab')).toEqual([3, 0])
  })

  test('closes leased connections as they come back, whoever waits, until there are no more than it allows', async () => {
    const { world, upstream, leases } = await given(2, 4)
    upstream.resize({ maxSize: 2 })
    const waiting = upstream.acquire()
    const seen: number[][] = []

    for (const lease of leases) {
      lease.release()
      await world.clock.advance(1)
      seen.push([upstream.stats().leased, held(upstream)])
    }

    expect(seen).toEqual([
      [3, 3],
      [2, 2],
      [2, 2], // what came back third serves who waits
      [1, 2],
    ])
    expect((await waiting).info.endpoint).toBe(leases[2]?.info.endpoint)
  })

  test('closes what is being dialed when it is there', async () => {
    const { world, upstream } = await given(2, 0, { pool: { maxDialing: 2 } })
    for (const name of ['a', 'b']) world.server(name).dialMs = 100
    const aborts = [1, 2, 3, 4].map(() => new AbortController())
    const calls = aborts.map(({ signal }) => codeOf(upstream.acquire({ signal })))
    await world.clock.settle()
    for (const abort of aborts.slice(1)) abort.abort('gone')

    upstream.resize({ maxSize: 1 })
    const dialing = held(upstream)
    await world.clock.advance(100)

    expect(dialing).toBe(4)
    expect([held(upstream), sum(counts(world, 'ab'))]).toEqual([1, 1])
    expect(await Promise.all(calls)).toEqual(['served', 'gone', 'gone', 'gone'])
  })

  test('is kept from the moment on when total, dialing and closing say so', async () => {
    const { world, upstream, leases } = await given(2, 6)
    for (const name of ['a', 'b']) world.server(name).closeMs = 30
    releaseAll(leases.slice(0, 2))
    upstream.resize({ maxSize: 3 })
    const seen: number[][] = []
    const look = (): number => seen.push([held(upstream), sum(counts(world, 'ab'))])

    look()
    await world.clock.advance(30)
    look()
    leases[2]?.release()
    look()
    await world.clock.advance(30)
    look()

    expect(seen).toEqual([
      [6, 6],
      [4, 4],
      [4, 4],
      [3, 3],
    ])
  })

  test('below what endpoints keep leaves fewer, and dials none of them again', async () => {
    const { world, upstream } = await given(3, 0, { maxSize: 6, pool: { minSize: 2 } })
    await world.clock.advance(10)
    const before = upstream.stats()

    upstream.resize({ maxSize: 4 })
    await world.clock.advance(600_000)

    expect(before).toMatchObject({ idle: 6, dials: 6 })
    expect(upstream.stats()).toMatchObject({ idle: 4, dials: 6, maxSize: 4, closed: { shrunk: 2 } })
    expect(Math.max(...counts(world, 'abc'))).toBe(2)
  })

  test('closes nothing more for what is only still being closed', async () => {
    const { world, upstream, leases } = await given(2, 4)
    for (const name of ['a', 'b']) world.server(name).closeMs = 500
    releaseAll(leases.slice(0, 2))
    upstream.resize({ maxSize: 2 })

    leases[2]?.release()
    await world.clock.advance(100)

    expect(upstream.stats()).toMatchObject({ leased: 1, idle: 1, closing: 2, closed: { shrunk: 2 } })
  })

  test('makes no endpoint give up a slot for another while there are too many that are being closed', async () => {
    const { world, upstream, leases } = await given(2, 6, { slowStartMs: 0 })
    releaseAll(leases)
    world.server('b').closeMs = 500
    void upstream.remove('b:1')
    upstream.add('c:1')
    const affinityKey = await keyWithoutConnection(upstream)
    upstream.resize({ maxSize: 5 })

    const waiting = upstream.acquire({ affinityKey })
    await world.clock.advance(400)
    const meanwhile = upstream.stats()
    await world.clock.advance(200)

    expect(meanwhile).toMatchObject({ idle: 3, closing: 3 })
    expect(nameOf(await waiting)).toBe('c')
  })

  test('keeps paused what is paused', async () => {
    const { world, upstream, leases } = await given(2, 4)
    releaseAll(leases)
    upstream.pause()
    const waiting = codeOf(upstream.acquire({ timeoutMs: 50 }))

    upstream.resize({ maxSize: 2 })
    await world.clock.advance(100)

    expect(upstream.stats()).toMatchObject({ idle: 2, total: 2 })
    expect(await waiting).toBe('ACQUIRE_TIMEOUT')
  })

  test('counts endpoints that are being taken out', async () => {
    const { world, upstream, leases } = await given(2, 4)
    void upstream.remove('b:1', { graceMs: Infinity })
    releaseAll(leases.filter((lease) => nameOf(lease) === 'a'))

    upstream.resize({ maxSize: 2 })
    await world.clock.advance(10)

    expect(counts(world, 'ab')).toEqual([0, 2])
  })
})

describe('who warms up while the limit is lowered', () => {
  test('has as many as there may be', async () => {
    const { world, upstream } = await given(2, 0)
    for (const name of ['a', 'b']) world.server(name).dialMs = 100
    const warm = upstream.warm(10)
    await world.clock.advance(50)

    upstream.resize({ maxSize: 3 })
    await world.clock.advance(1_000)

    await warm
    expect(upstream.stats()).toMatchObject({ idle: 3, total: 3 })
  })

  test('is ready with what the limit leaves of minSize', async () => {
    const { world, upstream } = await given(3, 0, { pool: { minSize: 2, maxDialing: 1 } })
    const ready = upstream.ready()
    await world.clock.settle()

    upstream.resize({ maxSize: 4 })
    await world.clock.advance(1_000)

    await ready
    expect(upstream.stats()).toMatchObject({ idle: 4, total: 4 })
  })

  test('is ready at once when there are as many as there may be from now on', async () => {
    const { world, upstream, leases } = await given(1, 2)
    releaseAll(leases)
    upstream.pause()
    const warm = upstream.warm(4)
    await world.clock.settle()

    upstream.resize({ maxSize: 2 })

    await expect(warm).resolves.toBeUndefined()
  })

  test('may still leave', async () => {
    const { world, upstream } = await given(1, 0)
    world.server('a').mode = 'hanging'
    const abort = new AbortController()
    const warm = upstream.warm(4, { signal: abort.signal })
    upstream.resize({ maxSize: 3 })
    await world.clock.advance(10)

    abort.abort('left')

    await expect(warm).rejects.toBe('left')
  })
})

describe('the limit', () => {
  test.each([0, -1, 1.5, Number.NaN, Infinity, '3', null, undefined])('must be a whole number, not %s', (maxSize) => {
    const { upstream } = givenUpstream(1)

    const message = refusalOf(() => upstream.resize({ maxSize } as never))

    expect(message).toMatch(/^maxSize must be a whole number, at least 1; got/)
    expect(upstream.stats().maxSize).toBe(10)
  })

  test('is the only one of a resize', () => {
    const { upstream } = givenUpstream(1)

    expect(refusalOf(() => upstream.resize({ maxSize: 3, minSize: 1 } as never))).toMatch(/^unknown option minSize/)
    expect(refusalOf(() => upstream.resize(undefined as never))).toMatch(/^options must be an object/)
  })

  test('changes nothing any more once all is closed', async () => {
    const { world, upstream } = await given(1, 1)
    const closed = upstream.destroy()
    await world.clock.advance(10)
    await closed

    upstream.resize({ maxSize: 1 })

    expect(held(upstream)).toBe(0)
    await expect(upstream.acquire()).rejects.toBeInstanceOf(PoolError)
  })
})

/** A key that belongs to an endpoint with nothing to lend. */
async function keyWithoutConnection(upstream: Upstream<FakePeer>): Promise<string> {
  for (const affinityKey of ['ann', 'ben', 'cal', 'dan', 'eve', 'fay', 'gus', 'hal']) {
    const lease = await upstream.acquire({ affinityKey, timeoutMs: 0 }).catch(() => undefined)
    if (lease === undefined) return affinityKey
    lease.release()
  }
  throw new Error('all keys belong to endpoints that have connections')
}
