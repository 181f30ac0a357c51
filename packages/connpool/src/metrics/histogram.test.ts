import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { BUCKET_BOUNDS_MS, Histogram } from './histogram.ts'

/** Which bucket a duration is counted in. */
function bucketOf(ms: number): number {
  const histogram = new Histogram()
  histogram.record(ms)
  return histogram.snapshot(1).counts.indexOf(1)
}

describe('the buckets', () => {
  test('go from a quarter of a millisecond to some sixteen seconds, each twice the one before', () => {
    expect([BUCKET_BOUNDS_MS.at(0), BUCKET_BOUNDS_MS.at(-1), BUCKET_BOUNDS_MS.length]).toEqual([0.25, 16_384, 17])
  })

  test.each(BUCKET_BOUNDS_MS.map((bound, bucket) => ({ bound, bucket })))(
    'a duration of $bound ms is in bucket $bucket, a longer one is not',
    ({ bound, bucket }) => {
      expect([bucketOf(bound), bucketOf(bound + 1e-6)]).toEqual([bucket, bucket + 1])
    },
  )

  test('hold each duration where its bounds say, whatever it is', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (ms) => {
        const expected = BUCKET_BOUNDS_MS.findIndex((bound) => ms <= bound)

        expect(bucketOf(ms)).toBe(expected === -1 ? BUCKET_BOUNDS_MS.length : expected)
      }),
    )
  })

  test('cannot be changed', () => {
    expect(Object.isFrozen(BUCKET_BOUNDS_MS)).toBe(true)
  })
})

describe('a snapshot', () => {
  test('tells how many, how long, and does not change afterwards', () => {
    const histogram = new Histogram()
    histogram.record(1)
    histogram.record(3)

    const snapshot = histogram.snapshot(2)
    histogram.record(100)

    expect(snapshot).toMatchObject({ count: 2, sumMs: 4 })
    expect(snapshot.counts.reduce((sum, each) => sum + each, 0)).toBe(2)
  })

  test('counts those that were never recorded as having taken no time', () => {
    const histogram = new Histogram()
    histogram.record(1)

    const { counts, count } = histogram.snapshot(10)

    expect([counts[0], counts[2], count]).toEqual([9, 1, 10])
  })

  test('counts what was recorded even if it is told of fewer', () => {
    const histogram = new Histogram()
    histogram.record(0.1)
    histogram.record(1)

    expect(histogram.snapshot(0).count).toBe(2)
  })

  test('of nothing is empty', () => {
    const { counts, count, sumMs } = new Histogram().snapshot(0)

    expect([counts.length, Math.max(...counts), count, sumMs]).toEqual([18, 0, 0, 0])
  })
})
