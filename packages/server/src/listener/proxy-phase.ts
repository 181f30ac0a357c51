import type { BytePort, PortUser } from '../session/byte-port.ts'
import type { DeadlineList, Timed } from '../session/deadline-list.ts'
import type { RemoteAddress } from '../session/session.ts'
import { plainAddress } from './address-range.ts'
import type { ProxyHeader } from './proxy-protocol/proxy-header.ts'
import { ProxyHeaderParser } from './proxy-protocol/proxy-header-parser.ts'

export interface ProxyPhaseOutcome {
  /** The client's address as the header says, and what came after the header. Undefined `remote`: the peer's own. */
  passed(remote: RemoteAddress | undefined, rest: Buffer): void
  /** No header, or no right one, in time. */
  failed(): void
}

/** Before anything else, a listed peer says for whom it speaks. It has to, and in time. */
export class ProxyPhase implements PortUser, Timed {
  readonly #port: BytePort
  readonly #outcome: ProxyPhaseOutcome
  readonly #accepting: DeadlineList
  readonly #parser = new ProxyHeaderParser()
  dueAt = 0
  deadlines: DeadlineList | undefined
  earlier: Timed | undefined
  later: Timed | undefined

  constructor(port: BytePort, deadlines: DeadlineList, outcome: ProxyPhaseOutcome) {
    this.#port = port
    this.#outcome = outcome
    this.#accepting = deadlines
  }

  begin(): void {
    this.#accepting.enter(this)
    this.#port.attach(this)
    this.#port.resume()
  }

  take(bytes: Buffer): boolean {
    try {
      const result = this.#parser.push(bytes)
      if (result !== 'more') this.#pass(result)
      return true
    } catch {
      this.#fail()
      return false
    }
  }

  ended(): void {
    this.#fail()
  }

  writable(): void {}

  closed(): void {
    this.#fail()
  }

  expire(): void {
    this.#fail()
  }

  #pass({ header, rest }: Exclude<ReturnType<ProxyHeaderParser['push']>, 'more'>): void {
    this.#leave()
    this.#outcome.passed(remoteOf(header), Buffer.from(rest))
  }

  #fail(): void {
    this.#leave()
    this.#outcome.failed()
  }

  #leave(): void {
    this.deadlines?.leave(this)
    this.#port.detach()
  }
}

/** Undefined: it does not say, or speaks for itself. A client on a Unix socket has no address. */
function remoteOf({ addresses }: ProxyHeader): RemoteAddress | undefined {
  if (addresses === undefined) return undefined
  const { source } = addresses
  return 'path' in source ? undefined : { address: plainAddress(source.address), port: source.port }
}
