// Who gets how much of the traffic: when all are well, when one fails, is slow, dies and comes back.
import { describe, expect, test } from 'vitest'
import { SeededRandom } from 'connpool/testing'
import type { BalancePolicy } from 'connpool'

import { givenUpstream, type World } from './given.ts'
import { run } from './traffic.ts'

const NAMES = ['a', 'b', 'c', 'd'] as const
const WEIGHTS = [1, 2, 3, 4] as const
/** Of the event loop after each event: there are hundreds of thousands, and none has longer consequences. */
const TURNS = 2

/** Four endpoints; the seed is in the name of each test. */
function given(balance: BalancePolicy, seed: number, weights: readonly number[] = [1, 1, 1, 1], pool = {}) {
  const random = new SeededRandom(seed)
  const world = givenUpstream(0, {
    endpoints: NAMES.map((name, index) => ({ endpoint: `${name}:1`, weight: weights[index] ?? 1 })),
    balance,
    slowStartMs: 5_000,
    turns: TURNS,
    pool: { random: random.next, maxSize: 20, ...pool },
  })
  return { world, random }
}

const usual = (): number => 20

describe.each(['two-choices', 'round-robin', 'least-leased', 'random'] as const)('%s (seed 7)', (policy) => {
  test('gives each endpoint what its weight says, within a tenth, when all are well', async () => {
    const { world, random } = given(policy, 7, WEIGHTS)

    const tally = await run(world, { callers: 10, forMs: 20_000, serviceMs: usual, random })

    const errors = NAMES.map((name, index) => (tally.shareOf(name) * 10) / (WEIGHTS[index] ?? 1) - 1)
    expect(Math.max(...errors.map((error) => Math.abs(error)))).toBeLessThan(0.1)
  })

  test('gives an endpoint that is back no more than twice its fair share in any second', async () => {
    const { world, random } = given(policy, 7)
    const before = await run(world, { callers: 20, forMs: 3_000, serviceMs: usual, random })
    die(world, 'b')
    const without = await run(world, { callers: 20, forMs: 5_000, serviceMs: usual, random })
    world.server('b').mode = 'up'

    const after = await run(world, { callers: 12, forMs: 50_000, serviceMs: usual, random })

    expect(before.shareOf('b')).toBeGreaterThan(0.2)
    expect(without.shareOf('b', 2)).toBe(0)
    expect(after.mostOf('b')).toBeLessThan(0.5)
    expect(Math.abs(after.shareOf('b', 38) - 0.25)).toBeLessThan(0.025)
  })
})

describe('two-choices (seed 13), when each use takes a dial', () => {
  test('dials an endpoint that is back no more than twice as often as usual in any second', async () => {
    const { world, random } = given('two-choices', 13, [1, 1, 1, 1], { maxUses: 1 })
    const before = sampleDials(world, 'b', 5)
    await run(world, { callers: 12, forMs: 5_000, serviceMs: usual, random })
    die(world, 'b')
    await run(world, { callers: 12, forMs: 5_000, serviceMs: usual, random })
    world.server('b').mode = 'up'
    const after = sampleDials(world, 'b', 50)

    await run(world, { callers: 12, forMs: 50_000, serviceMs: usual, random })

    const steady = before.reduce((sum, count) => sum + count, 0) / before.length
    expect(steady).toBeGreaterThan(50)
    expect(Math.max(...after)).toBeLessThanOrEqual(2 * steady)
    expect(Math.min(...after.slice(38))).toBeGreaterThan(steady / 2)
  })
})

describe('two-choices (seed 11)', () => {
  test('is no sinkhole: an endpoint that fails in 1 ms gets less than its share within a second', async () => {
    const { world, random } = given('two-choices', 11)
    const serviceMs = (name: string): number => (name === 'b' ? 1 : 50)
    const fails = (name: string): boolean => name === 'b'

    const tally = await run(world, { callers: 20, forMs: 10_000, serviceMs, fails, random })

    expect(tally.shareOf('b', 0, 1)).toBeLessThanOrEqual(0.25)
    expect(tally.shareOf('b', 1)).toBeLessThan(0.05)
  })

  test('is none without ejection either', async () => {
    const random = new SeededRandom(11)
    const world = givenUpstream(4, {
      balance: 'two-choices',
      outlier: false,
      turns: TURNS,
      pool: { random: random.next, breaker: false },
    })
    const serviceMs = (name: string): number => (name === 'b' ? 1 : 50)
    const fails = (name: string): boolean => name === 'b'

    const tally = await run(world, { callers: 20, forMs: 10_000, serviceMs, fails, random })

    expect(tally.shareOf('b', 0, 1)).toBeLessThanOrEqual(0.25)
    expect(tally.shareOf('b', 1)).toBeLessThan(0.15)
  })

  test('gives an endpoint that is ten times slower much less than the others', async () => {
    const { world, random } = given('two-choices', 11)
    const serviceMs = (name: string): number => (name === 'b' ? 100 : 10)

    const tally = await run(world, { callers: 12, forMs: 10_000, serviceMs, random })

    expect(tally.shareOf('b', 2)).toBeLessThan(0.06)
    expect(tally.shareOf('b', 2)).toBeGreaterThan(0)
  })

  test('a server that dies costs nobody an error who had not yet got its connection', async () => {
    const { world, random } = given('two-choices', 11)
    await run(world, { callers: 20, forMs: 1_000, serviceMs: usual, random })
    const before = world.upstream.stats()
    die(world, 'b')

    await run(world, { callers: 20, forMs: 5_000, serviceMs: usual, random })

    expect(world.upstream.stats().timeouts).toBe(before.timeouts)
    expect(world.upstream.stats().acquired - before.acquired).toBeGreaterThan(1_000)
  })
})

/** How often an endpoint is dialed in each of so many seconds from now on: they are there when these have passed. */
function sampleDials({ clock, server }: World, name: string, seconds: number): number[] {
  const samples: number[] = []
  let last = server(name).dials
  for (let second = 1; second <= seconds; second++) {
    clock.arriveAt(clock.now() + second * 1_000, () => {
      samples.push(server(name).dials - last)
      last = server(name).dials
    })
  }
  return samples
}

function die(world: World, name: string): void {
  world.server(name).mode = 'refusing'
  for (const peer of world.server(name).open) peer.kill()
}
