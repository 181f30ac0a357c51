/**
 * What happens to a server, besides clients and requests: one line of the log each. A closed set; `event` is what to search
 * for.
 */
export type ServerEvent =
  | { readonly event: 'starting'; readonly version: string; readonly node: string; readonly workers: number }
  | { readonly event: 'listening'; readonly listener: string; readonly address: string; readonly protocol: string }
  /** `takenPort`: the default port that was taken, so that another was. */
  | { readonly event: 'admin-listening'; readonly url: string; readonly takenPort?: number }
  | { readonly event: 'started'; readonly tookMs: number }
  | { readonly event: 'start-failed'; readonly error: unknown }
  /** `cause`: a signal's name, `admin`, `close` for a call, or `primary-gone` in a worker that is left alone. */
  | { readonly event: 'draining'; readonly cause: string; readonly sessions: number; readonly drainTimeoutMs: number }
  /** `cut`: how many sessions had to be ended before their last reply. */
  | { readonly event: 'drained'; readonly tookMs: number; readonly finished: number; readonly cut: number }
  | { readonly event: 'worker-started'; readonly worker: number; readonly workerPid: number }
  | {
      readonly event: 'worker-died'
      readonly worker: number
      readonly workerPid: number
      /** Its exit status, or the signal that ended it. */
      readonly exit: number | string
      readonly lostSessions: number
      /** When it is replaced; undefined: not at all, because the server drains. */
      readonly restartInMs?: number
    }
  /** Its event loop is stuck: it has said nothing for so long. */
  | { readonly event: 'worker-silent'; readonly worker: number; readonly workerPid: number; readonly silentMs: number }
  | { readonly event: 'workers-restarting'; readonly workers: number }
  | { readonly event: 'workers-restarted'; readonly workers: number; readonly tookMs: number }
  /** Those that had not been replaced by then are as they were. */
  | { readonly event: 'restart-failed'; readonly error: unknown }
  /** This process serves by itself. */
  | { readonly event: 'no-workers-to-restart' }
  | { readonly event: 'upstream-paused'; readonly upstream: string }
  | { readonly event: 'upstream-resumed'; readonly upstream: string; readonly held: number }
  | { readonly event: 'endpoint-down'; readonly upstream: string; readonly endpoint: string; readonly error?: unknown }
  | { readonly event: 'endpoint-up'; readonly upstream: string; readonly endpoint: string }
  | { readonly event: 'reloaded'; readonly changes: readonly string[] }
  /** The configuration is as it was before. */
  | { readonly event: 'reload-failed'; readonly error: unknown }
  /** `order`: new clients are refused, or not even accepted. */
  | { readonly event: 'overloaded'; readonly order: 'refuse' | 'stop'; readonly reason: string }
  | { readonly event: 'overload-over' }
  | { readonly event: 'accept-failed'; readonly listener: string; readonly error: unknown }
  | { readonly event: 'handler-failed'; readonly listener: string; readonly error: unknown }
  | { readonly event: 'protocol-failed'; readonly listener: string; readonly error: unknown }
  | { readonly event: 'bug'; readonly error: unknown }

/** The name of an event. */
export type ServerEventName = ServerEvent['event']
