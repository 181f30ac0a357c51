import { describe, expect, test } from 'vitest'

import { Secret } from '../../config/secret.ts'
import { GuessLimit } from './guess-limit.ts'
import { TokenCheck } from './token-check.ts'

const RIGHT = 'Bearer open sesame'

describe('a token', () => {
  test.each([
    [RIGHT, 'right'],
    ['bearer open sesame', 'right'],
    ['Bearer  open sesame ', 'right'],
    [undefined, 'missing'],
    ['', 'wrong'],
    ['Bearer', 'wrong'],
    ['Bearer ', 'wrong'],
    ['Bearer open sesam', 'wrong'],
    ['Bearer open sesame2', 'wrong'],
    ['Bearer Open Sesame', 'wrong'],
    ['Basic open sesame', 'wrong'],
    ['open sesame', 'wrong'],
    ['Bearer [redacted]', 'wrong'],
  ])('%j is %s', (authorization, verdict) => {
    expect(new TokenCheck(new Secret('open sesame')).judge(authorization, '192.0.2.1', 0)).toEqual({ verdict })
  })

  test('is not needed where none is configured', () => {
    expect(new TokenCheck(undefined).judge(undefined, '192.0.2.1', 0)).toEqual({ verdict: 'open' })
  })

  test('that is empty opens nothing', () => {
    const check = new TokenCheck(new Secret(''))

    expect(['Bearer ', '', 'x'].map((each) => check.judge(each, '192.0.2.1', 0).verdict)).toEqual([
      'wrong',
      'wrong',
      'wrong',
    ])
  })
})

describe('after ten wrong tokens', () => {
  function guessed(times: number, from = '192.0.2.1'): TokenCheck {
    const check = new TokenCheck(new Secret('open sesame'))
    for (let i = 0; i < times; i++) check.judge('Bearer guess', from, 0)
    return check
  }

  test('even the right one is not looked at', () => {
    expect(guessed(9).judge(RIGHT, '192.0.2.1', 0)).toEqual({ verdict: 'right' })
    expect(guessed(10).judge(RIGHT, '192.0.2.1', 0)).toEqual({ verdict: 'later', waitMs: 6_000 })
  })

  test('one more may be tried every six seconds', () => {
    const check = guessed(10)

    expect(check.judge(RIGHT, '192.0.2.1', 5_999)).toEqual({ verdict: 'later', waitMs: 1 })
    expect(check.judge('Bearer guess', '192.0.2.1', 6_000)).toEqual({ verdict: 'wrong' })
    expect(check.judge(RIGHT, '192.0.2.1', 6_000)).toEqual({ verdict: 'later', waitMs: 6_000 })
  })

  test('tries that are not looked at do not make it longer', () => {
    const check = guessed(100)

    expect(check.judge(RIGHT, '192.0.2.1', 6_000)).toEqual({ verdict: 'right' })
  })

  test('who comes from elsewhere is not held up', () => {
    expect(guessed(10).judge(RIGHT, '192.0.2.2', 0)).toEqual({ verdict: 'right' })
  })

  test.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', 'later'],
    ['2001:db8::1', '2001:db8:0:0:1::', 'later'],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', 'right'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2', 'right'],
  ])('from %s, %s is told: %s', (from, other, verdict) => {
    expect(guessed(10, from).judge(RIGHT, other, 0).verdict).toBe(verdict)
  })
})

describe('addresses that guess', () => {
  test('are forgotten when they have all their guesses again', () => {
    const limit = new GuessLimit()
    for (let i = 0; i < 1_000; i++) limit.failed(`host-${i}`, 0)

    limit.failed('one more', 6_000)

    expect(limit.size).toBe(1)
  })

  test('are one beyond a thousand, so that memory is bounded', () => {
    const limit = new GuessLimit()
    for (let i = 0; i < 5_000; i++) limit.failed(`host-${i}`, 0)

    expect(limit.size).toBe(1_001)
    expect(limit.waitMs('host-4999', 0)).toBeGreaterThan(0)
    expect(limit.waitMs('host-0', 0)).toBe(0)
  })
})
