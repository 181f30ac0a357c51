// A load is what one process does for one subject, again and again. Rows say which loads to run and read their samples.

import type { AcquireReleaseJob } from './acquire-release.ts'
import type { CancelJob } from './cancel.ts'
import type { EndpointsJob } from './endpoints.ts'
import type { IdleMemoryJob } from './idle-memory.ts'
import type { KilledEndpointJob } from './killed-endpoint.ts'
import type { LongRunJob } from './long-run.ts'
import type { PingJob } from './ping.ts'
import type { SlowEndpointJob } from './slow-endpoint.ts'
import type { SpikeJob } from './spike.ts'
import type { StarveJob } from './starve.ts'
import type { WaiterMemoryJob } from './waiter-memory.ts'

/** What one round measured, each number under a name that carries its unit. */
export type Sample = Readonly<Record<string, number>>

/** Warmed when it has been opened; each round is measured. */
export interface Load {
  round(): Promise<Sample>
  end(): Promise<void>
}

export type Job =
  | AcquireReleaseJob
  | CancelJob
  | EndpointsJob
  | IdleMemoryJob
  | KilledEndpointJob
  | LongRunJob
  | PingJob
  | SlowEndpointJob
  | SpikeJob
  | StarveJob
  | WaiterMemoryJob

/** Opens the load in this process. */
export async function openLoad(job: Job): Promise<Load> {
  switch (job.load) {
    case 'acquire-release':
      return (await import('./acquire-release.ts')).openAcquireRelease(job)
    case 'cancel':
      return (await import('./cancel.ts')).openCancel(job)
    case 'endpoints':
      return (await import('./endpoints.ts')).openEndpoints(job)
    case 'idle-memory':
      return (await import('./idle-memory.ts')).openIdleMemory(job)
    case 'killed-endpoint':
      return (await import('./killed-endpoint.ts')).openKilledEndpoint(job)
    case 'long-run':
      return (await import('./long-run.ts')).openLongRun(job)
    case 'ping':
      return (await import('./ping.ts')).openPing(job)
    case 'slow-endpoint':
      return (await import('./slow-endpoint.ts')).openSlowEndpoint(job)
    case 'spike':
      return (await import('./spike.ts')).openSpike(job)
    case 'starve':
      return (await import('./starve.ts')).openStarve(job)
    case 'waiter-memory':
      return (await import('./waiter-memory.ts')).openWaiterMemory(job)
  }
}
