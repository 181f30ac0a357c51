import { describe, expect, test } from 'vitest'

import { ShareMachine } from './share-machine.ts'

interface Order {
  readonly worker: number
  readonly share: number
  readonly order: number
}

class Given {
  readonly orders: Order[] = []
  readonly machine: ShareMachine

  constructor(limit: number, workers: number) {
    this.machine = new ShareMachine(limit, {
      grant: (worker, share, order) => this.orders.push({ worker, share, order }),
    })
    for (let worker = 0; worker < workers; worker++) {
      this.machine.joined(worker, 0)
      this.confirmAll(0)
    }
  }

  /** What was ordered since. */
  take(): string[] {
    return this.orders.splice(0).map(({ worker, share }) => `${worker}: ${share}`)
  }

  confirmAll(now: number): void {
    while (this.orders.length > 0) {
      for (const { worker, order } of this.orders.splice(0)) this.machine.confirmed(worker, order, now)
    }
  }

  get shares(): number[] {
    return [0, 1, 2, 3].map((worker) => this.machine.shareOf(worker))
  }
}

test('workers that start together have even parts of all there is', () => {
  const { shares, machine } = new Given(10, 4)

  expect(shares.toSorted((one, other) => one - other)).toEqual([2, 2, 3, 3])
  expect(machine.reserved).toBe(10)
})

test('a slot goes to another only when the one that had it has confirmed', () => {
  const given = new Given(4, 2)

  given.machine.reported(0, 4, 1_000)
  const asked = given.orders.splice(0)
  const reserved = given.machine.reserved
  for (const { worker, order } of asked) given.machine.confirmed(worker, order, 1_001)

  expect(asked.map(({ worker, share }) => [worker, share])).toEqual([[1, 1]])
  expect(reserved).toBe(4)
  expect(given.take()).toEqual(['0: 3'])
})

test('no more is taken than another lacks', () => {
  const given = new Given(8, 2)

  given.machine.reported(0, 5, 1_000)

  expect(given.take()).toEqual(['1: 3'])
})

test('an older order is void: confirming it gives nothing free', () => {
  const given = new Given(8, 2)
  given.machine.reported(0, 5, 1_000)
  const [first] = given.orders.splice(0)
  given.machine.reported(0, 7, 1_001)
  const second = given.take()

  given.machine.confirmed(1, first?.order ?? 0, 1_002)

  expect(second).toEqual(['1: 1'])
  expect(given.take()).toEqual([])
})

test('a slot that is wanted again before it was given back stays', () => {
  const given = new Given(4, 2)
  given.machine.reported(0, 4, 1_000)
  given.take()
  given.machine.reported(0, 0, 1_500)

  given.machine.reported(1, 2, 2_000)

  expect(given.take()).toEqual(['1: 2'])
  expect(given.machine.reserved).toBe(4)
})

describe('when a worker dies', () => {
  test('its slots are free only then', () => {
    const given = new Given(4, 2)
    given.machine.reported(0, 4, 1_000)
    given.take()

    given.machine.died(1, 1_002)

    expect(given.take()).toEqual(['0: 4'])
  })

  test('what it confirms after that is not heard', () => {
    const given = new Given(4, 2)
    given.machine.died(1, 10)
    given.machine.joined(2, 20)
    const before = given.machine.reserved

    given.machine.confirmed(1, 99, 30)
    given.machine.reported(1, 99, 30)

    expect(before).toBe(4)
    expect(given.machine.reserved).toBe(4)
  })
})

test('what nobody lacks is not taken away', () => {
  const given = new Given(4, 2)

  for (let now = 1_000; now < 5_000; now += 100) given.machine.reported(0, 2, now)

  expect(given.take()).toEqual([])
})

test('a newcomer gets an even part at once, of what others do not need', () => {
  const given = new Given(9, 2)
  given.machine.reported(0, 9, 1_000)
  given.confirmAll(1_000)

  given.machine.joined(2, 2_000)
  given.confirmAll(2_000)

  expect(given.shares.slice(0, 3)).toEqual([5, 1, 3])
})

test('a smaller limit is taken from those who have more than their part', () => {
  const given = new Given(8, 2)
  given.machine.reported(0, 8, 1_000)
  given.confirmAll(1_000)

  given.machine.setLimit(3, 1_001)
  const reserved = given.machine.reserved
  given.confirmAll(1_002)

  expect(reserved).toBe(8)
  expect(given.shares.slice(0, 2)).toEqual([2, 1])
  expect(given.machine.reserved).toBe(3)
})

test('a greater limit is handed out at once', () => {
  const given = new Given(2, 2)

  given.machine.setLimit(5, 10)

  expect(given.machine.reserved).toBe(5)
})

test('a worker that confirms at once meets what is true', () => {
  const confirmed: number[] = []
  const machine: ShareMachine = new ShareMachine(6, {
    grant: (worker, _, order) => {
      confirmed.push(order)
      machine.confirmed(worker, order, 0)
    },
  })

  for (const worker of [0, 1, 2]) machine.joined(worker, 0)

  expect([0, 1, 2].map((worker) => machine.shareOf(worker))).toEqual([2, 2, 2])
  expect(machine.reserved).toBe(6)
  expect(confirmed.length).toBeGreaterThan(3)
})

test('it is a bug if a worker joins twice', () => {
  expect(() => new Given(4, 2).machine.joined(1, 5)).toThrow('bug: worker 1 joins twice')
})

test.each([Infinity, -1, 1.5])('it is a bug to share %s', (limit) => {
  expect(() => new Given(limit, 0)).toThrow(`bug: shares are handed out of ${limit}, which is no whole number`)
})

test('what a dead worker had is kept for its successor, however much the others want', () => {
  const given = new Given(4, 2)
  given.machine.reported(0, 9, 1_000)
  given.confirmAll(1_001)

  given.machine.replaced(1, 2, 1_002)

  // At first it gets an even part: one slot at once, the other when it is given back.
  expect(given.take()).toEqual(['0: 2', '2: 1'])
  given.machine.reported(0, 9, 1_003)
  expect(given.machine.shareOf(2)).toBe(1)
})
