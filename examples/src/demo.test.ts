/** The demo as it is started, so it needs the build (`npm test` builds first). */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'

import { Comparison, tryOut } from './demo/comparison.ts'
import { BadUrl, parseTarget } from './demo/target.ts'
import { SmallRedis } from './redis/small-redis.ts'

const program = fileURLToPath(new URL('../dist/demo.js', import.meta.url))

interface Demo {
  readonly process: ChildProcess
  readonly output: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
  /** Resolves when it has said something. */
  readonly spoken: Promise<unknown>
}

function start(url: string): Demo {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, REDIS_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const spoken = once(child.stdout, 'data')
  const closed = once(child, 'close') as Promise<[number | null]>
  const output = Promise.all([closed, text(child.stdout), text(child.stderr)]).then(([[code], stdout, stderr]) => ({
    code,
    stdout,
    stderr,
  }))
  return { process: child, output, spoken }
}

beforeAll(() => {
  if (!existsSync(program)) throw new Error(`${program} is not built: run npx tsc -b`)
})

describe('npm run demo:pool', () => {
  test.each([
    [
      'nonsense',
      'npm run demo:pool: REDIS_URL must be redis://host:port, rediss://host:port (TLS) or unix:/path/to/socket; got "nonsense"\n',
    ],
    ['redis://127.0.0.1:1', 'npm run demo:pool: cannot use redis://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1\n'],
  ])('says in one line why it cannot use %s', async (url, line) => {
    const { code, stdout, stderr } = await start(url).output

    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: line })
  })

  test('stops at Ctrl-C: the pool is closed, nothing is left, and no stack is printed', async () => {
    const demo = start('')
    await demo.spoken

    demo.process.kill('SIGINT')
    const { code, stdout, stderr } = await demo.output

    expect(code).toBe(130)
    expect(stdout).toMatch(/\nPool closed in [\d.]+ ms: drained 0, cut 0, refused 0\.\n$/)
    expect(stderr).toBe('Stopped by SIGINT.\n')
  })
})

describe('the comparison', () => {
  test('asks the same both ways, and tells the dials and the reuse', async () => {
    await using redis = await SmallRedis.start()
    const { signal } = new AbortController()
    const comparison = new Comparison(parseTarget(`redis://${redis.endpoint}`), signal)

    await comparison.run({ rounds: 1, requestsPerRound: 100 })
    const report = comparison.report()
    const closing = await comparison.close()

    // A round has its time: on a busy machine fewer than 100 are asked, but as many both ways.
    const [, asked = ''] = /^(\d+) requests each way/m.exec(report) ?? []
    expect(report).toMatch(new RegExp(`\\n *dial per request +[\\d,]+ +[\\d.]+ ms +[\\d.]+ ms +${asked} +0\\.0 %\\n`))
    expect(report).toMatch(/\n *through the pool +[\d,]+ +[\d.]+ ms +[\d.]+ ms +\d{1,2} +[1-9]\d\.\d %\n/)
    expect(report).toContain(`acquired ${asked},`)
    expect(closing).toMatch(/^Pool closed/)
  })

  test('a server that says nothing is told from one that is not there', async () => {
    await using redis = await SmallRedis.start()
    redis.freeze()

    const trying = tryOut(parseTarget(`redis://${redis.endpoint}`), new AbortController().signal, 20)

    await expect(trying).rejects.toThrow('no answer within 0.02 s')
  })
})

describe('REDIS_URL', () => {
  test.each([
    ['redis://localhost', { host: 'localhost', port: 6379, tls: false }, []],
    ['redis://localhost:7000/2', { host: 'localhost', port: 7000, tls: false }, [['SELECT', '2']]],
    ['redis://:p%40ss@localhost', { host: 'localhost', port: 6379, tls: false }, [['AUTH', 'p@ss']]],
    ['rediss://me:secret@[::1]:1', { host: '::1', port: 1, tls: true }, [['AUTH', 'me', 'secret']]],
    ['unix:/run/redis.sock', { path: '/run/redis.sock' }, []],
    ['unix:///run/redis.sock', { path: '/run/redis.sock' }, []],
  ])('%s is understood', (url, address, greeting) => {
    expect(parseTarget(url)).toMatchObject({ address, greeting })
  })

  test.each([
    'http://localhost',
    'redis://',
    'localhost:6379',
    'unix:relative',
    'redis://localhost/abc',
    'redis://h:99999',
  ])('%s is refused', (url) => {
    expect(() => parseTarget(url)).toThrow(BadUrl)
  })

  test('no message shows a password', () => {
    expect(() => parseTarget('http://me:secret@localhost')).toThrow(/^(?!.*secret)/)
    expect(parseTarget('redis://me:secret@localhost').text).toBe('redis://localhost:6379')
  })
})
