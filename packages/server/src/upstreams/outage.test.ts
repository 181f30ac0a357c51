import { describe, expect, test } from 'vitest'

import { Outage } from './outage.ts'

describe('an outage', () => {
  test('lets everybody try for the grace', () => {
    const outage = new Outage()
    expect(outage.begin(0)).toBe('go')
    outage.failed(0)

    expect([outage.begin(1_999), outage.mayTryAgain('go', 1_999)]).toEqual(['go', true])
    expect(outage.isLong(1_999)).toBe(false)
  })

  test('after the grace is tried by one, and sends the others away', () => {
    const outage = new Outage()
    outage.failed(0)

    expect(outage.isLong(2_000)).toBe(true)
    expect([outage.begin(2_000), outage.begin(2_000)]).toEqual(['try', 'refuse'])
    expect(outage.mayTryAgain('try', 9_000)).toBe(true)
    expect(outage.mayTryAgain('go', 2_000)).toBe(false)
    outage.tried()
    expect(outage.begin(2_001)).toBe('try')
  })

  test('is counted from its first failure, and over when something was reached', () => {
    const outage = new Outage()
    outage.failed(0)
    outage.failed(1_500)
    expect(outage.isLong(2_500)).toBe(true)

    outage.reached()
    expect([outage.isLong(2_500), outage.begin(2_500)]).toEqual([false, 'go'])
    outage.failed(3_000)
    expect(outage.begin(4_000)).toBe('go')
  })
})
