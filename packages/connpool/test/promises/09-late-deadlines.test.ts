// Promise 9: a deadline of any kind that fires late lets pending I/O go first for one turn, then is final; monotonic
// time only.
import { setImmediate } from 'node:timers/promises'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Pool, PoolOptions } from 'connpool'
import { FakeClock } from 'connpool/testing'
import type { FirstAfterJump } from 'connpool/testing'

import { AnsweringThread } from '../fixtures/answering-thread.ts'
import { ask } from '../fixtures/ask.ts'
import { blockLoop, placesToBlock } from '../fixtures/blocked-loop.ts'
import { Callers } from '../fixtures/callers.ts'
import { CountingServer, serving } from '../fixtures/counting-server.ts'
import { ownPool } from '../fixtures/own-pool.ts'
import { runProgram } from '../fixtures/run-program.ts'

const delayMs = 10
/** Long enough for what must have begun by the time the loop is blocked, on a busy machine too. */
const deadlineMs = 150
const blockMs = 190

/** Asks the server; `asked` is told at once, so that the loop can be blocked between question and answer. */
type Question = (socket: Socket) => Promise<unknown>

interface Deadline {
  readonly options: (question: Question) => PoolOptions
  /** Resolves when what the deadline threatened has come to a good end. */
  readonly succeed: (pool: Pool, question: Question) => Promise<void>
}

const deadlines: Readonly<Record<string, Deadline>> = {
  acquireTimeoutMs: {
    options: (question) => ({ onConnect: question, acquireTimeoutMs: deadlineMs }),
    succeed: async (pool) => void (await pool.acquire()),
  },
  'the acquireTimeoutMs of one who waits for a holder': {
    options: () => ({ acquireTimeoutMs: deadlineMs }),
    succeed: async (pool, question) => {
      const holding = pool.use(question)
      await pool.use(() => undefined)
      await holding
    },
  },
  'the acquireTimeoutMs of one who waits inside a pin': {
    options: () => ({ acquireTimeoutMs: deadlineMs }),
    succeed: (pool, question) =>
      pool.pinned(async () => void (await Promise.all([pool.use(question), pool.use(() => undefined)]))),
  },
  dialTimeoutMs: {
    options: (question) => ({ onConnect: question, dialTimeoutMs: deadlineMs }),
    succeed: async (pool) => {
      await pool.acquire()
      expect(pool.stats().dialFailures).toBe(0)
    },
  },
  probeTimeoutMs: {
    options: (question) => ({ probe: question, probeTimeoutMs: deadlineMs }),
    succeed: async (pool) => {
      ;(await pool.acquire()).release()
      await pool.acquire()
      expect(pool.stats()).toMatchObject({ probes: 1, probeFailures: 0, hits: 1 })
    },
  },
  resetTimeoutMs: {
    options: (question) => ({ reset: question, resetTimeoutMs: deadlineMs }),
    succeed: async (pool) => {
      ;(await pool.acquire()).release()
      await pool.acquire()
      expect(pool.stats()).toMatchObject({ dials: 1, closed: { 'reset-failed': 0 } })
    },
  },
  maxLeaseMs: {
    options: () => ({ maxLeaseMs: deadlineMs }),
    succeed: async (pool, question) => {
      await pool.use(question)
      expect(pool.stats()).toMatchObject({ released: 1, closed: { 'taken-back': 0 } })
    },
  },
  graceMs: {
    options: () => ({}),
    succeed: async (pool, question) => {
      const lease = await pool.acquire()
      const working = question(lease.connection).then(() => lease.release())
      expect(await pool.close({ graceMs: deadlineMs })).toMatchObject({ drained: 1, cut: 0 })
      await working
    },
  },
}

let server: AnsweringThread
beforeAll(async () => {
  server = await AnsweringThread.start({ delayMs })
})
afterAll(() => server[Symbol.asyncDispose]())

/** After these, timers come before what the kernel has; the others are shown for some deadlines only, to save time. */
const worstPlaces = ['an I/O callback', 'a setImmediate']

const cases = Object.entries(deadlines).flatMap(([name, deadline], index) =>
  Object.entries(placesToBlock)
    .filter(([place]) => index < 2 || worstPlaces.includes(place))
    .map(([place, inThisPlace]) => ({ name, deadline, place, inThisPlace })),
)

