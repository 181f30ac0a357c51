/** The admin listener of a real server over a real backend. */
import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import { promisify } from 'node:util'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { RespBackend } from '../../../src/demo/resp-backend.ts'
import { nodeLine } from '../../../src/demo/start-screen.ts'
import { FrontServer } from '../../../src/front-server.ts'
import { JsonLog } from '../../../src/log/json-log.ts'
import { RedisReplyScanner } from '../../../src/protocols/redis/reply-scanner.ts'
import { type ParsedFamily, parseExposition } from '../../fixtures/parse-exposition.ts'

const run = promisify(execFile)
const TOKEN = 'canary-1b7f'
let backend: RespBackend
let server: FrontServer
const lines: string[] = []

beforeEach(async () => {
  backend = await RespBackend.start()
  lines.length = 0
  const destination = { write: (line: string) => void lines.push(line) }
  server = new FrontServer(
    {
      listeners: [{ name: 'cache', listen: '127.0.0.1:0', protocol: 'redis', upstream: 'redis', requestTimeout: '2s' }],
      upstreams: { redis: { endpoints: [`127.0.0.1:${backend.port}`], pool: { maxSize: 2 } } },
      admin: { listen: '127.0.0.1:0', token: TOKEN },
    },
    { log: new JsonLog({ level: 'info', accessRatio: 1, destination }) },
  )
  await server.start()
})

afterEach(async () => {
  await server.close({ graceMs: 0 })
  await backend.close()
})

function ask(path: string, method = 'GET'): Promise<Response> {
  return fetch(`${server.adminUrl}${path}`, { method, headers: { authorization: `Bearer ${TOKEN}` } })
}

async function metrics(): Promise<Map<string, ParsedFamily>> {
  return parseExposition(await (await ask('/metrics')).text())
}

/** Sends commands as typed lines, and reads until each has its reply. */
function talk(...commands: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const replies = new RedisReplyScanner()
    let received = Buffer.alloc(0)
    let left = commands.length
    const socket = connect(server.listening[0]?.port ?? 0, '127.0.0.1')
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      for (let at = replies.scan(chunk, 0); at !== -1; at = replies.scan(chunk, at)) left--
      if (left === 0) socket.end()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(received.toString('latin1')))
    socket.write(commands.map((each) => `${each}\r\n`).join(''))
  })
}

describe('a server over the demo backend', () => {
  test('answers the line of Node on the start screen', async () => {
    const { stdout } = await run('sh', ['-c', nodeLine(server.listening[0]?.port ?? 0)])

    expect(stdout.trim()).toBe('+PONG')
  })

  test('counts what it does in metrics', async () => {
    expect(await talk('SET a 1', 'GET a', 'FLY')).toMatch(/^\+OK\r\n\$1\r\n1\r\n-ERR unknown command 'FLY'/)

    const families = await metrics()
    const value = (key: string): number | undefined => families.get(key.split(/[{]/)[0] ?? '')?.samples.get(key)
    await expect
      .poll(async () =>
        (await metrics()).get('connpool_server_sessions')?.samples.get('connpool_server_sessions{listener="cache"}'),
      )
      .toBe(0)
    expect(value('connpool_server_requests_total{listener="cache",outcome="ok"}')).toBe(3)
    expect(value('connpool_server_bytes_total{direction="in",listener="cache"}')).toBe(
      'SET a 1\r\nGET a\r\nFLY\r\n'.length,
    )
    expect(value('connpool_max_connections{pool="redis"}')).toBe(2)
    expect(value(`connpool_dials_total{endpoint="127.0.0.1:${backend.port}",outcome="ok",pool="redis"}`)).toBe(1)
    expect(value('connpool_server_state{state="running"}')).toBe(1)
  })

  test('is ready, and is not while nothing answers', async () => {
    const before = await ask('/readyz')
    const { port } = backend
    await backend.close()
    const after = await ask('/readyz')
    backend = await RespBackend.start({ port })

    expect([before.status, after.status]).toEqual([200, 503])
    expect(await after.json()).toMatchObject({ reasons: [expect.stringContaining('upstream redis') as string] })
  })

  test('holds requests while an upstream is paused', async () => {
    expect((await ask('/api/upstreams/redis/pause', 'POST')).status).toBe(200)
    const reply = talk('PING')
    await expect
      .poll(async () =>
        (await metrics())
          .get('connpool_server_queue_length')
          ?.samples.get('connpool_server_queue_length{listener="cache"}'),
      )
      .toBe(1)

    await ask('/api/upstreams/redis/resume', 'POST')

    expect(await reply).toBe('+PONG\r\n')
  })

  test('drains, and says so', async () => {
    expect((await ask('/api/drain', 'POST')).status).toBe(202)
    await server.close()

    const events = lines.map((line) => JSON.parse(line) as { event: string; cause?: string })
    const names = events.map(({ event }) => event)
    expect(names).toEqual(expect.arrayContaining(['listening', 'admin-listening', 'started', 'draining', 'drained']))
    expect(events.flatMap(({ event, cause }) => (event === 'draining' ? [cause] : []))).toEqual(['admin'])
  })

  test('shows its token nowhere', async () => {
    await talk('PING')
    const pages = await Promise.all(
      ['/', '/metrics', '/api/state', '/readyz'].map(async (path) => (await ask(path)).text()),
    )
    await fetch(`${server.adminUrl}/api/state`, { headers: { authorization: `Bearer not-${TOKEN}` } })
    await server.close()

    expect([...pages, ...lines].filter((text) => text.includes(TOKEN))).toEqual([])
  })
})
