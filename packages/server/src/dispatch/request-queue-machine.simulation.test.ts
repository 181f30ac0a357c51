import { describe, expect, test } from 'vitest'

import type { FakeRequest } from '../../test/dispatch/fake-request.ts'
import { QueueCrowd, type CrowdPlan } from '../../test/dispatch/queue-crowd.ts'

const IN_TIME_MS = 250

const PLAN: CrowdPlan = {
  seed: 1,
  slots: 10,
  serviceMs: 3,
  service: 'fixed',
  load: 0,
  patienceMs: 1_000,
  forMs: 6_000,
  rules: { limit: 5_000, maxPaused: 10_000, targetMs: 5, intervalMs: 100 },
}

const ALL = [
  { service: 'fixed', seed: 1 },
  { service: 'exponential', seed: 2 },
] as const

describe.each(ALL)('services of $service length, seed $seed', (kind) => {
  const plan = { ...PLAN, ...kind }
  const peak = peakOf(plan)

  test('a server that is not asked for too much refuses nobody, and serves in order', () => {
    const crowd = new QueueCrowd({ ...plan, load: 0.9 })

    expect(crowd.of('served')).toHaveLength(crowd.requests.length)
    expect(isInOrder(crowd.served)).toBe(true)
  })

  test.each([
    { load: 2, least: 0.95, forMs: 4_000 },
    { load: 10, least: 0.9, forMs: 2_000 },
  ])('at $load times what it can serve it serves $least of its best in time', ({ load, least, forMs }) => {
    const crowd = new QueueCrowd({ ...plan, load, forMs })

    expect(crowd.goodput(IN_TIME_MS) / peak).toBeGreaterThanOrEqual(least)
  })

  test.each([
    { slots: 1, serviceMs: 3 },
    { slots: 4, serviceMs: 50 },
    { slots: 100, serviceMs: 10 },
  ])('with $slots slots of $serviceMs ms twice too much leaves hardly any of them free', (slots) => {
    const crowd = new QueueCrowd({ ...plan, ...slots, load: 2, forMs: 2_500 })

    expect(crowd.freeMs / (slots.slots * 2_500)).toBeLessThan(0.03)
    expect(crowd.wastedMs).toBe(0)
  })

  test('those who are refused under overload know within ten intervals', () => {
    const { requests } = new QueueCrowd({ ...plan, load: 2, patienceMs: 5_000 })

    const refused = requests.filter(({ ending }) => ending !== 'served')

    expect(refused.length).toBeGreaterThan(requests.length / 4)
    expect(refused.filter(({ tookMs }) => tookMs > 1_050)).toEqual([])
  })

  test('nobody is refused after the overload is over', () => {
    const { requests } = new QueueCrowd({ ...plan, load: 0.5, burst: { at: 1_000, count: 20_000 } })

    const refused = requests.filter(({ ending }) => ending !== 'served')

    expect(refused).not.toEqual([])
    expect(refused.filter(({ since }) => since > 4_000)).toEqual([])
    expect(isInOrder(requests.filter(({ since }) => since > 4_000))).toBe(true)
  })

  test('a burst that is served in time is served in order', () => {
    const crowd = new QueueCrowd({ ...plan, burst: { at: 10, count: 2_000 } })

    expect(crowd.of('served')).toHaveLength(2_000)
    expect(isInOrder(crowd.served)).toBe(true)
  })

  test.each([
    { circling: 50 },
    { circling: 200 },
    { circling: 1_000 },
    { circling: 200, standstill: { from: 2_000, to: 2_130 } },
    { circling: 1_000, standstill: { from: 2_000, to: 2_400 } },
  ])('a crowd that asks again when answered is served in order: $circling', (crowding) => {
    const crowd = new QueueCrowd({ ...plan, ...crowding, forMs: 4_000 })

    expect(crowd.of('served')).toHaveLength(crowd.requests.length)
    expect(isInOrder(crowd.served)).toBe(true)
    expect(crowd.requests.length).toBeGreaterThan(10_000)
  })

  test.each([
    { circling: 1_000, comingMs: 800 },
    { circling: 300, comingMs: 2_000 },
  ])('a crowd that grows to $circling costs nobody an error', (crowding) => {
    const crowd = new QueueCrowd({ ...plan, ...crowding, patienceMs: 5_000 })

    expect(crowd.of('served')).toHaveLength(crowd.requests.length)
  })

  test('a backend that stands still for a second costs nobody an error', () => {
    const crowd = new QueueCrowd({ ...plan, load: 0.5, standstill: { from: 3_000, to: 3_950 } })

    expect(crowd.of('served')).toHaveLength(crowd.requests.length)
    expect(isInOrder(crowd.served)).toBe(true)
  })

  test('a pause of two seconds costs nobody an error', () => {
    const crowd = new QueueCrowd({ ...plan, load: 0.5, pause: { from: 3_000, to: 5_000 }, patienceMs: 5_000 })

    expect(crowd.of('served')).toHaveLength(crowd.requests.length)
    expect(isInOrder(crowd.served)).toBe(true)
  })
})

/** The best that it serves in time: as much is asked for as it can serve. */
function peakOf(plan: CrowdPlan): number {
  return Math.max(...[0.9, 1].map((load) => new QueueCrowd({ ...plan, load, forMs: 4_000 }).goodput(IN_TIME_MS)))
}

function isInOrder(served: readonly FakeRequest[]): boolean {
  const inOrder = served.toSorted((one, other) => one.servedAt - other.servedAt)
  return inOrder.every(({ id }, place) => place === 0 || id > (inOrder[place - 1]?.id ?? 0))
}
