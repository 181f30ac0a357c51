/** Redis behind the server, and the programs that come with Redis before it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { ownChild } from '../../../../connpool/test/fixtures/own-children.ts'
import { RedisServer } from '../../../../connpool/test/fixtures/redis-server.ts'
import { until } from '../../../../connpool/test/fixtures/until.ts'
import { howMany } from '../../../../connpool/test/how-many.ts'
import { needs } from '../../../../connpool/test/requirements.ts'
import { Front } from '../../fixtures/front.ts'
import { outputOf, runCommand } from '../../fixtures/real/run-command.ts'

test(
  'clients log in to a Redis that wants it, and nobody else is logged in by that',
  needs('redis-server'),
  async () => {
    await using redis = await RedisServer.start({ requirepass: 'sesame' })
    const pool = { maxSize: 2, probeAfterIdle: 0 }
    await using front = await Front.start({
      listener: { protocol: 'redis' },
      upstream: { endpoints: [`127.0.0.1:${redis.port}`], pool },
    })
    const cli = async (...parameters: string[]): Promise<string> =>
      (await runCommand('redis-cli', ['-p', `${front.port}`, ...parameters], { input: '' })).output

    expect(await cli('GET', 'k')).toMatch(/^NOAUTH/)
    expect(await cli('--no-auth-warning', '-a', 'sesame', 'SET', 'k', 'v')).toBe('OK\n')
    expect(await cli('GET', 'k')).toMatch(/^NOAUTH/)
    expect(front.server.stats().upstreams['backend']?.pool).toMatchObject({ probesPassed: 1, probeFailures: 0 })
  },
)

describe.each(['redis', 'tcp'] as const)('Redis behind %s', needs('redis-server'), (protocol) => {
  let redis: RedisServer
  let front: Front

  beforeEach(async () => {
    redis = await RedisServer.start()
    // With tcp a client holds its connection for as long as it is there.
    const maxSize = protocol === 'tcp' ? 200 : 8
    front = await Front.start({
      listener: { protocol },
      upstream: { endpoints: [`127.0.0.1:${redis.port}`], pool: { maxSize } },
    })
  })

  afterEach(async () => {
    await front[Symbol.asyncDispose]()
    await redis[Symbol.asyncDispose]()
  })

  async function cli(parameters: readonly string[], input?: string | Uint8Array): Promise<string> {
    const { status, output } = await runCommand('redis-cli', ['-p', `${front.port}`, ...parameters], {
      input: input ?? '',
    })
    expect({ status, output }).toMatchObject({ status: 0 })
    return output
  }

  test('redis-cli sets and gets', async () => {
    const text = 'a "quoted" text, ünd more'

    expect(await cli(['SET', 'k', text])).toBe('OK\n')
    expect(await cli(['GET', 'k'])).toBe(`${text}\n`)
    expect(await redis.command('STRLEN', 'k')).toBe(`:${Buffer.byteLength(text)}`)
  })

  test('a transaction is one client’s own', async () => {
    const output = await cli([], 'MULTI\nSET n 41\nINCR n\nEXEC\nGET n\n')

    expect(output.split('\n')).toEqual(['OK', 'QUEUED', 'QUEUED', 'OK', '42', '42', ''])
  })

  test('a selected database is one client’s own', async () => {
    expect(await cli([], 'SELECT 3\nSET where three\nGET where\n')).toBe('OK\nOK\nthree\n')
    expect(await cli(['GET', 'where'])).toBe('\n')
    expect(await cli(['-n', '3', 'GET', 'where'])).toBe('three\n')
  })

  test('a subscriber gets what is published', async () => {
    const subscriber = ownChild(spawn('redis-cli', ['-p', `${front.port}`, 'SUBSCRIBE', 'news']))
    const said = outputOf(subscriber)
    await until('it has subscribed', () => said().includes('subscribe\nnews\n1\n'))

    expect(await cli(['PUBLISH', 'news', 'all is well'])).toBe('1\n')
    await until('it has been told', () => said().endsWith('message\nnews\nall is well\n'))

    const closed = once(subscriber, 'close')
    subscriber.kill()
    await closed
  })

  test('10,000 commands in one go are all answered', async () => {
    const commands = Array.from({ length: 10_000 }, (_, index) => `SET key:${index} ${index}\r\n`).join('')

    expect(await cli(['--pipe'], commands)).toContain('errors: 0, replies: 10000')
    expect(await redis.command('DBSIZE')).toBe(':10000')
  })

  const requests = howMany({ quick: 5_000, full: 20_000 })

  test.each([50, 200])(
    'redis-benchmark with %i clients ends without an error',
    async (clients) => {
      const parameters = ['-p', `${front.port}`, '-q', '-n', `${requests}`, '-c', `${clients}`, '-t', 'get,set']
      const { status, output } = await runCommand('redis-benchmark', parameters, { limitMs: 55_000 })

      expect(output).toMatch(/SET: [\d.]+ requests per second[^]*GET: [\d.]+ requests per second/)
      expect(output).not.toMatch(/error|ERR/i)
      expect(status).toBe(0)
      await until('its clients are gone', () => front.stats.sessions === 0)
      expect(front.stats.refused).toEqual({})
      expect(front.ends.every((end) => end === '--' || end === 'C-' || end === 'CD')).toBe(true)
    },
    60_000,
  )
})
