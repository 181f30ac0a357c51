import { describe, expect, test } from 'vitest'

import { OverloadJudge, type Service } from './overload-judge.ts'

/** How many services of {@link serve} it takes to look at three intervals. */
const LONG_ENOUGH = 30

interface Stretch extends Partial<Service> {
  readonly services: number
  /** So many come after each. */
  readonly arriving?: number
}

/** A judge from 0 ms on, and one service every ten milliseconds, unless told otherwise. */
class Given {
  readonly judge = new OverloadJudge({ targetMs: 5, intervalMs: 100 })
  now = 0

  constructor() {
    this.judge.calm(this.now)
  }

  serve({ services, arriving = 1, waitedMs = 150, waiting = 50, serving = 4 }: Stretch, everyMs = 10): this {
    for (let each = 0; each < services; each++) {
      this.now += everyMs
      this.judge.served({ waitedMs, waiting, serving }, this.now)
      this.arrive(arriving)
    }
    return this
  }

  arrive(count: number): this {
    for (let each = 0; each < count; each++) this.judge.arrived()
    return this
  }

  get isOverloaded(): boolean {
    return this.judge.isOverloaded
  }
}

/** With twice as many who come as are served. */
function overloaded(): Given {
  return new Given().serve({ services: LONG_ENOUGH, arriving: 2 })
}

describe('when the queue grows', () => {
  test('it is an overload after three intervals in which nobody got through quickly', () => {
    expect(new Given().serve({ services: LONG_ENOUGH - 1, arriving: 2 }).isOverloaded).toBe(false)
    expect(new Given().serve({ services: LONG_ENOUGH, arriving: 2 }).isOverloaded).toBe(true)
  })

  test('one who got through quickly begins it anew', () => {
    const given = new Given().serve({ services: LONG_ENOUGH - 1, arriving: 2 }).serve({ services: 1, waitedMs: 4 })

    given.serve({ services: LONG_ENOUGH - 1, arriving: 2 })

    expect(given.isOverloaded).toBe(false)
    expect(given.serve({ services: 1 }).isOverloaded).toBe(true)
  })

  test('one who waited for the target did not get through quickly', () => {
    const given = new Given().serve({ services: LONG_ENOUGH - 2, arriving: 2 }).serve({ services: 1, waitedMs: 5 })

    expect(given.serve({ services: 1 }).isOverloaded).toBe(true)
  })

  test('it is none before somebody has waited longer than an interval', () => {
    const given = new Given().serve({ services: LONG_ENOUGH, arriving: 2, waitedMs: 100 })

    expect(given.isOverloaded).toBe(false)
    expect(given.serve({ services: 1, waitedMs: 101 }).isOverloaded).toBe(true)
  })

  test.each([
    { by: 25, waiting: 100, serving: 4, is: false },
    { by: 26, waiting: 100, serving: 4, is: true },
    { by: 15, waiting: 20, serving: 10, is: false },
    { by: 16, waiting: 20, serving: 10, is: true },
  ])('by $by, where $waiting wait and $serving are served, it is one: $is', ({ by, waiting, serving, is }) => {
    const given = new Given().serve({ services: 1, arriving: 0, waiting, serving }).arrive(LONG_ENOUGH + by)

    given.serve({ services: LONG_ENOUGH - 1, arriving: 0, waiting, serving })

    expect(given.isOverloaded).toBe(is)
  })

  test('those who came more than three intervals ago do not count', () => {
    const given = new Given().serve({ services: 1 }).arrive(10)

    given.serve({ services: 2 * LONG_ENOUGH, waitedMs: 100 })

    expect(given.serve({ services: LONG_ENOUGH }).isOverloaded).toBe(false)
  })
})

describe('when the queue stays the same', () => {
  test('it is no overload, however long, while the wait is no longer than ten intervals', () => {
    expect(new Given().serve({ services: 1_000, waiting: 10_000, waitedMs: 1_000 }).isOverloaded).toBe(false)
  })

  test('it is one when the wait is longer than that', () => {
    expect(new Given().serve({ services: LONG_ENOUGH - 1, waitedMs: 1_001 }).isOverloaded).toBe(false)
    expect(new Given().serve({ services: LONG_ENOUGH, waitedMs: 1_001 }).isOverloaded).toBe(true)
  })
})

