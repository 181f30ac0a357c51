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

/** What one call of a handler may use, and its end, after which it can have nothing more. */
export interface CallContext {
  readonly context: HandlerContext
  /** The call is over: what it has kept is closed. */
  readonly end: () => void
}

/** Connections that a call keeps are closed when it is over, or its signal aborted. */
export function handlerContext(options: HandlerContextOptions, signal: AbortSignal): CallContext {
  const { upstreams, upstream: own, session } = options
  const leases = new Set<Lease<Socket>>()
  const call = { isOver: false }
  const end = (): void => {
    call.isOver = true
    for (const lease of leases) lease[Symbol.dispose]()
    leases.clear()
  }
  const acquire = async (name = own, given?: AcquireOptions): Promise<Lease<Socket>> => {
    const upstream = name === undefined ? undefined : upstreams.get(name)
    if (upstream === undefined) throw noUpstream(name, [...upstreams.keys()])
    if (call.isOver) throw tooLate()
    const lease = await upstream.lendSocket({ ...given, signal: either(signal, given?.signal) })
    if (hasEnded(call)) lease.release()
    else leases.add(lease)
    return lease
  }
  signal.addEventListener('abort', end, { once: true })
  return { context: { acquire, session, signal }, end }
}

function either(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? one : AbortSignal.any([one, other])
}

/** Told from `call.isOver`, which the compiler takes for unchanged while something is awaited. */
function hasEnded(call: { readonly isOver: boolean }): boolean {
  return call.isOver
}

function tooLate(): PoolError {
  return new PoolError('LEASE_ENDED', 'The handler has answered: it can have no connection any more')
}

function noUpstream(name: string | undefined, known: readonly string[]): PoolError {
  const which =
    name === undefined ? 'The listener has no upstream of its own: name one' : `There is no upstream ${name}`
  return new PoolError('INVALID_OPTIONS', `${which}; there are: ${known.join(', ') || 'none'}`)
}
