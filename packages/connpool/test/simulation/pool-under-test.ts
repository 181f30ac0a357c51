import type {
  LeaseInfo,
  PoolExplanation,
  PoolOptions,
  PoolStats,
  CloseReport,
  AcquireOptions,
} from '../../src/index.ts'
import type { SimulatedSocket } from '../../src/testing.ts'

/** What of a lease the simulation uses. */
export interface LeaseUnderTest {
  readonly connection: SimulatedSocket
  readonly info: LeaseInfo
  readonly signal: AbortSignal
  release(): void
  discard(reason?: unknown): void
  detach(): SimulatedSocket
  [Symbol.dispose](): void
}

/** What of a pool the simulation uses. */
export interface PoolUnderTest {
  acquire(options?: AcquireOptions): Promise<LeaseUnderTest>
  tryAcquire(): LeaseUnderTest | undefined
  use<R>(work: (connection: SimulatedSocket, lease: LeaseUnderTest) => Promise<R>, options?: AcquireOptions): Promise<R>
  pinned<R>(work: () => Promise<R>, options?: AcquireOptions): Promise<R>
  ready(options?: { signal?: AbortSignal }): Promise<void>
  warm(count: number, options?: { signal?: AbortSignal }): Promise<void>
  resize(limits: { minSize?: number; maxSize?: number }): void
  clear(): void
  pause(): void
  resume(): void
  stats(): PoolStats
  explain(): PoolExplanation
  close(options?: { graceMs?: number }): Promise<CloseReport>
  destroy(reason?: Error): Promise<CloseReport>
}

export type MakePool = (options: PoolOptions<SimulatedSocket>) => PoolUnderTest
