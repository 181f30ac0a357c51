import { describe, expect, test } from 'vitest'

import { guardedProtocol } from './guarded-protocol.ts'
import { lines } from './lines.ts'
import { type FramedProtocol, type FrameScanner, ProtocolError } from './protocol.ts'
import { tcp } from './tcp.ts'

const thrown = (): never => {
  throw new RangeError('mine')
}

function guarded(broken: Partial<FramedProtocol>): { protocol: FramedProtocol; failures: unknown[] } {
  const failures: unknown[] = []
  const protocol = guardedProtocol({ ...lines(), ...broken }, (error) => failures.push(error))
  return { protocol: protocol as FramedProtocol, failures }
}

const scanner = (answer: unknown): FrameScanner => ({ isInFrame: false, scan: () => answer as number })

test('a protocol that is right is asked', () => {
  const { protocol, failures } = guarded({ claim: () => 'own', hasReply: () => false, answer: () => Buffer.from('x') })
  const request = Buffer.from('a\n')

  expect([protocol.claim?.(request), protocol.hasReply?.(request), protocol.name]).toEqual(['own', false, 'lines'])
  expect(protocol.requests().scan(request, 0)).toBe(2)
  expect(protocol.answer?.(request)).toEqual(Buffer.from('x'))
  expect(failures).toEqual([])
})

test('what a protocol leaves out stays left out', () => {
  const { protocol } = guarded({})

  expect([protocol.claim?.(Buffer.from('a')), protocol.hasReply?.(Buffer.from('a'))]).toEqual(['share', true])
  expect(protocol.answer?.(Buffer.from('a'))).toBeUndefined()
})

test('questions that throw have careful answers, and are told', () => {
  const broken = { claim: thrown, hasReply: thrown, answer: thrown, refusal: thrown }
  const { protocol, failures } = guarded(broken)
  const request = Buffer.from('a\n')

  expect([protocol.claim?.(request), protocol.hasReply?.(request)]).toEqual(['own', true])
  expect(protocol.answer?.(request)).toBeUndefined()
  expect(protocol.refusal({ reason: 'timeout', message: 'm' })).toHaveLength(0)
  expect(failures).toHaveLength(4)
})

test('a refusal or an answer that is no bytes is none, and is told', () => {
  const text = 'ERR' as unknown as Uint8Array
  const { protocol, failures } = guarded({ refusal: () => text, answer: () => text })

  expect(protocol.refusal({ reason: 'timeout', message: 'm' })).toHaveLength(0)
  expect(protocol.answer?.(Buffer.from('a\n'))).toBeUndefined()
  expect(failures).toEqual([
    new TypeError('A refusal is bytes; got "ERR"'),
    new TypeError('An answer is bytes; got "ERR"'),
  ])
})

test('a frame that is no bytes is the failure of its handler', () => {
  const { protocol } = guarded({ frame: () => 'framed' as unknown as Uint8Array })

  expect(() => protocol.frame(Buffer.from('a'))).toThrow(new TypeError('A frame is bytes; got "framed"'))
})

test('the limit of requests is passed on', () => {
  const { protocol } = guarded({})

  expect(() => protocol.requests({ maxBytes: 3 }).scan(Buffer.from('abcd\n'), 0)).toThrow(ProtocolError)
})

describe('a scanner', () => {
  test.each<[string, Partial<FramedProtocol>]>([
    ['that cannot be made', { requests: thrown }],
    ['that throws', { requests: () => ({ isInFrame: false, scan: thrown }) }],
    ['that stands still', { requests: () => scanner(0) }],
    ['that goes beyond the bytes', { requests: () => scanner(3) }],
    ['that answers a part of a byte', { requests: () => scanner(1.5) }],
    ['that answers nothing', { requests: () => scanner(undefined) }],
    ['that answers no number', { requests: () => scanner(Number.NaN) }],
  ])('%s is a protocol error, and is told', (_what, broken) => {
    const { protocol, failures } = guarded(broken)

    expect(() => protocol.requests().scan(Buffer.from('a\n'), 0)).toThrow(ProtocolError)
    expect(failures).not.toEqual([])
  })

  test('that refuses bytes says so itself', () => {
    const refusal = new ProtocolError('too long', 'too-large')
    const scan = (): never => {
      throw refusal
    }
    const { protocol, failures } = guarded({ replies: () => ({ isInFrame: true, scan }) })

    expect(() => protocol.replies().scan(Buffer.from('a'), 0)).toThrow(refusal)
    expect(protocol.replies().isInFrame).toBe(true)
    expect(failures).toEqual([])
  })
})

test('nobody looks into bytes of an opaque protocol', () => {
  const protocol = tcp()

  expect(guardedProtocol(protocol, thrown)).toBe(protocol)
})
