// Endpoints that join and leave while the upstream is in use.
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'

import { type EndpointSet, Upstream } from 'connpool'
import { codeOf, givenUpstream, nameOf, type Options } from './given.ts'

describe('an endpoint that is added', () => {
  test('gets callers, at first a tenth of its share', async () => {
    const world = givenUpstream(1, { slowStartMs: 10_000 })
    await world.homes(1)

    world.upstream.add('b:1')
    const soon = await world.homes(44)
    await world.clock.advance(10_000)
    const later = await world.homes(20)

    expect(soon.split('b').length - 1).toBeGreaterThanOrEqual(2)
    expect(soon.split('b').length - 1).toBeLessThanOrEqual(8)
    expect(later.split('b').length - 1).toBeGreaterThanOrEqual(9)
  })

  test('serves those who wait for others', async () => {
    const world = givenUpstream(1, { pool: { maxSize: 1 } })
    await world.lease()
    const waiting = world.upstream.acquire()

    world.upstream.add('b:1')
    await world.clock.advance(60)

    expect(nameOf(await waiting)).toBe('b')
  })

  test('that is there already has its new weight, and keeps its connections', async () => {
    const world = givenUpstream(2)
    await world.homes(2)

    world.upstream.add({ endpoint: 'b:1', weight: 3 })

    expect(await world.homes(8)).toMatch(/^(?=(.*b){6})/)
    expect(world.upstream.stats()).toMatchObject({ dials: 2 })
  })

  test('lives in the async context of the upstream, not in that of who added it', async () => {
    const context = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const upstream = context.run('upstream', () => {
      const dial = (): object => {
        seen.push(context.getStore())
        return {}
      }
      return new Upstream<object>({ endpoints: ['a:1'], balance: 'failover', pool: { dial } })
    })
    context.run('caller', () => upstream.add({ endpoint: 'b:1' }))
    void upstream.remove('a:1')

    await context.run('caller', () => upstream.use(() => seen.push(context.getStore())))

    expect(seen).toEqual(['upstream', 'caller'])
    await upstream.close()
  })

  test('must be an endpoint', () => {
    const world = givenUpstream(1)

    expect(() => world.upstream.add({ endpoint: 'b:1', weight: 0 })).toThrow(/weight must be/)
    expect(() => world.upstream.add('nowhere')).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS' }))
  })
})

describe('an endpoint that is removed', () => {
  test('gets no callers, closes what is idle, and waits for leases', async () => {
    const world = givenUpstream(2)
    await world.homes(2)
    const held = await world.lease()

    const removed = world.upstream.remove(held.info.endpoint)
    const homes = await world.homes(3)
    held.release()
    await world.clock.advance(1)

    expect(homes).toBe(nameOf(held) === 'a' ? 'bbb' : 'aaa')
    expect(await removed).toMatchObject({ drained: 1, cut: 0 })
    expect(world.server(nameOf(held)).open.size).toBe(0)
  })

  test('cuts leases that outlast graceMs', async () => {
    const world = givenUpstream(2)
    const held = await world.lease()

    const removed = world.upstream.remove(held.info.endpoint, { graceMs: 100 })
    await world.clock.advance(100)

    expect(await removed).toMatchObject({ drained: 0, cut: 1 })
    expect(() => held.connection).toThrow(expect.objectContaining({ code: 'LEASE_ENDED' }))
  })

  test('sends those who wait for it elsewhere', async () => {
    const world = givenUpstream(2, { pool: { maxSize: 1 } })
    world.server('a').mode = 'hanging'
    const waiting = world.upstream.acquire()
    await world.clock.settle()

    void world.upstream.remove('a:1')
    await world.clock.advance(10)

    expect(nameOf(await waiting)).toBe('b')
  })

  test('is no error when it is not there', async () => {
    const world = givenUpstream(1)

    expect(await world.upstream.remove('b:1')).toEqual({ drained: 0, cut: 0, refused: 0, elapsedMs: 0 })
  })

  test('may come back while it is drained, and never has more connections than it may', async () => {
    const world = givenUpstream(1, { pool: { maxSize: 2 } })
    const held = [await world.lease(), await world.lease()]

    void world.upstream.remove('a:1')
    world.upstream.add('a:1')
    const waiting = world.upstream.acquire()
    await world.clock.advance(100)
    const before = world.server('a').count
    held[0]?.release()
    await world.clock.advance(10)

    expect(before).toBe(2)
    expect((await waiting).info.endpoint).toBe('a:1')
    expect(world.server('a').most).toBe(2)
  })

  test('leaves its counts in the sum', async () => {
    const world = givenUpstream(2)
    await world.homes(4)

    const removed = world.upstream.remove('a:1')
    await world.clock.advance(1)
    await removed

    expect(world.upstream.stats()).toMatchObject({ acquired: 4, dials: 2 })
  })

  test('with none left, callers wait for another', async () => {
    const world = givenUpstream(1)
    void world.upstream.remove('a:1')
    const waiting = world.upstream.acquire()
    await world.clock.advance(100)

    world.upstream.add('b:1')
    await world.clock.advance(10)

    expect(nameOf(await waiting)).toBe('b')
  })
})

