/** What a closed server leaves in its process: nothing. The process is one of its own, and runs the build. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

import { afterEach, describe, expect, test } from 'vitest'

import { ownChild } from '../../../connpool/test/fixtures/own-children.ts'
import { until } from '../../../connpool/test/fixtures/until.ts'
import type { ListenerConfig, ServerConfig } from '../../src/config/server-config.ts'
import { Client } from '../fixtures/client.ts'
import { outputOf } from '../fixtures/real/run-command.ts'
import { echo, perLine, ScriptedBackend } from '../fixtures/scripted-backend.ts'

/**
 * Says where it listens, closes at a signal, says what keeps it alive then, and at its end when that was. What Node itself
 * has open counts for nothing, nor does a line of the log on its way to standard error. A socket that is closed is there
 * for one turn more.
 */
const PROGRAM = `
  import { writeSync } from 'node:fs'
  import { setImmediate } from 'node:timers/promises'
  import { FrontServer } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}
  const say = (what) => writeSync(1, JSON.stringify(what) + '\\n')
  const before = new Set(['FSReqCallback', ...process.getActiveResourcesInfo()])
  const server = new FrontServer(JSON.parse(process.argv[1]))
  await server.start()
  process.once('SIGUSR2', async () => {
    const { finished, cut } = await server.close({ graceMs: 0 })
    const closedAt = performance.now()
    process.once('exit', () => say({ afterMs: performance.now() - closedAt }))
    for (let turn = 0; turn < 2; turn++) await setImmediate()
    say({ finished, cut, left: process.getActiveResourcesInfo().filter((each) => !before.has(each)) })
  })
  const resources = process.getActiveResourcesInfo()
  say({ ports: server.listening.map(({ port }) => port), adminUrl: server.adminUrl, resources })
`

/** Says why it could not start, what it was closed with, what keeps it alive then, and at its end when that was. */
const FAILING = `
  import { writeSync } from 'node:fs'
  import { setImmediate } from 'node:timers/promises'
  import { FrontServer } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}
  const say = (what) => writeSync(1, JSON.stringify(what) + '\\n')
  const before = new Set(['FSReqCallback', ...process.getActiveResourcesInfo()])
  const server = new FrontServer(JSON.parse(process.argv[1]))
  const why = await server.start().catch(({ message }) => message)
  const report = await server.closed
  const closedAt = performance.now()
  process.once('exit', () => say({ afterMs: performance.now() - closedAt }))
  for (let turn = 0; turn < 2; turn++) await setImmediate()
  const again = await server.start().catch(({ message }) => message)
  const left = process.getActiveResourcesInfo().filter((each) => !before.has(each))
  say({ why, again, ...report, closed: await server.close(), left })
`

interface Said {
  readonly ports: readonly number[]
  readonly adminUrl: string
  readonly finished: number
  readonly cut: number
  readonly resources: readonly string[]
  readonly left: readonly string[]
  readonly why: string
  readonly again: string
  readonly afterMs: number
}

let child: ChildProcess | undefined
const cleanups: (() => Promise<void> | void)[] = []

