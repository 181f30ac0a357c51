import * as v from 'valibot'

import { DEFAULTS } from '../defaults.ts'
import { TCP_ADDRESS } from '../kinds/addresses.ts'
import { DURATION_OR_OFF, DURATION_OR_ZERO } from '../kinds/duration.ts'
import type { Kind } from '../kinds/kind.ts'
import { mappingOr } from '../kinds/mapping-or.ts'
import { RATIO, RATIO_OR_OFF } from '../kinds/numbers.ts'
import { optional, withDefault } from '../kinds/optional.ts'
import { section } from '../kinds/section.ts'
import { SIZE_OR_OFF } from '../kinds/size.ts'
import { TOKEN } from '../kinds/token.ts'
import { FALSE_OR_OFF, oneOf } from '../kinds/words.ts'
import { WORKERS } from '../kinds/workers.ts'
import type { Secret } from '../secret.ts'
import type { LogSettings, Threshold } from '../settings.ts'
import { LISTENER } from './listener-section.ts'
import { UPSTREAM } from './upstream-section.ts'

export interface AdminEntry {
  readonly listen: { readonly host: string; readonly port: number } | undefined
  readonly token: Secret | undefined
}

export interface MonitorsEntry {
  readonly eventLoopDelay: Threshold
  readonly heap: Threshold
  readonly rss: Threshold
  readonly fds: Threshold
}

export interface LogEntry {
  readonly level: LogSettings['level']
  readonly access: number
}

/** The whole configuration; listeners and upstreams are read one by one, so that a problem in one hides none in another. */
export interface ServerEntry {
  readonly listeners: unknown
  readonly upstreams: unknown
  readonly workers: number | 'auto'
  readonly dispatch: 'balanced' | 'kernel'
  readonly admin: AdminEntry | false | undefined
  readonly drainTimeout: number
  readonly monitors: MonitorsEntry
  readonly log: LogEntry
}

const { monitors, log } = DEFAULTS

const ADMIN = section<AdminEntry>(
  { listen: optional(TCP_ADDRESS), token: optional(TOKEN) },
  {
    listen: 'Where the admin pages are. Default 127.0.0.1:9900, or a free port if that is taken.',
    token: 'What a request must bring as `Authorization: Bearer …`. Needed on any address but loopback.',
  },
)

const MONITORS = section<MonitorsEntry>(
  {
    eventLoopDelay: withDefault(threshold(DURATION_OR_OFF, monitors.eventLoopDelay), {}),
    heap: withDefault(threshold(SIZE_OR_OFF, monitors.heap), {}),
    rss: withDefault(threshold(SIZE_OR_OFF, monitors.rss), {}),
    fds: withDefault(threshold(RATIO_OR_OFF, monitors.fds), {}),
  },
  {
    eventLoopDelay: 'How late the event loop is, for a second and more (99th percentile).',
    heap: 'The memory JavaScript uses.',
    rss: 'The memory the process uses.',
    fds: 'The file descriptors in use, as a part of how many there may be.',
  },
)

const LOG = section<LogEntry>(
  {
    level: withDefault(oneOf('debug', 'info', 'warn', 'error', 'silent'), log.level),
    access: withDefault(RATIO, log.access),
  },
  {
    level: 'The least that is logged.',
    access: 'Which part of the sessions gets a line at its end, from 0 to 1. Ends by error always do.',
  },
)

/** The configuration without what is inside `listeners` and `upstreams`. */
export const SERVER: Kind<ServerEntry> = section<ServerEntry>(
  {
    listeners: v.pipe(
      v.unknown(),
      v.check((given) => given !== undefined, 'must be given'),
      v.metadata({ list: { of: LISTENER, least: 1 } }),
    ),
    upstreams: optional(v.pipe(v.unknown(), v.metadata({ named: UPSTREAM }))),
    workers: withDefault(WORKERS, DEFAULTS.workers),
    dispatch: withDefault(oneOf('balanced', 'kernel'), DEFAULTS.dispatch),
    admin: optional(mappingOr(ADMIN, FALSE_OR_OFF)),
    drainTimeout: withDefault(DURATION_OR_ZERO, DEFAULTS.drainTimeout),
    monitors: withDefault(MONITORS, {}),
    log: withDefault(LOG, {}),
  },
  {
    listeners: 'Where clients connect, and who serves them.',
    upstreams: 'The backends, by name.',
    workers: 'How many processes serve; `auto`: as many as there are cores, but none without a connection to lend.',
    dispatch:
      'Who accepts: each worker by itself (kernel), or the primary for the worker with the most room (balanced).',
    admin: 'The admin pages and metrics; `off`: none.',
    drainTimeout: 'How long sessions may take to end when the server is to stop.',
    monitors: 'When the process is overloaded: new clients are refused, or not accepted.',
    log: 'What is logged.',
  },
)

function threshold(
  of: Kind<number>,
  defaults: { refuseAt: string | number; stopAt: string | number },
): Kind<Threshold> {
  return section<Threshold>(
    { refuseAt: withDefault(of, defaults.refuseAt), stopAt: withDefault(of, defaults.stopAt) },
    { refuseAt: 'From here on new clients are refused.', stopAt: 'From here on nothing is accepted.' },
  )
}
