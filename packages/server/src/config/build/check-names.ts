import { nearestKey } from '../source/nearest-key.ts'
import type { UpstreamSettings } from '../settings.ts'
import { addressText } from './address-text.ts'
import type { ReadListener } from './read-listeners.ts'
import type { ReadUpstreams } from './read-upstreams.ts'

/** What listeners and upstreams say of each other. */
export function checkNames(listeners: readonly ReadListener[], upstreams: ReadUpstreams): void {
  checkDuplicates(listeners)
  const byName = new Map(upstreams.settings.map((settings) => [settings.name, settings]))
  for (const listener of listeners) {
    checkUpstream(listener, upstreams.names)
    checkProxyProtocol(listener, byName.get(listener.settings.upstream ?? ''))
  }
}

function checkDuplicates(listeners: readonly ReadListener[]): void {
  const names = new Map<string, number>()
  const addresses = new Map<string, number>()
  for (const [index, { settings, place }] of listeners.entries()) {
    const { name, listen } = settings
    refuseSecond(names, name, index, (first) => {
      place.in('name').refuse(`must be unique (its default is the protocol's), and listeners[${first}] has the same`)
    })
    const address = addressText(listen)
    if (address === undefined) continue
    refuseSecond(addresses, address, index, (first) => {
      place.in('listen').refuse(`must be an address of its own, and listeners[${first}] has the same`)
    })
  }
}

function refuseSecond(seen: Map<string, number>, what: string, index: number, refuse: (first: number) => void): void {
  const first = seen.get(what)
  if (first === undefined) seen.set(what, index)
  else refuse(first)
}

function checkUpstream({ settings: { upstream }, place }: ReadListener, names: readonly string[]): void {
  if (upstream === undefined || names.includes(upstream)) return
  const nearest = nearestKey(upstream, names)
  const known = names.length === 0 ? 'there is none' : names.join(', ')
  place.in('upstream').refuse(`must be the name of an upstream (${nearest === undefined ? known : `${nearest}?`})`)
}

function checkProxyProtocol(
  { settings: { protocol }, place }: ReadListener,
  upstream: UpstreamSettings | undefined,
): void {
  if (upstream?.proxyProtocol === undefined || protocol.pooling === 'session') return
  place
    .in('upstream')
    .refuse(`must be one without proxyProtocol: with ${protocol.name}, clients share the connections to the backend`)
}