afterEach(async () => {
  child?.kill('SIGKILL')
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

/** A process with a server; `said` waits for what it says in its line of that number. */
function start(
  config: object,
  code: string = PROGRAM,
): { process: ChildProcess; said: (line: number) => Promise<Said> } {
  const program = ['--input-type=module', '--eval', code, JSON.stringify(config)]
  const process = ownChild(spawn(globalThis.process.execPath, program, { stdio: ['ignore', 'pipe', 'ignore'] }))
  child = process
  const output = outputOf(process)
  const said = async (line: number): Promise<Said> => {
    await until(`it says line ${line}`, () => output().split('\n').length > line + 1, 20_000)
    return JSON.parse(output().split('\n')[line] ?? '') as Said
  }
  return { process, said }
}

async function backend(script: Parameters<typeof ScriptedBackend.start>[0]): Promise<ScriptedBackend> {
  const scripted = await ScriptedBackend.start(script)
  cleanups.push(async () => await scripted[Symbol.asyncDispose]())
  return scripted
}

async function client(port: number): Promise<Client> {
  const connected = await Client.connect(port)
  cleanups.push(() => connected[Symbol.dispose]())
  return connected
}

describe('a server that is closed in the middle of its work', () => {
  test('leaves no socket, timer or server, and its process ends by itself', async () => {
    const asked: string[] = []
    const plain = await backend(echo)
    const keys = await backend(
      perLine((line, socket) => {
        if (line === 'PING') socket.write('+PONG\r\n')
        else asked.push(line)
      }),
    )
    const pool = { minSize: 2, probeInterval: '1m' }
    const server = start({
      admin: { listen: '127.0.0.1:0' },
      listeners: [
        { name: 'plain', listen: '127.0.0.1:0', protocol: 'tcp', upstream: 'plain' },
        { name: 'keys', listen: '127.0.0.1:0', protocol: 'redis', upstream: 'keys' },
      ],
      upstreams: { plain: { endpoints: [plain.endpoint], pool }, keys: { endpoints: [keys.endpoint], pool } },
    })
    const { ports, adminUrl, resources } = await server.said(0)
    expect(resources).toContain('TCPServerWrap')
    const [plainPort = 0, keysPort = 0] = ports
    const [open, resting, asking] = [await client(plainPort), await client(keysPort), await client(keysPort)]
    await open.ask('x', 'x')
    await resting.ask('PING\r\n')
    asking.send('GET a\r\n')
    const admin = await client(Number(new URL(adminUrl).port))
    await admin.ask(`GET /healthz HTTP/1.1\r\nHost: ${new URL(adminUrl).host}\r\n\r\n`, '\n')
    await until('a request is under way', () => asked.length > 0)

    server.process.kill('SIGUSR2')
    const ended = once(server.process, 'exit')

    expect(await server.said(1)).toEqual({ finished: 1, cut: 2, left: [] })
    expect((await server.said(2)).afterMs).toBeLessThan(2_000)
    expect(await ended).toEqual([0, null])
    const clients = [open, resting, asking, admin]
    await until('all clients are left', () => clients.every(({ isClosed, hasEnded }) => isClosed || hasEnded))
  })
})

describe('a server that could not start', () => {
  const listener = { name: 'keys', listen: '127.0.0.1:0', protocol: 'redis', upstream: 'keys' }

  test.each<[string, Partial<Omit<ServerConfig, 'listeners'>> & { listeners?: Partial<ListenerConfig>[] }, string]>([
    ['an address is taken', { listeners: [{ name: 'taken' }] }, 'EADDRINUSE'],
    ['the admin address is taken', { admin: { listen: 'taken' } }, 'taken'],
    ['there are too few file descriptors', { listeners: [{ name: 'many', maxClients: 1e9 }] }, 'file descriptors'],
    ['an address of its workers is taken', { listeners: [{ name: 'taken' }], workers: 2 }, 'EADDRINUSE'],
    ['the admin address is taken', { admin: { listen: 'taken' }, workers: 2, dispatch: 'balanced' }, 'taken'],
  ])('because %s is closed, and its process ends by itself: %o', async (_, { listeners = [], ...config }, why) => {
    const keys = await backend(echo)
    const taken = (key: string, value: unknown): unknown =>
      value === 'taken' && key === 'listen' ? keys.endpoint : value
    const all = [
      listener,
      ...listeners.map((each) => ({ ...listener, ...each, ...(each.name === 'taken' && { listen: 'taken' }) })),
    ]
    const upstreams = { keys: { endpoints: [keys.endpoint], pool: { minSize: 2 } } }
    const whole = { admin: { listen: '127.0.0.1:0' }, ...config, listeners: all, upstreams }

    const server = start(JSON.parse(JSON.stringify(whole), taken) as object, FAILING)
    const ended = once(server.process, 'exit')
    const { why: said, again, ...rest } = await server.said(0)

    expect(said).toContain(why)
    expect(again).toContain('closed')
    expect(rest).toEqual({ finished: 0, cut: 0, closed: { finished: 0, cut: 0 }, left: [] })
    expect((await server.said(1)).afterMs).toBeLessThan(2_000)
    expect(await ended).toEqual([0, null])
  })
})
