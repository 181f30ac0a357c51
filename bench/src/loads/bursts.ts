import { performance } from 'node:perf_hooks'
import type { OpenedPool } from '../subjects/subject.ts'
import type { Load } from './load.ts'

/** `callers` each acquire and release `turns` times, then all start again, for about `roundMs`. */
export interface BurstShape {
  readonly callers: number
  readonly turns: number
  readonly roundMs: number
}

const warmUpRounds = 4

/** A plain object in place of a socket. It counts its leases, so that a bench can prove that every one was real. */
export interface CountingConnection {
  uses: number
}

/** What dials counting connections, and how often all of them have been used. */
export class CountingDials {
  readonly connections: CountingConnection[] = []

  readonly dial = (): CountingConnection => {
    const connection = { uses: 0 }
    this.connections.push(connection)
    return connection
  }

  get uses(): number {
    return this.connections.reduce((sum, { uses }) => sum + uses, 0)
  }
}

/** Warms up, and measures bursts on a pool whose connections are all open: `dials.connections`, and no more. */
export async function openBursts(
  name: string,
  pool: OpenedPool<CountingConnection>,
  dials: CountingDials,
  shape: BurstShape,
): Promise<Load> {
  const opened = dials.connections.length
  const timeBursts = async (bursts: number): Promise<number> => {
    const usesBefore = dials.uses
    const startedAt = performance.now()
    for (let burst = 0; burst < bursts; burst += 1) await burstOf(pool, shape)
    const elapsedMs = performance.now() - startedAt
    const expected = bursts * shape.callers * shape.turns
    const counted = dials.uses - usesBefore
    if (counted !== expected) throw new Error(`${name}: ${counted} leases were given, ${expected} expected`)
    if (dials.connections.length > opened) throw new Error(`${name} opened ${dials.connections.length} connections`)
    return elapsedMs
  }

  // The quickest burst counts: V8 is still compiling in the first ones, and others may take the processor in any.
  let burstMs = Infinity
  const warmUntil = performance.now() + warmUpRounds * shape.roundMs
  do burstMs = Math.min(burstMs, await timeBursts(1))
  while (performance.now() < warmUntil)
  const bursts = Math.max(1, Math.round(shape.roundMs / burstMs))

  return {
    async round() {
      const operations = bursts * shape.callers * shape.turns
      const cpuBefore = process.cpuUsage()
      const elapsedMs = await timeBursts(bursts)
      const { user, system } = process.cpuUsage(cpuBefore)
      return { nsPerOperation: (elapsedMs * 1e6) / operations, cpuNsPerOperation: ((user + system) * 1e3) / operations }
    },
    async end() {
      await pool.close()
    },
  }
}

export async function burstOf(
  pool: OpenedPool<CountingConnection>,
  shape: { readonly callers: number; readonly turns: number },
): Promise<void> {
  const calls: Promise<void>[] = []
  for (let caller = 0; caller < shape.callers; caller += 1) calls.push(call(pool, shape.turns))
  await Promise.all(calls)
}

async function call(pool: OpenedPool<CountingConnection>, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    const lease = await pool.acquire()
    pool.connectionOf(lease).uses += 1
    pool.release(lease)
  }
}
