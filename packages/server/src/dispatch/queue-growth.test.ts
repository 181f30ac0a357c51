import { expect, test } from 'vitest'

import { QueueGrowth } from './queue-growth.ts'

/** So many services in a row, each after ten milliseconds, and so many who come after each. */
function live(growth: QueueGrowth, services: number, arriving = 0): QueueGrowth {
  for (let service = 0; service < services; service++) {
    growth.served(10)
    for (let each = 0; each < arriving; each++) growth.arrived()
  }
  return growth
}

/** One interval is ten services. */
function newGrowth(): QueueGrowth {
  return new QueueGrowth(100)
}

test('it is known after three intervals', () => {
  const growth = newGrowth()

  expect(growth.isKnown).toBe(false)
  expect(live(growth, 29).isKnown).toBe(false)
  expect(live(growth, 1).isKnown).toBe(true)
  expect(live(growth, 100).isKnown).toBe(true)
})

test('only time that counts makes it known', () => {
  const growth = newGrowth()

  for (let service = 0; service < 100; service++) growth.served(0)

  expect(growth.isKnown).toBe(false)
})

test('it is how many more came than were served', () => {
  expect(live(newGrowth(), 12, 3).count).toBe(24)
  expect(live(newGrowth(), 12, 1).count).toBe(0)
  expect(live(newGrowth(), 12).count).toBe(-12)
})

test('what is longer ago than three intervals is forgotten', () => {
  const growth = live(newGrowth(), 10)

  const before = live(growth, 29, 1).count
  const after = live(growth, 1, 1).count

  expect(before).toBe(-10)
  expect(after).toBe(0)
})

test('its rate is for a millisecond of all the time that is looked at', () => {
  const growth = live(newGrowth(), 30, 3)

  expect(growth.perMs).toBeCloseTo(0.2)
  expect(live(growth, 5, 3).perMs).toBeCloseTo(0.2)
  expect(live(growth, 40).perMs).toBeCloseTo(-0.1)
})
