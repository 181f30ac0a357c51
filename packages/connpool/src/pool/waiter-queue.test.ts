import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { waiterOf } from '../../test/machine/waiters.ts'
import type { Thing } from '../../test/machine/records.ts'
import type { Waiter } from './waiter.ts'
import { WaiterQueue } from './waiter-queue.ts'

type Step =
  | { readonly kind: 'push'; readonly timeoutMs: number }
  | { readonly kind: 'shift' }
  | { readonly kind: 'remove'; readonly which: number }
  | { readonly kind: 'time passes'; readonly ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      timeoutMs: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constant(Infinity), fc.constant(50)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('shift' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), which: fc.nat({ max: 1_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('time passes' as const), ms: fc.nat({ max: 30 }) }) },
)

/** The queue and an array that does the same the slow way. */
class Both {
  readonly queue = new WaiterQueue<Thing>()
  readonly model: Waiter<Thing>[] = []
  #now = 0

  take(step: Step): void {
    switch (step.kind) {
      case 'push':
        return this.#push(waiterOf(step.timeoutMs, this.#now))
      case 'shift':
        return expect(this.queue.shift()).toBe(this.model.shift())
      case 'remove':
        return this.#remove(step.which)
      case 'time passes':
        this.#now += step.ms
    }
  }

  mustAgree(): void {
    expect(this.queue.length).toBe(this.model.length)
    expect(this.queue.first).toBe(this.model[0])
    expect(this.queue.firstDue?.deadline ?? Infinity).toBe(this.#firstDeadline)
    expect(this.queue.firstDue?.isSettled ?? false).toBe(false)
  }

  get #firstDeadline(): number {
    return Math.min(...this.model.map(({ deadline }) => deadline))
  }

  #push(waiter: Waiter<Thing>): void {
    this.queue.push(waiter)
    this.model.push(waiter)
  }

  #remove(which: number): void {
    const [waiter] = this.model.length === 0 ? [] : this.model.splice(which % this.model.length, 1)
    if (waiter !== undefined) this.queue.remove(waiter)
  }
}

describe('a queue of waiters', () => {
  test('is in order of arrival and knows the earliest deadline, whatever is done to it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const both = new Both()
        for (const each of steps) {
          both.take(each)
          both.mustAgree()
        }
        expect([...both.queue]).toEqual(both.model)
      }),
    )
  })

  test('knows who is among the first', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat({ max: 5 }), (steps, count) => {
        const both = new Both()
        for (const each of steps) both.take(each)

        const first = both.model.filter((waiter) => both.queue.isAmongFirst(waiter, count))

        expect(first).toEqual(both.model.slice(0, count))
      }),
    )
  })

  test('marks whom it answers or drops as settled', () => {
    const queue = new WaiterQueue<Thing>()
    const [ann, ben] = [waiterOf(), waiterOf()]
    queue.push(ann)
    queue.push(ben)

    queue.remove(ben)
    queue.shift()

    expect([ann.isSettled, ben.isSettled]).toEqual([true, true])
  })

  test('forgets those who gave up: a queue that a hundred thousand have left holds few', () => {
    const queue = new WaiterQueue<Thing>()
    const stays = waiterOf(1_000)
    queue.push(stays)

    for (let count = 0; count < 100_000; count++) {
      const waiter = waiterOf(count % 2 === 0 ? 10 : 2_000)
      queue.push(waiter)
      queue.remove(waiter)
    }

    expect(queue.length).toBe(1)
    expect([...queue]).toEqual([stays])
    expect(queue.firstDue).toBe(stays)
  })

  test('finds the earliest deadline again after the order of deadlines was restored', () => {
    const queue = new WaiterQueue<Thing>()
    for (const timeoutMs of [300, 100]) queue.push(waiterOf(timeoutMs))
    queue.shift()
    queue.shift()
    for (const timeoutMs of [50, 60]) queue.push(waiterOf(timeoutMs))

    expect(queue.firstDue?.deadline).toBe(50)
  })
})
