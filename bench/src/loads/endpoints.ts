import { type Lease, Pool, Upstream } from 'connpool'
import type { OpenedPool } from '../subjects/subject.ts'
import { type BurstShape, type CountingConnection, CountingDials, openBursts } from './bursts.ts'
import type { Load } from './load.ts'

/** Bursts over `endpoints` endpoints with three open connections each. */
export interface EndpointsJob extends BurstShape {
  readonly load: 'endpoints'
  /** `pools drawn by chance` is what an upstream cannot be cheaper than: as many pools, and a random number. */
  readonly over: 'an upstream' | 'pools drawn by chance'
  readonly endpoints: number
}

const openEach = 3
const maxSize = 10

type Opened = OpenedPool<CountingConnection, Lease<CountingConnection>>

export async function openEndpoints(job: EndpointsJob): Promise<Load> {
  const dials = new CountingDials()
  const pool = await (job.over === 'an upstream' ? openUpstream : openPools)(job.endpoints, dials)
  const expected = job.endpoints * openEach
  if (dials.connections.length !== expected) throw new Error(`${dials.connections.length} of ${expected} are open`)
  return openBursts(job.over, pool, dials, job)
}

async function openUpstream(count: number, { dial }: CountingDials): Promise<Opened> {
  const upstream = new Upstream({ endpoints: addresses(count), balance: 'two-choices', pool: { dial, maxSize } })
  await upstream.warm(count * openEach)
  return { ...leases, acquire: () => upstream.acquire(), close: () => upstream.destroy() }
}

async function openPools(count: number, { dial }: CountingDials): Promise<Opened> {
  const pools = addresses(count).map((endpoint) => new Pool({ endpoint, dial, maxSize }))
  await Promise.all(pools.map((pool) => pool.warm(openEach)))
  const drawn = (): Pool<CountingConnection> => {
    const pool = pools[Math.floor(Math.random() * count)]
    if (pool === undefined) throw new Error('there is no such pool')
    return pool
  }
  return { ...leases, acquire: () => drawn().acquire(), close: () => Promise.all(pools.map((pool) => pool.destroy())) }
}

const leases: Pick<Opened, 'connectionOf' | 'release'> = {
  connectionOf: (lease) => lease.connection,
  release: (lease) => {
    lease.release()
  },
}

function addresses(count: number): string[] {
  return Array.from({ length: count }, (_, place) => `10.0.${place >> 8}.${place & 255}:1`)
}