describe('when the wait is longer than ten intervals', () => {
  test.each([
    { waiting: 200, is: false },
    { waiting: 201, is: true },
  ])('a queue of $waiting that shrinks by ten an interval is an overload: $is', ({ waiting, is }) => {
    const given = new Given().serve({ services: LONG_ENOUGH, arriving: 0, waiting, waitedMs: 1_001 })

    expect(given.isOverloaded).toBe(is)
  })
})

describe('when services are rare', () => {
  test('a backend that stood still is no overload: the time counts as half an interval at most', () => {
    const given = new Given().serve({ services: 1, waitedMs: 6 }).serve({ services: 1, waitedMs: 5_000 }, 5_000)

    given.serve({ services: 23, arriving: 3, waitedMs: 5_000 })

    expect(given.isOverloaded).toBe(false)
    expect(given.serve({ services: 1, waitedMs: 5_000 }).isOverloaded).toBe(true)
  })

  test('a crowd that waited while its backend stood still has not waited long, but for what it waited before and after', () => {
    const given = new Given().serve({ services: LONG_ENOUGH })

    given.serve({ services: 1, waitedMs: 5_150 }, 5_000)
    const atOnce = given.isOverloaded
    given.serve({ services: 100, waitedMs: 5_150 })

    expect([atOnce, given.isOverloaded]).toEqual([false, false])
    expect(given.serve({ services: 1, waitedMs: 5_150 }).isOverloaded).toBe(true)
  })

  test('services that take long are judged too', () => {
    const given = new Given().serve({ services: 5, arriving: 2, waiting: 5, serving: 0, waitedMs: 700 }, 500)

    expect(given.isOverloaded).toBe(false)
    expect(given.serve({ services: 1, waiting: 5, serving: 0, waitedMs: 700 }, 500).isOverloaded).toBe(true)
  })
})

describe('under overload', () => {
  test.each([
    { by: 5, waiting: 100, serving: 4, is: false },
    { by: 6, waiting: 100, serving: 4, is: true },
    { by: 10, waiting: 100, serving: 10, is: false },
    { by: 11, waiting: 100, serving: 10, is: true },
  ])('by $by, where $waiting wait and $serving are served, it goes on: $is', ({ by, waiting, serving, is }) => {
    const given = overloaded().arrive(LONG_ENOUGH + by - 2)

    given.serve({ services: LONG_ENOUGH - 1, arriving: 0, waiting, serving, waitedMs: 1 })
    const before = given.isOverloaded
    given.serve({ services: 1, waiting, serving, waitedMs: 1 })

    expect(before).toBe(true)
    expect(given.isOverloaded).toBe(is)
  })

  test('it goes on while more come than are served, however short the wait of those who are', () => {
    const given = overloaded().serve({ services: 100 * LONG_ENOUGH, arriving: 2, waitedMs: 1 })

    expect(given.isOverloaded).toBe(true)
  })

  test('it ends when nobody waits', () => {
    const given = overloaded()

    given.judge.calm(given.now + 1)

    expect(given.isOverloaded).toBe(false)
  })

  test('once it has ended, it takes three intervals to begin again', () => {
    const given = overloaded()
    given.judge.calm(given.now)

    given.serve({ services: LONG_ENOUGH - 1, arriving: 2 })

    expect(given.isOverloaded).toBe(false)
    expect(given.serve({ services: 1 }).isOverloaded).toBe(true)
  })
})

describe('with other rules', () => {
  const OTHERS = { targetMs: 5, intervalMs: 50 }

  test('it takes three of their intervals to begin', () => {
    const given = new Given().serve({ services: LONG_ENOUGH - 1, arriving: 2 })

    given.judge.rules = OTHERS
    given.serve({ services: LONG_ENOUGH / 2 - 1, arriving: 2, waiting: 20 })

    expect(given.isOverloaded).toBe(false)
    expect(given.serve({ services: 1, waiting: 20 }).isOverloaded).toBe(true)
  })

  test('it takes three of their intervals to end', () => {
    const given = overloaded()

    given.judge.rules = OTHERS
    given.serve({ services: LONG_ENOUGH / 2 - 1 })

    expect(given.isOverloaded).toBe(true)
    expect(given.serve({ services: 1 }).isOverloaded).toBe(false)
  })
})
