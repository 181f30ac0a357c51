/** Watches the process for what must not get out: unhandled rejections, uncaught exceptions, warnings. */
const EVENTS = ['unhandledRejection', 'uncaughtException', 'warning'] as const

type Listener = (...args: unknown[]) => void

export class Escapes implements Disposable {
  readonly #former = new Map<string, Listener[]>()
  readonly #found: string[] = []
  #observerReports = 0
  #leakReports = 0

  constructor() {
    for (const event of EVENTS) {
      this.#former.set(event, process.listeners(event as 'warning') as Listener[])
      process.removeAllListeners(event)
    }
    process.on('unhandledRejection', (reason) => this.#found.push(`unhandledRejection: ${describe(reason)}`))
    process.on('uncaughtException', (error) => this.#found.push(`uncaughtException: ${describe(error)}`))
    process.on('warning', (warning) => this.#warned(warning))
  }

  /** What got out since the last look. */
  take(): string[] {
    return this.#found.splice(0)
  }

  /** How often the pool reported a throwing observer, and a leak, since the last look. */
  takeReports(): { readonly observer: number; readonly leak: number } {
    const reports = { observer: this.#observerReports, leak: this.#leakReports }
    this.#observerReports = 0
    this.#leakReports = 0
    return reports
  }

  [Symbol.dispose](): void {
    for (const [event, listeners] of this.#former) {
      process.removeAllListeners(event)
      for (const listener of listeners) process.on(event, listener)
    }
  }

  #warned(warning: Error & { readonly code?: string }): void {
    if (warning.code === 'CONNPOOL_OBSERVER_THREW') this.#observerReports++
    else if (warning.code === 'CONNPOOL_LEAK') this.#leakReports++
    else this.#found.push(`warning: ${describe(warning)}`)
  }
}

function describe(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? String(reason)) : String(reason)
}
