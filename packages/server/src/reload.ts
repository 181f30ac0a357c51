import type { Clock } from 'connpool'

import { describeDiff } from './config/diff/describe-diff.ts'
import { diffConfig } from './config/diff/diff-config.ts'
import type { ConfigDiff } from './config/diff/config-diff.ts'
import type { ListenerSettings, ServerSettings } from './config/settings.ts'
import type { Acceptors } from './listener/acceptors.ts'
import type { ServerLog } from './log/server-log.ts'
import { type Service, serviceOf } from './services.ts'
import { NamedUpstream } from './upstreams/named-upstream.ts'
import { mustBeSockets, probeOf } from './upstreams/probe-of.ts'

/** What a core runs on; a reload changes it. */
export interface CoreParts {
  readonly clock: Clock
  readonly log: ServerLog
  readonly upstreams: Map<string, NamedUpstream>
  readonly services: Map<string, Service>
  /** Those that have no listener any more, until their last session has ended. */
  readonly leaving: Set<Service>
  /** Those that were removed, until nobody needs them any more. */
  readonly leavingUpstreams: Set<NamedUpstream>
  /** Undefined: connections are handed over, nothing listens here. */
  readonly acceptors: Acceptors | undefined
  /** How many connections of an upstream this process may have. */
  readonly shareOf: (upstream: string) => number | undefined
  /** Called when a client has gone, and when more or fewer requests wait. */
  readonly changed: (() => void) | undefined
}

/**
 * Goes from one configuration to another. All that can fail is done first: then either nothing has changed, or everything
 * has. Sessions stay with the words they began with, and their requests go to the upstream that is there now.
 */
export async function reloadCore(
  parts: CoreParts,
  before: ServerSettings,
  after: ServerSettings,
): Promise<readonly string[]> {
  const diff = diffConfig(before, after)
  const fresh = freshUpstreams(parts, diff, after.listeners)
  try {
    const services = newServices(parts, { diff, after, fresh })
    const certificates = freshCertificates(parts, { diff })
    await openNew(parts, diff)
    commitUpstreams(parts, { diff, fresh })
    for (const upstream of fresh.values()) upstream.takeOver(after.drainTimeoutMs)
    const closing = commitListeners(parts, { diff, services })
    closeRemoved(parts, { diff, drainTimeoutMs: after.drainTimeoutMs })
    for (const each of certificates) each.use()
    await closing
    return [...describeDiff(diff), ...certificates.map(({ name }) => `listener ${name}: new certificates`)]
  } catch (error) {
    for (const upstream of fresh.values()) void upstream.close(0)
    throw error
  }
}

type Fresh = ReadonlyMap<string, NamedUpstream>

function freshUpstreams(
  { clock, log, shareOf, upstreams: present }: CoreParts,
  { upstreams }: ConfigDiff,
  listeners: readonly ListenerSettings[],
): Fresh {
  const made = [...upstreams.added, ...upstreams.replaced].map((settings) => {
    const { name } = settings
    return new NamedUpstream(settings, {
      clock,
      log,
      share: shareOf(name),
      probing: probeOf(name, listeners),
      mustBeSockets: mustBeSockets(name, listeners),
      before: present.get(name),
    })
  })
  return new Map(made.map((each) => [each.name, each]))
}

function newServices(
  { clock, log, services, upstreams, changed: told }: CoreParts,
  { diff, after, fresh }: { diff: ConfigDiff; after: ServerSettings; fresh: Fresh },
): readonly Service[] {
  const { added, changed, reopened } = diff.listeners
  const common = { upstreams, fresh, upstreamSettings: after.upstreams, clock, log, changed: told }
  return [...added, ...changed, ...reopened].map((settings) => {
    return serviceOf({ ...common, settings, before: services.get(settings.name) })
  })
}

interface FreshCertificates {
  readonly name: string
  use(): void
}

/** The settings of a listener may be the same while what stands in its files is not. */
function freshCertificates({ services }: CoreParts, { diff }: { diff: ConfigDiff }): readonly FreshCertificates[] {
  const { changed, reopened, removed } = diff.listeners
  const touched = new Set([...[...changed, ...reopened].map(({ name }) => name), ...removed])
  return [...services].flatMap(([name, { listener }]) => {
    const use = touched.has(name) ? undefined : listener.freshCertificates()
    return use === undefined ? [] : [{ name, use }]
  })
}