describe('overdue because the loop was blocked', () => {
  test.each(cases)('in $place, $name lets go first what came in time', async ({ deadline, inThisPlace }) => {
    const question: Question = async (socket) => {
      const answer = ask(socket, 'in time?')
      const { answered } = server
      inThisPlace(() => blockLoop(blockMs, () => server.answered > answered))
      return await answer
    }
    const pool = ownPool({ endpoint: server.endpoint, maxSize: 1, ...deadline.options(question) })

    await deadline.succeed(pool, question)
  })
})

describe('a deadline that fires late', () => {
  test.each(Object.entries(placesToBlock))(
    'is final after one turn, the loop blocked in %s',
    async (_, inThisPlace) => {
      await using server = await CountingServer.listen(serving.silent)
      const pool = ownPool({ endpoint: server.endpoint, onConnect: (socket) => ask(socket, 'in time?') })
      const blocked = new Promise<void>((resolve) => {
        inThisPlace(() => {
          blockLoop(blockMs)
          resolve()
        })
      })
      const caller = new Callers(pool).call('somebody', { timeoutMs: deadlineMs })

      await blocked
      let turns = 0
      for (; !caller.isAnswered && turns < 50; turns++) await setImmediate()

      expect(caller.refused).toMatchObject({ code: 'ACQUIRE_TIMEOUT' })
      expect(turns).toBeLessThanOrEqual(8)
    },
  )
})

/** What the world does `ms` from now, stalled loop or not. */
function arrival(clock: FakeClock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.arriveAt(clock.now() + ms, resolve))
}

describe.each<FirstAfterJump>(['wakes', 'arrivals'])('after a stall, when %s come first', (first) => {
  const given = (options: (clock: FakeClock) => PoolOptions<object>) => {
    const clock = new FakeClock()
    const pool = ownPool<object>({ dial: () => ({}), maxSize: 1, random: () => 0, clock, ...options(clock) })
    const callers = new Callers(pool, clock)
    const stall = async (): Promise<void> => {
      await clock.settle()
      clock.jump(400, first)
      await clock.settle()
    }
    return { clock, pool, callers, stall }
  }
  const slowDial = (dialMs: number) => (clock: FakeClock) => ({ dial: () => arrival(clock, dialMs).then(() => ({})) })

  test('a waiter is served by a dial that has landed meanwhile', async () => {
    const { callers, stall } = given(slowDial(399))
    callers.call('somebody', { timeoutMs: 200 })

    await stall()

    expect(callers.answers).toEqual(['somebody'])
  })

  test('a waiter is refused when it has not', async () => {
    const { callers, stall } = given(slowDial(1_000))
    callers.call('somebody', { timeoutMs: 200 })

    await stall()

    expect(callers.answers).toEqual(['somebody: ACQUIRE_TIMEOUT'])
  })

  test('a dial that landed in time is no failure', async () => {
    const { pool, callers, stall } = given((clock) => ({ ...slowDial(50)(clock), dialTimeoutMs: 200 }))
    callers.call('somebody')

    await stall()

    expect(callers.answers).toEqual(['somebody'])
    expect(pool.stats()).toMatchObject({ dials: 1, dialFailures: 0 })
  })

  test('a dial that has not is given up then, not later', async () => {
    const signals: AbortSignal[] = []
    const { pool, callers, stall } = given(() => ({
      dial: ({ signal }) => {
        signals.push(signal)
        return new Promise(() => undefined)
      },
      dialTimeoutMs: 200,
    }))
    callers.call('somebody')

    await stall()

    expect(signals[0]?.aborted).toBe(true)
    expect(pool.stats()).toMatchObject({ dialFailures: 1 })
  })

  test('a probe that was answered in time is passed', async () => {
    const { pool, callers, stall } = given((clock) => ({ probe: () => arrival(clock, 50), probeTimeoutMs: 200 }))
    ;(await pool.acquire()).release()
    callers.call('somebody')

    await stall()

    expect(callers.answers).toEqual(['somebody'])
    expect(pool.stats()).toMatchObject({ probes: 1, probeFailures: 0 })
  })

  test('a probe that was not has failed then, not later', async () => {
    const { pool, callers, stall } = given((clock) => ({ probe: () => arrival(clock, 500), probeTimeoutMs: 200 }))
    ;(await pool.acquire()).release()
    callers.call('somebody')

    await stall()

    expect(pool.stats()).toMatchObject({ probes: 1, probeFailures: 1, dials: 2 })
  })

  test('a reset that was done in time is passed', async () => {
    const { pool, stall } = given((clock) => ({ reset: () => arrival(clock, 50), resetTimeoutMs: 200 }))
    ;(await pool.acquire()).release()

    await stall()

    expect(pool.stats()).toMatchObject({ idle: 1, closed: { 'reset-failed': 0 } })
  })

  test('a connection that has closed in time was not cut off', async () => {
    const { pool, stall } = given((clock) => ({ closeConnection: () => arrival(clock, 50), closeTimeoutMs: 200 }))
    ;(await pool.acquire()).discard()

    await stall()

    expect(pool.stats().closing).toBe(0)
    expect(pool.explain().decisions.filter(({ what }) => what.includes('cut off'))).toEqual([])
  })

  test('a lease that ended in time was not taken back', async () => {
    const { clock, pool, stall } = given(() => ({ maxLeaseMs: 200 }))
    const lease = await pool.acquire()
    void arrival(clock, 50).then(() => lease.release())

    await stall()

    expect(pool.stats()).toMatchObject({ released: 1, lateReleases: 0, closed: { 'taken-back': 0 } })
  })

  test('a lease that ended within the grace was drained', async () => {
    const { clock, pool, stall } = given(() => ({}))
    const lease = await pool.acquire()
    void arrival(clock, 50).then(() => lease.release())
    const report = pool.close({ graceMs: 200 })

    await stall()

    expect(await report).toMatchObject({ drained: 1, cut: 0 })
  })
})

