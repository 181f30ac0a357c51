import { describe, expect, test } from 'vitest'

import { SeededRandom } from '../testing/seeded-random.ts'
import { OutlierMachine, type OutlierRecord } from './outlier-machine.ts'
import type { OutlierOptions } from './outlier-options.ts'

const RULES = {
  consecutiveFailures: 3,
  failureRatio: Infinity,
  windowMs: 1_000,
  minSamples: 10,
  baseEjectionMs: 10_000,
  maxEjectionMs: 35_000,
  maxEjectionRatio: 0.5,
}
const SEEDS = 100

function endpoints(count: number, rules: OutlierOptions = {}): { machine: OutlierMachine; records: OutlierRecord[] } {
  const machine = new OutlierMachine({ ...RULES, ...rules })
  return { machine, records: Array.from({ length: count }, () => machine.add()) }
}

function one(rules: OutlierOptions = {}): OutlierRecord {
  return new OutlierMachine({ ...RULES, ...rules }).add()
}

/** Fails until it is ejected; answers for how long that is. */
function ejection(record: OutlierRecord, now: number, draw = 0): number {
  for (let times = 0; times < RULES.consecutiveFailures; times++) record.failed(draw, now)
  return record.ejectedUntil - now
}

describe('an endpoint', () => {
  test('is ejected by consecutiveFailures failures in a row', () => {
    const record = one()

    const ejected = [record.failed(0, 0), record.failed(0, 1), record.failed(0, 2)]

    expect(ejected).toEqual([false, false, true])
    expect(record.ejectedUntil).toBe(10_002)
  })

  test('is not ejected while successes lie between its failures', () => {
    const record = one()

    for (let times = 0; times < 10; times++) {
      record.failed(0, times)
      record.failed(0, times)
      record.succeeded(times)
    }

    expect(record.ejectedUntil).toBe(-Infinity)
  })

  test('is ejected by the share of failures of enough results', () => {
    const record = one({ consecutiveFailures: Infinity, failureRatio: 0.5 })
    for (let times = 0; times < 5; times++) record.succeeded(0)
    for (let times = 0; times < 4; times++) record.failed(0, 100)
    const before = record.ejectedUntil

    expect([before, record.failed(0, 200)]).toEqual([-Infinity, true])
  })

  test('is not ejected for failures that have left the window', () => {
    const record = one({ consecutiveFailures: Infinity, failureRatio: 0.5 })
    for (let times = 0; times < 9; times++) record.failed(0, 0)

    expect(record.failed(0, 1_000)).toBe(false)
  })

  test('counts nothing while it is ejected, and from none when it is back', () => {
    const record = one()
    ejection(record, 0)
    for (let times = 0; times < 10; times++) record.failed(0, 9_999)
    const { ejectedUntil } = record

    const ejected = [1, 2, 3].map(() => record.failed(0, 10_000))

    expect(ejectedUntil).toBe(10_000)
    expect(ejected).toEqual([false, false, true])
  })

  test('is calm until it fails, and again when that has left the window', () => {
    const record = one()
    const calm = [record.isCalm]

    record.failed(0, 0)
    calm.push(record.isCalm)
    record.succeeded(100)
    calm.push(record.isCalm)
    record.succeeded(1_000)
    calm.push(record.isCalm)

    expect(calm).toEqual([true, false, false, true])
  })
})

describe('an ejection', () => {
  test('lasts longer each time, up to maxEjectionMs', () => {
    const record = one()
    const longs: number[] = []

    for (let times = 0, now = 0; times < 5; times++, now = record.ejectedUntil) longs.push(ejection(record, now))

    expect(longs).toEqual([10_000, 20_000, 30_000, 35_000, 35_000])
  })

  test('is up to a quarter shorter by chance', () => {
    expect(ejection(one(), 0, 1)).toBe(7_500)
  })

  test('is shorter again by one baseEjectionMs for each window spent well', () => {
    const record = one()
    ejection(record, 0)
    ejection(record, 10_000)

    const afterAWindow = ejection(record, 30_000 + 1_999)
    const afterThree = ejection(record, record.ejectedUntil + 3_000)

    expect([afterAWindow, afterThree]).toEqual([20_000, 10_000])
  })
})

