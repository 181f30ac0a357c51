import type { ListenerSettings } from '../config/settings.ts'
import type { RefusalReason } from '../refusal.ts'
import { messageOf } from '../session/refusal-messages.ts'

/** What a client is told who is not let in; undefined: nothing that it would understand, or before TLS. */
export function refusalWords({ protocol, tls }: ListenerSettings, reason: RefusalReason): Uint8Array | undefined {
  if (protocol.pooling === 'session' || tls !== undefined) return undefined
  return protocol.refusal({ reason, message: messageOf(reason) })
}
