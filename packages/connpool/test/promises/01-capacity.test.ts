// Promise 1: `total + dialing + closing ≤ maxSize` at every instant, also as counted by the server.
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Lease, Pool, PoolObserver, PoolOptions } from 'connpool'
import { FakeClock, FakeDialer, SeededRandom } from 'connpool/testing'

import { ask } from '../fixtures/ask.ts'
import { Callers } from '../fixtures/callers.ts'
import { CountingServer, serving } from '../fixtures/counting-server.ts'
import { ownPool } from '../fixtures/own-pool.ts'
import { until } from '../fixtures/until.ts'
import { waysToEnd } from '../fixtures/ways-to-end.ts'

const maxSize = 3

/** Looks at the numbers whenever the pool says anything, and remembers the most it has seen. */
class Auditor {
  most = 0
  looks = 0
  readonly lies: string[] = []
  pool: Pool | undefined

  readonly look = (): void => {
    if (this.pool === undefined) return
    const { total, idle, leased, probing, dialing, closing } = this.pool.stats()
    this.looks++
    this.most = Math.max(this.most, total + dialing + closing)
    if (total !== idle + leased + probing) this.lies.push(`total ${total} of ${idle} + ${leased} + ${probing}`)
  }

  readonly observer: PoolObserver = {
    acquired: this.look,
    released: this.look,
    dialed: this.look,
    closed: this.look,
    probed: this.look,
    waiting: this.look,
    refused: this.look,
    breaker: this.look,
  }
}

interface Trouble {
  readonly options?: (random: SeededRandom, server: CountingServer) => Partial<PoolOptions>
  readonly serve?: (socket: Socket, random: SeededRandom) => void
  /** What goes on between the rounds of the callers. */
  readonly disturb?: (world: { pool: Pool; server: CountingServer; random: SeededRandom }) => void
  readonly end?: (lease: Lease<Socket>) => void
  /** The client has the last word or breaks off, so that nobody can tell when the server has noticed. */
  readonly isAbrupt?: true
}

/** Dials that take some milliseconds, longer than they may now and then, and listen to their signal or not. */
function slowDial(random: SeededRandom, server: CountingServer, obeys: boolean): NonNullable<PoolOptions['dial']> {
  return async ({ signal }) => {
    const socket = connect(server.endpoint).on('error', () => undefined)
    const turns = random.whole(1, 40)
    for (let turn = 0; turn < turns && !(obeys && signal.aborted); turn++) await setImmediate()
    if (!obeys || !signal.aborted) return socket
    socket.destroy()
    throw signal.reason
  }
}

const hooksThatFail = (random: SeededRandom) => (): void => {
  if (random.chance(0.4)) throw new Error('not today')
}

const troubles: Readonly<Record<string, Trouble>> = {
  'connections live some milliseconds': { options: () => ({ maxLifetimeMs: 6, lifetimeJitterRatio: 1 }) },
  'connections serve two leases': { options: () => ({ maxUses: 2 }) },
  'probes fail': { options: (random) => ({ probe: hooksThatFail(random), probeIntervalMs: 3 }) },
  'probes hang': {
    options: (random) => ({ probe: () => random.chance(0.2) && new Promise(() => undefined), probeTimeoutMs: 5 }),
  },
  'resets fail': { options: (random) => ({ reset: hooksThatFail(random) }) },
  'new connections cannot be set up': { options: (random) => ({ onConnect: hooksThatFail(random) }), isAbrupt: true },
  'dials time out': {
    options: (random, server) => ({ dial: slowDial(random, server, true), dialTimeoutMs: 2 }),
    isAbrupt: true,
  },
  'dials time out and land later': {
    options: (random, server) => ({ dial: slowDial(random, server, false), dialTimeoutMs: 2, closeTimeoutMs: 2_000 }),
    isAbrupt: true,
  },
  'handshakes stall': {
    options: (_, { endpoint }) => ({ endpoint: { ...endpoint, tls: true }, dialTimeoutMs: 4 }),
    serve: serving.silent,
    isAbrupt: true,
  },
  'the server hangs up': {
    serve: (socket, random) => void socket.once('data', () => random.chance(0.5) && socket.end()),
    isAbrupt: true,
  },
  'the server breaks off': {
    serve: (socket, random) => void socket.once('data', () => random.chance(0.5) && socket.resetAndDestroy()),
    isAbrupt: true,
  },
  'the server hangs up on everybody': {
    disturb: ({ server, random }) => random.chance(0.2) && server.endAll(),
    isAbrupt: true,
  },
  'connections are replaced': { disturb: ({ pool, random }) => random.chance(0.2) && pool.clear() },
  'holders are too slow': { options: () => ({ maxLeaseMs: 2 }), isAbrupt: true },
  'idle connections are closed early': { options: () => ({ idleTimeoutMs: 1 }) },
  'some connections are kept': { options: () => ({ minSize: 2, maxLifetimeMs: 6 }), end: (lease) => lease.discard() },
  'the pool pauses': { disturb: ({ pool, random }) => (random.chance(0.5) ? pool.pause() : pool.resume()) },
}

