import { frontServer } from './processes/front-server.ts'
import { haproxy } from './processes/haproxy.ts'
import { nginx } from './processes/nginx.ts'
import { pipeRelay } from './processes/pipe-relay.ts'
import type { Proxy } from './processes/proxy.ts'
import { twemproxy } from './processes/twemproxy.ts'

/** What passes on bytes without looking into them. */
export const relays: readonly Proxy[] = [haproxy, nginx, pipeRelay]

/** Everybody who may stand before a redis-server. */
export const peers: readonly Proxy[] = [...relays, twemproxy]

/** Those of them that this machine has, and what to say of the others. */
export interface Present {
  readonly proxies: readonly Proxy[]
  readonly notes: readonly string[]
}

export async function presentOf(proxies: readonly Proxy[]): Promise<Present> {
  const versions = await Promise.all(proxies.map((proxy) => proxy.version()))
  const missing = proxies.filter((_, index) => versions[index] === undefined).map(({ name }) => name)
  return {
    proxies: proxies.filter((_, index) => versions[index] !== undefined),
    notes: missing.length === 0 ? [] : [`Not installed, and so not measured: ${missing.join(', ')}.`],
  }
}

/** The front server in one process, and in two that accept by themselves; `minSize` connections are dialed ahead. */
export function ours(minSize?: number): readonly Proxy[] {
  const dialed = minSize === undefined ? {} : { minSize }
  return [frontServer(dialed), frontServer({ ...dialed, workers: 2 })]
}
