import { describe, expect, test } from 'vitest'

import { PoolError } from '../errors.ts'
import { type OutlierOptions, resolveOutlier } from './outlier-options.ts'

const DEFAULTS = {
  consecutiveFailures: 5,
  failureRatio: 0.85,
  windowMs: 10_000,
  minSamples: 50,
  baseEjectionMs: 30_000,
  maxEjectionMs: 300_000,
  maxEjectionRatio: 0.5,
}
const DURATION = 'a duration in milliseconds, more than 0 and less than 2147483648 (2^31)'

function refusalOf(given: unknown): string {
  try {
    resolveOutlier(given as OutlierOptions)
  } catch (error) {
    if (error instanceof PoolError && error.code === 'INVALID_OPTIONS') return error.message
    throw error
  }
  return 'none'
}

describe('the options of outlier ejection', () => {
  test.each([
    [undefined, DEFAULTS],
    [{}, DEFAULTS],
    [false as const, undefined],
    [{ minSamples: 1 }, { ...DEFAULTS, minSamples: 1 }],
    [
      { consecutiveFailures: Infinity, failureRatio: Infinity },
      { ...DEFAULTS, consecutiveFailures: Infinity, failureRatio: Infinity },
    ],
    [{ maxEjectionMs: 500 }, { ...DEFAULTS, baseEjectionMs: 500, maxEjectionMs: 500 }],
    [{ baseEjectionMs: 600_000 }, { ...DEFAULTS, baseEjectionMs: 600_000, maxEjectionMs: 600_000 }],
  ])('%o are %o', (given, options) => {
    expect(resolveOutlier(given)).toEqual(options)
  })

  test.each([
    [{ consecutiveFailures: 0 }, 'outlier.consecutiveFailures must be a whole number, at least 1, or Infinity; got 0'],
    [{ failureRatio: 0 }, 'outlier.failureRatio must be a number, more than 0 and at most 1, or Infinity; got 0'],
    [{ failureRatio: 85 }, 'outlier.failureRatio must be a number, more than 0 and at most 1, or Infinity; got 85'],
    [{ windowMs: Infinity }, `outlier.windowMs must be ${DURATION}; got Infinity`],
    [{ minSamples: 0.5 }, 'outlier.minSamples must be a whole number, at least 1; got 0.5'],
    [{ baseEjectionMs: 0 }, `outlier.baseEjectionMs must be ${DURATION}; got 0`],
    [{ maxEjectionMs: '1' }, `outlier.maxEjectionMs must be ${DURATION}; got "1"`],
    [{ maxEjectionRatio: 50 }, 'outlier.maxEjectionRatio must be a number from 0 to 1; got 50'],
    [
      { baseEjectionMs: 6, maxEjectionMs: 5 },
      'outlier.baseEjectionMs must not exceed outlier.maxEjectionMs; got 6 and 5',
    ],
    [{ windowMS: 5 }, 'unknown option outlier.windowMS; did you mean outlier.windowMs?'],
  ])('are not %o', (given, message) => {
    expect(refusalOf(given)).toBe(message)
  })

  test('cannot be changed afterwards', () => {
    expect([undefined, {}].map((given) => Object.isFrozen(resolveOutlier(given)))).toEqual([true, true])
  })
})
