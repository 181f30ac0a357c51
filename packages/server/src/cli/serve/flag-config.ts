import type { ServerConfig } from '../../config/server-config.ts'
import type { ConfigOverrides } from '../../config/source/overridden-config.ts'
import type { ServeFlags } from '../commands.ts'
import { UsageError } from '../usage-error.ts'

/** What the one upstream is called that flags make. */
const UPSTREAM = 'backend'

const DEMO_LISTEN = '127.0.0.1:6380'

/** Flags that say what a file says too, and cannot stand beside one. */
const OF_A_LISTENER = {
  listen: '--listen',
  backend: '--backend',
  protocol: '--protocol',
  minSize: '--min-size',
  maxSize: '--max-size',
  maxClients: '--max-clients',
  requestTimeout: '--request-timeout',
  demo: '--demo',
} as const satisfies Partial<Record<keyof ServeFlags, string>>

/**
 * The configuration that flags stand for: one listener and one upstream. With `--demo` its backend is at `demoEndpoint`.
 * Values are as they were typed; whether they are good is for `resolveConfig` to say.
 *
 * @throws UsageError when flags are missing or contradict each other.
 */
export function flagConfig(flags: ServeFlags, demoEndpoint?: string): ServerConfig {
  const {
    demo,
    listen = demo && DEMO_LISTEN,
    backend = demo && [demoEndpoint],
    protocol = demo ? 'redis' : 'tcp',
  } = flags
  if (demo && flags.backend !== undefined) throw new UsageError('--demo has a backend of its own: leave out --backend')
  if (listen === undefined && backend === undefined) {
    throw new UsageError('what to serve is missing: a configuration file, or --listen and --backend, or --demo')
  }
  if (listen === undefined) throw new UsageError('--listen is missing: where the clients connect')
  if (backend === undefined) throw new UsageError('--backend is missing: who is to serve the clients')
  const { minSize, maxSize, maxClients, requestTimeout } = flags
  const config: unknown = {
    listeners: [{ listen, protocol, upstream: UPSTREAM, ...given({ maxClients: count(maxClients), requestTimeout }) }],
    upstreams: {
      [UPSTREAM]: { endpoints: backend, pool: given({ minSize: count(minSize), maxSize: count(maxSize) }) },
    },
    ...flagOverrides(flags),
  }
  return config as ServerConfig
}

/** What flags put above a configuration file. */
export function flagOverrides({ workers, dispatch, admin, drainTimeout, logLevel }: ServeFlags): ConfigOverrides {
  return given({
    workers: count(workers),
    dispatch,
    admin: admin === undefined || admin === 'off' ? admin : { listen: admin },
    drainTimeout,
    log: logLevel === undefined ? undefined : { level: logLevel },
  })
}

/** @throws UsageError for flags that would contradict the file. */
export function refuseFlagsBesideFile(flags: ServeFlags): void {
  const misplaced = Object.entries(OF_A_LISTENER).filter(([name]) => Object.hasOwn(flags, name))
  if (misplaced.length === 0) return
  const names = misplaced.map(([, flag]) => flag).join(', ')
  throw new UsageError(`${names} cannot be given beside a configuration file, which says the same`)
}

function given(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

/** Everything that is typed is text; digits are a number. */
function count(typed: string | undefined): number | string | undefined {
  return typed !== undefined && /^\d{1,15}$/.test(typed) ? Number(typed) : typed
}