describe('a source of endpoints', () => {
  /** How many timers keep the process alive. */
  const refedTimers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

  function givenSource(first: EndpointSet, options: Options = { slowStartMs: 0 }) {
    const told: { endpoints(set: EndpointSet): void; failed(error: Error): void }[] = []
    const source = {
      watch(listener: (typeof told)[number]) {
        told.push(listener)
        return { [Symbol.dispose]: () => undefined }
      },
    }
    const world = givenUpstream(0, { endpoints: source, ...options })
    return { world, tell: (set: EndpointSet) => told[0]?.endpoints(set), fail: (e: Error) => told[0]?.failed(e), first }
  }

  test('is waited for', async () => {
    const { world, tell, first } = givenSource(['a:1'])
    const waiting = world.upstream.acquire()
    const ready = world.upstream.ready()
    await world.clock.advance(100)

    tell(first)
    await world.clock.advance(10)

    expect(nameOf(await waiting)).toBe('a')
    await ready
  })

  test('fails ready() when it has nothing to tell', async () => {
    const { world, fail } = givenSource([])
    const ready = world.upstream.ready()
    ready.catch(() => undefined)
    await world.clock.settle()

    fail(new Error('no such name'))

    await expect(ready).rejects.toThrow('no such name')
  })

  test.each(['close', 'destroy'] as const)('that has told nothing by %s() fails those who wait for it', async (end) => {
    const { world } = givenSource([])
    const codes = [codeOf(world.upstream.ready()), codeOf(world.upstream.ready())]
    await world.clock.settle()

    await world.upstream[end]()

    expect(await Promise.all(codes)).toEqual(['POOL_CLOSED', 'POOL_CLOSED'])
  })

  test('keeps the process alive while somebody waits for it, and no longer', async () => {
    const { world, tell } = givenSource([])
    await world.clock.settle()
    const before = refedTimers()
    const leaving = new AbortController()

    const waiting = [world.upstream.ready(), world.upstream.ready({ signal: leaving.signal })]
    const both = refedTimers()
    leaving.abort(new Error('left'))
    const one = refedTimers()
    tell(['a:1'])

    expect([both, one, refedTimers()]).toEqual([before + 1, before + 1, before])
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  })

  test('replaces the endpoints: what is gone drains, what stays is kept', async () => {
    const { world, tell } = givenSource([])
    await world.clock.settle()
    tell(['a:1', 'b:1'])
    await world.homes(2)

    tell(['b:1', 'c:1'])
    const homes = await world.homes(4)

    expect(homes).not.toMatch(/a/)
    expect([world.server('a').open.size, world.server('b').dials]).toEqual([0, 1])
  })

  test('tells of endpoints that get their share slowly, but for those of the first time', async () => {
    const { world, tell } = givenSource([], { slowStartMs: 10_000 })
    const countOf = (homes: string, name: string): number => homes.split(name).length - 1
    await world.clock.settle()
    tell(['a:1', 'b:1'])
    const first = await world.homes(20)

    tell(['a:1', 'b:1', 'c:1'])
    const soon = await world.homes(42)
    await world.clock.advance(10_000)
    const later = await world.homes(30)

    expect([countOf(first, 'a'), countOf(first, 'b')]).toEqual([10, 10])
    expect(countOf(soon, 'c')).toBeGreaterThanOrEqual(1)
    expect(countOf(soon, 'c')).toBeLessThanOrEqual(5)
    expect(countOf(later, 'c')).toBeGreaterThanOrEqual(9)
  })

  test('may flicker, and leaves nothing behind', async () => {
    const { world, tell } = givenSource([])
    await world.clock.settle()
    tell(['a:1', 'b:1'])
    await world.homes(2)
    for (let times = 0; times < 20; times++) {
      tell(['c:1'])
      tell(['a:1', 'b:1'])
    }
    await world.clock.advance(1_000)

    expect(world.upstream.stats().endpoints.map(({ endpoint }) => endpoint)).toEqual(['a:1', 'b:1'])
    expect(['a', 'b', 'c'].map((name) => world.server(name).count)).toEqual([0, 0, 0])
  })
})
