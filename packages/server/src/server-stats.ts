import type { HistogramSnapshot, PoolHistograms, UpstreamStats } from 'connpool'

import type { RefusalReason } from './refusal.ts'
import type { SessionEnd } from './session/session-end.ts'

/** The life of a server. */
export type ServerState = 'starting' | 'running' | 'draining' | 'stopped'

/**
 * The numbers of one process, or, summed, of all: plain data. All numbers under `listeners` and `upstreams` may be added up
 * over processes.
 */
export interface ServerStats {
  readonly state: ServerState
  readonly listeners: Readonly<Record<string, ListenerStats>>
  readonly upstreams: Readonly<Record<string, UpstreamReport>>
  readonly workers: readonly WorkerStats[]
  /** Connections that waited for a worker, and what became of them (with `dispatch: balanced`). */
  readonly dispatch: DispatchStats
}

export interface ListenerStats {
  /** Now open. */
  readonly sessions: number
  /** Ended, by termination code. */
  readonly ended: Readonly<Partial<Record<SessionEnd, number>>>
  /** Answered requests, by outcome: `ok`, or why not. */
  readonly requests: Readonly<Partial<Record<'ok' | 'cut' | RefusalReason, number>>>
  readonly requestTime: HistogramSnapshot
  /** Refused clients, by reason. */
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>
  readonly bytesIn: number
  readonly bytesOut: number
  readonly queue: QueueStats
}

export interface QueueStats {
  readonly length: number
  readonly limit: number
  /** How long requests waited that were served. */
  readonly waitTime: HistogramSnapshot
  /** Not served: the queue was full; shed under overload, by age or for the newest; timed out; their client gone. */
  readonly dropped: Readonly<Record<'full' | 'shed' | 'timeout' | 'gone', number>>
  /** Asks how many processes are overloaded now: their queue serves the newest first. */
  readonly overloaded: number
}

export interface UpstreamReport {
  readonly isPaused: boolean
  readonly pool: UpstreamStats
  /** How long waits, leases and dials took. */
  readonly histograms: PoolHistograms
  readonly retries: number
}

export interface WorkerStats {
  readonly id: number
  readonly pid: number
  readonly sessions: number
  readonly rssBytes: number
  readonly heapBytes: number
  /** The 99th percentile of the event loop's delay over the last seconds. */
  readonly eventLoopDelayMs: number
  readonly fds: number
  readonly restarts: number
}

export interface DispatchStats {
  readonly overflowLength: number
  readonly overflowLimit: number
  readonly overflowWaitTime: HistogramSnapshot
  readonly steals: number
  readonly refused: number
  readonly workerRestarts: number
}
