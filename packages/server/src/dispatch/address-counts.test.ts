import { expect, test } from 'vitest'

import { AddressCounts } from './address-counts.ts'

test('who waits and who is on the way counts, until it goes', () => {
  const counts = new AddressCounts()
  counts.came('a')
  counts.came('a')
  counts.came('b')

  counts.went('a')

  expect([counts.of('a'), counts.of('b'), counts.of('c')]).toEqual([1, 1, 0])
})

test('who is acknowledged counts once, before and after the report that has it', () => {
  const counts = new AddressCounts()
  counts.came('a')

  counts.acknowledged('a', 1)
  const before = counts.of('a')
  counts.reported(1, { a: 1 })

  expect([before, counts.of('a')]).toEqual([1, 1])
})

test('who comes and goes between two reports is in none of them, and counts no more', () => {
  const counts = new AddressCounts()
  counts.came('a')
  counts.acknowledged('a', 1)

  counts.reported(1, {})

  expect(counts.of('a')).toBe(0)
  expect(counts.size).toBe(0)
})

test('addresses that are not in a report are as in the one before', () => {
  const counts = new AddressCounts()
  counts.reported(1, { a: 3, b: 2 })

  counts.reported(1, { a: 1 })

  expect([counts.of('a'), counts.of('b')]).toEqual([1, 2])
})

test('the clients of several workers are one number', () => {
  const counts = new AddressCounts()
  counts.reported(1, { a: 3 })
  counts.reported(2, { a: 2 })

  counts.reported(1, { a: 0 })

  expect(counts.of('a')).toBe(2)
})

test('the clients of a dead worker count no more', () => {
  const counts = new AddressCounts()
  counts.reported(1, { a: 3 })
  counts.came('a')
  counts.acknowledged('a', 1)
  counts.came('a')

  counts.died(1)

  expect(counts.of('a')).toBe(1)
})

test('where reports end, only those count who are with no worker', () => {
  const counts = new AddressCounts()
  counts.reported(1, { a: 3 })
  counts.reported(2, { b: 1 })
  counts.came('a')

  counts.forgetReports()
  counts.reported(1, { a: 2 })

  expect([counts.of('a'), counts.of('b')]).toEqual([3, 0])
})

test('a client without an address does not count', () => {
  const counts = new AddressCounts()

  counts.came(undefined)
  counts.acknowledged(undefined, 1)
  counts.went(undefined)

  expect([counts.of(undefined), counts.size]).toEqual([0, 0])
})
