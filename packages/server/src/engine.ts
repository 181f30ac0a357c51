import type { ServerControl } from './server-control.ts'
import type { ConfigSource } from './config/config-source.ts'
import type { ServerSettings } from './config/settings.ts'
import type { Listening } from './listener/acceptors.ts'
import type { ServerState, ServerStats } from './server-stats.ts'

/** What has become of the sessions of a drain. */
export interface DrainReport {
  /** Those that ended by themselves. */
  readonly finished: number
  readonly cut: number
}

/** What serves, be it in this process or in many. */
export interface Engine extends ServerControl {
  readonly state: ServerState
  readonly listening: readonly Listening[]
  /** Called when somebody asks for a drain ({@link ServerControl.drain}): whoever owns the engine closes it. */
  drainAsked: () => void
  /** Listens at all addresses, or rejects with why one cannot be had; then nothing listens. */
  listen(): Promise<readonly Listening[]>
  /** As far as they are known here without asking anybody. */
  statsNow(): ServerStats
  /** Drains for at most `graceMs`, cuts what is left, and ends. Called again it may only be in a greater hurry. */
  close(graceMs: number): Promise<DrainReport>
  /**
   * Goes on with other settings, which were read from `source`. What need not change stays. Resolves with what has changed,
   * for people; rejects, with everything as before, if it cannot.
   */
  reload(settings: ServerSettings, source: ConfigSource): Promise<readonly string[]>
}
