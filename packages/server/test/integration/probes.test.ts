import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

import { expect, test, vi } from 'vitest'

import { FrontServer, type ServerConfig } from '../../src/index.ts'
import { RecordingLog } from '../fixtures/recording-log.ts'

/** Notes what it is sent, and answers `+PONG` to whatever it is. */
async function pongBackend(): Promise<AsyncDisposable & { readonly endpoint: string; readonly heard: string[] }> {
  const heard: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      heard.push(bytes.toString())
      socket.write('+PONG\r\n')
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const end = (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(() => resolve()))
  }
  return { endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`, heard, [Symbol.asyncDispose]: end }
}

const listener = { name: 'a', listen: '127.0.0.1:0', upstream: 'u' } as const

async function served(endpoint: string, listeners: ServerConfig['listeners']): Promise<FrontServer> {
  const pool = { minSize: 1, probeInterval: 20 }
  const config: ServerConfig = { listeners, upstreams: { u: { endpoints: [endpoint], pool } }, admin: 'off' }
  const server = new FrontServer(config, { log: new RecordingLog() })
  await server.start()
  return server
}

test('idle connections are probed in the words of the protocol that is spoken over them', async () => {
  await using backend = await pongBackend()
  await using server = await served(backend.endpoint, [{ ...listener, protocol: 'redis' }])

  await vi.waitFor(() => expect(backend.heard.length).toBeGreaterThan(2))

  expect(backend.heard[0]).toMatch(/PING\r\n$/)
  const { probesPassed = 0, ...counts } = server.stats().upstreams['u']?.pool ?? {}
  expect(probesPassed).toBeGreaterThan(1)
  expect(counts).toMatchObject({ probeFailures: 0, dials: 1 })
})

test.each<[string, ServerConfig['listeners']]>([
  ['bytes are passed on unread', [{ ...listener, protocol: 'tcp' }]],
  [
    'different protocols are spoken',
    [
      { ...listener, protocol: 'redis' },
      { ...listener, name: 'b', protocol: 'memcached' },
    ],
  ],
])('nothing is said to a backend to which %s', async (_what, listeners) => {
  await using backend = await pongBackend()
  await using server = await served(backend.endpoint, listeners)

  await vi.waitFor(() => expect(server.stats().upstreams['u']?.pool.idle).toBe(1))

  expect(server.stats().upstreams['u']?.pool.probes).toBe(0)
  expect(backend.heard).toEqual([])
})
