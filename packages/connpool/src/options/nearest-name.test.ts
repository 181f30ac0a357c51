import { describe, expect, test } from 'vitest'

import { nearestName } from './nearest-name.ts'

const KNOWN = ['minSize', 'maxSize', 'maxUses', 'idleTimeoutMs', 'acquireTimeoutMs', 'probe', 'reset']

describe('the name that was meant', () => {
  test.each([
    ['maxsize', 'maxSize'],
    ['max_size', 'maxSize'],
    ['maxSiez', 'maxSize'],
    ['minsize', 'minSize'],
    ['idleTimeoutMillis', 'idleTimeoutMs'],
    ['idleTimeout', 'idleTimeoutMs'],
    ['acquireTimeoutMillis', 'acquireTimeoutMs'],
    ['prob', 'probe'],
    ['prboe', 'probe'],
    ['RESET', 'reset'],
  ])('%s is near %s', (name, meant) => {
    expect(nearestName(name, KNOWN)).toBe(meant)
  })

  test.each(['', 'host', '__proto__', 'constructor', 'x'.repeat(100_000)])('%.20s is near nothing', (name) => {
    expect(nearestName(name, KNOWN)).toBeUndefined()
  })
})
