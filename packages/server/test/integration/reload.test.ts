import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

import { afterEach, describe, expect, test, vi } from 'vitest'

import { soon } from '../../../connpool/test/fixtures/until.ts'
import { FrontServer, type Handler, type ServerConfig } from '../../src/index.ts'
import { heldBytes } from '../fixtures/held-bytes.ts'
import { freePort } from '../fixtures/real/free-port.ts'
import { RecordingLog } from '../fixtures/recording-log.ts'

const cleanups: (() => Promise<unknown> | void)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

/** Answers each line with its own name, but `hang`. `sockets` are those that are open. */
async function backend(name: string): Promise<{ server: Server; address: string; sockets: ReadonlySet<Socket> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (bytes) => {
      if (String(bytes) !== 'hang\n') socket.write(bytes.toString().replaceAll(/.*\n/g, `${name}\n`))
    })
    socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { server, sockets, address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function started(config: ServerConfig): Promise<FrontServer> {
  const server = new FrontServer({ admin: 'off', ...config }, { log: new RecordingLog() })
  await server.start()
  cleanups.push(async () => await server.close({ graceMs: 0 }))
  return server
}

async function client(server: FrontServer, listener = 'a'): Promise<Socket> {
  const { port } = server.listening.find((each) => each.listener === listener) ?? {}
  return await dialed(`127.0.0.1:${port}`)
}

async function dialed(address: string): Promise<Socket> {
  const socket = connect(Number(address.split(':')[1]), '127.0.0.1')
  await once(socket, 'connect')
  cleanups.push(() => void socket.destroy())
  return socket
}

async function ask(socket: Socket): Promise<string> {
  socket.write('who\n')
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  return bytes.toString().trim()
}

/** Asks its own upstream. */
const forward: Handler = async (request, { acquire }) => {
  const lease = await acquire()
  lease.connection.write(`${request.toString()}\n`)
  const [reply] = (await once(lease.connection, 'data')) as [Buffer]
  lease.release()
  return reply.toString().trim()
}

function byName(one: { listener: string }, other: { listener: string }): number {
  return one.listener.localeCompare(other.listener)
}

const listener = { name: 'a', listen: '127.0.0.1:0', protocol: 'lines', upstream: 'u' } as const

describe('when the configuration is read again', () => {
  test('a listener and an upstream are added, and who is there notices nothing', async () => {
    const [one, two] = [await backend('one'), await backend('two')]
    const before: ServerConfig = { listeners: [listener], upstreams: { u: { endpoints: [one.address] } } }
    const server = await started(before)
    const socket = await client(server)
    expect(await ask(socket)).toBe('one')

    const changes = await server.reload({
      admin: 'off',
      listeners: [listener, { ...listener, name: 'b', upstream: 'v' }],
      upstreams: { ...before.upstreams, v: { endpoints: [two.address] } },
    })

    expect(changes).toEqual(['listener b: added', 'upstream v: added'])
    expect(await ask(socket)).toBe('one')
    expect(await ask(await client(server, 'b'))).toBe('two')
    expect(server.stats().upstreams['u']?.pool.dials).toBe(1)
  })

  test('requests of sessions that are open go to the upstream that took the place of theirs', async () => {
    const [one, two] = [await backend('one'), await backend('two')]
    const server = await started({ listeners: [listener], upstreams: { u: { endpoints: [one.address] } } })
    const socket = await client(server)
    expect(await ask(socket)).toBe('one')

    await server.reload({
      admin: 'off',
      listeners: [listener],
      upstreams: { u: { endpoints: [two.address], balance: 'random' } },
    })

    expect(await ask(socket)).toBe('two')
    await vi.waitFor(() => expect(one.sockets.size).toBe(0))
  })

  test('requests of sessions that are open go to the upstream that their listener has now', async () => {
    const [one, two] = [await backend('one'), await backend('two')]
    const server = await started({ listeners: [listener], upstreams: { u: { endpoints: [one.address] } } })
    const socket = await client(server)
    expect(await ask(socket)).toBe('one')

    await server.reload({
      admin: 'off',
      listeners: [{ ...listener, upstream: 'v' }],
      upstreams: { v: { endpoints: [two.address] } },
    })

    expect(await ask(socket)).toBe('two')
    await vi.waitFor(() => expect(one.sockets.size).toBe(0))
  })

  test('a request that waits when its upstream is removed is served by the one that its listener has now', async () => {
    const [one, two] = [await backend('one'), await backend('two')]
    const of = (upstream: string, address: string): ServerConfig => ({
      admin: 'off',
      drainTimeout: '0s',
      listeners: [{ ...listener, upstream, requestTimeout: '20s' }],
      upstreams: { [upstream]: { endpoints: [address], pool: { maxSize: 1 } } },
    })
    const server = await started(of('u', one.address))
    const [busy, waiting] = [await client(server), await client(server)]
    busy.on('error', () => undefined).write('hang\n')
    await vi.waitFor(() => expect(server.stats().upstreams['u']?.pool.leased).toBe(1))
    const answer = ask(waiting)
    await vi.waitFor(() => expect(server.stats().listeners['a']?.queue.length).toBe(1))

    await server.reload(of('v', two.address))

    expect(await soon(answer, 8_000)).toBe('two')
  })

  test('a listener and its upstream are removed: who asks is answered, and told to go', async () => {
    const [one, two] = [await backend('one'), await backend('two')]
    const [kept, gone] = [
      { ...listener, upstream: 'v' },
      { ...listener, name: 'b' },
    ]
    const v = { endpoints: [two.address] }
    const upstreams = { u: { endpoints: [one.address], pool: { maxSize: 1 } }, v }
    const server = await started({ listeners: [kept, gone], upstreams })
    const [busy, waiting] = [await client(server, 'b'), await client(server, 'b')]
    busy.resume().write('hang\n')
    await vi.waitFor(() => expect(server.stats().upstreams['u']?.pool.leased).toBe(1))
    const answer = ask(waiting)
    await vi.waitFor(() => expect(server.stats().listeners['b']?.queue.length).toBe(1))

    await server.reload({ admin: 'off', listeners: [kept], upstreams: { v } })
    for (const socket of one.sockets) socket.write('late\n')

    expect(await soon(answer, 8_000)).toBe('one')
    await once(waiting.resume(), 'end')
    await vi.waitFor(() => expect(one.sockets.size).toBe(0))
  })

  test('sessions whose words the upstream of their listener does not know end with the upstream they had', async () => {
    const [one, two] = [await backend('one'), await backend('two')]
    const server = await started({ listeners: [listener], upstreams: { u: { endpoints: [one.address] } } })
    const socket = await client(server)
    expect(await ask(socket)).toBe('one')

    await server.reload({
      admin: 'off',
      listeners: [{ ...listener, protocol: 'length-prefixed', upstream: 'v' }],
      upstreams: { v: { endpoints: [two.address] } },
    })

    await once(socket.resume(), 'end')
    await vi.waitFor(() => expect(one.sockets.size).toBe(0))
    expect(two.sockets.size).toBe(0)
  })

  test('a listener that is another has one queue for all its sessions, which counts on', async () => {
    const one = await backend('one')
    const upstreams = { u: { endpoints: [one.address], pool: { maxSize: 1 } } }
    const server = await started({ listeners: [{ ...listener, requestTimeout: '20s' }], upstreams })
    const [busy, waiting] = [await client(server), await client(server)]
    busy.write('hang\n')
    await vi.waitFor(() => expect(server.stats().upstreams['u']?.pool.leased).toBe(1))
    const answers = [ask(waiting)]
    await vi.waitFor(() => expect(server.stats().listeners['a']?.queue.length).toBe(1))

    await server.reload({
      admin: 'off',
      listeners: [{ ...listener, requestTimeout: '20s', queueLimit: 2 }],
      upstreams,
    })
    answers.push(ask(await client(server)))
    await vi.waitFor(() => expect(server.stats().listeners['a']?.queue).toMatchObject({ length: 2, limit: 2 }))
    for (const socket of one.sockets) socket.write('late\n')

    expect(await soon(Promise.all(answers), 8_000)).toEqual(['one', 'one'])
    expect(server.stats().listeners['a']?.queue.waitTime.count).toBe(3)
  })

  test('a listener that is changed while its upstream is paused holds its requests', async () => {
    const one = await backend('one')
    const of = (maxClients: number): ServerConfig => ({
      admin: { listen: '127.0.0.1:0' },
      listeners: [{ ...listener, maxClients }],
      upstreams: { u: { endpoints: [one.address] } },
    })
    const server = await started(of(5))
    const post = async (what: string): Promise<Response> =>
      await fetch(`${server.adminUrl}/api/upstreams/u/${what}`, { method: 'POST' })
    await post('pause')

    await server.reload(of(6))
    const answer = ask(await client(server))
    await vi.waitFor(() => expect(server.stats().listeners['a']?.queue.length).toBe(1))
    await post('resume')

    expect(await soon(answer, 8_000)).toBe('one')
  })

  test('a handler finds the upstreams of the newest configuration, whenever its listener was changed last', async () => {
    const [one, two] = [await backend('one'), await backend('two')]
    const of = (maxClients: number, endpoints: string[], balance: 'random' | 'failover'): ServerConfig => ({
      admin: 'off',
      listeners: [{ ...listener, maxClients, handle: forward }],
      upstreams: { u: { endpoints, balance } },
    })
    const server = await started(of(5, [one.address], 'random'))
    const socket = await client(server)
    expect(await ask(socket)).toBe('one')

    await server.reload(of(6, [one.address], 'random'))
    const later = await client(server)
    await server.reload(of(6, [two.address], 'failover'))

    expect(await ask(socket)).toBe('two')
    expect(await ask(later)).toBe('two')
  })

  test('endpoints come and go while their upstream stays', async () => {
    const [one, two] = [await backend('one'), await backend('two')]
    const server = await started({ listeners: [listener], upstreams: { u: { endpoints: [one.address] } } })
    const socket = await client(server)
    expect(await ask(socket)).toBe('one')

    const changes = await server.reload({
      admin: 'off',
      listeners: [listener],
      upstreams: { u: { endpoints: [two.address] } },
    })

    expect(changes).toEqual([`upstream u: +${two.address} -${one.address}`])
    expect(await ask(socket)).toBe('two')
  })

  test('a limit counts those who are there already', async () => {
    const one = await backend('one')
    const upstreams = { u: { endpoints: [one.address] } }
    const server = await started({ listeners: [listener], upstreams })
    const socket = await client(server)
    expect(await ask(socket)).toBe('one')

    await server.reload({ admin: 'off', listeners: [{ ...listener, maxClients: 1 }], upstreams })
    const late = await client(server)
    const [refusal] = (await once(late, 'data')) as [Buffer]

    expect(refusal.toString()).toBe('ERR connpool: too many clients\n')
    expect(await ask(socket)).toBe('one')
    expect(server.stats().listeners['a']?.sessions).toBe(1)
  })

  test('sessions of a listener that is gone end when they are at rest, and its port is closed', async () => {
    const one = await backend('one')
    const upstreams = { u: { endpoints: [one.address] } }
    const server = await started({ listeners: [listener, { ...listener, name: 'b' }], upstreams })
    const port = server.listening.find((each) => each.listener === 'b')?.port ?? 0
    const socket = await client(server, 'b')
    expect(await ask(socket)).toBe('one')

    await server.reload({ admin: 'off', listeners: [listener], upstreams })
    await once(socket.resume(), 'end')
    const [error] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException]

    expect(error.code).toBe('ECONNREFUSED')
    expect(Object.keys(server.stats().listeners)).toEqual(['a'])
  })

  test.each<[string, (taken: number) => ServerConfig['listeners'][number]]>([
    ['an address that is taken', (taken) => ({ ...listener, name: 'b', listen: `127.0.0.1:${taken}` })],
    ['another address of a listener that is taken', (taken) => ({ ...listener, listen: `127.0.0.1:${taken}` })],
  ])('%s changes nothing', async (_what, added) => {
    const [one, two] = [await backend('one'), await backend('two')]
    const server = await started({ listeners: [listener], upstreams: { u: { endpoints: [one.address] } } })
    const before = server.listening
    const taken = Number(two.address.split(':')[1])

    const reloading = server.reload({
      admin: 'off',
      listeners: [...(added(taken).name === 'b' ? [listener] : []), added(taken)],
      upstreams: { u: { endpoints: [two.address] } },
    })

    await expect(reloading).rejects.toThrow('EADDRINUSE')
    expect(server.listening).toEqual(before)
    expect(await ask(await client(server))).toBe('one')
  })

  test('an upstream that is removed closes its connections', async () => {
    const [one, two] = [await backend('one'), await backend('two')]
    const u = { endpoints: [one.address] }
    const upstreams = { u, v: { endpoints: [two.address], pool: { minSize: 2 } } }
    const server = await started({ listeners: [listener], upstreams })
    await vi.waitFor(() => expect(two.sockets.size).toBe(2))

    await server.reload({ admin: 'off', listeners: [listener], upstreams: { u } })

    await vi.waitFor(() => expect(two.sockets.size).toBe(0))
  })

  test('an upstream that takes the place of another has no more connections than the other gives back', async () => {
    const one = await backend('one')
    let most = 0
    one.server.on('connection', () => (most = Math.max(most, one.sockets.size)))
    const of = (balance: 'random' | 'round-robin'): ServerConfig => ({
      admin: 'off',
      listeners: [listener, { ...listener, name: 't', protocol: 'tcp' }],
      upstreams: { u: { endpoints: [one.address], balance, pool: { maxSize: 3, minSize: 2 } } },
    })
    const server = await started(of('random'))
    const holders = [await client(server, 't'), await client(server, 't'), await client(server, 't')]
    for (const holder of holders) expect(await ask(holder)).toBe('one')

    await server.reload(of('round-robin'))
    const [framed, opaque] = [await client(server), await client(server, 't')]
    const answers = [ask(framed), ask(opaque)]
    for (const holder of holders) expect(await ask(holder)).toBe('one')
    expect(server.stats().upstreams['u']?.pool).toMatchObject({ dials: 3, total: 3, dialing: 0 })
    for (const holder of holders.slice(1)) holder.end()

    expect(await soon(Promise.all(answers), 8_000)).toEqual(['one', 'one'])
    expect(await ask(holders[0] ?? framed)).toBe('one')
    expect(most).toBe(3)
  })

  test('an upstream that takes the place of another counts on', async () => {
    const one = await backend('one')
    const of = (balance: 'random' | 'round-robin'): ServerConfig => ({
      admin: 'off',
      listeners: [listener],
      upstreams: { u: { endpoints: [one.address], balance } },
    })
    const server = await started(of('random'))
    const socket = await client(server)
    const counted = (): unknown => {
      const { pool, histograms } = server.stats().upstreams['u'] ?? {}
      const endpoints = pool?.endpoints.map(({ dials, acquired }) => [dials, acquired])
      return { acquired: pool?.acquired, leases: histograms?.lease.count, maxSize: pool?.maxSize, endpoints }
    }
    expect(await ask(socket)).toBe('one')
    expect(await ask(socket)).toBe('one')

    await server.reload(of('round-robin'))
    expect(counted()).toEqual({ acquired: 2, leases: 2, maxSize: 10, endpoints: [[1, 2]] })
    expect(await ask(socket)).toBe('one')
    await server.reload(of('random'))
    expect(await ask(socket)).toBe('one')

    expect(counted()).toEqual({ acquired: 4, leases: 4, maxSize: 10, endpoints: [[3, 4]] })
  })

  test('what needs a restart is told as it is, until it is as it was', async () => {
    const one = await backend('one')
    const of = (workers: number): ServerConfig => ({
      admin: 'off',
      workers,
      listeners: [listener],
      upstreams: { u: { endpoints: [one.address] } },
    })
    const server = await started(of(1))
    const told = 'workers: needs a restart, as before until then'

    expect(await server.reload(of(3))).toEqual([told])
    expect(server.settings.workers).toBe(1)
    expect(await server.reload(of(3))).toEqual([told])
    expect(await server.reload(of(1))).toEqual([])
  })

  test('an upstream that takes the place of a paused one is paused', async () => {
    const one = await backend('one')
    const of = (balance: 'random' | 'round-robin'): ServerConfig => ({
      admin: { listen: '127.0.0.1:0' },
      listeners: [listener],
      upstreams: { u: { endpoints: [one.address], balance, pool: { minSize: 1 } } },
    })
    const server = await started(of('random'))
    const post = async (what: string): Promise<Response> =>
      await fetch(`${server.adminUrl}/api/upstreams/u/${what}`, { method: 'POST' })
    await post('pause')

    await server.reload(of('round-robin'))
    const answer = ask(await client(server))
    await vi.waitFor(() => expect(server.stats().listeners['a']?.queue.length).toBe(1))
    await vi.waitFor(() => expect(one.sockets.size).toBe(0))
    expect(server.stats().upstreams['u']).toMatchObject({ isPaused: true, pool: { dials: 1 } })
    await post('resume')

    expect(await soon(answer, 8_000)).toBe('one')
  })

  test('more connections serve more of those who wait', async () => {
    const one = await backend('one')
    const waiting = { ...listener, requestTimeout: '20s' }
    const of = (maxSize: number): ServerConfig => ({
      admin: 'off',
      listeners: [waiting],
      upstreams: { u: { endpoints: [one.address], pool: { maxSize } } },
    })
    const server = await started(of(1))
    const [busy, other] = [await client(server), await client(server)]
    busy.write('hang\n')
    await vi.waitFor(() => expect(server.stats().upstreams['u']?.pool.leased).toBe(1))
    const answer = ask(other)
    await vi.waitFor(() => expect(server.stats().listeners['a']?.queue.length).toBe(1))

    await server.reload(of(2))

    expect(await soon(answer, 8_000)).toBe('one')
  })

  test('sessions of before are part of a drain', async () => {
    const one = await backend('one')
    const upstreams = { u: { endpoints: [one.address] } }
    const server = await started({ listeners: [listener], upstreams })
    const socket = await client(server)
    socket.on('error', () => undefined).write('hang\n')
    await vi.waitFor(() => expect(server.stats().upstreams['u']?.pool.leased).toBe(1))
    await server.reload({ admin: 'off', listeners: [{ ...listener, maxClients: 7 }], upstreams })

    expect(await server.close({ graceMs: 0 })).toEqual({ finished: 0, cut: 1 })
  })

  test('clients who came in during a reload are part of a drain', async () => {
    const one = await backend('one')
    const of = (requestTimeout: string): ServerConfig => ({
      admin: 'off',
      listeners: [{ ...listener, requestTimeout, proxyProtocol: { accept: ['127.0.0.1'] } }],
      upstreams: { u: { endpoints: [one.address] } },
    })
    const server = await started(of('20s'))
    const socket = await client(server)
    socket.on('error', () => undefined).write('PROXY TCP4')
    await server.reload(of('21s'))
    socket.write(' 192.0.2.1 192.0.2.2 1 2\r\nhang\n')
    await vi.waitFor(() => expect(one.sockets.size).toBe(1))

    const { sessions } = server.stats().workers[0] ?? {}
    const closed = new Promise((resolve) => socket.once('close', resolve))
    const report = await server.close({ graceMs: 0 })

    expect([sessions, report]).toEqual([1, { finished: 0, cut: 1 }])
    await soon(closed)
  })

  test('sessions of before are counted with the others', async () => {
    const one = await backend('one')
    const upstreams = { u: { endpoints: [one.address] } }
    const server = await started({ listeners: [listener], upstreams })
    await ask(await client(server))

    await server.reload({ admin: 'off', listeners: [{ ...listener, maxClients: 7 }], upstreams })
    await ask(await client(server))

    const { listeners, workers } = server.stats()
    expect([listeners['a']?.sessions, workers[0]?.sessions]).toEqual([2, 2])
  })

  test('a listener with another upstream and another protocol counts on', async () => {
    const one = await backend('one')
    const endpoints = [one.address]
    const server = await started({ listeners: [listener], upstreams: { u: { endpoints } } })
    await ask(await client(server))

    await server.reload({
      admin: 'off',
      listeners: [{ ...listener, protocol: 'tcp', upstream: 'v' }],
      upstreams: { v: { endpoints } },
    })
    await ask(await client(server))

    expect(server.stats().listeners['a']?.queue.waitTime.count).toBe(2)
  })

  test('what took the place of something else does not keep it', async () => {
    const handlers = Array.from(
      { length: 3 },
      (_, each): Handler =>
        () =>
          `${each}`,
    )
    const of = (handle: Handler): ServerConfig => ({
      admin: 'off',
      listeners: [{ name: 'a', listen: '127.0.0.1:0', protocol: 'lines', handle }],
    })
    const server = await started(of(() => 'none'))
    for (const handle of handlers) await server.reload(of(handle))
    const kept = handlers.map((handle) => new WeakRef(handle))

    handlers.length = 0

    await vi.waitFor(() => {
      heldBytes()
      expect(kept.map((each) => each.deref() !== undefined)).toEqual([false, false, true])
    })
    expect(await ask(await client(server))).toBe('2')
  })

  test('what could be opened is closed again when another address is taken', async () => {
    const [one, two] = [await backend('one'), await backend('two')]
    const upstreams = { u: { endpoints: [one.address] } }
    const server = await started({ listeners: [listener], upstreams })
    const before = server.listening
    const added = [
      { ...listener, name: 'b', upstream: 'v' },
      { ...listener, name: 'c', listen: two.address },
    ]

    const reloading = server.reload({
      admin: 'off',
      listeners: [listener, ...added],
      upstreams: { ...upstreams, v: { endpoints: [two.address], pool: { minSize: 1 } } },
    })

    await expect(reloading).rejects.toThrow('EADDRINUSE')
    expect(server.listening).toEqual(before)
    // Whoever has dialed before is accepted before.
    const last = await dialed(two.address)
    expect(await ask(last)).toBe('two')
    await vi.waitFor(() => expect(two.sockets.size).toBe(1))
  })

  test('an address that was closed for its new options is listened at again when another is taken', async () => {
    const [one, two] = [await backend('one'), await backend('two')]
    const upstreams = { u: { endpoints: [one.address] } }
    const fixed = { ...listener, listen: `127.0.0.1:${await freePort()}` }
    const moved = { ...listener, name: 'b' }
    const server = await started({ listeners: [fixed, moved], upstreams })
    const before = server.listening

    const reloading = server.reload({
      admin: 'off',
      listeners: [
        { ...fixed, backlog: 7 },
        { ...moved, listen: two.address },
      ],
      upstreams,
    })

    await expect(reloading).rejects.toThrow('EADDRINUSE')
    expect(server.listening.toSorted(byName)).toEqual(before)
    expect(await ask(await client(server))).toBe('one')
    expect(await ask(await client(server, 'b'))).toBe('one')
  })

  test('a configuration that is wrong changes nothing', async () => {
    const one = await backend('one')
    const upstreams = { u: { endpoints: [one.address] } }
    const server = await started({ listeners: [listener], upstreams })

    await expect(server.reload({ listeners: [{ ...listener, maxClients: -1 }], upstreams })).rejects.toThrow(
      'maxClients',
    )
    expect(await ask(await client(server))).toBe('one')
  })
})
