import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { PoolError, redisPing } from 'connpool'
import type { Pool, PoolOptions } from 'connpool'

import { Callers } from '../fixtures/callers.ts'
import { ownPool } from '../fixtures/own-pool.ts'
import { command } from '../fixtures/redis-command.ts'
import { RedisServer } from '../fixtures/redis-server.ts'
import { until } from '../fixtures/until.ts'
import { needs } from '../requirements.ts'

const hasRoom = { breaker: false, backoff: { baseMs: 20, maxMs: 40 } } as const

function ping(pool: Pool): Promise<string> {
  return pool.use((socket) => command(socket, ['PING']))
}

/** Opens so many connections and gives them all back. */
async function warmUp(pool: Pool, count: number): Promise<void> {
  const leases = await Promise.all(Array.from({ length: count }, () => pool.acquire()))
  await Promise.all(leases.map(({ connection }) => command(connection, ['PING'])))
  for (const lease of leases) lease.release()
}

const setUp = (socket: Socket): Promise<string> => command(socket, ['PING'])

type Work = (socket: Socket) => Promise<void>

/** How callers hold their connections; each lets go of one that fails in its own way. */
const holding: Readonly<Record<string, (pool: Pool, work: Work) => Promise<void>>> = {
  'use()': (pool, work) => pool.use(work),
  'leases that are discarded with a reason': async (pool, work) => {
    const lease = await pool.acquire()
    try {
      await work(lease.connection)
      lease.release()
    } catch (error) {
      lease.discard(error)
      throw error
    }
  },
}

/** Callers who go on, whatever happens to their connections, and remember what went wrong. */
class Load {
  /** What the pool has answered instead of a connection; the first few, in words. */
  readonly refusals: string[] = []
  interruptions = 0
  served = 0
  readonly #running: Promise<unknown>
  #isOver = false

  constructor(callers: number, run: (work: Work) => Promise<void>) {
    this.#running = Promise.all(Array.from({ length: callers }, (_, index) => this.#run(`key ${index}`, run)))
  }

  async end(): Promise<void> {
    this.#isOver = true
    await this.#running
  }

  async #run(key: string, run: (work: Work) => Promise<void>): Promise<void> {
    while (!this.#isOver && this.refusals.length < 3) {
      try {
        await run((socket) => this.#work(socket, key))
        this.served++
      } catch (error) {
        if (error instanceof PoolError) this.refusals.push(error.message)
        else this.interruptions++
      }
      await setImmediate()
    }
  }

  async #work(socket: Socket, key: string): Promise<void> {
    await command(socket, ['SET', key, key])
    if ((await command(socket, ['GET', key])) !== key) throw new PoolError('LEASE_ENDED', 'the reply of somebody else')
  }
}

describe.each(Object.entries(holding))('when redis restarts under load by %s', needs('redis-server'), (_, hold) => {
  test.each(['kill', 'stop'] as const)('after a %s no caller who waits gets an error', async (how) => {
    await using redis = await RedisServer.start()
    // How long redis takes to start is its own affair; the patience of the pool is a multiple of baseMs.
    const backoff = { baseMs: 1_000, maxMs: 1_000 }
    // Until a killed process is gone the kernel accepts connections for it; only an answer proves that redis is there.
    const pool = ownPool({ endpoint: redis.endpoint, onConnect: setUp, maxSize: 4, backoff, random: quick })
    const load = new Load(16, (work) => hold(pool, work))
    await until('there is load', () => load.served > 50)

    await redis[how]()
    await redis.restart()
    const { served } = load
    await until('there is load again', () => load.served > served + 50 || load.refusals.length > 0)
    await load.end()

    expect(load.refusals).toEqual([])
    // Only who was at work when it happened has noticed: one on each connection that redis had answered on.
    expect(load.interruptions).toBeLessThanOrEqual(4)
    expect(pool.stats().total).toBeLessThanOrEqual(4)
  })
})

/** Short pauses: a twentieth of what they may be. */
const quick = (): number => 0.05

