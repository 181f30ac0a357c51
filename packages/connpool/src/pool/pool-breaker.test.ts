/** The breaker as the owner of a pool has it, and the rule he may give. */
import { describe, expect, onTestFinished, test } from 'vitest'

import type { BreakerRule } from '../breaker/breaker-rule.ts'
import { FakeClock, type FakeConnection, FakeDialer } from '../testing.ts'
import type { PoolOptions } from './pool-options.ts'
import { Pool } from './pool.ts'

interface World {
  readonly clock: FakeClock
  readonly dialer: FakeDialer
  readonly pool: Pool<FakeConnection>
}

function given(options: PoolOptions<FakeConnection> = {}): World {
  const clock = new FakeClock()
  const dialer = new FakeDialer({ clock })
  const pool = new Pool({ dial: dialer.dial, clock, random: () => 0, ...options })
  return { clock, dialer, pool }
}

/** A rule that notes what it hears, and answers what it is told to. */
class NotingRule implements BreakerRule {
  readonly heard: string[] = []
  answer: unknown = false
  whenHeard = (): void => undefined

  success(state: string): void {
    this.heard.push(`success, ${state}`)
    this.whenHeard()
  }

  failure(state: string): boolean {
    this.heard.push(`failure, ${state}`)
    this.whenHeard()
    return this.answer as boolean
  }
}

const DOWN = new Error('no answer')

async function failOnce({ clock, pool }: World): Promise<void> {
  const lease = pool.acquire()
  await clock.settle()
  ;(await lease).discard(DOWN)
  await clock.settle()
}

describe('the breaker of a pool', () => {
  test('is there, unless it is off', () => {
    expect([given().pool.breaker?.state, given({ breaker: false }).pool.breaker]).toEqual(['closed', undefined])
  })

  test('is the same each time, and says what is so now', async () => {
    const world = given({ breaker: { failureThreshold: 1, openMs: 500 } })
    const { breaker } = world.pool

    await failOnce(world)
    await world.clock.advance(100)

    expect(world.pool.breaker).toBe(breaker)
    expect([breaker?.state, breaker?.retryAfterMs]).toEqual(['open', 400])
    expect(JSON.parse(JSON.stringify({ breaker }))).toEqual({
      breaker: { state: 'open', isIsolated: false, failures: 0, timesOpened: 1, retryAfterMs: 400 },
    })
  })

  test('that is open keeps the cause, though an older dial succeeds', async () => {
    const world = given({ breaker: { failureThreshold: 1 }, maxSize: 2 })
    const { clock, dialer, pool } = world
    dialer.hangNext(2)
    const [one, other] = [pool.acquire(), pool.acquire()]
    one.catch(() => undefined)
    other.catch(() => undefined)
    await clock.settle()
    dialer.fail(DOWN)
    await clock.settle()
    dialer.succeed()
    await clock.settle()

    await pool.acquire()
    const refusal = await pool.acquire().catch((error: unknown) => error)

    expect(refusal).toMatchObject({ code: 'CIRCUIT_OPEN', cause: DOWN })
  })
})

describe('an isolation', () => {
  test('refuses at once whom no idle connection can serve, and those who warm up', async () => {
    const { clock, dialer, pool } = given({ maxSize: 2 })
    dialer.hangNext(2)
    const waiting = pool.acquire().catch((error: unknown) => error)
    const warming = pool.warm(2).catch((error: unknown) => error)
    await clock.settle()

    pool.breaker?.isolate()

    const refusals = [await waiting, await warming, await pool.acquire().catch((error: unknown) => error)]
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: Infinity })
    expect(String(refusals[0])).toContain('is isolated: its breaker is held open')
  })

  test('ends when each hold was disposed of, once or twice', async () => {
    const { clock, pool } = given()
    const one = pool.breaker?.isolate()
    const other = pool.breaker?.isolate()
    const states: unknown[] = []

    for (const hold of [one, one, other]) {
      hold?.dispose()
      states.push(pool.breaker?.state)
    }
    const lease = pool.acquire()
    await clock.settle()

    expect(states).toEqual(['open', 'open', 'closed'])
    expect((await lease).info.uses).toBe(1)
  })

  test('can be used with "using"', () => {
    const { pool } = given()
    const states: unknown[] = []

    {
      using hold = pool.breaker?.isolate()
      states.push(hold === undefined, pool.breaker?.state, pool.breaker?.retryAfterMs)
    }
    states.push(pool.breaker?.state)

    expect(states).toEqual([false, 'open', Infinity, 'closed'])
  })

  test('is plain data that JSON can hold, and a sentence for people', () => {
    const { pool } = given()

    pool.breaker?.isolate()

    expect(JSON.parse(JSON.stringify(pool.breaker))).toMatchObject({ isIsolated: true, retryAfterMs: null })
    expect(pool.explain().summary).toContain('isolated')
  })

  test('leaves a closed pool alone', async () => {
    const { clock, pool } = given()
    const hold = pool.breaker?.isolate()
    void pool.close()
    await clock.settle()

    hold?.dispose()
    pool.breaker?.isolate().dispose()

    await expect(pool.acquire()).rejects.toMatchObject({ code: 'POOL_CLOSED' })
  })
})

describe('a rule of the user', () => {
  test('opens the breaker with true, and with nothing else', async () => {
    const rule = new NotingRule()
    const world = given({ breaker: { rule } })
    const states: unknown[] = []

    for (const answer of [false, 'yes', 1, undefined, true]) {
      rule.answer = answer
      await failOnce(world)
      states.push(world.pool.breaker?.state)
    }

    expect(states).toEqual(['closed', 'closed', 'closed', 'closed', 'open'])
    expect(rule.heard.slice(0, 2)).toEqual(['success, closed', 'failure, closed'])
  })

  test('hears of every clean lease', async () => {
    const rule = new NotingRule()
    const { clock, pool } = given({ breaker: { rule } })

    for (let times = 0; times < 3; times++) {
      const lease = pool.acquire()
      await clock.settle()
      ;(await lease).release()
    }

    expect(rule.heard).toEqual(Array.from({ length: 4 }, () => 'success, closed')) // one is the dial's
  })

  test('that throws is reported, and opens nothing', async () => {
    const warnings: { code?: string; message: string }[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    onTestFinished(() => void process.off('warning', note))
    const rule = new NotingRule()
    rule.answer = true
    rule.whenHeard = () => {
      throw new Error('a rule without rules')
    }
    const world = given({ breaker: { rule } })

    await failOnce(world)
    await new Promise(setImmediate)

    expect(world.pool.breaker?.state).toBe('closed')
    const message = 'a rule without rules'
    expect(warnings).toEqual([
      expect.objectContaining({
        code: 'CONNPOOL_RULE_THREW',
        message: `The rule of a breaker threw in success(): ${message}`,
      }),
      expect.objectContaining({
        code: 'CONNPOOL_RULE_THREW',
        message: `The rule of a breaker threw in failure(): ${message}`,
      }),
    ])
  })

  test('may use the pool in the midst of it all', async () => {
    const rule = new NotingRule()
    const world = given({ breaker: { rule }, maxSize: 1 })
    const { clock, pool } = world
    const leases: Promise<unknown>[] = []
    rule.whenHeard = () => {
      rule.whenHeard = () => undefined
      leases.push(pool.acquire())
      pool.clear()
    }

    await failOnce(world)
    await clock.settle()

    expect(leases).toHaveLength(1)
    await expect(leases[0]).resolves.toBeDefined()
  })
})
