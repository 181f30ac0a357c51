// Opening connections ahead of the callers.
import { describe, expect, test } from 'vitest'

import { codeOf, givenUpstream } from './given.ts'

const open = (world: ReturnType<typeof givenUpstream>, names: string): number[] =>
  names.split('').map((name) => world.server(name).open.size)

describe('warm', () => {
  test('spreads the connections by weight', async () => {
    const world = givenUpstream(0, { endpoints: [{ endpoint: 'a:1', weight: 2 }, 'b:1', 'c:1'] })

    const warmed = world.upstream.warm(8)
    await world.clock.advance(100)
    await warmed

    expect(open(world, 'abc')).toEqual([4, 2, 2])
  })

  test('counts what is open already', async () => {
    const world = givenUpstream(2)
    const held = await world.lease()

    const warmed = world.upstream.warm(3)
    await world.clock.advance(100)
    await warmed

    expect(world.upstream.stats().total).toBe(3)
    held.release()
  })

  test('adds what is missing where there is least', async () => {
    const world = givenUpstream(2, { balance: 'failover' })
    const held = [await world.lease(), await world.lease(), await world.lease()]

    const warmed = world.upstream.warm(4)
    await world.clock.advance(100)
    await warmed

    expect(open(world, 'ab')).toEqual([3, 1])
    for (const lease of held) lease.release()
  })

  test('gives to others what one has no room for', async () => {
    const world = givenUpstream(0, {
      endpoints: [{ endpoint: 'a:1', weight: 9 }, 'b:1'],
      pool: { maxSize: 3 },
    })

    const warmed = world.upstream.warm(6)
    await world.clock.advance(100)
    await warmed

    expect(open(world, 'ab')).toEqual([3, 3])
  })

  test('is made up for by the others where one cannot be reached', async () => {
    const world = givenUpstream(3)
    world.server('a').mode = 'refusing'

    const warmed = world.upstream.warm(6)
    await world.clock.advance(1_000)
    await warmed

    expect(open(world, 'abc')).toEqual([0, 3, 3])
  })

  test('is refused with the cause when none can be reached', async () => {
    const world = givenUpstream(2)
    for (const name of ['a', 'b']) world.server(name).mode = 'refusing'

    const code = codeOf(world.upstream.warm(2))
    await world.clock.advance(10)

    expect(await code).toBe('DIAL_FAILED')
  })

  test('ends with its signal', async () => {
    const world = givenUpstream(2)
    world.server('a').mode = 'hanging'
    const abort = new AbortController()
    const warmed = world.upstream.warm(2, { signal: abort.signal })
    warmed.catch(() => undefined)
    await world.clock.advance(1)

    abort.abort('enough')

    await expect(warmed).rejects.toBe('enough')
  })

  test('asks for no more than there may be', async () => {
    const world = givenUpstream(2, { pool: { maxSize: 2 } })

    expect(await codeOf(world.upstream.warm(5))).toBe('INVALID_OPTIONS')
  })
})

describe('ready', () => {
  test('waits for minSize at each endpoint that can be reached', async () => {
    const world = givenUpstream(3, { pool: { minSize: 2 } })
    world.server('b').mode = 'refusing'

    const ready = world.upstream.ready()
    await world.clock.advance(100)
    await ready

    expect(open(world, 'abc')).toEqual([2, 0, 2])
  })

  test('is refused after the end', async () => {
    const world = givenUpstream(1)
    await world.upstream.destroy()

    expect(await codeOf(world.upstream.ready())).toBe('POOL_CLOSED')
  })
})
