import type { ListenerSettings } from '../config/settings.ts'
import type { RefusalReason } from '../refusal.ts'
import { messageOf } from '../session/refusal-messages.ts'

/** What clients are told who are not let in. Whoever is full says the same again and again. */
export class RefusalWords {
  readonly #settings: Pick<ListenerSettings, 'protocol' | 'tls'>
  readonly #known = new Map<RefusalReason, Uint8Array>()

  constructor(settings: Pick<ListenerSettings, 'protocol' | 'tls'>) {
    this.#settings = settings
  }

  /** Undefined: nothing that they would understand, or before TLS. */
  for(reason: RefusalReason): Uint8Array | undefined {
    const { protocol, tls } = this.#settings
    if (protocol.pooling === 'session' || tls !== undefined) return undefined
    const known = this.#known.get(reason)
    if (known !== undefined) return known
    const words = protocol.refusal({ reason, message: messageOf(reason) })
    this.#known.set(reason, words)
    return words
  }
}
