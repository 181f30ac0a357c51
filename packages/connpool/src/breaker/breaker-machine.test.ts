import { describe, expect, test } from 'vitest'

import { BreakerMachine } from './breaker-machine.ts'
import type { BreakerRules } from './breaker-options.ts'

const RULES: BreakerRules = {
  failureThreshold: 3,
  failureRatio: Infinity,
  windowMs: 1_000,
  minSamples: 4,
  openMs: 1_000,
  maxOpenMs: 5_000,
  halfOpenProbes: 2,
}

/** A breaker with its dials: numbered as they start, by hand. */
class Dials {
  readonly breaker: BreakerMachine
  readonly heard: string[] = []
  newest = 0

  constructor(rules: Partial<BreakerRules> = {}) {
    this.breaker = new BreakerMachine({ ...RULES, ...rules }, (outcome, state) =>
      this.heard.push(`${outcome}, ${state}`),
    )
  }

  start(): number {
    this.breaker.dialing()
    this.newest++
    return this.newest
  }

  succeeds(id = this.start(), now = 0): boolean {
    return this.breaker.succeeded({ id, newest: this.newest }, now)
  }

  fails(id = this.start(), { draw = 0, now = 0 } = {}): boolean {
    return this.breaker.failed({ id, newest: this.newest, draw }, now)
  }

  failsUser(since: number, now: number): boolean {
    return this.breaker.failedUser({ since, newest: this.newest }, now)
  }

  isolate(now = 0): boolean {
    return this.breaker.isolate(this.newest, now)
  }

  endIsolation(now = 0): boolean {
    return this.breaker.endIsolation(this.newest, now)
  }

  get state(): string {
    return this.breaker.state
  }
}

function open(rules: Partial<BreakerRules> = {}): Dials {
  const dials = new Dials(rules)
  for (let times = 0; times < 3; times++) dials.fails()
  return dials
}

function halfOpen(rules: Partial<BreakerRules> = {}): Dials {
  const dials = open(rules)
  dials.breaker.dialing()
  return dials
}

describe('a closed breaker', () => {
  test('lets every dial through', () => {
    expect(new Dials().breaker.mayDial(1_000, 0)).toBe(true)
  })

  test('opens at failureThreshold failures in a row', () => {
    const dials = new Dials()

    const changes = [1, 2, 3].map(() => dials.fails())

    expect(changes).toEqual([false, false, true])
    expect(dials.state).toBe('open')
  })

  test('starts counting again after a success', () => {
    const dials = new Dials()
    dials.fails()
    dials.fails()

    const changed = dials.succeeds()
    dials.fails()
    dials.fails()

    expect(changed).toBe(false)
    expect(dials.state).toBe('closed')
  })

  test('starts counting again when a lease has ended well', () => {
    const dials = new Dials()
    dials.fails()
    dials.fails()

    dials.breaker.served(0, 0)
    dials.fails()

    expect(dials.state).toBe('closed')
  })

  test('is calm while no failure is counted', () => {
    const dials = new Dials()
    const before = dials.breaker.isCalm

    dials.fails()
    const after = dials.breaker.isCalm
    dials.breaker.served(0, 0)

    expect([before, after, dials.breaker.isCalm]).toEqual([true, false, true])
  })

  test('needs to hear of no further success, unless it counts shares or has a rule', () => {
    const rule = { success: () => undefined, failure: () => false }
    const rules = [{}, { failureRatio: 0.5 }, { rule }]

    expect(rules.map((each) => new Dials(each).breaker.countsSuccesses)).toEqual([false, true, true])
  })
})

describe('an open breaker', () => {
  test('lets no dial through for openMs', () => {
    const { breaker } = open()

    expect([breaker.mayDial(0, 999), breaker.mayDial(0, 1_000)]).toEqual([false, true])
    expect([breaker.until, breaker.retryAfterMs(400), breaker.retryAfterMs(2_000)]).toEqual([1_000, 600, 0])
  })

  test('opens for the whole of openMs the first time, whatever chance says', () => {
    const dials = new Dials({ failureThreshold: 1 })

    dials.fails(1, { draw: 1 })

    expect(dials.breaker.until).toBe(1_000)
  })

  test('is half-open from the first dial on', () => {
    const { breaker } = open()

    const changes = [breaker.dialing(), breaker.dialing()]

    expect(changes).toEqual([true, false])
    expect(breaker.state).toBe('half-open')
  })

  test('is not closed by a dial that began before it opened', () => {
    const dials = new Dials()
    const older = dials.start()
    for (let times = 0; times < 3; times++) dials.fails()

    expect(dials.succeeds(older)).toBe(false)
    expect(dials.state).toBe('open')
  })

  test('is not changed by failures of dials that began before', () => {
    const dials = new Dials()
    const older = dials.start()
    for (let times = 0; times < 3; times++) dials.fails()

    expect(dials.fails(older, { now: 500 })).toBe(false)
    expect(dials.breaker.until).toBe(1_000)
  })

  test('is not closed by a lease that ends well', () => {
    const { breaker } = open()

    breaker.served(0, 0)

    expect(breaker.state).toBe('open')
  })

  test('lets no more than halfOpenProbes dials through, those under way included', () => {
    const { breaker } = open()

    expect([0, 1, 2].map((dialing) => breaker.mayDial(dialing, 1_000))).toEqual([true, true, false])
  })
})

