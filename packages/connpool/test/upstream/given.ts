import { onTestFinished } from 'vitest'
import { type Lease, Upstream, type UpstreamOptions } from 'connpool'
import { FakeClock, type FakeClockOptions } from 'connpool/testing'

import { FakeEndpoint, type FakePeer, textOf } from './fake-endpoint.ts'

export type Options = Omit<UpstreamOptions<FakePeer>, 'endpoints'> &
  Partial<Pick<UpstreamOptions, 'endpoints'>> &
  Pick<FakeClockOptions, 'turns'>

/** An upstream of endpoints `a:1`, `b:1`, … with the clock and the ends of the wires in the hands of the test. */
export function givenUpstream(count: number, { turns, ...options }: Options = {}) {
  const clock = new FakeClock(turns === undefined ? {} : { turns })
  const servers = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => new FakeEndpoint(`${name}:1`, clock))
  const server = (text: string): FakeEndpoint => {
    const found = servers.find((each) => each.text === text || each.text === `${text}:1`)
    if (found === undefined) throw new Error(`nobody is at ${text}`)
    return found
  }
  const upstream = new Upstream<FakePeer>({
    endpoints: servers.slice(0, count).map(({ text }) => text),
    balance: 'round-robin',
    ...options,
    pool: {
      dial: ({ endpoint, signal }) => server(textOf(endpoint)).dial(signal),
      clock,
      random: () => 0.5,
      ...options.pool,
    },
  })
  onTestFinished(() => void upstream.destroy())
  return new World(upstream, clock, server)
}

export class World {
  readonly upstream: Upstream<FakePeer>
  readonly clock: FakeClock
  readonly server: (text: string) => FakeEndpoint

  constructor(upstream: Upstream<FakePeer>, clock: FakeClock, server: (text: string) => FakeEndpoint) {
    this.upstream = upstream
    this.clock = clock
    this.server = server
  }

  /** Acquires while time goes on, and answers with the lease. */
  async lease(options?: Parameters<Upstream<FakePeer>['acquire']>[0], withinMs = 10): Promise<Lease<FakePeer>> {
    const acquired = this.upstream.acquire(options)
    acquired.catch(() => undefined)
    await this.clock.advance(withinMs)
    return await acquired
  }

  /** Uses a connection so many times, one after the other: the names of the endpoints in order. */
  async homes(times: number, options?: Parameters<Upstream<FakePeer>['acquire']>[0]): Promise<string> {
    let homes = ''
    for (let time = 0; time < times; time++) {
      const lease = await this.lease(options)
      homes += nameOf(lease)
      lease.release()
    }
    return homes
  }

  /** How one endpoint stands. */
  stateOf(name: string): string | undefined {
    return this.upstream.stats().endpoints.find(({ endpoint }) => endpoint === `${name}:1`)?.state
  }
}

/** `a` for a connection to `a:1`. */
export function nameOf(lease: Lease<FakePeer>): string {
  return lease.info.endpoint.replace(':1', '')
}

/** The code of the error that an acquire is refused with. */
export async function codeOf(acquire: Promise<unknown>): Promise<unknown> {
  return await acquire.then(
    () => 'served',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  )
}
