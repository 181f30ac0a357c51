import { describe, expect, test } from 'vitest'

import { RetryBudget } from './retry-budget.ts'

/** How many retries are allowed in a row. */
function drained(budget: RetryBudget): number {
  let count = 0
  while (count < 1_000 && budget.take()) count++
  return count
}

describe('a retry budget', () => {
  test('allows a burst of ten, and then none', () => {
    expect(drained(new RetryBudget(0.1))).toBe(10)
  })

  test('allows one in ten requests after that', () => {
    const budget = new RetryBudget(0.1)
    drained(budget)
    let retries = 0
    for (let request = 0; request < 1_000; request++) {
      budget.asked()
      if (budget.take()) retries++
    }
    expect(retries).toBeGreaterThanOrEqual(99)
    expect(retries).toBeLessThanOrEqual(100)
  })

  test('saves up no more than the burst', () => {
    const budget = new RetryBudget(0.5)
    for (let request = 0; request < 1_000; request++) budget.asked()
    expect(drained(budget)).toBe(10)
  })

  test('of nothing allows nothing', () => {
    expect(drained(new RetryBudget(0))).toBe(0)
  })
})
