import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { ProtocolError } from './protocol.ts'
import { redis } from './redis.ts'
import { OWN_COMMANDS } from './redis/own-commands.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

const command = (...words: string[]): Buffer =>
  bytes(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`)

const claim = (frame: Uint8Array): string | undefined => redis().claim?.(frame)

describe('a command', () => {
  test.each([...OWN_COMMANDS])('%s gets a connection of its own, however it is written', (name) => {
    expect(claim(command(name))).toBe('own')
    expect(claim(command(name.toLowerCase(), 'x'))).toBe('own')
    expect(claim(bytes(`${name.toLowerCase()} x\r\n`))).toBe('own')
    expect(claim(bytes(` \t${name}\n`))).toBe('own')
  })

  test.each(['GET', 'SET', 'PING', 'PUBLISH', 'EVAL', 'LPOP', 'FT.SEARCH', 'CLIENTS', 'W', ''])(
    '%s shares a connection',
    (name) => {
      expect(claim(command(name, 'BLOCK', 'x'))).toBe('share')
      expect(claim(bytes(`${name} BLOCK x\r\n`))).toBe('share')
    },
  )

  test.each([
    [['XREAD', 'COUNT', '1', 'block', '0', 'STREAMS', 's', '$'], 'own'],
    [['XREADGROUP', 'GROUP', 'g', 'c', 'BLOCK', '0', 'STREAMS', 's', '>'], 'own'],
    [['XREAD', 'STREAMS', 'BLOCK', '0'], 'share'], // a stream of that name
    [['XREAD', 'COUNT', '1', 'streams', 'BLOCK', '0'], 'share'],
    [['SCRIPT', 'LOAD', 'return 1'], 'share'],
    [['SCRIPT', 'DEBUG', 'YES'], 'own'],
    [['CLUSTER', 'SYNCSLOTS'], 'own'],
    [['CLUSTER', 'INFO'], 'share'],
  ])('%j: %s', (words, expected) => {
    expect(claim(command(...words))).toBe(expected)
    expect(claim(bytes(`${words.join(' ')}\r\n`))).toBe(expected)
  })

  test('is judged by its first word, not by what the others hold', () => {
    expect(claim(command('SET', 'a', '\r\n$4\r\nAUTH\r\n'))).toBe('share')
    expect(claim(command('A'.repeat(100_000)))).toBe('share')
  })

  test.each([String.raw`"\x41UTH" x`, `'AUTH' x`, 'SE"LECT"'])('%j typed with quotes gets its own', (line) => {
    expect(claim(bytes(`${line}\r\n`))).toBe('own')
  })

  test.each(['*0\r\n', '*-1\r\n', '\r\n', '\n', ' \t \r\n'])('%j is answered with nothing', (text) => {
    expect(redis().answer?.(bytes(text))).toHaveLength(0)
    expect(claim(bytes(text))).toBe('share')
  })

  test('with a word in it is for the backend to answer', () => {
    expect(redis().answer?.(command('PING'))).toBeUndefined()
    expect(redis().answer?.(bytes(' PING\r\n'))).toBeUndefined()
  })
})

describe('for a handler', () => {
  test('a command stands as it is', () => {
    expect(redis().payload(command('PING'))).toEqual(command('PING'))
  })

  test.each(['+PONG\r\n', '*2\r\n:1\r\n$-1\r\n'])('%j is an answer', (text) => {
    expect(redis().frame(bytes(text))).toEqual(bytes(text))
  })

  test.each(['PONG', '+PONG', '+PONG\r\n+PONG\r\n', '*2\r\n:1\r\n', ''])('%j is no answer', (text) => {
    expect(() => redis().frame(bytes(text))).toThrow(ProtocolError)
  })
})

test('a refusal is exactly one error, whatever its message', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (message) => {
      const refusal = redis().refusal({ reason: 'timeout', message })

      expect(redis().replies().scan(refusal, 0)).toBe(refusal.length)
      expect(Buffer.from(refusal).toString()).toMatch(/^-ERR connpool: .*\r\n$/)
    }),
  )
})
