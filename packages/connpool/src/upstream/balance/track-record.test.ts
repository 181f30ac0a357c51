import { describe, expect, test } from 'vitest'

import { SEED } from '../../../test/balance/picking.ts'
import { SeededRandom } from '../../testing/seeded-random.ts'
import { TrackRecord } from './track-record.ts'

/** One success each 10 ms, from 0 on. */
function recordOf(leaseTimesMs: readonly number[]): TrackRecord {
  const record = new TrackRecord()
  for (const [place, leaseMs] of leaseTimesMs.entries()) record.succeeded(leaseMs, place * 10)
  return record
}

function constant(ms: number, count: number): number[] {
  return new Array<number>(count).fill(ms)
}

describe('the latency of a record', () => {
  test('is unknown before there are three, of which the first success is none', () => {
    const record = new TrackRecord()
    record.failed(0)
    const seen = [1_000, 7, 7, 7].map((leaseMs, place) => {
      record.succeeded(leaseMs, place * 10)
      return record.latencyMs
    })

    expect(seen).toEqual([undefined, undefined, undefined, 7])
  })

  test('is the mean of few', () => {
    expect(recordOf([1_000, 12, 9, 6]).latencyMs).toBeCloseTo(9)
  })

  test('follows a lasting change within the last hundred', () => {
    const record = recordOf([...constant(10, 1_000), ...constant(100, 100)])

    expect(record.latencyMs).toBeGreaterThan(80)
  })

  test('rises twice as fast as it falls', () => {
    const risen = (recordOf([...constant(10, 500), 11]).latencyMs ?? 0) - 10
    const fallen = 10 - (recordOf([...constant(10, 500), 9]).latencyMs ?? 0)

    expect(risen / fallen).toBeCloseTo(2, 1)
  })

  test('is not made another by one slow lease', () => {
    expect(recordOf([...constant(10, 500), 100]).latencyMs).toBeLessThan(12)
  })

  test('is near the mean where lease times differ by chance', () => {
    const { next } = new SeededRandom(SEED)
    const record = recordOf(Array.from({ length: 2_000 }, () => -10 * Math.log(1 - next())))

    expect(record.latencyMs, `seed ${SEED}`).toBeGreaterThan(8)
    expect(record.latencyMs, `seed ${SEED}`).toBeLessThan(18)
  })

  test('forgets in ten seconds nearly two thirds of what it has in mind', () => {
    const record = recordOf(constant(10, 100))

    record.succeeded(1, 990 + 10_000)

    expect(record.latencyMs).toBeCloseTo(10 - 9 / (100 * Math.exp(-1) + 1), 1)
  })

  test('still knows the last eight after an hour', () => {
    const record = recordOf(constant(10, 100))

    record.succeeded(1, 3_600_000)

    expect(record.latencyMs).toBeCloseTo(9)
  })
})

describe('the failure ratio of a record', () => {
  test('is 0 before anything and while all goes well', () => {
    expect([new TrackRecord().failureRatio, recordOf(constant(10, 20)).failureRatio]).toEqual([0, 0])
  })

  test('is the share of recent failures', () => {
    const record = new TrackRecord()
    for (let time = 0; time < 40; time++) {
      if (time % 4 === 0) record.failed(time)
      else record.succeeded(1, time)
    }

    expect(record.failureRatio).toBeCloseTo(0.25, 2)
  })

  test('is a tenth after a single failure, and 1 after a row of them', () => {
    const record = new TrackRecord()
    record.failed(0)
    const afterOne = record.failureRatio

    for (let time = 0; time < 20; time++) record.failed(0)

    expect([afterOne, record.failureRatio]).toEqual([0.1, 1])
  })

  test('rises within a hundred failures, however much went well before', () => {
    const record = new TrackRecord()
    for (let time = 0; time < 5_000; time++) record.succeeded(1, time)

    for (let time = 5_000; time < 5_100; time++) record.failed(time)

    expect(record.failureRatio).toBeGreaterThan(0.6)
  })

  test('fades to 1/e in ten seconds in which nothing happens', () => {
    const record = new TrackRecord()
    for (let count = 0; count < 5; count++) record.failed(0)
    const before = record.failureRatio

    record.refresh(4_000)
    record.refresh(10_000)

    expect(record.failureRatio).toBeCloseTo(before / Math.E)
  })

  test('is as it was where the clock has not moved', () => {
    const record = new TrackRecord()
    record.failed(50)

    record.refresh(50)
    record.refresh(40)

    expect(record.failureRatio).toBe(0.1)
  })
})