/** New addresses are listened at before anything changes. Where only options of the same address changed, it is closed first. */
async function openNew({ acceptors, services }: CoreParts, { listeners }: ConfigDiff): Promise<void> {
  const opened: ListenerSettings[] = []
  try {
    for (const settings of [...listeners.added, ...listeners.reopened]) {
      await acceptors?.replace(settings, services.get(settings.name)?.listener.settings)
      opened.push(settings)
    }
  } catch (error) {
    for (const { name } of opened) await acceptors?.close(name)
    for (const { name } of listeners.reopened) await reopenOld(acceptors, services.get(name)?.listener.settings)
    throw error
  }
}

async function reopenOld(acceptors: Acceptors | undefined, settings: ListenerSettings | undefined): Promise<void> {
  if (settings !== undefined && acceptors?.has(settings.name) === false) await acceptors.open(settings)
}

function commitUpstreams(parts: CoreParts, { diff, fresh }: { diff: ConfigDiff; fresh: Fresh }): void {
  const { upstreams, shareOf, leavingUpstreams } = parts
  for (const change of diff.upstreams.changed) {
    const { name } = change.settings
    upstreams.get(name)?.update(change, shareOf(name))
  }
  for (const [name, upstream] of fresh) upstreams.set(name, upstream)
  for (const name of diff.upstreams.removed) {
    const upstream = upstreams.get(name)
    if (upstream !== undefined) leavingUpstreams.add(upstream)
    upstreams.delete(name)
  }
  for (const { lending, queue } of everyService(parts)) {
    const upstream = lending && upstreams.get(lending.upstream.name)
    if (lending === undefined || upstream === undefined) continue
    lending.upstream = upstream
    queue.setCapacity(upstream.capacity)
  }
}

/** Resolves when the system accepts nobody any more for those that were removed. */
async function commitListeners(
  { services, leaving, acceptors }: CoreParts,
  { diff, services: fresh }: { diff: ConfigDiff; services: readonly Service[] },
): Promise<void> {
  for (const service of fresh) {
    const { name } = service.listener.settings
    const before = services.get(name)
    retire(leaving, before)
    services.set(name, service)
    service.takeQueue(before)
  }
  const closing = diff.listeners.removed.map(async (name) => await acceptors?.close(name))
  for (const name of diff.listeners.removed) {
    const service = services.get(name)
    services.delete(name)
    service?.listener.drain()
    retire(leaving, service)
  }
  await Promise.all(closing)
}

/**
 * Who still needs an upstream that is removed is a session of a listener that is, too, or speaks another protocol now: they end
 * as in a drain, and the upstream with the last of them, or when their time is up.
 */
function closeRemoved(parts: CoreParts, { diff, drainTimeoutMs }: { diff: ConfigDiff; drainTimeoutMs: number }): void {
  const { clock, leavingUpstreams } = parts
  const removed = new Set(diff.upstreams.removed)
  for (const upstream of leavingUpstreams) {
    if (!removed.has(upstream.name)) continue
    const users = everyService(parts).filter(({ lending }) => lending?.upstream === upstream)
    for (const { listener } of users) listener.drain()
    const unused = Promise.all(users.map(({ listener }) => listener.sessions.empty()))
    const startedAt = clock.now()
    void within(unused, drainTimeoutMs, clock).then(async () => {
      await upstream.close(Math.max(0, drainTimeoutMs - (clock.now() - startedAt)))
      leavingUpstreams.delete(upstream)
    })
  }
}

/** Resolves with the promise, or after `ms`. */
async function within(promise: Promise<unknown>, ms: number, clock: Clock): Promise<void> {
  let timer: Disposable | undefined
  const over = new Promise<void>((resolve) => (timer = clock.wakeAt(clock.now() + ms, resolve)))
  await Promise.race([promise, over])
  timer?.[Symbol.dispose]()
}

/** Those that have sessions, be it the last ones. Some share a queue. */
export function everyService({ services, leaving }: Pick<CoreParts, 'services' | 'leaving'>): readonly Service[] {
  return [...services.values(), ...leaving]
}

function retire(leaving: Set<Service>, service: Service | undefined): void {
  if (service === undefined) return
  leaving.add(service)
  void service.listener.empty().then(() => leaving.delete(service))
}
