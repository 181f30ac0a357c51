import * as v from 'valibot'

import { DURATION_ABOVE_ZERO } from '../../config/kinds/duration.ts'
import { ENDPOINT } from '../../config/kinds/endpoint.ts'
import type { Kind } from '../../config/kinds/kind.ts'
import { COUNT } from '../../config/kinds/numbers.ts'
import { describe } from '../../config/source/describe.ts'
import { lines } from '../../protocols/lines.ts'
import type { FrameScanner } from '../../protocols/protocol.ts'
import { redis } from '../../protocols/redis.ts'
import type { BenchFlags } from '../commands.ts'
import { UsageError } from '../usage-error.ts'

/** What a load is made of. */
export interface BenchPlan {
  readonly endpoint: string
  readonly speech: Speech
  /** The first of the two ends the load. */
  readonly requests: number
  readonly durationMs: number
  /** How many requests are under way at the same time. */
  readonly concurrency: number
  /** Of the pool. */
  readonly maxSize: number
}

/** What is sent again and again, and where each reply ends. */
export interface Speech {
  readonly request: Uint8Array
  replies(): FrameScanner
}

const SPEECHES: ReadonlyMap<string, Speech> = new Map([
  ['redis', { request: Buffer.from('*1\r\n$4\r\nPING\r\n'), replies: () => redis().replies() }],
  ['lines', { request: Buffer.from('PING\n'), replies: () => lines().replies() }],
])

/** Latencies are kept one by one. */
const MOST_REQUESTS = 10_000_000
const MOST_AT_ONCE = 10_000

/** @throws UsageError naming the first flag that is wrong. */
export function benchPlan(endpoint: string, flags: BenchFlags): BenchPlan {
  const speech = SPEECHES.get(flags.protocol)
  if (speech === undefined) throw new UsageError(`--protocol must be redis or lines; got ${describe(flags.protocol)}`)
  return {
    endpoint: read('the endpoint', ENDPOINT, endpoint),
    speech,
    requests: atMost('--requests', read('--requests', COUNT, numeral(flags.requests)), MOST_REQUESTS),
    durationMs: read('--duration', DURATION_ABOVE_ZERO, flags.duration),
    concurrency: atMost('--concurrency', read('--concurrency', COUNT, numeral(flags.concurrency)), MOST_AT_ONCE),
    maxSize: atMost('--max-size', read('--max-size', COUNT, numeral(flags.maxSize)), MOST_AT_ONCE),
  }
}

function read<T>(what: string, of: Kind<T>, given: unknown): T {
  const { success, output, issues } = v.safeParse(of, given)
  if (success) return output
  throw new UsageError(`${what} ${issues[0].message}; got ${describe(given)}`)
}

function atMost(what: string, value: number, most: number): number {
  if (value <= most) return value
  throw new UsageError(`${what} must be at most ${most}; got ${value}`)
}

function numeral(typed: string): number | string {
  return /^\d{1,15}$/.test(typed) ? Number(typed) : typed
}
