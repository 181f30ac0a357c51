import type { OpenedPool } from '../subjects/subject.ts'
import { type SubjectName, subjects } from '../subjects/subjects.ts'
import { type BurstShape, type CountingConnection, CountingDials, openBursts } from './bursts.ts'
import type { Load } from './load.ts'

/** Bursts of callers who share `connections` of one pool. */
export interface AcquireReleaseJob extends BurstShape {
  readonly load: 'acquire-release'
  readonly subject: SubjectName
  readonly connections: number
  readonly timeoutMs?: number
}

export async function openAcquireRelease(job: AcquireReleaseJob): Promise<Load> {
  const openPool = await subjects[job.subject]()
  const dials = new CountingDials()
  const pool = openPool({ size: job.connections, dial: dials.dial, timeoutMs: job.timeoutMs })
  await openAll(pool, job.connections)
  return openBursts(job.subject, pool, dials, job)
}

/** Opens every connection the pool may have, so that no round dials. */
async function openAll(pool: OpenedPool<CountingConnection>, size: number): Promise<void> {
  const leases = await Promise.all(Array.from({ length: size }, () => pool.acquire()))
  for (const lease of leases) pool.release(lease)
}