describe('a half-open breaker', () => {
  test('lets halfOpenProbes dials through', () => {
    const { breaker } = halfOpen()

    expect([0, 1, 2].map((dialing) => breaker.mayDial(dialing, 1_000))).toEqual([true, true, false])
  })

  test('is due at once', () => {
    const { breaker } = halfOpen()

    expect([breaker.until, breaker.retryAfterMs(0)]).toEqual([-Infinity, 0])
  })

  test('is closed by one success', () => {
    const dials = halfOpen()

    expect(dials.succeeds()).toBe(true)
    expect([dials.state, dials.breaker.isCalm]).toEqual(['closed', true])
  })

  test('is neither closed nor opened by dials that began before it opened', () => {
    const dials = new Dials()
    const older = [dials.start(), dials.start()]
    for (let times = 0; times < 3; times++) dials.fails()
    dials.start()

    const changes = [dials.succeeds(older[0]), dials.fails(older[1])]

    expect(changes).toEqual([false, false])
    expect(dials.state).toBe('half-open')
  })

  test('takes the word of the first of its dials; the others change nothing then', () => {
    const failing = halfOpen()
    const [one, other] = [failing.start(), failing.start()]
    failing.fails(one, { now: 5_000 })
    const { until } = failing.breaker
    failing.breaker.dialing()

    const changes = [failing.succeeds(other), failing.fails(other)]

    expect(changes).toEqual([false, false])
    expect([until, failing.state]).toEqual([7_000, 'half-open'])
  })

  test('that is closed counts no failure of the dials that tried with the one that closed it', () => {
    const dials = halfOpen({ failureThreshold: 1 })
    const [one, other] = [dials.start(), dials.start()]
    dials.succeeds(one)

    expect(dials.fails(other)).toBe(false)
    expect(dials.state).toBe('closed')
  })

  test('is opened again by one failure, for twice as long each time, up to maxOpenMs', () => {
    const dials = open()
    const longs: number[] = []

    for (let times = 0; times < 4; times++) {
      dials.fails(dials.start(), { now: 10_000 })
      longs.push(dials.breaker.retryAfterMs(10_000))
    }

    expect(longs).toEqual([2_000, 4_000, 5_000, 5_000])
  })

  test('opens again for up to a quarter less by chance', () => {
    const dials = halfOpen()

    dials.fails(dials.start(), { draw: 1 })

    expect(dials.breaker.until).toBe(1_500)
  })

  test('opens for openMs again after it was closed in between', () => {
    const dials = halfOpen()
    dials.fails()
    dials.succeeds()

    for (let times = 0; times < 3; times++) dials.fails()

    expect(dials.breaker.until).toBe(1_000)
  })
})

describe('a share of failures', () => {
  const half = { failureThreshold: 100, failureRatio: 0.5 }

  test('opens it when enough of the results of the window failed', () => {
    const dials = new Dials(half)
    dials.succeeds()
    dials.breaker.served(0, 0)
    dials.fails()

    const changed = dials.failsUser(0, 0)

    expect(changed).toBe(true)
    expect(dials.state).toBe('open')
  })

  test('opens nothing with fewer than minSamples results', () => {
    const dials = new Dials(half)

    const changes = [1, 2, 3].map(() => dials.fails())

    expect(changes).toEqual([false, false, false])
  })

  test('opens nothing for failures that have left the window', () => {
    const dials = new Dials(half)
    for (let times = 0; times < 3; times++) dials.fails()

    const changed = dials.fails(dials.start(), { now: 3_600_000 })

    expect(changed).toBe(false)
  })

  test('is counted anew once the breaker was closed', () => {
    const dials = new Dials(half)
    for (let times = 0; times < 4; times++) dials.fails()
    dials.succeeds()

    const changes = [1, 2, 3, 4].map(() => dials.fails())

    expect(changes).toEqual([false, false, false, true])
  })

  test('does not know of leases that began before the breaker last changed', () => {
    const dials = new Dials(half)
    for (let times = 0; times < 4; times++) dials.fails()
    dials.succeeds(dials.start(), 500)

    const changes = Array.from({ length: 10 }, () => dials.failsUser(499, 600))
    for (let times = 0; times < 4; times++) dials.breaker.served(499, 600)

    expect(changes).not.toContain(true)
    expect([1, 2, 3, 4].map(() => dials.failsUser(500, 600))).toEqual([false, false, false, true])
  })

  test('and the failures in a row are counted beside each other', () => {
    const dials = new Dials({ failureRatio: 1 })

    const changes = [1, 2, 3].map(() => dials.fails())

    expect(changes).toEqual([false, false, true])
  })
})

