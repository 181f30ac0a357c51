import type { Clock } from 'connpool'

/** How soon it is looked again whether enough connections are closed. */
const LOOK_MS = 10

export interface ShareKeeperOptions {
  readonly clock: Clock
  /** How many connections of the upstream there are, with those being opened and closed. */
  connections(upstream: string): number
  setShare(upstream: string, share: number): void
  confirm(upstream: string, order: number): void
}

/** A worker's shares of the backend limits. An order is confirmed when there are no more connections than it allows. */
export class ShareKeeper {
  readonly #options: ShareKeeperOptions
  /** The newest order of each upstream that is not confirmed yet. */
  readonly #open = new Map<string, { readonly share: number; readonly order: number }>()
  #isLookingLater = false

  constructor(options: ShareKeeperOptions) {
    this.#options = options
  }

  take({ upstream, share, order }: { upstream: string; share: number; order: number }): void {
    this.#options.setShare(upstream, share)
    this.#open.set(upstream, { share, order })
    this.#confirm()
  }

  #confirm(): void {
    for (const [upstream, { share, order }] of this.#open) {
      if (this.#options.connections(upstream) > share) continue
      this.#open.delete(upstream)
      this.#options.confirm(upstream, order)
    }
    if (this.#open.size > 0) this.#lookLater()
  }

  #lookLater(): void {
    if (this.#isLookingLater) return
    this.#isLookingLater = true
    const { clock } = this.#options
    clock.wakeAt(clock.now() + LOOK_MS, () => {
      this.#isLookingLater = false
      this.#confirm()
    })
  }
}
