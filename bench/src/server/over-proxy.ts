import type { Load, Sample } from '../loads/load.ts'
import type { OpenLoad } from '../rounds.ts'
import { cpuUsOf } from './processes/process-readings.ts'
import type { Proxy } from './processes/proxy.ts'

/** What was asked in one round, and what else is to be noted of it. */
export interface Round {
  readonly requests: number
  readonly sample: Sample
}

/** Does one round with who listens on `port`. */
export type DoRound = (port: number) => Promise<Round>

interface Backend {
  readonly port: number
  readonly clients: number
}

/** The same rounds for everybody, by name. */
export function directAndOver(
  proxies: readonly Proxy[],
  backend: Backend,
  doRound: DoRound,
): Readonly<Record<string, OpenLoad>> {
  const proxied = proxies.map((proxy): [string, OpenLoad] => [proxy.name, overProxy(proxy, backend, doRound)])
  return { direct: direct(backend.port, doRound), ...Object.fromEntries(proxied) }
}

/** A proxy that has been started and warmed by one round; its rounds say what they cost it. */
function overProxy(proxy: Proxy, backend: Backend, doRound: DoRound): OpenLoad {
  return async () => {
    const server = await proxy.start(backend)
    const { port, pid } = server
    const round = async (): Promise<Sample> => {
      const before = cpuUsOf(pid)
      const { requests, sample } = await doRound(port)
      return { ...sample, cpuUsPerRequest: (cpuUsOf(pid) - before) / requests }
    }
    return await warmed({ round, end: () => server.stop() })
  }
}

/** The backend with nobody before it. */
function direct(port: number, doRound: DoRound): OpenLoad {
  return () =>
    warmed({
      round: async () => ({ ...(await doRound(port)).sample, cpuUsPerRequest: 0 }),
      end: () => Promise.resolve(),
    })
}

async function warmed(load: Load): Promise<Load> {
  try {
    await load.round()
    return load
  } catch (error) {
    await load.end()
    throw error
  }
}
