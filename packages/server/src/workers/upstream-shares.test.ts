import { FakeClock } from 'connpool/testing'
import { describe, expect, test } from 'vitest'

import { type ShareOrder, UpstreamShares } from './upstream-shares.ts'

class Given {
  readonly clock = new FakeClock()
  readonly orders: string[] = []
  readonly begun = new Map<number, Readonly<Record<string, number>>>()
  readonly shares: UpstreamShares
  readonly #last = new Map<string, ShareOrder>()

  constructor(limits: Readonly<Record<string, number>>) {
    this.shares = new UpstreamShares({
      clock: this.clock,
      upstreams: upstreamsOf(limits),
      order: (worker, order) => {
        this.orders.push(`${worker}: ${order.share} of ${order.upstream}`)
        this.#last.set(`${worker} ${order.upstream}`, order)
      },
    })
  }

  /** A process is started, and can be told. */
  join(worker: number): void {
    this.shares.joined(worker)
    this.listen(worker)
  }

  listen(worker: number): void {
    this.shares.beginWith(worker, (shares) => this.begun.set(worker, shares))
  }

  /** It has done what it was ordered last. */
  confirm(worker: number, upstream: string): void {
    this.shares.confirmed(worker, { upstream, order: this.#last.get(`${worker} ${upstream}`)?.order ?? 0 })
  }
}

const upstreamsOf = (limits: Readonly<Record<string, number>>): { name: string; maxSize: number }[] =>
  Object.entries(limits).map(([name, maxSize]) => ({ name, maxSize }))

describe('a worker', () => {
  test('begins with all there is while it is the only one', () => {
    const given = new Given({ a: 10, b: 4 })

    given.join(1)

    expect(given.begun.get(1)).toEqual({ a: 10, b: 4 })
    expect(given.orders).toEqual([])
  })

  test('begins when others have given back a connection of each upstream, and not before', () => {
    const given = new Given({ a: 10, b: 4 })
    given.join(1)

    given.join(2)
    const whatIsTaken = [...given.orders]
    given.confirm(1, 'a')
    const withOne = given.begun.has(2)
    given.confirm(1, 'b')

    expect(whatIsTaken).toEqual(['1: 5 of a', '1: 2 of b'])
    expect(withOne).toBe(false)
    expect(given.begun.get(2)).toEqual({ a: 5, b: 2 })
  })

  test('begins when it can be told, however long its shares wait for it', () => {
    const given = new Given({ a: 10 })

    given.shares.joined(1)
    const before = given.begun.size
    given.listen(1)

    expect(before).toBe(0)
    expect(given.begun.get(1)).toEqual({ a: 10 })
  })

  test('begins once', () => {
    const given = new Given({ a: 10 })
    given.join(1)
    given.begun.clear()

    given.listen(1)

    expect(given.begun.size).toBe(0)
  })
})

describe('the shares of a worker that is gone', () => {
  function two(): Given {
    const given = new Given({ a: 10 })
    given.join(1)
    given.join(2)
    given.confirm(1, 'a')
    given.orders.length = 0
    return given
  }

  test('go to the others', () => {
    const given = two()
    given.shares.reported(1, { a: 9 })

    given.shares.left(2)

    expect(given.orders.at(-1)).toBe('1: 10 of a')
    expect(given.shares.sharesOf(2)).toEqual({ a: 0 })
  })

  test('are for its successor first, whatever others want', () => {
    const given = two()
    given.shares.reported(1, { a: 20 })
    given.orders.length = 0

    given.shares.succeeded(2, 3)
    given.listen(3)

    expect(given.begun.get(3)).toEqual({ a: 5 })
    expect(given.orders).toEqual([])
  })
})

describe('other limits', () => {
  test('hold for upstreams that are there as soon as workers have closed what is too much', () => {
    const given = new Given({ a: 10 })
    given.join(1)

    given.shares.reload(upstreamsOf({ a: 4 }))

    expect(given.orders).toEqual(['1: 4 of a'])
  })

  test('of an upstream that is new are shared by all at once, with those who have not begun', () => {
    const given = new Given({ a: 10 })
    given.join(1)
    given.shares.joined(2)
    given.confirm(1, 'a')
    given.orders.length = 0

    given.shares.reload(upstreamsOf({ a: 10, b: 6 }))
    given.listen(2)

    expect(given.orders).toEqual([])
    expect(given.shares.sharesOf(1)).toEqual({ a: 5, b: 3 })
    expect(given.begun.get(2)).toEqual({ a: 5, b: 3 })
  })

  test('are forgotten with their upstream', () => {
    const given = new Given({ a: 10, b: 4 })
    given.join(1)

    given.shares.forgetAllBut(upstreamsOf({ b: 4 }))

    expect(given.shares.sharesOf(1)).toEqual({ b: 4 })
  })
})

test.each([
  [{ a: 3, b: 10 }, true],
  [{ a: 10, b: 2 }, false],
  [{}, true],
])('three workers can each have a connection of each upstream: %o %s', (limits, isEnough) => {
  expect(new Given(limits).shares.isEnoughFor(3)).toBe(isEnough)
})
