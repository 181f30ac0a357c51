import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, readFileSync } from 'node:fs'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'

import { describe, expect, test } from 'vitest'

import { until } from '../../../../connpool/test/fixtures/until.ts'
import type { ListenerConfig, ServerConfig } from '../../../src/config/server-config.ts'
import type { FrontServer } from '../../../src/front-server.ts'
import { DISPATCH_MODES } from '../../fixtures/dispatch-modes.ts'
import { Client } from '../../fixtures/client.ts'
import { namedBackend, opened, openedServer } from '../../fixtures/opened.ts'
import { RecordingLog } from '../../fixtures/recording-log.ts'
import { TemporaryFolder } from '../../fixtures/real/temporary-folder.ts'
import type { ScriptedBackend } from '../../fixtures/scripted-backend.ts'

async function started(config: ServerConfig): Promise<FrontServer> {
  const server = openedServer(config, new RecordingLog())
  await server.start()
  return server
}

function certificate(name: string): string {
  return fileURLToPath(new URL(`../../../../connpool/test/integration/certificates/${name}`, import.meta.url))
}

function portOf({ listening }: FrontServer, name: string): number {
  return listening.find(({ listener }) => listener === name)?.port ?? 0
}

const listener: ListenerConfig = { name: 'a', listen: '127.0.0.1:0', protocol: 'lines', upstream: 'u' }

describe.each(DISPATCH_MODES)('workers with dispatch %s take another configuration', (dispatch) => {
  const common = { workers: 2, dispatch, admin: 'off' } as const

  test('listeners and upstreams come and go, and who is there notices nothing', async () => {
    const [one, two] = [await namedBackend('one'), await namedBackend('two')]
    const before: ServerConfig = { ...common, listeners: [listener], upstreams: { u: { endpoints: [one.endpoint] } } }
    const server = await started(before)
    using client = await Client.connect(portOf(server, 'a'))
    await client.ask('who\n')

    const changes = await server.reload({
      ...common,
      listeners: [listener, { ...listener, name: 'b', upstream: 'v' }],
      upstreams: { u: { endpoints: [one.endpoint] }, v: { endpoints: [two.endpoint] } },
    })

    expect(changes).toEqual(['listener b: added', 'upstream v: added'])
    const port = portOf(server, 'b')
    const others = await Promise.all(Array.from({ length: 6 }, () => Client.connect(port)))
    expect(new Set(await Promise.all(others.map((other) => other.ask('who\n'))))).toEqual(new Set(['two\n']))
    expect(await client.ask('who\n')).toBe('one\n')
    for (const other of others) other[Symbol.dispose]()
    await server.reload(before)
    await expect(Client.connect(port)).rejects.toThrow('ECONNREFUSED')
    expect(await client.ask('who\n')).toBe('one\n')
  })

  test('a lower limit of connections holds for all together', async () => {
    const one = await namedBackend('one')
    const config = (maxSize: number): ServerConfig => ({
      ...common,
      listeners: [listener],
      upstreams: { u: { endpoints: [one.endpoint], maxSize, pool: { maxSize: 8, minSize: 4 } } },
    })
    const server = await started(config(8))
    await until('what is to be open is', () => one.sockets.size >= 4)

    await expect(server.reload(config(1))).rejects.toThrow('upstreams.u.maxSize must be at least')
    const changes = await server.reload(config(4))

    expect(changes).toEqual(['upstream u: limits changed'])
    await until('there are no more', () => one.sockets.size <= 4)
    const clients = await Promise.all(Array.from({ length: 12 }, () => Client.connect(portOf(server, 'a'))))
    one.most = one.sockets.size
    await Promise.all(clients.map((client) => client.ask('who\n')))
    expect(one.most).toBeLessThanOrEqual(4)
    for (const client of clients) client[Symbol.dispose]()
  })

  test('what was counted of all listeners together does not go back with one that goes', async () => {
    const one = await namedBackend('one')
    const upstreams = { u: { endpoints: [one.endpoint] } }
    const server = await started({ ...common, listeners: [listener, { ...listener, name: 'b' }], upstreams })
    using client = await Client.connect(portOf(server, 'b'))
    await client.ask('who\n')
    const { overflowWaitTime: before } = server.stats().dispatch

    await server.reload({ ...common, listeners: [listener], upstreams })

    expect(before.count).toBe(dispatch === 'balanced' ? 1 : 0)
    expect(server.stats().dispatch.overflowWaitTime).toEqual(before)
  })

  test('an address that is taken changes nothing', async () => {
    const one = await namedBackend('one')
    const upstreams = { u: { endpoints: [one.endpoint] } }
    const server = await started({ ...common, listeners: [listener], upstreams })
    const port = portOf(server, 'a')

    const taken = { ...listener, name: 'b', listen: one.endpoint }
    const failed = server.reload({ ...common, listeners: [listener, taken], upstreams })

    await expect(failed).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(server.listening.map((each) => each.port)).toEqual([port])
    using client = await Client.connect(port)
    expect(await client.ask('who\n')).toBe('one\n')
  })

  test('new certificates are used, and said', async () => {
    const folder = new TemporaryFolder()
    opened({ [Symbol.asyncDispose]: () => Promise.resolve(folder[Symbol.dispose]()) })
    const tls = { cert: folder.file('a.crt'), key: folder.file('a.key') }
    const renew = (name: string): void => {
      copyFileSync(certificate(`${name}.crt`), tls.cert)
      copyFileSync(certificate(`${name}.key`), tls.key)
    }
    renew('localhost')
    const config: ServerConfig = {
      ...common,
      listeners: [{ ...listener, tls }],
      upstreams: { u: { endpoints: ['127.0.0.1:1'] } },
    }
    const server = await started(config)
    renew('client')

    const changes = await server.reload(config)

    expect(changes).toEqual(['listener a: new certificates'])
    expect(await server.reload(config)).toEqual([])
    const socket = connect({ port: portOf(server, 'a'), host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    expect(socket.getPeerX509Certificate()?.raw).toEqual(new X509Certificate(readFileSync(tls.cert)).raw)
    socket.destroy()
  })

  test('one that starts later has the new one too', async () => {
    const [one, two] = [await namedBackend('one'), await namedBackend('two')]
    const config = ({ endpoint }: ScriptedBackend): ServerConfig => ({
      ...common,
      listeners: [listener],
      upstreams: { u: { endpoints: [endpoint] } },
    })
    const server = await started(config(one))
    await server.reload(config(two))
    const pids = server.stats().workers.map(({ pid }) => pid)

    for (const pid of pids) process.kill(pid, 'SIGKILL')

    await until('there are new ones', () => {
      const { workers } = server.stats()
      return workers.length === 2 && !workers.some(({ pid }) => pids.includes(pid))
    })
    using client = await Client.connect(portOf(server, 'a'))
    expect(await client.ask('who\n')).toBe('two\n')
  })
})
