import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Thing } from '../../test/machine/records.ts'
import { waiterOf } from '../../test/machine/waiters.ts'
import { DeadlineHeap } from './deadline-heap.ts'

const timeouts = fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 200 })

describe('a heap of deadlines', () => {
  test('gives the earliest first, whoever is settled meanwhile', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.boolean()), { maxLength: 200 }), (all) => {
        const heap = new DeadlineHeap<Thing>()
        for (const [timeoutMs, isSettled] of all) {
          const waiter = waiterOf(timeoutMs)
          heap.push(waiter)
          waiter.isSettled = isSettled
        }
        const seen: number[] = []

        for (let first = heap.first; first !== undefined; first = heap.first) {
          seen.push(first.deadline)
          first.isSettled = true
        }

        const isSorted = seen.every((deadline, place) => place === 0 || deadline >= (seen[place - 1] ?? 0))
        expect(isSorted).toBe(true)
        expect(heap.length).toBe(0)
      }),
    )
  })

  test('gives each that is unsettled once', () => {
    fc.assert(
      fc.property(timeouts, (all) => {
        const heap = new DeadlineHeap<Thing>()
        for (const timeoutMs of all) heap.push(waiterOf(timeoutMs))
        const seen: number[] = []

        for (let first = heap.first; first !== undefined; first = heap.first) {
          seen.push(first.deadline)
          first.isSettled = true
        }

        expect(seen).toEqual(all.toSorted((one, other) => one - other))
      }),
    )
  })

  test('does not hold those who wait for ever', () => {
    const heap = new DeadlineHeap<Thing>()

    heap.push(waiterOf(Infinity))

    expect([heap.length, heap.first]).toEqual([0, undefined])
  })

  test('holds just those with whom it is refilled', () => {
    const heap = new DeadlineHeap<Thing>()
    heap.push(waiterOf(1))

    heap.refill([waiterOf(30), waiterOf(20)])

    expect([heap.length, heap.first?.deadline]).toEqual([2, 20])
  })
})
