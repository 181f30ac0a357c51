import { describe, expect, test } from 'vitest'

import { isLocalFailure } from './local-failure.ts'

function failed(code: string, cause?: unknown): Error {
  return Object.assign(new Error(code, cause === undefined ? undefined : { cause }), { code })
}

describe('a dial failed for want of something on this machine', () => {
  test.each(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM'])('if the error says %s', (code) => {
    expect(isLocalFailure(failed(code))).toBe(true)
  })

  test('if that is the cause of the error, however deep', () => {
    expect(isLocalFailure(failed('DIAL_FAILED', new Error('wrapped', { cause: failed('EMFILE') })))).toBe(true)
  })

  test('if one of several addresses could not be tried for it', () => {
    const everyAddress = new AggregateError([failed('ECONNREFUSED'), failed('EADDRNOTAVAIL')])

    expect(isLocalFailure(everyAddress)).toBe(true)
    expect(isLocalFailure(new Error('dial', { cause: everyAddress }))).toBe(true)
  })
})

describe('a dial failed because of the endpoint', () => {
  test.each(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ERR_TLS_CERT_ALTNAME_INVALID'])('if it says %s', (code) => {
    expect(isLocalFailure(failed(code))).toBe(false)
    expect(isLocalFailure(new AggregateError([failed(code), failed(code)]))).toBe(false)
  })

  test.each([undefined, null, 'EMFILE', 24, {}, { errors: 'EMFILE' }])('if what was thrown is %o', (thrown) => {
    expect(isLocalFailure(thrown)).toBe(false)
  })

  test('if the chain of causes bites its own tail', () => {
    const first = failed('ECONNREFUSED')
    const second = new AggregateError([first], 'second', { cause: first })
    first.cause = second

    expect(isLocalFailure(first)).toBe(false)
  })
})
