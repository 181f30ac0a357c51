import type { Socket } from 'node:net'

import { type AcquireOptions, type Lease, PoolError } from 'connpool'

import type { HandlerContext, SessionInfo } from '../handler.ts'
import type { NamedUpstream } from '../upstreams/named-upstream.ts'

export interface HandlerContextOptions {
  readonly upstreams: ReadonlyMap<string, NamedUpstream>
  /** The listener's own. */
  readonly upstream: string | undefined
  readonly session: SessionInfo
}

/** What one call of a handler may use. Connections it has kept are closed when its signal is aborted. */
export function handlerContext(options: HandlerContextOptions, signal: AbortSignal): HandlerContext {
  const { upstreams, upstream: own, session } = options
  const acquire = async (name = own, given?: AcquireOptions): Promise<Lease<Socket>> => {
    const upstream = name === undefined ? undefined : upstreams.get(name)
    if (upstream === undefined) throw noUpstream(name, [...upstreams.keys()])
    const lease = await upstream.pools.acquire({ ...given, signal: either(signal, given?.signal) })
    signal.addEventListener('abort', () => lease[Symbol.dispose](), { once: true })
    return lease
  }
  return { acquire, session, signal }
}

function either(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? one : AbortSignal.any([one, other])
}

function noUpstream(name: string | undefined, known: readonly string[]): PoolError {
  const which =
    name === undefined ? 'The listener has no upstream of its own: name one' : `There is no upstream ${name}`
  return new PoolError('INVALID_OPTIONS', `${which}; there are: ${known.join(', ') || 'none'}`)
}
