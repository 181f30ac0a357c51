import type { WorkerLoad } from '../dispatch/worker-load.ts'
import { type CoreParts, everyService } from '../reload.ts'
import type { Service } from '../services.ts'
import type { NamedUpstream } from '../upstreams/named-upstream.ts'

/** How full a process is, by listener. */
export function loadsOf({ services }: CoreParts): Record<string, WorkerLoad> {
  return Object.fromEntries([...services].map(([name, service]) => [name, loadOf(service)]))
}

/** Clients by listener and address, where their number has changed since it was asked last. */
export function changedAddressesOf({ services }: CoreParts): Record<string, Record<string, number>> {
  const changes = [...services].map(([name, { listener }]) => [name, listener.admission.takeChanges()] as const)
  return Object.fromEntries(changes.filter(([, addresses]) => Object.keys(addresses).length > 0))
}

/** How many connections of each upstream it could use now: requests that wait, and connections that are lent or being opened. */
export function demandOf(parts: CoreParts): Record<string, number> {
  const demand = Object.fromEntries([...parts.upstreams.values()].map((each) => [each.name, usedOf(each)]))
  const byQueue = new Map(everyService(parts).map((each) => [each.queue, each]))
  for (const { queue, lending } of byQueue.values()) {
    if (lending === undefined) continue
    const { name } = lending.upstream
    demand[name] = (demand[name] ?? 0) + queue.length
  }
  return demand
}

/** One that its monitors have ordered to refuse gets nobody. */
function loadOf({ queue, listener: { admission, settings } }: Service): WorkerLoad {
  return {
    waiting: queue.length,
    limit: settings.queue.limit,
    sessions: admission.clients,
    maxSessions: admission.isOverloaded ? 0 : settings.maxClients,
  }
}

/** Who waits in the pool waits for one that is being opened, or for one of the others. */
function usedOf({ pools }: NamedUpstream): number {
  const { leased, dialing, waiting } = pools.stats()
  return leased + Math.max(dialing, waiting)
}
