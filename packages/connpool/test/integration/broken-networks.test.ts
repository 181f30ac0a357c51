// What networks do to connections, done to real ones: each test is a program in a network namespace of its own, where it
// is root and alone.
import { describe, expect, test } from 'vitest'

import { NetworkNamespace } from '../fixtures/network-namespace.ts'
import { runProgram } from '../fixtures/run-program.ts'
import { needs } from '../requirements.ts'

/** What every program begins with: an echo server, and the means to break the way to it. */
const preamble = `
  import { execFileSync } from 'node:child_process'
  const server = net.createServer((socket) => socket.on('error', () => {}).on('data', (bytes) => socket.write(bytes)))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const { port } = server.address()
  const endpoint = { host: '127.0.0.1', port }
  const set = (name, value) => execFileSync('sysctl', ['-q', '-w', name + '=' + value])
  const rules = (...lines) => execFileSync('nft', ['-f', '-'], { input:
    'add table inet t\\nadd chain inet t i { type filter hook input priority 0 ; }\\n' +
    lines.map((line) => 'add rule inet t i ' + line + '\\n').join('') })
  const heal = () => execFileSync('nft', ['flush', 'ruleset'])
  const cut = () => rules('tcp dport ' + port + ' drop', 'tcp sport ' + port + ' drop')
  const refusalOf = (promise) => promise.then(
    () => 'none',
    ({ code, phase, cause }) => ({ code, phase, cause: cause?.code ?? cause?.message }),
  )
  const echo = (pool) => pool.use((socket) => ask(socket, 'hello'))
  const quick = { dialTimeoutMs: 80, probeTimeoutMs: 80, closeTimeoutMs: 40, backoff: { baseMs: 10, maxMs: 20 } }
  const print = (...facts) => console.log(JSON.stringify(facts))
`

/** Runs it in a network of its own and answers what it printed, which it must do once. */
async function factsOf(program: string): Promise<unknown> {
  await using namespace = await NetworkNamespace.create()
  const { code, output } = await runProgram(`${preamble}\n${program}\nprocess.exit()`, { within: namespace.within })
  if (code !== 0) throw new Error(`the program ended with ${code}:\n${output}`)
  return JSON.parse(output)
}

describe('when packets vanish without a word', needs('network-namespaces'), () => {
  test.concurrent('an idle connection fails its probe, a dial takes too long, and callers are told', async () => {
    const facts = await factsOf(`
      const probe = async (socket) => { await ask(socket, 'probe') }
      const pool = new Pool({ endpoint, probe, maxSize: 1, breaker: false, ...quick })
      await echo(pool)
      cut()
      const refusal = await refusalOf(pool.acquire({ timeoutMs: 400 }))
      const { probeFailures, total } = pool.stats()
      heal()
      print(refusal.code, refusal.cause, probeFailures, total, await echo(pool))
    `)

    expect(facts).toEqual(['ACQUIRE_TIMEOUT', 'ETIMEDOUT', 1, 0, 'hello'])
  })

  test.concurrent('a holder who gives up costs one connection, and its slot comes back in closeTimeoutMs', async () => {
    const facts = await factsOf(`
      const pool = new Pool({ endpoint, maxSize: 1, breaker: false, ...quick })
      const lease = await pool.acquire()
      cut()
      lease.connection.write('into the void')
      lease.discard()
      heal()
      const startedAt = performance.now()
      const answer = await echo(pool)
      print(answer, performance.now() - startedAt < 1_000, pool.stats().total)
    `)

    expect(facts).toEqual(['hello', true, 1])
  })

  test.concurrent('a dial is given up after dialTimeoutMs, and leaves no slot behind', async () => {
    const facts = await factsOf(`
      rules('tcp dport ' + port + ' tcp flags & (syn|ack) == syn drop')
      const pool = new Pool({ endpoint, maxSize: 2, ...quick })
      const refusal = await refusalOf(pool.acquire({ timeoutMs: 5_000 }))
      const isEmpty = () => ['total', 'dialing', 'closing'].every((count) => pool.stats()[count] === 0)
      while (!isEmpty()) await new Promise((resolve) => setTimeout(resolve, 1))
      print(refusal.code, refusal.cause)
    `)

    expect(facts).toEqual(['DIAL_FAILED', 'ETIMEDOUT'])
  })

  test.concurrent('for a moment only, nobody notices but by waiting', async () => {
    const facts = await factsOf(`
      const pool = new Pool({ endpoint, maxSize: 3 })
      await Promise.all([echo(pool), echo(pool), echo(pool)])
      cut()
      const answers = Promise.all(Array.from({ length: 12 }, () => echo(pool)))
      await new Promise((resolve) => setTimeout(resolve, 150))
      heal()
      print([...new Set(await answers)], pool.stats().dials)
    `)

    expect(facts).toEqual([['hello'], 3])
  })
})

