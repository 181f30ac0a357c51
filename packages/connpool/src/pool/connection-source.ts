import type { PoolStats } from '../metrics/stats.ts'
import type { CloseReport } from './closing.ts'
import type { PoolExplanation } from './explain.ts'
import type { Lease } from './lease.ts'
import type { PoolHistograms } from './pool-histograms.ts'
import type { AcquireOptions } from './pool-options.ts'

/**
 * What a {@link Pool} and an {@link Upstream} have in common: code that is written against this runs with one endpoint and
 * with many.
 */
export interface ConnectionSource<C> extends AsyncDisposable {
  acquire(options?: AcquireOptions): Promise<Lease<C>>
  tryAcquire(): Lease<C> | undefined
  use<R>(work: (connection: C, lease: Lease<C>) => R | PromiseLike<R>, options?: AcquireOptions): Promise<R>
  pinned<R>(work: () => R | PromiseLike<R>, options?: AcquireOptions): Promise<R>
  ready(options?: { signal?: AbortSignal | undefined }): Promise<void>
  warm(count: number, options?: { signal?: AbortSignal | undefined }): Promise<void>
  clear(): void
  pause(): void
  resume(): void
  stats(): PoolStats
  histograms(): PoolHistograms
  explain(): PoolExplanation
  close(options?: { graceMs?: number }): Promise<CloseReport>
  destroy(reason?: Error): Promise<CloseReport>
}
