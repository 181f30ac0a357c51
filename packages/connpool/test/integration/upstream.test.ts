// Many endpoints over real sockets: servers that die and come back, names in a real name server.
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { dnsDiscovery, Upstream, type UpstreamOptions } from 'connpool'
import { expect, onTestFinished, test } from 'vitest'

import { DnsServer } from '../fixtures/dns-server.ts'
import { until } from '../fixtures/until.ts'

/** A server that answers every line with its name. */
class NamedServer {
  readonly host: string
  readonly name: string
  port = 0
  /** Connections that were ever opened, and those that are open. */
  accepted = 0
  readonly open = new Set<Socket>()
  #server: Server | undefined

  constructor(name: string, host = '127.0.0.1') {
    this.name = name
    this.host = host
  }

  get endpoint(): string {
    return `${this.host}:${this.port}`
  }

  async listen(port = this.port): Promise<this> {
    this.#server = createServer((socket) => this.#serve(socket)).listen(port, this.host)
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (typeof address === 'object' && address !== null) this.port = address.port
    return this
  }

  /** Like a process that is killed. */
  async die(): Promise<void> {
    for (const socket of this.open) socket.resetAndDestroy()
    this.#server?.close()
    if (this.#server?.listening === true) await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    this.accepted++
    this.open.add(socket)
    socket.on('close', () => this.open.delete(socket)).on('error', () => undefined)
    socket.on('data', () => socket.write(this.name))
  }
}

async function start(count: number): Promise<NamedServer[]> {
  const servers = Array.from({ length: count }, (_, index) => new NamedServer(String.fromCharCode(97 + index)))
  for (const server of servers) await server.listen()
  onTestFinished(async () => {
    for (const server of servers) await server.die()
  })
  return servers
}

function ownUpstream(options: UpstreamOptions): Upstream {
  const upstream = new Upstream(options)
  onTestFinished(() => void upstream.destroy())
  return upstream
}

function ask(upstream: Upstream): Promise<string> {
  return upstream.use(async (socket, { signal }) => {
    socket.write('?')
    const [answer] = (await once(socket, 'data', { signal })) as [Buffer]
    return answer.toString()
  })
}

async function askTimes(upstream: Upstream, times: number): Promise<string> {
  let answers = ''
  for (let time = 0; time < times; time++) answers += await ask(upstream)
  return answers
}

test('round robin asks five servers in turn', async () => {
  const servers = await start(5)
  const upstream = ownUpstream({ endpoints: servers.map(({ endpoint }) => endpoint), balance: 'round-robin' })

  expect(await askTimes(upstream, 15)).toBe('abcdeabcdeabcde')
  expect(servers.map(({ accepted }) => accepted)).toEqual([1, 1, 1, 1, 1])
})

test('a server that dies costs no caller who has not written yet, and is used again when it is back', async () => {
  const servers = await start(3)
  const [a, b, c] = servers as [NamedServer, NamedServer, NamedServer]
  const upstream = ownUpstream({
    endpoints: servers.map(({ endpoint }) => endpoint),
    balance: 'round-robin',
    slowStartMs: 0,
    pool: { breaker: { openMs: 200 }, backoff: { baseMs: 10, maxMs: 50 } },
  })
  await askTimes(upstream, 6)

  await b.die()
  await until('the upstream has seen the end of its connections', () => upstream.stats().total === 2)
  const without = await askTimes(upstream, 20)
  await b.listen()
  await until('the server is asked again', async () => (await ask(upstream)) === 'b')

  expect(without).toMatch(/^[ac]{20}$/)
  expect(await askTimes(upstream, 6)).toMatch(/^(?=.*a)(?=.*b)(?=.*c)/)
  expect([a, b, c].every(({ open }) => open.size > 0)).toBe(true)
})

test('all connections of one server are lost in use: their holders are told, all others go on', async () => {
  const servers = await start(2)
  const upstream = ownUpstream({
    endpoints: servers.map(({ endpoint }) => endpoint),
    balance: 'round-robin',
    pool: { maxSize: 4 },
  })
  const leases = await Promise.all(Array.from({ length: 8 }, () => upstream.acquire()))
  const doomed = leases.filter(({ info }) => info.endpoint === servers[0]?.endpoint)
  const aborts = doomed.map(({ signal }) => once(signal, 'abort'))

  await servers[0]?.die()
  await Promise.all(aborts)
  for (const lease of leases) lease.release()

  expect(doomed.length).toBe(4)
  expect(await askTimes(upstream, 8)).toBe('bbbbbbbb')
})

test('the addresses of a name are followed: what is gone drains, what is new joins, nothing is left behind', async () => {
  const hosts = ['127.0.0.1', '127.0.0.2', '127.0.0.3']
  const [first] = await start(1)
  const port = first?.port ?? 0
  const others = hosts.slice(1).map((host, index) => new NamedServer('bc'.charAt(index), host))
  for (const server of others) await server.listen(port)
  onTestFinished(async () => {
    for (const server of others) await server.die()
  })
  await using names = await DnsServer.listen({ 'A cache.internal': ['127.0.0.1', '127.0.0.2'] })
  const upstream = ownUpstream({
    endpoints: dnsDiscovery('cache.internal', { type: 'A', port, refreshMs: 30, resolver: names.resolver() }),
    balance: 'round-robin',
    slowStartMs: 0,
  })
  await upstream.ready()
  const before = await askTimes(upstream, 4)

  names.records.set('A cache.internal', ['127.0.0.2', '127.0.0.3'])
  await until('the new set is used', () =>
    upstream.stats().endpoints.some(({ endpoint }) => endpoint.includes('0.0.3')),
  )
  const after = await askTimes(upstream, 4)
  names.records.set('A cache.internal', 'SERVFAIL')
  const asked = names.asked.length
  await until('it was looked up again in vain', () => names.asked.length > asked + 1)

  expect(before).toMatch(/^(abab|baba)$/)
  expect(after).toMatch(/^(bcbc|cbcb)$/)
  expect(await askTimes(upstream, 2)).toMatch(/^(bc|cb)$/)
  await until('nothing is open to the one that is gone', () => first?.open.size === 0)
})
