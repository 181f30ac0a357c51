import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { Ring } from './ring.ts'

interface Item {
  readonly number: number
}

type Step = 'push' | 'shift' | 'keep the even'

/** Long runs of one kind, so that the ring grows, goes round and shrinks. */
const steps = fc
  .array(
    fc.tuple(fc.constantFrom<Step>('push', 'push', 'shift', 'shift', 'keep the even'), fc.integer({ min: 1, max: 40 })),
    { maxLength: 60 },
  )
  .map((runs) => runs.flatMap(([step, times]) => new Array<Step>(step === 'keep the even' ? 1 : times).fill(step)))

function isEven({ number }: Item): boolean {
  return number % 2 === 0
}

describe('a ring', () => {
  test('is a queue, whatever is done to it', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const ring = new Ring<Item>()
        let model: Item[] = []
        for (const [number, step] of all.entries()) {
          if (step === 'push') {
            ring.push({ number })
            model.push({ number })
          } else if (step === 'shift') {
            expect(ring.shift()).toEqual(model.shift())
          } else {
            ring.keep(isEven)
            model = model.filter((item) => isEven(item))
          }
          expect(ring.first).toEqual(model[0])
          expect(ring.length).toBe(model.length)
        }
        expect([...ring]).toEqual(model)
      }),
    )
  })

  test('keeps the order through growing and shrinking', () => {
    const ring = new Ring<Item>()
    for (let number = 0; number < 5_000; number++) ring.push({ number })

    const out = Array.from({ length: 5_000 }, () => ring.shift()?.number)

    expect(out).toEqual(Array.from({ length: 5_000 }, (_, number) => number))
    expect(ring.length).toBe(0)
  })

  test('is empty at first', () => {
    const ring = new Ring<Item>()

    expect([ring.first, ring.shift(), ring.length, [...ring]]).toEqual([undefined, undefined, 0, []])
  })

  test('does not hold what has left it', () => {
    const ring = new Ring<Item>()
    ring.push({ number: 1 })
    ring.shift()

    expect(ring.first).toBeUndefined()
  })
})
