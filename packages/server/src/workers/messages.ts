import type { ConfigSource } from '../config/config-source.ts'
import type { WorkerLoad } from '../dispatch/worker-load.ts'
import type { Listening } from '../listener/acceptors.ts'
import type { ServerStats } from '../server-stats.ts'
import type { ForwardedLine } from './forwarding-log.ts'

/**
 * What the primary process and its workers say to each other, over the channel of Node's `fork`. Both are always of the same
 * version. A message comes after all that its sender has sent before, sockets included.
 */
export type ToWorker =
  | StartOrder
  /** From now on the worker may have so many connections of the upstream. It confirms the order when it has no more. */
  | { readonly type: 'share'; readonly upstream: string; readonly share: number; readonly order: number }
  /** With the bound socket that was wanted. */
  | { readonly type: 'socket'; readonly listener: string }
  /** There is no such socket. */
  | { readonly type: 'no-socket'; readonly listener: string }
  /** With the connection of a client. */
  | { readonly type: 'client'; readonly listener: string; readonly client: number }
  | { readonly type: 'ask'; readonly ask: number; readonly question: Question }

/** The first message; the worker answers with `ready` or `failed`. */
export interface StartOrder {
  readonly type: 'start'
  readonly source: ConfigSource
  /** Which of the `workers` it is, from 1. */
  readonly place: number
  readonly workers: number
  /** As the server was started with, whatever `source` says by now. */
  readonly dispatch: 'balanced' | 'kernel'
  /** How many connections of each upstream it may have at first. */
  readonly shares: Readonly<Record<string, number>>
  /** Upstreams that are paused. */
  readonly paused: readonly string[]
  /** Whether it writes its log by itself, or lets the primary. */
  readonly log: 'own' | 'forwarded'
}

/** What is answered. */
export type Question =
  | { readonly what: 'stats' }
  | { readonly what: 'unreachable' }
  | { readonly what: 'pause'; readonly upstream: string }
  | { readonly what: 'resume'; readonly upstream: string }
  /** Answered by a {@link ReloadAnswer}. `shares`: of the upstreams that are new. */
  | { readonly what: 'reload'; readonly source: ConfigSource; readonly shares: Readonly<Record<string, number>> }
  /** Asked again it may only be in a greater hurry. After its answer the worker ends. */
  | { readonly what: 'close'; readonly graceMs: number }

export type FromWorker =
  /** It listens to the channel. */
  | { readonly type: 'hello' }
  | { readonly type: 'ready'; readonly listening: readonly Listening[] }
  /** It could not start, and ends. */
  | { readonly type: 'failed'; readonly error: ErrorText }
  | { readonly type: 'socket-wanted'; readonly listener: string }
  | TurnReport
  | { readonly type: 'confirmed'; readonly upstream: string; readonly order: number }
  | { readonly type: 'stats'; readonly stats: ServerStats }
  | { readonly type: 'log'; readonly line: ForwardedLine }
  | { readonly type: 'answer'; readonly ask: number; readonly answer: unknown }

/** What has changed in one turn of the worker's event loop. What is left out has not. */
export interface TurnReport {
  readonly type: 'turn'
  /** Clients that are its sessions now. */
  readonly acknowledged?: readonly number[]
  /** Clients that it does not want. */
  readonly returned?: readonly number[]
  /** By listener. They count whom it has acknowledged. */
  readonly loads?: Readonly<Record<string, WorkerLoad>>
  /** How many connections of each upstream it could use. */
  readonly demand?: Readonly<Record<string, number>>
}

/** How a reload went: where there is an error, everything is as before. */
export interface ReloadAnswer {
  readonly error: ErrorText | undefined
  /** What is another, a line each. */
  readonly changes: readonly string[]
  readonly listening: readonly Listening[]
}

/** An error as it passes between processes. */
export interface ErrorText {
  readonly message: string
  readonly code?: string
  readonly address?: string
  readonly port?: number
}
