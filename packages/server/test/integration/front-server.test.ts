/** What a program may do to a server, in any order. */
import { afterEach, describe, expect, test } from 'vitest'

import type { ListenerConfig, ServerConfig } from '../../src/config/server-config.ts'
import { FrontServer } from '../../src/front-server.ts'
import { silentLog } from '../../src/log/silent-log.ts'
import { Client } from '../fixtures/client.ts'

const LISTENER: ListenerConfig = {
  listen: '127.0.0.1:0',
  protocol: 'lines',
  handle: (request) => `${String(request)}!`,
}

const CONFIG: ServerConfig = { listeners: [LISTENER], admin: { listen: '127.0.0.1:0' } }

const servers: FrontServer[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close({ graceMs: 0 })
})

function newServer(config: ServerConfig = CONFIG): FrontServer {
  const server = new FrontServer(config, { log: silentLog })
  servers.push(server)
  return server
}

async function answerOf(server: FrontServer): Promise<string> {
  using client = await Client.connect(server.listening[0]?.port ?? 0)
  return await client.ask('hello\n')
}

/** Asks: does anybody answer there? */
async function isUp(url: string | undefined): Promise<boolean> {
  return await fetch(`${url}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  )
}

describe('a server that is started twice', () => {
  test('at once has started once, and leaves nothing when it is closed', async () => {
    const server = newServer()

    await Promise.all([server.start(), server.start()])
    const { adminUrl, listening } = server
    await server.start()

    expect([server.adminUrl, server.listening]).toEqual([adminUrl, listening])
    expect(await isUp(adminUrl)).toBe(true)
    await server.close()
    expect(await isUp(adminUrl)).toBe(false)
  })

  test('goes on where it listens at a port of its own', async () => {
    const first = newServer()
    await first.start()
    const port = first.listening[0]?.port
    await first.close()
    const server = newServer({ ...CONFIG, listeners: [{ ...LISTENER, listen: `127.0.0.1:${port}` }] })

    await server.start()
    await server.start()

    expect(await answerOf(server)).toBe('hello!\n')
  })
})

describe('a server that is closed while it starts', () => {
  test.each([{}, { graceMs: 0 }])('with %o is closed when that resolves, and its start rejects', async (options) => {
    const server = newServer()

    const started = server.start().then(
      () => 'started',
      (error: Error) => error.message,
    )
    const reports = await Promise.all([server.close(options), server.close({ graceMs: 0 })])

    expect(reports).toEqual([
      { finished: 0, cut: 0 },
      { finished: 0, cut: 0 },
    ])
    expect([server.listening, server.stats().state]).toEqual([[], 'stopped'])
    expect(await started).toBe('This server is closed: make another one')
    expect(await isUp(server.adminUrl)).toBe(false)
  })
})

describe('a grace that is no time to wait', () => {
  test.each([NaN, -1, 2 ** 31, '5', null])('%o closes nothing', async (graceMs) => {
    const server = newServer()
    await server.start()

    const closing = server.close({ graceMs: graceMs as number })

    await expect(closing).rejects.toThrow(
      /^graceMs must be a number of milliseconds from 0 to below 2\^31, or Infinity/,
    )
    expect(await answerOf(server)).toBe('hello!\n')
  })
})

describe('a configuration without listeners', () => {
  test.each([{}, { listener: [] }])('%o is refused with its keys', (config: unknown) => {
    expect(() => new FrontServer(config as ServerConfig)).toThrow('listeners must be given')
  })

  test.each([undefined, null, 5, 'listeners: []', []])('%o is refused as no mapping', async (config: unknown) => {
    const rule = 'the configuration must be a mapping of keys to values, as listeners, upstreams, workers'

    expect(() => new FrontServer(config as ServerConfig)).toThrow(rule)
    await expect(newServer().reload(config as ServerConfig)).rejects.toThrow(rule)
  })

  test('an object of a class is told from a mapping', () => {
    expect(() => new FrontServer(new Map() as unknown as ServerConfig)).toThrow('got an object of a class')
  })
})
