import type { Clock, Lease } from 'connpool'

import type { ListenerSettings, UpstreamSettings } from './config/settings.ts'
import type { RequestQueueRules } from './dispatch/request-queue-machine.ts'
import { Listener, type ListenerOptions } from './listener/listener.ts'
import { RequestQueue } from './listener/request-queue.ts'
import type { ServerLog } from './log/server-log.ts'
import { guardedProtocol } from './protocols/guarded-protocol.ts'
import { ConnectionLending } from './session/connection-lending.ts'
import { backendConversations, handlerConversations } from './session/conversations.ts'
import type { Slot } from './session/handler-call.ts'
import type { Backend } from './session/port-of.ts'
import { SlotLending } from './session/slot-lending.ts'
import type { NamedUpstream } from './upstreams/named-upstream.ts'
import { preambleOf } from './upstreams/preamble.ts'

/** One listener with what serves its clients. */
export interface Service {
  readonly listener: Listener
  readonly queue: RequestQueue<Lease<Backend>> | RequestQueue<Slot>
  /** Whose connections the requests wait for; undefined with a handler. */
  readonly lending: ConnectionLending | undefined
}

export interface ServiceOptions {
  readonly settings: ListenerSettings
  readonly upstreams: ReadonlyMap<string, NamedUpstream>
  /** Those of `upstreams`. */
  readonly upstreamSettings: readonly UpstreamSettings[]
  readonly clock: Clock
  readonly log: ServerLog
  /** The listener that this one takes the place of: it counts on. */
  readonly before?: Listener | undefined
  /** Called when a client has gone, and when more or fewer requests wait. */
  readonly changed?: (() => void) | undefined
}

/** Where requests have no deadline, a session waits for a connection no longer than this. */
const CONNECTION_TIMEOUT_MS = 10_000

export function serviceOf(given: ServiceOptions): Service {
  const { settings, log } = given
  const failed = (error: unknown): void => log.event({ event: 'protocol-failed', listener: settings.name, error })
  const options = { ...given, settings: { ...settings, protocol: guardedProtocol(settings.protocol, failed) } }
  return settings.handle === undefined ? backendService(options) : handlerService(options)
}

function backendService(options: ServiceOptions): Service {
  const { settings, upstreams, upstreamSettings, clock, changed } = options
  const upstream = upstreams.get(settings.upstream ?? '')
  const given = upstreamSettings.find(({ name }) => name === settings.upstream)
  if (upstream === undefined || given === undefined) throw new Error(`bug: listener ${settings.name} has no upstream`)
  const queue = new RequestQueue<Lease<Backend>>(clock, upstream.capacity, {
    rules: rulesOf(settings, given.maxPaused),
    changed,
  })
  const lending = new ConnectionLending(queue, upstream)
  const converse = backendConversations({ settings, lending, preamble: preambleOf(given.proxyProtocol) })
  const timeoutMs = given.options.pool.acquireTimeoutMs ?? CONNECTION_TIMEOUT_MS
  const isOut = (): boolean => lending.upstream.isOut
  return { listener: listenerOf(options, { queue, converse, timeoutMs, isOut }), queue, lending }
}

function handlerService(options: ServiceOptions): Service {
  const { settings, upstreams, clock, log, changed } = options
  const queue = new RequestQueue<Slot>(clock, settings.concurrency, {
    rules: rulesOf(settings, settings.queue.limit),
    changed,
  })
  const failed = (error: unknown): void => log.event({ event: 'handler-failed', listener: settings.name, error })
  const converse = handlerConversations({ settings, lending: new SlotLending(queue), upstreams, failed })
  return {
    listener: listenerOf(options, { queue, converse, timeoutMs: settings.requestTimeoutMs, isOut: () => false }),
    queue,
    lending: undefined,
  }
}

function listenerOf(
  { settings, clock, log, before, changed }: ServiceOptions,
  { timeoutMs, ...own }: Pick<ListenerOptions, 'queue' | 'converse' | 'isOut'> & { timeoutMs: number },
): Listener {
  return new Listener({ settings, clock, log, ...own, connectionTimeoutMs: timeoutMs, before, changed })
}

function rulesOf({ queue }: ListenerSettings, maxPaused: number): RequestQueueRules {
  return { ...queue, maxPaused }
}
