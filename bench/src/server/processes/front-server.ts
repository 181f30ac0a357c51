import type { ServerConfig, ServerStats } from '@connpool/server'
import type { Proxy } from './proxy.ts'
import { forkMain, listeningMain, nextMessage, type ServerProcess } from './server-process.ts'

export interface FrontServerProcess extends ServerProcess {
  /** As `FrontServer.stats()`. */
  stats(): Promise<ServerStats>
}

type Listener = Omit<ServerConfig['listeners'][number], 'listen' | 'upstream'>

/** One listener over one upstream; all that is left out is as it is by default. */
export interface FrontServerSetup {
  readonly listener: Listener
  readonly maxSize: number
  readonly minSize?: number
  readonly workers?: number
  /** False: also where its neighbours in the bench take the processor from it for long, nobody is refused, as by the peers. */
  readonly refusesWhenLate?: boolean
}

/** The front server as a proxy beside others, in `tcp`. */
export function frontServer({ workers, minSize }: Pick<FrontServerSetup, 'workers' | 'minSize'>): Proxy {
  return {
    name: workers === undefined ? 'connpool' : `connpool, ${workers} workers`,
    version: () => Promise.resolve(process.versions.node),
    start({ port, clients }) {
      // Each worker has an equal share of both limits, and not an equal share of the clients.
      const most = clients * (workers ?? 1) + 100
      return startFrontServer(port, {
        listener: { protocol: 'tcp', maxClients: most },
        maxSize: minSize ?? most,
        refusesWhenLate: false,
        ...(minSize !== undefined && { minSize }),
        ...(workers !== undefined && { workers }),
      })
    },
  }
}

/** Starts it in a process of its own, over one backend. */
export async function startFrontServer(backendPort: number, setup: FrontServerSetup): Promise<FrontServerProcess> {
  const child = forkMain('front-server-main')
  child.send(configOf(backendPort, setup))
  const server = await listeningMain(child)
  return {
    ...server,
    async stats() {
      child.send('stats')
      return (await nextMessage(child)) as ServerStats // its main file sends nothing else
    },
  }
}

function configOf(backendPort: number, setup: FrontServerSetup): ServerConfig {
  const { listener, maxSize, minSize = 0, workers = 1, refusesWhenLate = true } = setup
  return {
    listeners: [{ ...listener, name: 'bench', listen: '127.0.0.1:0', upstream: 'backend', backlog: 4096 }],
    upstreams: { backend: { endpoints: [`127.0.0.1:${backendPort}`], pool: { minSize, maxSize } } },
    workers,
    ...(!refusesWhenLate && { monitors: { eventLoopDelay: { refuseAt: 'off', stopAt: 'off' } } }),
    admin: 'off',
    log: { level: 'error' },
  }
}
