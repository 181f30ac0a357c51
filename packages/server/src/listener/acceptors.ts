import { isDeepStrictEqual } from 'node:util'

import type { Clock } from 'connpool'

import type { ListenAddress, ListenerSettings } from '../config/settings.ts'
import type { ServerLog } from '../log/server-log.ts'
import type { AcceptedHandle } from '../session/byte-port.ts'
import { acceptFrom, type Acceptor, type AcceptorOptions, listenAt } from './acceptor.ts'

/** An address that is listened at. */
export interface Listening {
  readonly listener: string
  readonly address: string
  readonly port: number | undefined
}

export interface AcceptorsOptions {
  readonly clock: Clock
  readonly log: ServerLog
  /** Where systemd's descriptor of this name is. */
  readonly systemdFd: (name: string) => number
  /** The socket that another process has bound for a listener; undefined: there is none, bind one. Left out: always. */
  readonly boundSocket?: ((listener: string) => Promise<AcceptedHandle | undefined>) | undefined
  accepted(listener: string, handle: AcceptedHandle): void
}

/** After which time an address that could not be had again is tried anew. */
const RETRY_MS = 500

/** Where a server listens. It can stop accepting for a while: then the system refuses who comes. */
export class Acceptors {
  readonly #options: AcceptorsOptions
  readonly #wanted = new Map<string, ListenerSettings>()
  readonly #open = new Map<string, Acceptor>()
  readonly #places = new Map<string, Listening>()
  /** The ports that were found where any would do: they stay the same. */
  readonly #addresses = new Map<string, ListenAddress>()
  #isAccepting = true
  #working: Promise<void> = Promise.resolve()

  constructor(options: AcceptorsOptions) {
    this.#options = options
  }

  /** Also while nothing is accepted. */
  get listening(): Listening[] {
    return [...this.#places.values()]
  }

  /** Rejects with why the address cannot be had. */
  async open(settings: ListenerSettings): Promise<void> {
    const acceptor = await this.#listen(settings, settings.listen)
    this.#wanted.set(settings.name, settings)
    const { listen, name: listener } = settings
    this.#places.set(listener, { listener, address: acceptor.address, port: acceptor.port })
    const isAny = 'port' in listen && listen.port === 0 && acceptor.port !== undefined
    this.#addresses.set(settings.name, isAny ? { host: listen.host, port: acceptor.port } : listen)
    this.#open.set(settings.name, acceptor)
  }

  /** Asks: is this listener listened for? */
  has(name: string): boolean {
    return this.#wanted.has(name)
  }

  /**
   * Listens as `settings` say from now on. Another address is opened before the old one is closed; the same one cannot be.
   * Rejects with why it cannot be had.
   */
  async replace(settings: ListenerSettings, before: ListenerSettings | undefined): Promise<void> {
    const isSame = before !== undefined && isDeepStrictEqual(before.listen, settings.listen)
    if (isSame) await this.close(before.name)
    const old = this.#open.get(settings.name)
    await this.open(settings)
    await old?.close()
  }

  async close(name: string): Promise<void> {
    this.#wanted.delete(name)
    this.#places.delete(name)
    const acceptor = this.#open.get(name)
    this.#open.delete(name)
    await acceptor?.close()
  }

  /** For good. */
  async closeAll(): Promise<void> {
    this.#isAccepting = false
    await this.#working
    await Promise.all([...this.#wanted.keys()].map((name) => this.close(name)))
  }

  /** Closes or opens all, one order after the other; the latest counts. */
  setAccepting(isAccepting: boolean): void {
    this.#isAccepting = isAccepting
    this.#working = this.#working.then(() => this.#follow())
  }

  async #follow(): Promise<void> {
    if (this.#isAccepting) return await this.#reopen()
    const open = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(open.map((each) => each.close()))
  }

  async #reopen(): Promise<void> {
    for (const [name, settings] of this.#wanted) {
      const address = this.#addresses.get(name)
      if (this.#open.has(name) || address === undefined) continue
      try {
        this.#open.set(name, await this.#listen(settings, address))
      } catch (error) {
        this.#options.log.event({ event: 'accept-failed', listener: name, error })
        this.#options.clock.wakeAt(this.#options.clock.now() + RETRY_MS, () => this.setAccepting(this.#isAccepting))
      }
    }
  }

  async #listen(settings: ListenerSettings, address: ListenAddress): Promise<Acceptor> {
    const bound = await this.#options.boundSocket?.(settings.name)
    const options = this.#acceptorOptions(settings)
    if (bound !== undefined) return acceptFrom(bound, address, options)
    return await listenAt(address, {
      ...options,
      fd: 'systemd' in address ? this.#options.systemdFd(address.systemd) : undefined,
    })
  }

  #acceptorOptions({ name, backlog, reusePort }: ListenerSettings): AcceptorOptions {
    const { log } = this.#options
    return {
      backlog,
      reusePort,
      fd: undefined,
      accepted: (handle) => this.#options.accepted(name, handle),
      failed: (error) => log.event({ event: 'accept-failed', listener: name, error }),
    }
  }
}