for (const [how, end] of Object.entries(waysToEnd)) {
  const isAbrupt = how === 'is released after an error' && { isAbrupt: true as const }
  Object.assign(troubles, { [`a lease ${how}`]: { end, ...isAbrupt } satisfies Trouble })
}

const always = { breaker: false, backoff: { baseMs: 1, maxMs: 2 }, acquireTimeoutMs: 40 } as const

async function churn(trouble: Trouble, seed: number): Promise<{ auditor: Auditor; server: CountingServer }> {
  const random = new SeededRandom(seed)
  const server = await CountingServer.listen((socket) => {
    serving.echo(socket)
    trouble.serve?.(socket, random)
  })
  onTestFinished(() => server.stop())
  const auditor = new Auditor()
  const { endpoint } = server
  const own = trouble.options?.(random, server)
  const pool = ownPool({ endpoint, maxSize, maxDialing: 3, observer: auditor.observer, ...always, ...own })
  auditor.pool = pool

  const live = async (): Promise<void> => {
    for (let round = 0; round < 12; round++) {
      trouble.disturb?.({ pool, server, random })
      auditor.look()
      try {
        const lease = await pool.acquire()
        await ask(lease.connection, 'hello').catch(() => undefined)
        const end = trouble.end !== undefined && random.chance(0.6) ? trouble.end : waysToEnd['is released']
        end?.(lease)
      } catch {
        // A caller who is refused comes again.
      }
    }
  }
  await Promise.all(Array.from({ length: 6 }, live))
  pool.resume()
  await pool.close({ graceMs: 50 })
  await until('the server has seen the last end', () => server.open === 0)
  return { auditor, server }
}

describe('total + dialing + closing is at most maxSize at every instant, also as counted by the server', () => {
  test.each(Object.entries(troubles))('when %s', async (_, trouble) => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const { auditor, server } = await churn(trouble, seed)

    expect(auditor.looks, `seed ${seed}`).toBeGreaterThan(20)
    expect(server.accepted, `seed ${seed}`).toBeGreaterThan(0)
    expect(auditor.lies, `seed ${seed}`).toEqual([])
    expect(auditor.most, `seed ${seed}`).toBeLessThanOrEqual(maxSize)
    const { mostOpen, mostOpenAfterTurn } = server
    expect(trouble.isAbrupt ? mostOpenAfterTurn : mostOpen, `seed ${seed}`).toBeLessThanOrEqual(maxSize)
  })

  test('when the limit goes up and down', async () => {
    await using server = await CountingServer.listen()
    const seed = Math.floor(Math.random() * 2 ** 31)
    const random = new SeededRandom(seed)
    const pool = ownPool({ endpoint: server.endpoint, maxSize: 1, maxDialing: 4 })
    const count = (): number => {
      const { total, dialing, closing } = pool.stats()
      return total + dialing + closing
    }
    const overshoots: string[] = []
    /** What was there when the limit went down may stay until it comes back; nothing may be added to it. */
    let allowed = 1
    const resize = (): void => {
      const limit = random.whole(1, 4)
      pool.resize({ maxSize: limit })
      allowed = Math.max(limit, count())
    }
    const look = (): void => {
      if (count() > allowed) overshoots.push(`${count()} of ${allowed}`)
      allowed = Math.max(pool.stats().maxSize, Math.min(allowed, count()))
    }

    const live = async (): Promise<void> => {
      for (let round = 0; round < 30; round++) {
        if (random.chance(0.3)) resize()
        const lease = await pool.acquire()
        look()
        await ask(lease.connection, 'hello')
        look()
        if (random.chance(0.2)) lease.discard()
        else lease.release()
        look()
      }
    }
    await Promise.all(Array.from({ length: 6 }, live))

    expect(overshoots, `seed ${seed}`).toEqual([])
    expect(server.mostOpen, `seed ${seed}`).toBeLessThanOrEqual(4)
    pool.resize({ maxSize: 1 })
    await until('what is too much has been closed', () => count() <= 1 && server.open <= 1)
  })
})