describe('of several endpoints', () => {
  test('no more than maxEjectionRatio are out at once', () => {
    const { machine, records } = endpoints(5)

    const longs = records.map((record) => ejection(record, 0))

    expect(longs).toEqual([10_000, 10_000, -Infinity, -Infinity, -Infinity])
    expect(machine.ejectedCount(9_999)).toBe(2)
  })

  test('one may be out, however small the ratio', () => {
    const { machine, records } = endpoints(3, { maxEjectionRatio: 0.01 })

    for (const record of records) ejection(record, 0)

    expect(machine.ejectedCount(0)).toBe(1)
  })

  test('none is out at a ratio of 0', () => {
    const { machine, records } = endpoints(3, { maxEjectionRatio: 0 })

    for (const record of records) ejection(record, 0)

    expect(machine.ejectedCount(0)).toBe(0)
  })

  test('the next follows with its next failure when one is back', () => {
    const { records } = endpoints(2)
    const [first, second] = records as [OutlierRecord, OutlierRecord]
    ejection(first, 0)
    ejection(second, 0)

    const ejected = [second.failed(0, 9_999), second.failed(0, 10_000)]

    expect(ejected).toEqual([false, true])
  })

  test('the first to come back is known', () => {
    const { machine, records } = endpoints(4)
    const [first, second] = records as [OutlierRecord, OutlierRecord]
    ejection(first, 0)
    ejection(second, 0, 1)

    expect([machine.next(0), machine.next(7_500), machine.next(10_000)]).toEqual([second, first, undefined])
    expect(machine.next(0)).toBeUndefined()
  })

  test('some come back early when so many others have gone that too many would be out', () => {
    const { machine, records } = endpoints(4)
    const [first, second, third, fourth] = records as [OutlierRecord, OutlierRecord, OutlierRecord, OutlierRecord]
    ejection(first, 0)
    ejection(second, 0, 0.1)

    machine.remove(third)
    machine.remove(fourth)

    expect([first.ejectedUntil, second.ejectedUntil]).toEqual([10_000, -Infinity])
    expect(ejection(second, 10_000)).toBe(20_000) // that it was let off makes nothing good
  })

  test('one that was removed leaves its place to another', () => {
    const { machine, records } = endpoints(3)
    const [first, second] = records as [OutlierRecord, OutlierRecord]
    ejection(first, 0)

    machine.remove(first)

    expect(ejection(second, 0)).toBe(10_000)
  })
})

test.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
  'never too many are out, and all come back, seed %i',
  (seed) => {
    const random = new SeededRandom(seed)
    const maxEjectionRatio = random.pick([0, 0.1, 0.5, 0.8, 1])
    const { machine, records } = endpoints(random.whole(1, 8), {
      maxEjectionRatio,
      failureRatio: random.pick([0.4, Infinity]),
    })
    let now = 0

    for (let times = 0; times < 300 && records.length > 0; times++) {
      now += random.pick([0, 10, 500, 8_000]) * random.next()
      const record = random.pick(records as [OutlierRecord, ...OutlierRecord[]])
      const wasOut = record.ejectedUntil > now
      const what = random.next()
      if (what < 0.02) machine.remove(...(records.splice(records.indexOf(record), 1) as [OutlierRecord]))
      else if (what < 0.04) records.push(machine.add())
      else if (what < 0.4) record.succeeded(now)
      else if (record.failed(random.next(), now)) expect(wasOut, `seed ${seed}: ejected twice`).toBe(false)

      const out = records.filter(({ ejectedUntil }) => ejectedUntil > now)
      const most = maxEjectionRatio === 0 ? 0 : Math.max(1, Math.floor(records.length * maxEjectionRatio))
      expect(out.length, `seed ${seed}: too many are out`).toBeLessThanOrEqual(most)
      expect(machine.ejectedCount(now), `seed ${seed}`).toBe(out.length)
      const first = Math.min(...out.map(({ ejectedUntil }) => ejectedUntil))
      expect(machine.next(now)?.ejectedUntil ?? Infinity, `seed ${seed}: who is next`).toBe(first)
      for (const { ejectedUntil } of out) expect(ejectedUntil - now, `seed ${seed}`).toBeLessThanOrEqual(35_000)
    }
  },
)
