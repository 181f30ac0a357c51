import { EventEmitter } from 'node:events'

import type { FakeClock } from '../../src/testing.ts'

/** How an endpoint meets dials. */
export type Mode = 'up' | 'refusing' | 'hanging'

/** A connection to a {@link FakeEndpoint}; its end is heard like that of a driver's client. */
export class FakePeer extends EventEmitter {
  readonly home: FakeEndpoint
  isOpen = true
  /** The pool has begun to close it. */
  isEnding = false
  holder: string | undefined

  constructor(home: FakeEndpoint) {
    super()
    this.home = home
  }

  /** Takes a while, like the goodbye of a socket. */
  async destroy(): Promise<void> {
    if (!this.isOpen) return
    this.isEnding = true
    await this.home.pass(this.home.closeMs)
    this.gone()
  }

  /** The other side ends it. */
  kill(): void {
    this.gone()
    this.emit('close')
  }

  private gone(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.home.open.delete(this)
  }
}

/** One endpoint as seen from its own side: it counts what is open to it. */
export class FakeEndpoint {
  readonly text: string
  readonly open = new Set<FakePeer>()
  mode: Mode = 'up'
  dialMs = 1
  closeMs = 0
  dialing = 0
  dials = 0
  most = 0
  mostDialing = 0
  /** Told of every dial that begins. */
  heard: () => void = () => undefined
  readonly #clock: FakeClock

  constructor(text: string, clock: FakeClock) {
    this.text = text
    this.#clock = clock
  }

  get count(): number {
    return this.open.size + this.dialing
  }

  async dial(signal: AbortSignal): Promise<FakePeer> {
    this.dials++
    this.dialing++
    this.heard()
    this.mostDialing = Math.max(this.mostDialing, this.dialing)
    try {
      await this.#connect(signal)
      const peer = new FakePeer(this)
      this.open.add(peer)
      return peer
    } finally {
      this.dialing--
      this.most = Math.max(this.most, this.count)
    }
  }

  pass(ms: number): Promise<void> {
    if (ms === 0) return Promise.resolve()
    return new Promise((resolve) => void this.#clock.arriveAt(this.#clock.now() + ms, resolve))
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const { mode } = this
    if (mode === 'hanging') await aborted(signal)
    await this.pass(this.dialMs)
    if (mode === 'refusing') throw Object.assign(new Error(`${this.text} refuses`), { code: 'ECONNREFUSED' })
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

/** What a dial is told of its endpoint: here always the text. */
export function textOf(endpoint: unknown): string {
  if (typeof endpoint !== 'string') throw new TypeError('endpoints are given as text here')
  return endpoint
}
