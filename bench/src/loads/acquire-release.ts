import { performance } from 'node:perf_hooks'
import type { OpenedPool } from '../subjects/subject.ts'
import { type SubjectName, subjects } from '../subjects/subjects.ts'
import { collectGarbage } from './collect-garbage.ts'
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

  // Twice, because the first estimate is made while V8 is still compiling.
  let bursts = 1
  for (let estimate = 0; estimate < 2; estimate += 1) {
    let elapsedMs = await timeBursts(bursts)
    while (elapsedMs < job.roundMs) {
      bursts *= 2
      elapsedMs = await timeBursts(bursts)
    }
    bursts = Math.max(1, Math.round((bursts * job.roundMs) / elapsedMs))
  }

  return {
    async round() {
      collectGarbage()
      const elapsedMs = await timeBursts(bursts)
      return { nsPerOperation: (elapsedMs * 1e6) / (bursts * job.callers * job.turns) }
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
