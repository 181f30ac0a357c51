/** What the server does unless it is told otherwise, in the words of a configuration. The only place with these values. */
export const DEFAULTS = {
  workers: 1,
  dispatch: 'kernel',
  drainTimeout: '30s',
  admin: { listen: '127.0.0.1:9900' },
  log: { level: 'info', access: 0 },
  monitors: {
    eventLoopDelay: { refuseAt: '1s', stopAt: '5s' },
    heap: { refuseAt: 'off', stopAt: 'off' },
    rss: { refuseAt: 'off', stopAt: 'off' },
    fds: { refuseAt: 0.9, stopAt: 0.95 },
  },
  listener: {
    maxClients: 10_000,
    maxClientsPerAddress: 'off',
    acceptTimeout: '5s',
    requestTimeout: '5s',
    idleTimeout: '10m',
    maxRequestSize: '1MiB',
    concurrency: 64,
    queueTarget: '5ms',
    queueInterval: '100ms',
    backlog: 511,
    reusePort: false,
    tls: { clientCertificates: 'none', minVersion: 'TLSv1.2' },
  },
  upstream: { retryBudget: 0.1, maxPaused: 10_000 },
  discovery: { refresh: '30s' },
  /** The library's, which are needed here to add up connections. */
  pool: { minSize: 0, maxSize: 10 },
} as const
