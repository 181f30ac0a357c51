import type { PoolOptions } from 'connpool'

import type { ListenerSettings } from '../config/settings.ts'

type Probe = NonNullable<PoolOptions['probe']>

/** A connection that has served within this time is lent without a probe, unless `probeAfterIdle` says otherwise. */
const PROBE_AFTER_IDLE_MS = 500

/**
 * The health check of an upstream's connections: that of the protocol its listeners speak. None where one of them passes
 * bytes on unread, or where they speak different protocols: then nobody knows what the backend understands.
 */
export function probeOf(upstream: string, listeners: readonly ListenerSettings[]): ProbeOptions {
  const protocols = listeners.filter((each) => each.upstream === upstream).map(({ protocol }) => protocol)
  const [first] = protocols
  if (first?.pooling !== 'exchange' || first.probe === undefined) return {}
  if (protocols.some(({ name }) => name !== first.name)) return {}
  return { probe: (socket, context) => first.probe?.(socket, context), probeAfterIdleMs: PROBE_AFTER_IDLE_MS }
}

export type ProbeOptions = { readonly probe?: Probe; readonly probeAfterIdleMs?: number }
