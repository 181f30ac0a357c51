import { describe, expect, test } from 'vitest'

import type { Session } from '../session/session.ts'
import { preambleOf } from './preamble.ts'

/** What a backend is told of a session between these. */
function told(remote: string | undefined, local: string | undefined): string {
  const session = { remote: { address: remote, port: 5 }, port: { local: { address: local, port: 6 } } }
  return Buffer.from(preambleOf('v1')(session as Session) ?? '').toString()
}

describe('a backend is told', () => {
  test('of a client with IPv4 as one, though its listener takes both', () => {
    expect(told('192.0.2.7', '::ffff:192.0.2.1')).toBe('PROXY TCP4 192.0.2.7 192.0.2.1 5 6\r\n')
  })

  test('of a client with IPv6 as one', () => {
    expect(told('2001:db8::7', '2001:db8::1')).toBe('PROXY TCP6 2001:db8::7 2001:db8::1 5 6\r\n')
  })

  test('nothing of one without an address', () => {
    expect(told(undefined, undefined)).toBe('PROXY UNKNOWN\r\n')
  })
})
