import { Pool } from 'connpool'

import { probeWith } from '../../upstreams/probe-with.ts'
import type { Backend } from './backends.ts'

/** What became of a dial. */
export interface DialReport {
  readonly isGood: boolean
  /** For people: how long it took, or why it failed. */
  readonly what: string
}

const DIAL_TIMEOUT_MS = 5_000

/** Opens one connection as the server would, asks the backend whether it is well, and closes it again. Never rejects. */
export async function dialBackend({ upstream, endpoint, protocol }: Backend): Promise<DialReport> {
  const { dialTimeoutMs = DIAL_TIMEOUT_MS } = upstream.options.pool
  const probe = protocol && probeWith(protocol)
  const startedAt = performance.now()
  let connectedAt = startedAt
  const pool = new Pool({
    endpoint,
    dialTimeoutMs,
    acquireTimeoutMs: Infinity,
    maxSize: 1,
    // The first failure is the answer.
    breaker: { failureThreshold: 1 },
    onConnect: async (socket, context) => {
      connectedAt = performance.now()
      const answer = await probe?.(socket, context)
      if (answer === false) throw new Error('its answer to the health check is wrong')
    },
  })
  try {
    await pool.acquire()
    return {
      isGood: true,
      what: `connected in ${milliseconds(connectedAt - startedAt)}${answered(protocol, connectedAt)}`,
    }
  } catch (error) {
    return { isGood: false, what: reasonOf(error) }
  } finally {
    await pool.destroy()
  }
}

function answered(protocol: Backend['protocol'], connectedAt: number): string {
  return protocol === undefined ? '' : `, healthy after ${milliseconds(performance.now() - connectedAt)}`
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`
}

/** The library says what it tried; why it did not work is the cause. On one line: OpenSSL ends its messages with a line break. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  const all = cause instanceof Error && !message.includes(cause.message) ? `${message}: ${cause.message}` : message
  return all.replaceAll(/\s+/g, ' ').trim()
}
