import fc from 'fast-check'
import { expect, test } from 'vitest'

import { RankHeap, type Ranked } from './rank-heap.ts'

const ranks = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 })
const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 9 })), { maxLength: 60 })

function itemsOf(all: readonly number[]): Ranked[] {
  return all.map((rank, turn) => ({ rank, turn, place: -1 }))
}

function leastOf(items: readonly Ranked[]): Ranked | undefined {
  return items.toSorted((one, other) => one.rank - other.rank || one.turn - other.turn)[0]
}

test('the least is on top, and the earliest turn among equals, whatever changes', () => {
  fc.assert(
    fc.property(ranks, changes, (all, changed) => {
      const items = itemsOf(all)
      const heap = new RankHeap<Ranked>()
      heap.refill(items)
      expect(heap.first).toBe(leastOf(items))

      for (const [which, rank] of changed) {
        const item = items[which % items.length]
        if (item === undefined) continue
        item.rank = rank
        heap.changed(item)

        expect(heap.first).toBe(leastOf(items))
      }
    }),
  )
})

test('one that is no longer in the heap stays outside when it changes', () => {
  const [gone, kept] = [...itemsOf([1]), ...itemsOf([2])]
  const heap = new RankHeap<Ranked>()
  heap.refill([gone, kept].filter((item) => item !== undefined))
  heap.refill([kept].filter((item) => item !== undefined))

  if (gone !== undefined) heap.changed(gone)

  expect([heap.first === kept, gone?.place]).toEqual([true, -1])
})
