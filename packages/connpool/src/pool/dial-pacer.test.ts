import { describe, expect, test } from 'vitest'

import { DialPacer, type PacerRules } from './dial-pacer.ts'

function pacer(rules: Partial<PacerRules> = {}): DialPacer {
  return new DialPacer({
    maxDialing: 'adaptive',
    backoff: { baseMs: 100, maxMs: 10_000 },
    lastAttempt: Infinity,
    ...rules,
  })
}

/** The first dials fail, each on its own. */
function failed(each: DialPacer, times: number, draw: number, now = 0): void {
  for (let id = 1; id <= times; id++) each.failed({ id, newest: id, draw }, now)
}

describe('in good times', () => {
  test('two dials may be under way', () => {
    expect(pacer().limit).toBe(2)
  })

  test('as many as maxDialing says, always', () => {
    const each = pacer({ maxDialing: 7 })

    each.outlasted(1, 7)
    each.nobodyWaits()

    expect(each.limit).toBe(7)
  })

  test('twice as many when a caller has waited through a dial, once for each flight', () => {
    const each = pacer()
    const limits: number[] = []

    for (const [dial, newest] of [
      [1, 2],
      [2, 2],
      [3, 6],
      [4, 6],
      [7, 14],
    ] as const) {
      each.outlasted(dial, newest)
      limits.push(each.limit)
    }

    expect(limits).toEqual([4, 4, 8, 8, 16])
  })

  test('two again when nobody waits', () => {
    const each = pacer()
    each.outlasted(1, 2)

    each.nobodyWaits()

    expect(each.limit).toBe(2)
  })
})

describe('after failures', () => {
  test('one dial may be under way', () => {
    const each = pacer({ maxDialing: 9 })

    failed(each, 1, 0)

    expect(each.limit).toBe(1)
  })

  test('the delay is drawn from nothing to baseMs, doubled with each failure', () => {
    const delays = [1, 2, 3, 4].map((times) => {
      const each = pacer()
      failed(each, times, 0.5)
      return each.retryAt
    })

    expect(delays).toEqual([50, 100, 200, 400])
  })

  test('the delay is never longer than maxMs', () => {
    const each = pacer({ backoff: { baseMs: 100, maxMs: 1_000 } })

    failed(each, 2_000, 1)

    expect(each.retryAt).toBe(1_000)
  })

  test('no dial starts before the delay is over, and one may when it is', () => {
    const each = pacer()

    failed(each, 1, 1, 500)

    expect([each.isBackingOff(599), each.isBackingOff(600)]).toEqual([true, false])
  })

  test('the dials of one flight count once', () => {
    const each = pacer()

    const counts = [1, 2, 3].map((id) => each.failed({ id, newest: 3, draw: 1 }, 0))
    const next = each.failed({ id: 4, newest: 4, draw: 1 }, 100)

    expect(counts).toEqual([true, false, false])
    expect(next).toBe(true)
    expect(each.failures).toBe(2)
  })

  test('the last attempt waits for 2.5 times baseMs since the first failure', () => {
    const each = pacer({ lastAttempt: 4 })

    for (let id = 1; id <= 3; id++) each.failed({ id, newest: id, draw: 0 }, id)
    const before = each.retryAt
    each.failed({ id: 4, newest: 4, draw: 0 }, 4)

    expect(before).toBe(3)
    expect(each.retryAt).toBe(251)
  })

  test('a longer delay than that is kept', () => {
    const each = pacer({ lastAttempt: 4 })

    failed(each, 4, 1)

    expect(each.retryAt).toBe(800)
  })

  test('a success ends the delay and starts a ramp of one, two, four', () => {
    const each = pacer({ maxDialing: 100 })
    failed(each, 3, 1)

    const limits = Array.from({ length: 8 }, () => {
      each.succeeded()
      return each.limit
    })

    expect(each.isBackingOff(0)).toBe(false)
    expect(limits).toEqual([1, 2, 4, 8, 16, 32, 100, 100])
  })

  test('failures before a success do not make the next delay longer', () => {
    const each = pacer()
    failed(each, 3, 1)
    each.succeeded()

    each.failed({ id: 4, newest: 4, draw: 1 }, 1_000)

    expect(each.retryAt).toBe(1_100)
  })
})

describe('after connections that died before they were used', () => {
  test('the delay doubles with each, though the dials succeed', () => {
    const each = pacer()
    const delays: number[] = []

    for (let times = 0; times < 3; times++) {
      each.succeeded()
      each.diedEarly(1, 0)
      delays.push(each.retryAt)
    }

    expect(delays).toEqual([100, 200, 400])
  })

  test('a success does not end the delay, and nothing is calm', () => {
    const each = pacer()
    each.diedEarly(1, 0)

    each.succeeded()

    expect([each.isBackingOff(99), each.isCalm]).toEqual([true, false])
  })

  test('one that is used and comes back well ends it', () => {
    const each = pacer()
    each.diedEarly(1, 0)

    each.proved()

    expect([each.isBackingOff(0), each.isCalm]).toEqual([false, true])
  })

  test('one that comes back well does not end the delay after a failed dial', () => {
    const each = pacer()
    failed(each, 1, 1)

    each.proved()

    expect(each.isBackingOff(99)).toBe(true)
  })
})
