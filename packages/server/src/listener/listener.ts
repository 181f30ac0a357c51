import type { Clock } from 'connpool'

import type { ListenerSettings } from '../config/settings.ts'
import type { ServerLog } from '../log/server-log.ts'
import type { RefusalReason } from '../refusal.ts'
import type { ListenerStats, QueueStats } from '../server-stats.ts'
import type { AcceptedHandle } from '../session/byte-port.ts'
import type { ConversationMaker } from '../session/conversations.ts'
import { DeadlineList } from '../session/deadline-list.ts'
import { ListenerCounters } from '../session/listener-counters.ts'
import { type RemoteAddress, Session } from '../session/session.ts'
import { AddressList } from './address-list.ts'
import { AdmissionMachine, type AdmissionRules } from './admission-machine.ts'
import { type Entered, Entrance } from './entrance.ts'
import { Farewells } from './farewell.ts'
import { NOBODY, peerOf } from './raw-handle.ts'
import { RefusalWords } from './refusal-words.ts'
import { Sessions } from './sessions.ts'
import { TlsPhase } from './tls-phase.ts'

export interface ListenerOptions {
  readonly settings: ListenerSettings
  readonly clock: Clock
  readonly log: ServerLog
  readonly queue: { stats(): QueueStats }
  readonly connectionTimeoutMs: number
  readonly converse: ConversationMaker
  /** Asks: has it been long that nothing could be reached that its sessions need? */
  readonly isOut: () => boolean
  /** The listener that this one takes the place of: it counts on, and who is in stays counted. */
  readonly before?: Listener | undefined
  /** Called when a client has gone. */
  readonly changed?: (() => void) | undefined
}

/** From an accepted connection to a session: who may come in, in whose name, and with which encryption. */
export class Listener {
  readonly settings: ListenerSettings
  readonly sessions: Sessions
  readonly admission: AdmissionMachine
  readonly #options: Omit<ListenerOptions, 'before'>
  readonly #counters: ListenerCounters
  readonly #farewells: Farewells
  readonly #words: RefusalWords
  readonly #proxies: AddressList | undefined
  readonly #tls: TlsPhase | undefined
  readonly #entrance: Entrance

  /** @throws what is wrong with certificates. */
  constructor({ before, ...options }: ListenerOptions) {
    const { settings, clock, log } = options
    this.settings = settings
    this.#options = options
    this.#farewells = new Farewells(clock)
    this.#words = new RefusalWords(settings)
    const { name, proxyProtocol } = settings
    this.#proxies = proxyProtocol && new AddressList(proxyProtocol.accept, `listeners.${name}.proxyProtocol.accept`)
    this.#tls = settings.tls && new TlsPhase(settings.tls, settings.acceptTimeoutMs)
    this.#counters = before?.counters ?? new ListenerCounters()
    // Whoever wants to know when a client has gone counts them over several processes.
    const rules = admissionRules(settings, options.changed !== undefined)
    this.admission = before?.admission ?? new AdmissionMachine(rules)
    this.admission.setRules(rules)
    this.sessions = new Sessions({
      settings,
      clock,
      log,
      counters: this.#counters,
      connectionTimeoutMs: options.connectionTimeoutMs,
      closed: ({ remote }) => this.#leave(remote.address),
    })
    this.#entrance = new Entrance({
      deadlines: new DeadlineList(clock, settings.acceptTimeoutMs),
      tls: this.#tls,
      identified: (remote) => this.#identify(remote),
      entered: (client) => this.#enter(client),
      failed: (reason, remote) => this.#lost(reason, remote),
      refused: (reason, { address }) => {
        this.#leave(undefined)
        this.#countRefusal(reason, address)
      },
    })
  }

  /** For the listener that takes its place. */
  get counters(): ListenerCounters {
    return this.#counters
  }

  /** Somebody has connected. One who speaks for others counts as nobody until it has said for whom. */
  accept(handle: AcceptedHandle): void {
    const peer = peerOf(handle)
    const isProxy = peer.address !== undefined && this.#proxies?.has(peer.address) === true
    const remote = isProxy ? NOBODY : peer
    const reason = this.#refusalOf(remote)
    if (reason !== undefined) return this.#refuse(handle, reason, peer)
    this.#entrance.begin(handle, remote, isProxy)
  }

  /** Nobody comes in any more; who was about to is sent away. Sessions at rest end now, the others after their last reply. */
  drain(): void {
    this.sessions.drain()
    this.#entrance.close()
  }

  /** Resolves when it has no session, and nobody is about to have one. */
  async empty(): Promise<void> {
    await this.#entrance.empty()
    await this.sessions.empty()
  }

  stats(): ListenerStats {
    return { ...this.#counters.stats(), queue: this.#options.queue.stats() }
  }

  /** Reads the certificates again. What it returns puts them to use; undefined: nothing is new. @throws what is wrong with them. */
  freshCertificates(): (() => void) | undefined {
    return this.settings.tls && this.#tls?.fresh(this.settings.tls)
  }

  #refusalOf({ address }: RemoteAddress): RefusalReason | undefined {
    if (this.sessions.isDraining) return 'draining'
    const now = this.#options.clock.now()
    if (this.#options.isOut()) this.admission.unreachable()
    else this.admission.reachable(now)
    return this.admission.admit(address, now)
  }

  #identify({ address }: RemoteAddress): RefusalReason | undefined {
    return address === undefined ? undefined : this.admission.identify(address)
  }

  #enter({ port, remote, early }: Entered): void {
    const session = new Session(this.sessions, port, remote)
    this.sessions.add(session)
    session.start(this.#options.converse(session))
    if (early.length > 0) session.take(early)
  }

  #refuse(handle: AcceptedHandle, reason: RefusalReason, { address }: RemoteAddress): void {
    this.#countRefusal(reason, address)
    this.#farewells.say(handle, this.#words.for(reason))
  }

  /** It had been let in. */
  #lost(reason: RefusalReason, { address }: RemoteAddress): void {
    this.#countRefusal(reason, address)
    this.#leave(address)
  }

  #leave(address: string | undefined): void {
    this.admission.left(address)
    this.#options.changed?.()
  }

  #countRefusal(reason: RefusalReason, remoteAddress: string | undefined): void {
    this.#counters.clientRefused(reason)
    this.#options.log.refused({ listener: this.settings.name, reason, remoteAddress })
  }
}

function admissionRules(settings: ListenerSettings, isOneOfMany: boolean): AdmissionRules {
  const { name, allow, deny, maxClients, maxClientsPerAddress } = settings
  const place = `listeners.${name}`
  return {
    maxClients,
    maxClientsPerAddress,
    tellsChanges: isOneOfMany && maxClientsPerAddress !== Infinity,
    allow: allow && new AddressList(allow, `${place}.allow`),
    deny: new AddressList(deny, `${place}.deny`),
  }
}
