import { FakeClock } from 'connpool/testing'
import { describe, expect, test } from 'vitest'

import { PoolError } from 'connpool'

import type { SessionEnd } from '../session/session-end.ts'
import { JsonLog, type JsonLogOptions } from './json-log.ts'
import type { EndedSession } from './server-log.ts'

const ENDED: EndedSession = {
  id: 7,
  listener: 'cache',
  remoteAddress: '192.0.2.1',
  remotePort: 4711,
  end: '--',
  durationMs: 12.345678,
  bytesIn: 100,
  bytesOut: 200,
  requests: 3,
}

function recording(given: Partial<JsonLogOptions> = {}) {
  const texts: string[] = []
  const clock = new FakeClock()
  const destination = { write: (text: string) => void texts.push(text) }
  const log = new JsonLog({ level: 'info', accessRatio: 1, destination, clock, random: () => 0.5, ...given })
  const lines = () => texts.map((text) => JSON.parse(text) as Record<string, unknown>)
  return { log, clock, texts, lines }
}

describe('an event', () => {
  test('is one line of JSON that says when, how grave, who and what', () => {
    const { log, texts, lines } = recording({ worker: 2 })

    log.event({ event: 'listening', listener: 'cache', address: '127.0.0.1:6380', protocol: 'redis' })

    expect(texts.map((text) => text.indexOf('\n') === text.length - 1)).toEqual([true])
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
        pid: process.pid,
        worker: 2,
        event: 'listening',
        listener: 'cache',
        address: '127.0.0.1:6380',
        protocol: 'redis',
        msg: 'listening',
      },
    ])
  })

  test('below the level is not written', () => {
    const { log, lines } = recording({ level: 'warn' })

    log.event({ event: 'started', tookMs: 1 })
    log.event({ event: 'endpoint-down', upstream: 'redis', endpoint: 'a:1' })

    expect(lines().map(({ event, level }) => [event, level])).toEqual([['endpoint-down', 'warn']])
  })

  test('says of an error what it says of itself, and nothing it carries', () => {
    const { log, texts, lines } = recording()
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { password: 'canary' })
    const error = Object.assign(new PoolError('DIAL_FAILED', 'no way', { cause }), { config: { token: 'canary' } })

    log.event({ event: 'reload-failed', error })
    log.event({ event: 'bug', error: { token: 'canary' } })

    expect(lines().map(({ error }) => error)).toEqual([
      { message: 'no way', code: 'DIAL_FAILED', cause: 'connect ECONNREFUSED' },
      { message: 'not an error but object' },
    ])
    expect(texts.join('')).not.toContain('canary')
  })
})

describe('text from outside', () => {
  test('cannot begin a line, move a cursor or turn the text round', () => {
    const { log, texts, lines } = recording()

    log.sessionEnded({ ...ENDED, remoteAddress: 'a\r\nb\u001b[2Jc\u0085d\u2028e\u202ef\u007fg', error: 'x\ny' })

    expect(texts).toHaveLength(1)
    expect(texts[0]).toMatch(/^[\u0020-\u007e]*\n$/)
    expect(lines()[0]).toMatchObject({ remoteAddress: 'a\r\nb\u001b[2Jc\\u0085d\\u2028e\\u202ef\\u007fg' })
  })

  test('is cut', () => {
    const { log, texts } = recording()

    log.sessionEnded({ ...ENDED, remoteAddress: 'x'.repeat(1e6), error: new Error('y'.repeat(1e6)) })

    expect(texts[0]?.length).toBeLessThan(1_000)
  })
})

describe('a session that ended well', () => {
  test('is a line with all that is known of it', () => {
    const { log, lines } = recording()

    log.sessionEnded(ENDED)

    expect(lines()[0]).toMatchObject({ ...ENDED, durationMs: 12.346, level: 'info', event: 'session-ended' })
  })

  test.each([
    { accessRatio: 0, random: 0, lines: 0 },
    { accessRatio: 0.5, random: 0.499, lines: 1 },
    { accessRatio: 0.5, random: 0.5, lines: 0 },
    { accessRatio: 1, random: 0.999, lines: 1 },
  ])('with accessRatio $accessRatio and chance $random has $lines lines', ({ accessRatio, random, lines: count }) => {
    const { log, lines } = recording({ accessRatio, random: () => random })

    log.sessionEnded(ENDED)

    expect(lines()).toHaveLength(count)
  })
})

describe('without sampling', () => {
  test.each<SessionEnd>(['SD', 'S-', 'sC', 'PQ', 'P-', 'CD', 'cR', 'KQ'])('an end with %s is a warning', (end) => {
    const { log, lines } = recording({ accessRatio: 0 })

    log.sessionEnded({ ...ENDED, end, error: new Error('why') })

    expect(lines()).toMatchObject([{ end, level: 'warn', error: { message: 'why' } }])
  })

  test.each<SessionEnd>(['--', '-D', 'C-', 'c-', 'K-'])('an end with %s is no line', (end) => {
    const { log, lines } = recording({ accessRatio: 0 })

    log.sessionEnded({ ...ENDED, end })

    expect(lines()).toEqual([])
  })
})

describe('when many sessions end at once', () => {
  test('a hundred have lines, and the others are counted', async () => {
    const { log, clock, lines } = recording()

    for (let i = 0; i < 250; i++) log.sessionEnded({ ...ENDED, end: 'SD' })
    const atOnce = lines().length
    await clock.advance(1_000)

    expect(atOnce).toBe(100)
    expect(lines().slice(100)).toMatchObject([{ event: 'sessions-not-logged', suppressed: 150 }])
  })

  test('the next second has a hundred again', async () => {
    const { log, clock, lines } = recording()

    for (let i = 0; i < 101; i++) log.sessionEnded(ENDED)
    await clock.advance(1_000)
    for (let i = 0; i < 100; i++) log.sessionEnded(ENDED)

    expect(lines().filter(({ event }) => event === 'session-ended')).toHaveLength(200)
  })
})

describe('when clients are refused', () => {
  test('there is a line a second for each listener and reason, with how many they were', async () => {
    const { log, clock, lines } = recording()

    for (let i = 0; i < 500; i++) {
      log.refused({ listener: 'cache', reason: 'too-many-clients', remoteAddress: `192.0.2.${i % 250}` })
    }
    log.refused({ listener: 'cache', reason: 'not-allowed', remoteAddress: undefined })
    log.refused({ listener: 'db', reason: 'not-allowed', remoteAddress: undefined })
    const atOnce = lines().length
    await clock.advance(1_000)

    expect(atOnce).toBe(0)
    expect(lines()).toMatchObject([
      { listener: 'cache', reason: 'too-many-clients', count: 500, lastRemoteAddress: '192.0.2.249', level: 'warn' },
      { listener: 'cache', reason: 'not-allowed', count: 1 },
      { listener: 'db', reason: 'not-allowed', count: 1 },
    ])
  })

  test('a second later there is another line, about those since then', async () => {
    const { log, clock, lines } = recording()

    log.refused({ listener: 'cache', reason: 'not-allowed', remoteAddress: undefined })
    await clock.advance(1_000)
    log.refused({ listener: 'cache', reason: 'not-allowed', remoteAddress: undefined })
    await clock.advance(5_000)

    expect(lines().map(({ count }) => count)).toEqual([1, 1])
    expect(clock.pendingCount).toBe(0)
  })

  test('flush says what is counted so far', () => {
    const { log, clock, lines } = recording()

    log.refused({ listener: 'cache', reason: 'not-allowed', remoteAddress: undefined })
    log.flush()

    expect([lines().length, clock.pendingCount]).toEqual([1, 0])
  })
})
