import type { Clock, Lease } from 'connpool'

import type { ListenerSettings, UpstreamSettings } from './config/settings.ts'
import type { RequestQueueRules } from './dispatch/request-queue-machine.ts'
import { Listener, type ListenerOptions } from './listener/listener.ts'
import { RequestQueue, type RequestQueueOptions } from './listener/request-queue.ts'
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
  /** Has the queue go by its settings: it is that of the service `before`, or counts on from it. */
  takeQueue(before: Service | undefined): void
}

export interface ServiceOptions {
  readonly settings: ListenerSettings
  /** Those that are there now: handlers find in it what comes later, too. */
  readonly upstreams: ReadonlyMap<string, NamedUpstream>
  /** Those that will be in `upstreams` by the time clients are served. */
  readonly fresh?: ReadonlyMap<string, NamedUpstream>
  /** Those of all of them. */
  readonly upstreamSettings: readonly UpstreamSettings[]
  readonly clock: Clock
  readonly log: ServerLog
  /** The service that this one takes the place of: its listener counts on, and who waits in its queue goes on waiting. */
  readonly before?: Service | undefined
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
  const { settings, upstreams, fresh, upstreamSettings, clock, changed } = options
  const { upstream: name = '' } = settings
  const upstream = fresh?.get(name) ?? upstreams.get(name)
  const given = upstreamSettings.find((each) => each.name === name)
  if (upstream === undefined || given === undefined) throw new Error(`bug: listener ${settings.name} has no upstream`)
  const rules = rulesOf(settings, given.maxPaused)
  const { queue, lending } = connectionsOf(options) ?? newConnections(upstream, { clock, rules, changed })
  const converse = backendConversations({ settings, lending, preamble: preambleOf(given.proxyProtocol) })
  const timeoutMs = given.options.pool.acquireTimeoutMs ?? CONNECTION_TIMEOUT_MS
  const isOut = (): boolean => lending.upstream.isOut
  return {
    listener: listenerOf(options, { queue, converse, timeoutMs, isOut }),
    queue,
    lending,
    takeQueue: (before) => {
      countOn(queue, before)
      lending.upstream = upstream
      queue.setRules(rules)
      queue.setCapacity(upstream.capacity)
      if (upstream.isPaused) queue.pause()
      else queue.resume()
    },
  }
}

function countOn(queue: Service['queue'], before: Service | undefined): void {
  if (before !== undefined && before.queue !== queue) queue.countOn(before.queue.stats())
}

interface Connections {
  readonly queue: RequestQueue<Lease<Backend>>
  readonly lending: ConnectionLending
}

/**
 * Those of the service before: requests of all sessions of a listener wait in one queue, and go to the upstream that it has
 * now. Where that is another, and other words are spoken to it, sessions of before stay with what they know.
 */
function connectionsOf({ settings: { upstream, protocol }, before }: ServiceOptions): Connections | undefined {
  if (before?.lending === undefined) return undefined
  const { listener, queue, lending } = before
  const isUnderstood = listener.settings.upstream === upstream || listener.settings.protocol.name === protocol.name
  return isUnderstood ? { queue: queue as Connections['queue'], lending } : undefined
}

function newConnections(
  upstream: NamedUpstream,
  { clock, ...options }: { readonly clock: Clock } & RequestQueueOptions,
): Connections {
  const queue = new RequestQueue<Lease<Backend>>(clock, upstream.capacity, options)
  return { queue, lending: new ConnectionLending(queue, upstream) }
}

function handlerService(options: ServiceOptions): Service {
  const { settings, upstreams, clock, log, before, changed } = options
  const rules = rulesOf(settings, settings.queue.limit)
  const old = before !== undefined && before.lending === undefined ? (before.queue as RequestQueue<Slot>) : undefined
  const queue = old ?? new RequestQueue<Slot>(clock, settings.concurrency, { rules, changed })
  const failed = (error: unknown): void => log.event({ event: 'handler-failed', listener: settings.name, error })
  const converse = handlerConversations({ settings, lending: new SlotLending(queue), upstreams, failed })
  return {
    listener: listenerOf(options, { queue, converse, timeoutMs: settings.requestTimeoutMs, isOut: () => false }),
    queue,
    lending: undefined,
    takeQueue: (before) => {
      countOn(queue, before)
      queue.setRules(rules)
      queue.setCapacity(settings.concurrency)
    },
  }
}

function listenerOf(
  { settings, clock, log, before, changed }: ServiceOptions,
  { timeoutMs, ...own }: Pick<ListenerOptions, 'queue' | 'converse' | 'isOut'> & { timeoutMs: number },
): Listener {
  return new Listener({
    settings,
    clock,
    log,
    ...own,
    connectionTimeoutMs: timeoutMs,
    before: before?.listener,
    changed,
  })
}

function rulesOf({ queue }: ListenerSettings, maxPaused: number): RequestQueueRules {
  return { ...queue, maxPaused }
}
