import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Thing } from '../../test/machine/records.ts'
import { Entry } from './entry.ts'
import { IdleList } from './idle-list.ts'

const steps = fc.array(fc.tuple(fc.constantFrom('push', 'lend', 'lose'), fc.nat({ max: 1_000 })), { maxLength: 200 })

function entries(count: number): Entry<Thing>[] {
  return Array.from({ length: count }, (_, index) => new Entry<Thing>(index + 1, 0, 0))
}

/** All that idle, the next to be lent first. */
function inOrderOfLending(list: IdleList<Thing>): Entry<Thing>[] {
  const order: Entry<Thing>[] = []
  for (let next = list.next; next !== undefined; next = list.next) {
    list.remove(next)
    order.push(next)
  }
  return order
}

describe.each(['lifo', 'fifo'] as const)('a list of idle connections, %s', (order) => {
  test('lends in its order, whatever is done to it', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const list = new IdleList<Thing>(order)
        const away = entries(12)
        const model: Entry<Thing>[] = []
        for (const [kind, which] of all) {
          if (kind === 'push') {
            const [entry] = away.splice(which % Math.max(1, away.length), 1)
            if (entry === undefined) continue
            list.push(entry)
            model.push(entry)
          } else {
            const nextPlace = order === 'lifo' ? model.length - 1 : 0
            const place = kind === 'lend' ? nextPlace : which % Math.max(1, model.length)
            const [entry] = model.splice(Math.max(0, place), 1)
            if (entry === undefined) continue
            if (kind === 'lend') expect(list.next).toBe(entry)
            list.remove(entry)
            away.push(entry)
          }
          expect(list.length).toBe(model.length)
          expect(list.oldest).toBe(model[0])
        }
        expect(inOrderOfLending(list)).toEqual(order === 'lifo' ? model.toReversed() : model)
      }),
    )
  })

  test('is empty at first', () => {
    const list = new IdleList<Thing>(order)

    expect([list.length, list.next, list.oldest]).toEqual([0, undefined, undefined])
  })

  test('leaves no link on what has left it', () => {
    const list = new IdleList<Thing>(order)
    const all = entries(3)
    for (const entry of all) list.push(entry)

    for (const entry of all) list.remove(entry)

    expect(all.flatMap(({ previousIdle, nextIdle }) => [previousIdle, nextIdle])).toEqual(new Array(6).fill(undefined))
  })
})