describe('when redis closes connections', needs('redis-server'), () => {
  test('by CLIENT KILL, the idle ones are closed at once and nobody is lent one', async () => {
    await using redis = await RedisServer.start()
    const pool = ownPool({ endpoint: redis.endpoint, maxSize: 4, ...hasRoom })
    await warmUp(pool, 4)

    expect(await redis.command('CLIENT', 'KILL', 'TYPE', 'normal')).toBe(':4')
    await until('they are closed', () => pool.stats().total === 0)

    expect(pool.stats().closed['peer-closed']).toBe(4)
    expect(await ping(pool)).toBe('+PONG')
  })

  test('by CLIENT KILL, a holder is told and the pool goes on', async () => {
    await using redis = await RedisServer.start()
    const pool = ownPool({ endpoint: redis.endpoint, maxSize: 1, ...hasRoom })
    const lease = await pool.acquire()
    const { signal } = lease
    const next = ping(pool)

    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal')

    expect(await next).toBe('+PONG')
    expect(signal.aborted).toBe(true)
    lease.release()
    expect(pool.stats()).toMatchObject({ dials: 2, idle: 1, leased: 0 })
  })

  test('after timeout 1, the idle ones are closed and no caller gets an error', async () => {
    await using redis = await RedisServer.start({ timeout: '1', hz: '100' })
    const pool = ownPool({ endpoint: redis.endpoint, maxSize: 3, ...hasRoom })
    await warmUp(pool, 3)
    const errors: unknown[] = []

    const { closed } = pool.stats()
    await until('redis has closed those that idle', async () => {
      await ping(pool).catch((error: unknown) => errors.push(error))
      return pool.stats().closed['peer-closed'] >= closed['peer-closed'] + 2
    })

    expect(errors).toEqual([])
    expect(pool.stats().dials).toBe(3)
  })
})

describe('when redis is frozen', needs('redis-server'), () => {
  test('its connections fail their probes, and callers are told what they waited for', async () => {
    await using redis = await RedisServer.start()
    const patience = { probeTimeoutMs: 60, dialTimeoutMs: 60, closeTimeoutMs: 30, ...hasRoom }
    const options: PoolOptions = { probe: redisPing(), onConnect: setUp, maxSize: 2, ...patience }
    const pool = ownPool({ endpoint: redis.endpoint, ...options })
    await warmUp(pool, 2)
    const callers = new Callers(pool)
    const patient = new AbortController()
    const { dialFailures } = pool.stats() // on a busy machine some may take too long by themselves

    redis.freeze()
    callers.call('patient', { timeoutMs: Infinity, signal: patient.signal })
    await until('a dial has failed', () => pool.stats().dialFailures > dialFailures)
    patient.abort()
    const caller = callers.call('hurried', { timeoutMs: 100 })
    await caller.answer

    expect(caller.refused.code).toBe('ACQUIRE_TIMEOUT')
    expect(caller.refused.phase).toMatch(/^(dialing|backing-off)$/)
    expect(String(caller.refused.cause)).toMatch(/longer than 60 ms/)
    expect(pool.stats()).toMatchObject({ probeFailures: 2, idle: 0, leased: 0 })

    redis.thaw()
    expect(await ping(pool)).toBe('+PONG')
    await until('redis knows of no more than there are', async () => (await redis.info('connected_clients')) <= 3)
  })

  test('one who waits longer than the freeze is served', async () => {
    await using redis = await RedisServer.start()
    const pool = ownPool({ endpoint: redis.endpoint, probe: redisPing(), maxSize: 1, ...hasRoom })
    await warmUp(pool, 1)

    redis.freeze()
    const answer = ping(pool)
    await until('the probe is under way', () => pool.stats().probing === 1)
    redis.thaw()

    expect(await answer).toBe('+PONG')
    expect(pool.stats()).toMatchObject({ dials: 1, probeFailures: 0 })
  })
})

