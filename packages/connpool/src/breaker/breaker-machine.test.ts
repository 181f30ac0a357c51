import { describe, expect, test } from 'vitest'

import { BreakerMachine } from './breaker-machine.ts'

const RULES = { failureThreshold: 3, openMs: 1_000, maxOpenMs: 5_000, halfOpenProbes: 2 }

function open(now = 0): BreakerMachine {
  const breaker = new BreakerMachine(RULES)
  for (let times = 0; times < 3; times++) breaker.failed(0, now)
  return breaker
}

describe('a closed breaker', () => {
  test('lets every dial through', () => {
    const breaker = new BreakerMachine(RULES)

    expect(breaker.mayDial(1_000, 0)).toBe(true)
  })

  test('opens at failureThreshold failures in a row', () => {
    const breaker = new BreakerMachine(RULES)

    const changes = [1, 2, 3].map(() => breaker.failed(0, 0))

    expect(changes).toEqual([false, false, true])
    expect(breaker.state).toBe('open')
  })

  test('starts counting again after a success', () => {
    const breaker = new BreakerMachine(RULES)
    breaker.failed(0, 0)
    breaker.failed(0, 0)

    const changed = breaker.succeeded()
    breaker.failed(0, 0)
    breaker.failed(0, 0)

    expect(changed).toBe(false)
    expect(breaker.state).toBe('closed')
  })

  test('starts counting again when an open connection has served somebody', () => {
    const breaker = new BreakerMachine(RULES)
    breaker.failed(0, 0)
    breaker.failed(0, 0)

    breaker.served()
    breaker.failed(0, 0)

    expect(breaker.state).toBe('closed')
  })

  test('is calm while no failure is counted', () => {
    const breaker = new BreakerMachine(RULES)
    const before = breaker.isCalm

    breaker.failed(0, 0)
    const after = breaker.isCalm
    breaker.served()

    expect([before, after, breaker.isCalm]).toEqual([true, false, true])
  })
})

describe('an open breaker', () => {
  test('lets no dial through for openMs', () => {
    const breaker = open()

    expect([breaker.mayDial(0, 999), breaker.mayDial(0, 1_000)]).toEqual([false, true])
    expect([breaker.until, breaker.retryAfterMs(400), breaker.retryAfterMs(2_000)]).toEqual([1_000, 600, 0])
  })

  test('opens for the whole of openMs the first time, whatever chance says', () => {
    const breaker = new BreakerMachine(RULES)

    for (let times = 0; times < 3; times++) breaker.failed(1, 0)

    expect(breaker.until).toBe(1_000)
  })

  test('is half-open from the first dial on', () => {
    const breaker = open()

    const changes = [breaker.dialing(), breaker.dialing()]

    expect(changes).toEqual([true, false])
    expect(breaker.state).toBe('half-open')
  })

  test('is not changed by failures of dials that began before', () => {
    const breaker = open()

    expect(breaker.failed(0, 500)).toBe(false)
    expect(breaker.until).toBe(1_000)
  })

  test('is closed by a success', () => {
    const breaker = open()

    expect(breaker.succeeded()).toBe(true)
    expect(breaker.state).toBe('closed')
  })

  test('is not closed by an open connection that serves', () => {
    const breaker = open()

    breaker.served()

    expect(breaker.state).toBe('open')
  })

  test('lets no more than halfOpenProbes dials through, those under way included', () => {
    const breaker = open()

    expect([0, 1, 2].map((dialing) => breaker.mayDial(dialing, 1_000))).toEqual([true, true, false])
  })
})

describe('a half-open breaker', () => {
  function halfOpen(): BreakerMachine {
    const breaker = open()
    breaker.dialing()
    return breaker
  }

  test('lets halfOpenProbes dials through', () => {
    const breaker = halfOpen()

    expect([0, 1, 2].map((dialing) => breaker.mayDial(dialing, 1_000))).toEqual([true, true, false])
  })

  test('is due at once', () => {
    const breaker = halfOpen()

    expect([breaker.until, breaker.retryAfterMs(0)]).toEqual([-Infinity, 0])
  })

  test('is closed by one success', () => {
    const breaker = halfOpen()

    expect(breaker.succeeded()).toBe(true)
    expect([breaker.state, breaker.isCalm]).toEqual(['closed', true])
  })

  test('is opened again by one failure, for twice as long each time, up to maxOpenMs', () => {
    const breaker = open()
    const longs: number[] = []

    for (let times = 0; times < 4; times++) {
      breaker.dialing()
      breaker.failed(0, 10_000)
      longs.push(breaker.retryAfterMs(10_000))
    }

    expect(longs).toEqual([2_000, 4_000, 5_000, 5_000])
  })

  test('opens again for up to a quarter less by chance', () => {
    const breaker = halfOpen()

    breaker.failed(1, 0)

    expect(breaker.until).toBe(1_500)
  })

  test('opens for openMs again after it was closed in between', () => {
    const breaker = halfOpen()
    breaker.failed(0, 0)
    breaker.succeeded()

    for (let times = 0; times < 3; times++) breaker.failed(0, 0)

    expect(breaker.until).toBe(1_000)
  })
})