describe('a connection that is being closed', () => {
  test('counts until the server has let go of it', async () => {
    await using server = await CountingServer.listen(serving.silent, { allowHalfOpen: true })
    const pool = ownPool({ endpoint: server.endpoint, maxSize: 1 })
    const first = await pool.acquire()
    const next = pool.acquire()
    first.discard()
    await until('the server has heard the end', () => server.newest.readableEnded)

    expect(pool.stats()).toMatchObject({ total: 0, dialing: 0, closing: 1, waiting: 1 })
    expect(server.accepted).toBe(1)

    server.newest.end()
    await next
    expect(server.accepted).toBe(2)
  })

  test('counts for closeTimeoutMs at most, and then is cut off', async () => {
    await using server = await CountingServer.listen(serving.silent, { allowHalfOpen: true })
    const pool = ownPool({ endpoint: server.endpoint, maxSize: 1, closeTimeoutMs: 30 })
    const first = await pool.acquire()
    const socket = first.connection
    const next = pool.acquire()
    first.discard()

    await next

    expect(socket.destroyed).toBe(true)
    expect(pool.stats()).toMatchObject({ total: 1, closing: 0 })
  })
})

describe('a dial that was given up', () => {
  const given = (closeTimeoutMs: number, closeMs = 0) => {
    const clock = new FakeClock()
    const landed: (() => void)[] = []
    const connections: { isOpen: boolean; destroy(): unknown }[] = []
    const goodbye = (): unknown =>
      closeMs === 0 ? undefined : new Promise<void>((resolve) => clock.arriveAt(clock.now() + closeMs, resolve))
    const dial = (): Promise<{ isOpen: boolean }> => {
      const connection = { isOpen: true, destroy: () => ((connection.isOpen = false), goodbye()) }
      connections.push(connection)
      return new Promise((resolve) => landed.push(() => resolve(connection)))
    }
    const pool = ownPool({ dial, clock, closeTimeoutMs, dialTimeoutMs: 100, maxSize: 1, random: () => 0 })
    return { clock, pool, landed, connections }
  }

  test('keeps its slot until its promise settles, if it does not listen to its signal', async () => {
    const { clock, pool, landed, connections } = given(1_000)
    new Callers(pool).call('somebody')
    await clock.advance(100)
    expect(pool.stats()).toMatchObject({ dialing: 0, closing: 1, dials: 1 })

    await clock.advance(500)
    expect(connections.length).toBe(1)

    landed[0]?.()
    await clock.settle()
    expect(connections.map(({ isOpen }) => isOpen)).toEqual([false, true])
  })

  test('counts until what it brought is closed, however late it lands and however long the loop stood still', async () => {
    const { clock, pool, landed } = given(1_000, 300)
    const served = pool.acquire()
    await clock.advance(100)
    clock.arriveAt(clock.now() + 900, () => landed[0]?.())
    clock.jump(5_000)
    await clock.settle()
    const afterStall = pool.stats()

    await clock.advance(299)
    const beforeEnd = pool.stats()
    await clock.advance(1)

    expect([afterStall, beforeEnd]).toMatchObject([
      { closing: 1, dialing: 0 },
      { closing: 1, dialing: 0 },
    ])
    expect(pool.stats()).toMatchObject({ closing: 0, dialing: 1 })
    landed[1]?.()
    ;(await served).release()
  })

  test('is never lent, however late it lands, and is closed', async () => {
    const { clock, pool, landed, connections } = given(50)
    const served = pool.acquire()
    await clock.advance(200)
    landed[0]?.()
    await clock.settle()
    expect(connections[0]?.isOpen).toBe(false)

    landed[1]?.()
    const lease = await served
    expect(lease.connection).toBe(connections[1])
  })
})

describe('stats()', () => {
  test('counts a dial from the moment it is decided on', () => {
    const clock = new FakeClock()
    const dialer = new FakeDialer({ answers: 'by-hand' })
    const pool = ownPool({ dial: dialer.dial, clock, maxSize: 2 })

    new Callers(pool).crowd(3)

    expect(pool.stats()).toMatchObject({ total: 0, dialing: 2, closing: 0, waiting: 3 })
  })
})
