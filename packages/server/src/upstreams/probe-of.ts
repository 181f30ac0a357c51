import type { ListenerSettings } from '../config/settings.ts'
import type { FramedProtocol } from '../protocols/protocol.ts'
import { type BackendProbe, probeWith, wantsSockets } from './probe-with.ts'

/** A connection that has served within this time is lent without a probe, unless `probeAfterIdle` says otherwise. */
const PROBE_AFTER_IDLE_MS = 500

/**
 * The health check of an upstream's connections: that of the protocol its listeners speak. None where one of them passes
 * bytes on unread, or where they speak different protocols: then nobody knows what the backend understands.
 */
export function probeOf(upstream: string, listeners: readonly ListenerSettings[]): ProbeOptions {
  const protocol = spokenTo(upstream, listeners)
  const probe = protocol && probeWith(protocol)
  return probe === undefined ? {} : { probe, probeAfterIdleMs: PROBE_AFTER_IDLE_MS }
}

/** Whose health check that is, by name; undefined where there is none. */
export function probedAs(upstream: string, listeners: readonly ListenerSettings[]): string | undefined {
  const protocol = spokenTo(upstream, listeners)
  return protocol && probeWith(protocol) && protocol.name
}

/** Asks: does anybody see its connections who knows sockets alone: a probe, or handlers, which may use any upstream? */
export function mustBeSockets(upstream: string, listeners: readonly ListenerSettings[]): boolean {
  const protocol = spokenTo(upstream, listeners)
  return listeners.some(({ handle }) => handle !== undefined) || (protocol !== undefined && wantsSockets(protocol))
}

/** The framed protocol that is spoken to an upstream, if it is one. */
function spokenTo(upstream: string, listeners: readonly ListenerSettings[]): FramedProtocol | undefined {
  const protocols = listeners.filter((each) => each.upstream === upstream).map(({ protocol }) => protocol)
  const [first] = protocols
  return first?.pooling === 'exchange' && protocols.every(({ name }) => name === first.name) ? first : undefined
}

export type ProbeOptions = { readonly probe?: BackendProbe; readonly probeAfterIdleMs?: number }
