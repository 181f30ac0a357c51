import { performance } from 'node:perf_hooks'
import { Upstream } from 'connpool'
import { percentile } from '../statistics.ts'
import { ask } from './ask.ts'
import type { Load, Sample } from './load.ts'

/** `callers` ask the servers at `ports` one request after the other by `use()`, for `roundMs`. */
export interface SlowEndpointJob {
  readonly load: 'slow-endpoint'
  readonly balance: 'two-choices' | 'round-robin'
  readonly ports: readonly number[]
  /** One of them. */
  readonly slowPort: number
  readonly callers: number
  readonly roundMs: number
}

export async function openSlowEndpoint(job: SlowEndpointJob): Promise<Load> {
  const endpoints = job.ports.map((port) => `127.0.0.1:${port}`)
  const upstream = new Upstream({ endpoints, balance: job.balance, pool: { maxSize: job.callers } })

  const callUntil = async (end: number, latenciesMs: number[]): Promise<void> => {
    for (let startedAt = performance.now(); startedAt < end; startedAt = performance.now()) {
      await upstream.use(ask)
      latenciesMs.push(performance.now() - startedAt)
    }
  }
  const leasesOfSlow = (): number => {
    const slow = upstream.stats().endpoints.find(({ endpoint }) => endpoint === `127.0.0.1:${job.slowPort}`)
    if (slow === undefined) throw new Error(`${job.slowPort} is not among the endpoints`)
    return slow.acquired
  }
  const round = async (): Promise<Sample> => {
    const slowBefore = leasesOfSlow()
    const latenciesMs: number[] = []
    const end = performance.now() + job.roundMs
    await Promise.all(Array.from({ length: job.callers }, () => callUntil(end, latenciesMs)))
    return {
      p50Ms: percentile(latenciesMs, 50),
      p99Ms: percentile(latenciesMs, 99),
      callsPerSecond: (latenciesMs.length * 1e3) / job.roundMs,
      slowPercent: ((leasesOfSlow() - slowBefore) * 100) / latenciesMs.length,
    }
  }

  await round() // opens the connections, and lets the balancer see who is slow
  return {
    round,
    async end() {
      await upstream.destroy()
    },
  }
}
