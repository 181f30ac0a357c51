import { performance } from 'node:perf_hooks'
import type { OpenedPool } from '../subjects/subject.ts'
import { type SubjectName, subjects } from '../subjects/subjects.ts'
import type { Load } from './load.ts'

/** `callers` share `connections`; each acquires and releases `turns` times, then all start again, for about `roundMs`. */
export interface AcquireReleaseJob {
  readonly load: 'acquire-release'
  readonly subject: SubjectName
  readonly callers: number
  readonly connections: number
  readonly turns: number
  readonly roundMs: number
  readonly timeoutMs?: number
}

const warmUpRounds = 4

/** A plain object in place of a socket. It counts its leases, so that a bench can prove that every one was real. */
export interface CountingConnection {
  uses: number
}

export async function openAcquireRelease(job: AcquireReleaseJob): Promise<Load> {
  const openPool = await subjects[job.subject]()
  const connections: CountingConnection[] = []
  const dial = (): CountingConnection => {
    const connection = { uses: 0 }
    connections.push(connection)
    return connection
  }
  const pool = openPool({ size: job.connections, dial, timeoutMs: job.timeoutMs })
  await openAll(pool, job.connections)

  const usesSoFar = (): number => connections.reduce((sum, { uses }) => sum + uses, 0)
  const timeBursts = async (bursts: number): Promise<number> => {
    const usesBefore = usesSoFar()
    const startedAt = performance.now()
    for (let burst = 0; burst < bursts; burst += 1) await burstOf(pool, job)
    const elapsedMs = performance.now() - startedAt
    const expected = bursts * job.callers * job.turns
    const counted = usesSoFar() - usesBefore
    if (counted !== expected) throw new Error(`${job.subject}: ${counted} leases were given, ${expected} expected`)
    if (connections.length > job.connections) throw new Error(`${job.subject} opened ${connections.length} connections`)
    return elapsedMs
  }

  // The quickest burst counts: V8 is still compiling in the first ones, and others may take the processor in any.
  let burstMs = Infinity
  const warmUntil = performance.now() + warmUpRounds * job.roundMs
  do burstMs = Math.min(burstMs, await timeBursts(1))
  while (performance.now() < warmUntil)
  const bursts = Math.max(1, Math.round(job.roundMs / burstMs))

  return {
    async round() {
      const operations = bursts * job.callers * job.turns
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

/** Opens every connection the pool may have, so that no round dials. */
async function openAll(pool: OpenedPool<CountingConnection>, size: number): Promise<void> {
  const leases = await Promise.all(Array.from({ length: size }, () => pool.acquire()))
  for (const lease of leases) pool.release(lease)
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
