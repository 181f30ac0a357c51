import { describe, expect, test } from 'vitest'

import { SEED } from '../../../test/balance/picking.ts'
import { SeededRandom } from '../../testing/seeded-random.ts'
import { WeightedDraw } from './weighted-draw.ts'

const DRAWS = 200_000

function drawOf(...weights: readonly number[]): WeightedDraw {
  const draw = new WeightedDraw()
  draw.refill(weights.map((weight) => ({ weight })))
  return draw
}

/** How often each place was drawn, in parts of all. */
function parts(count: number, place: (random: () => number) => number): number[] {
  const { next } = new SeededRandom(SEED)
  const counts = new Array<number>(count).fill(0)
  for (let draws = 0; draws < DRAWS; draws++) {
    const drawn = place(next)
    counts[drawn] = (counts[drawn] ?? 0) + 1
  }
  return counts.map((each) => each / DRAWS)
}

function expectParts(got: readonly number[], weights: readonly number[]): void {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  for (const [place, weight] of weights.entries()) {
    expect(Math.abs((got[place] ?? 0) - weight / total), `seed ${SEED}, place ${place}`).toBeLessThan(0.005)
  }
}

describe('a draw by weight', () => {
  test.each([[[1]], [[1, 1, 1]], [[1, 3]], [[0.1, 5, 2, 0.7, 100]], [[1_000, 1, 1, 1]], [[1, 1, 1, 1_000]]])(
    'meets %j in proportion',
    (weights) => {
      const draw = drawOf(...weights)

      expectParts(
        parts(weights.length, (random) => draw.place(random)),
        weights,
      )
    },
  )

  test('but one keeps the proportions of the others', () => {
    const draw = drawOf(5, 1, 90, 3, 0.5)

    for (const excluded of [0, 2, 4]) {
      const weights = [5, 1, 90, 3, 0.5].with(excluded, 0)
      expectParts(
        parts(5, (random) => draw.placeBut(excluded, random)),
        weights,
      )
    }
  })

  test('follows weights that rise and fall, by little and by much', () => {
    const draw = drawOf(1, 1, 1, 1)
    draw.change(0, 0.5)
    draw.change(1, 0.01)
    draw.change(2, 7)
    draw.change(2, 8)

    expectParts(
      parts(4, (random) => draw.place(random)),
      [0.5, 0.01, 8, 1],
    )
    expectParts(
      parts(4, (random) => draw.placeBut(2, random)),
      [0.5, 0.01, 0, 1],
    )
    expect(draw.total).toBeCloseTo(9.51)
  })

  test('answers with what exists at both ends of chance, and where chance is none', () => {
    const draw = drawOf(0.1, 0.2, 0.3)
    draw.change(1, 0.1)
    const last = 1 - 2 ** -53

    const places = [0, last, 0.5].flatMap((chance) => {
      const random = (): number => chance
      return [draw.place(random), draw.placeBut(0, random), draw.placeBut(2, random)]
    })

    expect(places.every((place) => place >= 0 && place <= 2)).toBe(true)
    expect([places[1] === 0, places[4] === 0, places[2] === 2, places[5] === 2]).toEqual([false, false, false, false])
  })
})
