import type { ServerStats } from './server-stats.ts'

/** What the admin listener asks of a server, whether it is one process or many. */
export interface ServerControl {
  /** Summed over all processes. */
  stats(): Promise<ServerStats>
  /** Asks whether new clients are welcome; why not is for people: the server drains, or no endpoint of a listener is up. */
  readiness(): Promise<Readiness>
  /** Starts to drain, as SIGTERM does. A second call changes nothing. */
  drain(): void
  /** Holds an upstream's requests until {@link ServerControl.resume}. False: there is no such upstream. */
  pause(upstream: string): Promise<boolean>
  /** Lets held requests go on, in order. False: there is no such upstream. */
  resume(upstream: string): Promise<boolean>
}

/** `reasons` is empty exactly when `ready`. */
export interface Readiness {
  readonly ready: boolean
  readonly reasons: readonly string[]
}
