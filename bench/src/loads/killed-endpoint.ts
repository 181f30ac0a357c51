import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Socket } from 'node:net'
import { Upstream } from 'connpool'
import { type AnswerServer, killAll, startAnswerServers } from '../answer-servers.ts'
import { percentile } from '../statistics.ts'
import { ask, isOpen } from './ask.ts'
import type { Load, Sample } from './load.ts'

/**
 * `callers` ask `servers` by `use()`, with `thinkMs` in between, for four periods: the first warms up; the third begins with
 * one server being killed.
 */
export interface KilledEndpointJob {
  readonly load: 'killed-endpoint'
  readonly servers: number
  readonly answerMs: number
  readonly callers: number
  readonly thinkMs: number
  readonly periodMs: number
}

interface Call {
  readonly startedAt: number
  readonly latencyMs: number
  /** `refused`: failed before a byte was written. `interrupted`: after that. */
  readonly outcome: 'answered' | 'refused' | 'interrupted'
}

export function openKilledEndpoint(job: KilledEndpointJob): Load {
  const round = async (): Promise<Sample> => {
    const servers = await startAnswerServers(new Array<number>(job.servers).fill(job.answerMs))
    const endpoints = servers.map(({ port }) => `127.0.0.1:${port}`)
    const upstream = new Upstream({ endpoints, balance: 'two-choices', pool: { maxSize: job.callers } })
    try {
      return await killUnderLoad(job, upstream, servers)
    } finally {
      await upstream.destroy()
      await killAll(servers)
    }
  }
  return { round, end: async () => {} }
}

async function killUnderLoad(
  job: KilledEndpointJob,
  upstream: Upstream,
  [victim]: readonly AnswerServer[],
): Promise<Sample> {
  if (victim === undefined) throw new Error('there is no server to kill')
  const calls: Call[] = []
  const start = performance.now()
  const callAgainAndAgain = async (): Promise<void> => {
    while (performance.now() < start + 4 * job.periodMs) {
      calls.push(await callOnce(upstream))
      await sleep(job.thinkMs)
    }
  }
  const callers = Promise.all(Array.from({ length: job.callers }, callAgainAndAgain))
  await sleep(2 * job.periodMs)
  const killedAt = performance.now()
  await victim.kill()
  await callers
  const within = (from: number, to: number): Call[] =>
    calls.filter(({ startedAt }) => startedAt >= killedAt + from && startedAt < killedAt + to)
  return {
    ...latenciesOf('before', within(-job.periodMs, 0)),
    ...latenciesOf('first', within(0, job.periodMs)),
    ...latenciesOf('later', within(job.periodMs, Infinity)),
    calls: calls.length,
    refused: calls.filter(({ outcome }) => outcome === 'refused').length,
    interrupted: calls.filter(({ outcome }) => outcome === 'interrupted').length,
  }
}

async function callOnce(upstream: Upstream): Promise<Call> {
  const startedAt = performance.now()
  let hasWritten = false
  const outcomeOf = (isAnswered: boolean): Call['outcome'] => {
    if (isAnswered) return 'answered'
    return hasWritten ? 'interrupted' : 'refused'
  }
  const work = (socket: Socket): Promise<void> => {
    hasWritten = isOpen(socket)
    return ask(socket)
  }
  const isAnswered = await upstream.use(work).then(
    () => true,
    () => false,
  )
  return { startedAt, latencyMs: performance.now() - startedAt, outcome: outcomeOf(isAnswered) }
}

/** Of the calls that were answered. */
function latenciesOf(period: string, calls: readonly Call[]): Sample {
  const latenciesMs = calls.filter(({ outcome }) => outcome === 'answered').map(({ latencyMs }) => latencyMs)
  return {
    [`${period} p50Ms`]: percentile(latenciesMs, 50),
    [`${period} p99Ms`]: percentile(latenciesMs, 99),
    [`${period} maxMs`]: percentile(latenciesMs, 100),
  }
}
