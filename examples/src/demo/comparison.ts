import { setMaxListeners } from 'node:events'
import { Pool } from 'connpool'

import { command } from '../redis/command.ts'
import { DialPerRequest } from './dial-per-request.ts'
import { greet } from './greet.ts'
import { type Result, runLoad, together } from './load.ts'
import { printStats, printTable, whole } from './print.ts'
import type { Target } from './target.ts'

/** As many as there may be connections, so that each way has as many under way. */
const CALLERS = 20
const FIRST_ANSWER_MS = 3_000
/** A distant server answers fewer requests in its time; the pool is then asked as many as were answered. */
const ROUND_MS = 1_500
const LONGEST_ROUND_MS = 5_000

/** How much is asked. */
export interface Amount {
  readonly rounds: number
  readonly requestsPerRound: number
}

/**
 * The same requests both ways, in turns, so that what else this machine does falls on both. Every request is a PING with
 * a message of its own, which must come back: nothing is written to anybody's Redis.
 */
export class Comparison {
  readonly #dialing: DialPerRequest
  readonly #pool: Pool
  readonly #signal: AbortSignal
  readonly #dialed: Result[] = []
  readonly #pooled: Result[] = []

  constructor(target: Target, signal: AbortSignal) {
    setMaxListeners(0, signal) // every caller listens
    this.#dialing = new DialPerRequest(target, signal)
    this.#pool = poolFor(target)
    this.#signal = signal
  }

  async run({ rounds, requestsPerRound }: Amount): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      const load = { callers: CALLERS, requests: requestsPerRound, withinMs: ROUND_MS, signal: this.#signal }
      const dialed = await runLoad((message) => this.#dialing.ask(message), load)
      const requests = dialed.latenciesMs.length
      const pooled = await runLoad((message) => this.#askPool(message), {
        ...load,
        requests,
        withinMs: LONGEST_ROUND_MS,
      })
      this.#dialed.push(dialed)
      this.#pooled.push(pooled)
    }
  }

  /** What came of it, for people. */
  report(): string {
    const pooled = together(this.#pooled)
    const stats = this.#pool.stats()
    const table = printTable([
      { name: 'dial per request', dials: this.#dialing.dials, ...together(this.#dialed) },
      { name: 'through the pool', dials: stats.dials, ...pooled },
    ])
    return [
      table,
      '',
      `${whole(pooled.latenciesMs.length)} requests each way, in turns; every answer was checked.`,
      'p50 and p99 are times from asking to the answer, with the wait for a connection.',
      '',
      'pool.stats() at the end:',
      printStats(stats),
    ].join('\n')
  }

  async close(): Promise<string> {
    const { drained, cut, refused, elapsedMs } = await this.#pool.close({ graceMs: 500 })
    return `Pool closed in ${elapsedMs.toFixed(1)} ms: drained ${drained}, cut ${cut}, refused ${refused}.`
  }

  #askPool(message: string): Promise<unknown> {
    const signal = this.#signal
    return this.#pool.use((socket) => command(socket, ['PING', message], signal), { signal })
  }
}

/** Whether it can be reached, lets us in and speaks the Redis protocol; throws what speaks against it. */
export async function tryOut(target: Target, signal: AbortSignal, withinMs = FIRST_ANSWER_MS): Promise<void> {
  const soon = AbortSignal.timeout(withinMs)
  try {
    await new DialPerRequest(target, AbortSignal.any([signal, soon])).ask('are you there?')
  } catch (error) {
    throw soon.aborted ? new Error(`no answer within ${withinMs / 1000} s`, { cause: error }) : error
  }
}

export function announce(where: string): string {
  return `${CALLERS} callers ask ${where}; the pool has at most ${CALLERS} connections. A few seconds …`
}

function poolFor(target: Target): Pool {
  return new Pool({
    endpoint: target.address,
    maxSize: CALLERS,
    onConnect: (socket, { signal }) => greet(socket, target, signal),
  })
}