describe('a rule of the user', () => {
  const rule = { success: (): void => undefined, failure: (): boolean => false }

  test('hears of what is counted, with the state it was counted in', () => {
    const dials = new Dials({ rule })
    dials.fails()
    dials.succeeds()
    dials.breaker.served(0, 0)
    dials.failsUser(0, 0)
    dials.breaker.trip(dials.newest, 0)
    dials.fails()
    dials.succeeds()

    expect(dials.heard).toEqual([
      'failure, closed',
      'success, closed',
      'success, closed',
      'failure, closed',
      'failure, half-open',
      'success, half-open',
    ])
  })

  test('is the only one that opens it', () => {
    const dials = new Dials({ rule, failureRatio: 0.1 })
    for (let times = 0; times < 100; times++) dials.fails()
    const before = dials.state

    const changed = dials.breaker.trip(dials.newest, 0)

    expect([before, changed, dials.state]).toEqual(['closed', true, 'open'])
  })

  test('hears nothing of an older generation', () => {
    const dials = new Dials({ rule })
    const older = [dials.start(), dials.start()]
    dials.breaker.trip(dials.newest, 100)

    dials.succeeds(older[0], 200)
    dials.fails(older[1], { now: 200 })
    dials.failsUser(50, 200)
    dials.breaker.served(50, 200)

    expect(dials.heard).toEqual([])
  })

  test('opens nothing that is open already', () => {
    const dials = open()

    expect(dials.breaker.trip(dials.newest, 500)).toBe(false)
    expect(dials.breaker.until).toBe(1_000)
  })
})

describe('an isolated breaker', () => {
  test('is open, for nobody knows how long', () => {
    const dials = new Dials()

    const changed = dials.isolate()

    expect([changed, dials.state, dials.breaker.isIsolated]).toEqual([true, 'open', true])
    expect([dials.breaker.until, dials.breaker.retryAfterMs(1e9), dials.breaker.mayDial(0, 1e9)]).toEqual([
      Infinity,
      Infinity,
      false,
    ])
  })

  test('heeds nothing that comes in', () => {
    const dials = new Dials()
    const older = [dials.start(), dials.start()]
    dials.isolate()

    const changes = [dials.succeeds(older[0]), dials.fails(older[1]), dials.failsUser(0, 0), dials.breaker.dialing()]

    expect(changes).toEqual([false, false, false, false])
    expect(dials.breaker.trip(dials.newest, 0)).toBe(false)
  })

  test('is what it was when the last of its isolations ends', () => {
    const dials = new Dials()

    const changes = [dials.isolate(), dials.isolate(), dials.endIsolation(), dials.endIsolation()]

    expect(changes).toEqual([true, false, false, true])
    expect(dials.state).toBe('closed')
  })

  test('counts again from none after it', () => {
    const dials = new Dials()
    dials.fails()
    dials.fails()

    dials.isolate()
    dials.endIsolation()
    dials.fails()
    dials.fails()

    expect(dials.state).toBe('closed')
  })

  test('is open as before if it was open, until the same time', () => {
    const dials = open()

    const changes = [dials.isolate(100), dials.endIsolation(200)]

    expect(changes).toEqual([false, false])
    expect([dials.state, dials.breaker.until]).toEqual(['open', 1_000])
  })

  test('is due for another try if it was half-open, whatever the first one brings', () => {
    const dials = halfOpen()
    const first = dials.start()

    const changes = [dials.isolate(100), dials.endIsolation(200), dials.succeeds(first)]

    expect(changes).toEqual([true, false, false])
    expect([dials.state, dials.breaker.mayDial(0, 200)]).toEqual(['open', true])
  })

  test('does not end twice', () => {
    const dials = new Dials()

    expect(() => dials.endIsolation()).toThrow('bug: an isolation ends that never began')
  })
})

describe('a report', () => {
  test('says state, failures in a row and how often it has opened', () => {
    const dials = new Dials()
    dials.fails()
    dials.fails()
    const closed = dials.breaker.report(0)
    dials.fails()
    dials.fails(dials.start(), { now: 10_000 })

    const report = { isIsolated: false, failures: 0, timesOpened: 0, retryAfterMs: 0 }
    expect(closed).toEqual({ ...report, state: 'closed', failures: 2 })
    expect(dials.breaker.report(10_500)).toEqual({ ...report, state: 'open', timesOpened: 2, retryAfterMs: 1_500 })
  })

  test('of an isolated breaker says null where nobody knows, since JSON has no Infinity', () => {
    const dials = open()
    dials.isolate()

    expect(dials.breaker.report(0)).toEqual({
      state: 'open',
      isIsolated: true,
      failures: 0,
      timesOpened: 1,
      retryAfterMs: null,
    })
  })
})
