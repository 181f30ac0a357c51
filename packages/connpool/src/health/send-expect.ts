import { readOptions } from '../options/read-options.ts'
import type { Rules } from '../options/read-options.ts'
import { requireRule } from '../options/rule.ts'
import type { Rule } from '../options/rule.ts'
import { askPeer } from './ask-peer.ts'
import type { SocketProbe } from './probe.ts'
import { exactly } from './reply-matcher.ts'

/** A question and its one right answer. Strings are sent and compared as UTF-8. */
export interface SendExpectOptions {
  readonly send: string | Uint8Array
  readonly expect: string | Uint8Array
}

const BYTES: Rule = {
  says: 'a string or Uint8Array that is not empty',
  allows: (value) => (typeof value === 'string' || value instanceof Uint8Array) && value.length > 0,
}

const RULES: Rules<SendExpectOptions> = { send: BYTES, expect: BYTES }

/**
 * A probe for any protocol with a question that always has the same answer: sends the one and wants exactly the other,
 * with not one byte before or after it.
 *
 * Both are copied when this is called. To ask nothing and only see that the connection is open, use `socketAlive()`.
 */
export function sendExpect(options: SendExpectOptions): SocketProbe {
  const { send, expect } = readOptions(options, RULES)
  const question = copyOf('send', send)
  const answer = copyOf('expect', expect)
  return (connection, { signal }) => askPeer(connection, question, exactly(answer), signal)
}

function copyOf(option: string, bytes: string | Uint8Array | undefined): Uint8Array {
  requireRule(option, bytes, BYTES)
  return Buffer.from(bytes ?? '')
}
