/**
 * What must compile and what must not. The type check is the proof: each `@ts-expect-error` fails to compile when the
 * line below it is right.
 */
import type { Socket } from 'node:net'
import type {
  BalancedEndpoint,
  Balancer,
  BreakerState,
  ConnectionSource,
  Discovery,
  EndpointState,
  EndpointStats,
  Lease,
  OutlierOptions,
  Pool,
  PoolStats,
  Upstream,
  UpstreamOptions,
} from 'connpool'
import { describe, expectTypeOf, test } from 'vitest'

interface Client {
  ping(): Promise<boolean>
}

declare const client: Client

describe('a source of connections', () => {
  test('is a pool as well as an upstream', () => {
    expectTypeOf<Pool>().toExtend<ConnectionSource<Socket>>()
    expectTypeOf<Upstream>().toExtend<ConnectionSource<Socket>>()
    expectTypeOf<Upstream<Client>>().toExtend<ConnectionSource<Client>>()
  })

  test('lends what it is a source of, and nothing else', () => {
    expectTypeOf<ConnectionSource<Client>['acquire']>().returns.resolves.toEqualTypeOf<Lease<Client>>()
    expectTypeOf<ConnectionSource<Client>['tryAcquire']>().returns.toEqualTypeOf<Lease<Client> | undefined>()
    expectTypeOf<Upstream<Client>>().not.toExtend<ConnectionSource<Socket>>()
  })

  test('answers what the work does', () => {
    const ask = (source: ConnectionSource<Client>): Promise<boolean> => source.use((connection) => connection.ping())

    expectTypeOf(ask).returns.resolves.toEqualTypeOf<boolean>()
  })

  test('has what both have', () => {
    expectTypeOf<ConnectionSource<Client>>().not.toHaveProperty('resize')
    expectTypeOf<ConnectionSource<Client>>().toHaveProperty('histograms')
    expectTypeOf<ConnectionSource<Client>>().not.toHaveProperty('add')
    expectTypeOf<Exclude<keyof Upstream, keyof ConnectionSource<Socket>>>().toEqualTypeOf<
      'add' | 'remove' | 'breaker' | 'resize'
    >()
  })
})

describe('the options of an upstream', () => {
  test('are about sockets unless said otherwise', () => {
    const options: UpstreamOptions = {
      endpoints: ['a:1'],
      pool: { onConnect: (socket) => expectTypeOf(socket).toEqualTypeOf<Socket>() },
    }

    expectTypeOf(options.pool).not.toBeAny()
  })

  test('give the hooks of all pools the connection of their type argument', () => {
    const options: UpstreamOptions<Client> = {
      endpoints: ['a:1'],
      pool: { dial: () => client, probe: async (connection) => await connection.ping() },
    }

    expectTypeOf(options.endpoints).not.toBeAny()
  })

  test('take endpoints in every form, and whatever tells them', () => {
    void ({ endpoints: ['a:1', { host: 'b', port: 1 }, { endpoint: 'c:1', weight: 2 }] } satisfies UpstreamOptions)
    void ({ endpoints: {} as Discovery } satisfies UpstreamOptions)
    void ({ endpoints: {} as AsyncGenerator<readonly string[]> } satisfies UpstreamOptions)
    // @ts-expect-error -- a list of them, not one
    void ({ endpoints: 'a:1' } satisfies UpstreamOptions)
    // @ts-expect-error -- a source tells each of its sets at a time of its own
    void ({ endpoints: Promise.resolve(['a:1']) } satisfies UpstreamOptions)
    // @ts-expect-error -- there must be some
    void ({} satisfies UpstreamOptions)
  })

  test('have known names and kinds only', () => {
    // @ts-expect-error -- the name is balance
    void ({ endpoints: ['a:1'], balancer: 'random' } satisfies UpstreamOptions)
    // @ts-expect-error -- six words, or a balancer
    void ({ endpoints: ['a:1'], balance: 'fastest' } satisfies UpstreamOptions)
    // @ts-expect-error -- false or an object
    void ({ endpoints: ['a:1'], outlier: true } satisfies UpstreamOptions)
    // @ts-expect-error -- the endpoints are the upstream's
    void ({ endpoints: ['a:1'], pool: { endpoint: 'a:1' } } satisfies UpstreamOptions)
    // @ts-expect-error -- a ratio of all endpoints is maxEjectionRatio
    void ({ maxEjectionPercent: 10 } satisfies OutlierOptions)
  })

  test('can be read only', () => {
    const options: UpstreamOptions = { endpoints: ['a:1'] }

    // @ts-expect-error -- options are read once; changing them later would change nothing
    options.maxSize = 5
  })
})

describe('a balancer', () => {
  test('answers one of the endpoints', () => {
    const balancer: Balancer = {
      pick: (endpoints, { random, affinityKey }) => {
        expectTypeOf(endpoints).toEqualTypeOf<readonly BalancedEndpoint[]>()
        expectTypeOf(affinityKey).toEqualTypeOf<string | undefined>()
        return endpoints[Math.floor(random() * endpoints.length)] as BalancedEndpoint
      },
    }

    expectTypeOf(balancer).toEqualTypeOf<Balancer>()
    // @ts-expect-error -- the endpoint itself, not its name
    void ({ pick: ([first]) => first?.endpoint } satisfies Balancer)
    // @ts-expect-error -- there must be a choice
    void ({ loadChanged: () => undefined } satisfies Balancer)
  })
})

describe('the numbers of an upstream', () => {
  test('are those of a pool, and each endpoint has its own', () => {
    expectTypeOf<ReturnType<Upstream['stats']>>().toExtend<PoolStats>()
    expectTypeOf<ReturnType<Upstream['stats']>['endpoints']>().toEqualTypeOf<readonly EndpointStats[]>()
    expectTypeOf<EndpointStats['state']>().toEqualTypeOf<EndpointState>()
    expectTypeOf<EndpointState>().toEqualTypeOf<'up' | 'resting' | 'ejected' | 'down' | 'draining'>()
    expectTypeOf<EndpointStats['breaker']>().toEqualTypeOf<BreakerState>()
  })
})