describe('a process that was frozen', () => {
  test('serves first what came meanwhile', async () => {
    const { code, output } = await runProgram(`
      import { spawn } from 'node:child_process'
      // Wakes this process up again, long after all its deadlines.
      const wake = () => spawn('sh', ['-c', 'sleep 0.5; kill -CONT ' + process.pid], { stdio: 'ignore' })
      const server = spawn(process.execPath, ['-e', \`
        process.stdin.resume().on('end', () => process.exit())
        require('net').createServer((socket) => {
          socket.on('data', (bytes) => setTimeout(() => socket.write(bytes), 50))
        }).listen(0, '127.0.0.1', function () { console.log(this.address().port) })
      \`], { stdio: ['pipe', 'pipe', 'inherit'] })
      const port = await new Promise((resolve) => server.stdout.once('data', (text) => resolve(Number(text))))
      const onConnect = async (socket) => {
        const answer = ask(socket, 'in time?')
        wake().once('spawn', () => setTimeout(() => process.kill(process.pid, 'SIGSTOP'), 5))
        await answer
      }
      const pool = new Pool({ endpoint: { host: '127.0.0.1', port }, onConnect, dialTimeoutMs: 200 })
      const lease = await pool.acquire({ timeoutMs: 200 })
      console.log('served', pool.stats().dialFailures)
      lease.release()
      await pool.close()
      server.kill()
    `)

    expect(output).toBe('served 0')
    expect(code).toBe(0)
  })
})

describe('time is monotonic', () => {
  test('a date that jumps to and fro changes nothing', async () => {
    const { code, output } = await runProgram(`
      let offset = 0
      const RealDate = Date
      globalThis.Date = class extends RealDate { static now() { return (offset = 1e9 - offset) } }
      const elapsed = async (work) => {
        const startedAt = process.hrtime.bigint()
        const error = await work().then(() => undefined, (error) => error)
        return [Number(process.hrtime.bigint() - startedAt) / 1e6, error]
      }
      const pool = new Pool({ dial: () => ({}), maxSize: 1, idleTimeoutMs: 60, maxLifetimeMs: 60_000 })
      const lease = await pool.acquire()
      const [waitedMs, error] = await elapsed(() => pool.acquire({ timeoutMs: 100 }))
      const isExact = waitedMs > 95 && waitedMs < 1_000 && error.waitedMs > 95 && error.waitedMs < 1_000
      lease.release()
      const again = pool.tryAcquire()
      again.release()
      const [closedMs] = await elapsed(async () => {
        while (pool.stats().idle > 0) await new Promise((resolve) => setTimeout(resolve, 1))
      })
      console.log(isExact, again !== undefined, closedMs > 40 && closedMs < 1_000, pool.stats().closed['idle-timeout'])
    `)

    expect(output).toBe('true true true 1')
    expect(code).toBe(0)
  })
})