describe('when a firewall forgets idle connections', needs('network-namespaces'), () => {
  const forgetful = `
    rules(
      'tcp dport ' + port + ' ct state invalid reject with tcp reset',
      'tcp dport ' + port + ' ct state new,established accept',
    )
    set('net.netfilter.nf_conntrack_tcp_timeout_established', 1)
    set('net.netfilter.nf_conntrack_tcp_loose', 0)
    const isForgotten = async () => {
      const { total } = pool.stats()
      await new Promise((resolve) => setTimeout(resolve, 1_300))
      if (pool.stats().idle !== total) throw new Error('it was noticed before anybody wrote')
    }
  `

  test.concurrent('a probe before lending spares every caller the reset', async () => {
    const facts = await factsOf(`
      const probe = async (socket) => { await ask(socket, 'probe') }
      const pool = new Pool({ endpoint, maxSize: 2, probe, probeAfterIdleMs: 500 })
      ${forgetful}
      await Promise.all([echo(pool), echo(pool)])
      await isForgotten()
      print(await echo(pool), await echo(pool), pool.stats().dials > 2)
    `)

    expect(facts).toEqual(['hello', 'hello', true])
  })

  test.concurrent('without a probe the first to write is told, and the next one has a new connection', async () => {
    const facts = await factsOf(`
      const pool = new Pool({ endpoint, maxSize: 1 })
      ${forgetful}
      await echo(pool)
      await isForgotten()
      const lost = await pool.use((socket) => new Promise((resolve) => {
        socket.once('error', ({ code }) => resolve(code))
        socket.write('hello')
      }))
      print(lost, await echo(pool), pool.stats().dials)
    `)

    expect(facts).toEqual(['ECONNRESET', 'hello', 2])
  })
})

describe('when a connection is refused', needs('network-namespaces'), () => {
  const roads: Record<string, [road: string, cause: string]> = {
    'by the endpoint': ['server.close()', 'ECONNREFUSED'],
    'by a firewall': [`rules('tcp dport ' + port + ' reject with tcp reset')`, 'ECONNREFUSED'],
    'by a router': [
      `execFileSync('ip', ['route', 'add', 'unreachable', '10.99.0.0/16']); endpoint.host = '10.99.0.1'`,
      'EHOSTUNREACH',
    ],
    'for want of a way': [`endpoint.host = '10.98.0.1'`, 'ENETUNREACH'],
  }

  test.concurrent.each(Object.entries(roads))(
    '%s, the cause is kept and nobody waits for long',
    async (_, [road, cause]) => {
      const facts = await factsOf(`
      ${road}
      const pool = new Pool({ endpoint, ...quick })
      const startedAt = performance.now()
      const refusal = await refusalOf(pool.acquire())
      print(refusal.code, refusal.cause, performance.now() - startedAt < 3_000, pool.stats().total)
    `)

      expect(facts).toEqual(['DIAL_FAILED', cause, true, 0])
    },
  )
})

describe('when the machine itself is short of something', needs('network-namespaces'), () => {
  test.concurrent(
    'of ports, that is not held against the endpoint, and callers are served by what comes back',
    async () => {
      const facts = await factsOf(`
      set('net.ipv4.ip_local_port_range', '50000 50001')
      const pool = new Pool({ endpoint, maxSize: 5, breaker: { failureThreshold: 2 }, backoff: { baseMs: 1, maxMs: 5 } })
      const [one, other] = await Promise.all([pool.acquire(), pool.acquire()])
      const refusal = await refusalOf(pool.acquire({ timeoutMs: 200 }))
      const waiting = echo(pool)
      one.release()
      print(refusal.code + ' ' + refusal.cause, await waiting, pool.stats().dialFailures > 2, pool.stats().leased)
    `)

      expect(facts).toEqual(['ACQUIRE_TIMEOUT EADDRNOTAVAIL', 'hello', true, 1])
    },
  )
})

describe('when the system kills a connection', needs('network-namespaces'), () => {
  test.concurrent('that is idle, the pool knows at once', async () => {
    const facts = await factsOf(`
      const pool = new Pool({ endpoint, maxSize: 1 })
      await echo(pool)
      await new Promise((resolve) => setImmediate(resolve))
      execFileSync('ss', ['-K', 'dport', '=', String(port)], { stdio: 'ignore' })
      while (pool.stats().idle > 0) await new Promise((resolve) => setTimeout(resolve, 1))
      print(pool.stats().closed['socket-error'], await echo(pool))
    `)

    expect(facts).toEqual([1, 'hello'])
  })
})