describe('redisPing()', needs('redis-server'), () => {
  test('finds a healthy connection healthy, before every lease and in the background', async () => {
    await using redis = await RedisServer.start()
    const pool = ownPool({ endpoint: redis.endpoint, probe: redisPing(), probeIntervalMs: 5, maxSize: 2 })
    await warmUp(pool, 2)
    for (let round = 0; round < 20; round++) expect(await ping(pool)).toBe('+PONG')
    const { probes } = pool.stats()

    await until('there were probes in the background', () => pool.stats().probes > probes + 5)

    expect(pool.stats()).toMatchObject({ dials: 2, probeFailures: 0 })
    expect(probes).toBeGreaterThanOrEqual(20)
  })

  test('finds one that is not let in unhealthy, and one that has said its password healthy', async () => {
    await using redis = await RedisServer.start({ requirepass: 'sesame' })
    const options = { endpoint: redis.endpoint, probe: redisPing(), maxSize: 1, ...hasRoom }
    const pool = ownPool(options)
    const authorised = ownPool({ ...options, onConnect: (socket) => command(socket, ['AUTH', 'sesame']) })

    for (let round = 0; round < 3; round++) {
      await pool.use(() => undefined)
      expect(await ping(authorised)).toBe('+PONG')
    }

    expect(pool.stats()).toMatchObject({ dials: 3, probes: 2, probeFailures: 2 })
    expect(authorised.stats()).toMatchObject({ dials: 1, probes: 2, probeFailures: 0 })
  })

  test('finds one unhealthy on which a former user has left something to come', async () => {
    await using redis = await RedisServer.start()
    const pool = ownPool({ endpoint: redis.endpoint, probe: redisPing(), maxSize: 1, ...hasRoom })
    await pool.use((socket) => command(socket, ['SET', 'mine', 'secret']))
    // Its reply is on its way when the lease ends: nothing on this side shows it.
    await pool.use((socket) => void socket.write('*2\r\n$3\r\nGET\r\n$4\r\nmine\r\n'))

    expect(await ping(pool)).toBe('+PONG')
    expect(pool.stats().dials).toBe(2)
  })

  test('sees through a wrong password at the dial, and says so', async () => {
    await using redis = await RedisServer.start({ requirepass: 'sesame' })
    const onConnect = (socket: Socket): Promise<string> => command(socket, ['AUTH', 'wrong'])
    const pool = ownPool({ endpoint: redis.endpoint, onConnect, backoff: { baseMs: 1, maxMs: 1 } })

    const error = await pool.acquire().catch((reason: unknown) => reason)

    expect(error).toMatchObject({
      code: 'DIAL_FAILED',
      cause: { message: expect.stringMatching(/^WRONGPASS/) as string },
    })
  })
})

describe('when redis has no room', needs('redis-server'), () => {
  test('callers wait, with few dials and the true cause, and are served when there is some', async () => {
    await using redis = await RedisServer.start({ maxclients: '2' })
    const others = ownPool({ endpoint: redis.endpoint, maxSize: 2 })
    await warmUp(others, 2)
    const pool = ownPool({ endpoint: redis.endpoint, onConnect: setUp, maxSize: 2, ...hasRoom })
    const callers = new Callers(pool)
    const hurried = callers.call('hurried', { timeoutMs: 150 })
    const patient = callers.call('patient')

    await hurried.answer
    expect(hurried.refused.code).toBe('ACQUIRE_TIMEOUT')
    expect(String(hurried.refused.cause)).toMatch(/max number of clients|connection was lost|ECONNRESET/)
    expect(pool.stats().dials).toBeLessThanOrEqual(30)

    await others.close()
    await patient.answer
    expect(await command(patient.served.connection, ['PING'])).toBe('+PONG')
  })

  test('a pool that is as large as redis allows is never refused, whatever its users do', async () => {
    await using redis = await RedisServer.start({ maxclients: '3' })
    const pool = ownPool({ endpoint: redis.endpoint, onConnect: setUp, maxSize: 3, maxUses: 3, ...hasRoom })
    const live = async (number: number): Promise<void> => {
      for (let round = 0; round < 40; round++) {
        const lease = await pool.acquire()
        await command(lease.connection, ['PING'])
        if ((number + round) % 3 === 0) lease.discard()
        else if ((number + round) % 3 === 1) lease[Symbol.dispose]()
        else lease.release()
      }
    }

    await Promise.all(Array.from({ length: 8 }, (_, number) => live(number)))
    const { dialFailures } = pool.stats() // one that is still under way when the pool closes will be one
    await pool.close()

    expect(dialFailures).toBe(0)
    expect(await redis.info('rejected_connections')).toBe(0)
  })
})

describe('redis is reached', needs('redis-server'), () => {
  const hosts: Record<string, (redis: RedisServer) => PoolOptions['endpoint']> = {
    'by a Unix socket': ({ path }) => ({ path }),
    'by a Unix socket, written as text': ({ path }) => `unix:${path}`,
    'by its IPv6 address': ({ port }) => ({ host: '::1', port }),
    'by its IPv6 address, written as text': ({ port }) => `[::1]:${port}`,
    'by a name': ({ port }) => `localhost:${port}`,
  }

  test.each(Object.entries(hosts))('%s', async (_, endpointOf) => {
    await using redis = await RedisServer.start()
    const endpoint = endpointOf(redis)
    const pool = ownPool({ ...(endpoint !== undefined && { endpoint }), probe: redisPing(), maxSize: 2 })

    await Promise.all(Array.from({ length: 20 }, () => ping(pool)))

    expect(pool.stats().dials).toBeLessThanOrEqual(2)
    expect(pool.stats().probeFailures).toBe(0)
    await pool.close()
    await until('redis knows only of who asks', async () => (await redis.info('connected_clients')) === 1)
  })
})
