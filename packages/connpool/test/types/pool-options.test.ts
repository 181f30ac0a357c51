/**
 * What must compile and what must not. The type check is the proof: each `@ts-expect-error` fails to compile when the
 * line below it is right.
 */
import type { Socket } from 'node:net'
import type { AcquireOptions, EndpointLike, PoolOptions } from 'connpool'
import { describe, expectTypeOf, test } from 'vitest'

interface Client {
  ping(): Promise<boolean>
}

declare const client: Client

describe('the options of a pool', () => {
  test('are about sockets unless said otherwise', () => {
    const options: PoolOptions = { onConnect: (socket) => expectTypeOf(socket).toEqualTypeOf<Socket>() }

    expectTypeOf(options.endpoint).toEqualTypeOf<EndpointLike | undefined>()
  })

  test('give their hooks the connection of their type argument', () => {
    const options: PoolOptions<Client> = {
      dial: ({ signal, endpoint }) => {
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
        expectTypeOf(endpoint).toEqualTypeOf<EndpointLike | undefined>()
        return client
      },
      probe: async (connection) => await connection.ping(),
    }

    expectTypeOf(options.dial).returns.toEqualTypeOf<Client | PromiseLike<Client>>()
  })

  test('can be read only', () => {
    const options: PoolOptions = {}

    // @ts-expect-error -- options are read once; changing them later would change nothing
    options.maxSize = 5
  })

  test('have known names and kinds only', () => {
    // @ts-expect-error -- the name is maxSize
    void ({ maxsize: 5 } satisfies PoolOptions)
    // @ts-expect-error -- a number of milliseconds
    void ({ acquireTimeoutMs: '5s' } satisfies PoolOptions)
    // @ts-expect-error -- false or an object
    void ({ breaker: true } satisfies PoolOptions)
    // @ts-expect-error -- two words only
    void ({ idleOrder: 'LIFO' } satisfies PoolOptions)
    // @ts-expect-error -- three words only
    void ({ nestedAcquire: true } satisfies PoolOptions)
    // @ts-expect-error -- a whole number, or absent
    void ({ maxDialing: 'adaptive' } satisfies PoolOptions)
    // @ts-expect-error -- absent, not undefined
    void ({ name: undefined } satisfies PoolOptions)
    // @ts-expect-error -- a port is a number
    void ({ endpoint: { host: 'localhost', port: '6379' } } satisfies PoolOptions)
  })

  test('dial what the pool holds', () => {
    // @ts-expect-error -- a string is no client
    void ({ dial: () => 'client' } satisfies PoolOptions<Client>)
    void ({ dial: () => client } satisfies PoolOptions<Client>)
    void ({ dial: () => Promise.resolve(client) } satisfies PoolOptions<Client>)
  })
})

describe('the options of an acquire', () => {
  test('have three names', () => {
    expectTypeOf<keyof AcquireOptions>().toEqualTypeOf<'signal' | 'timeoutMs' | 'affinityKey'>()
  })

  test('take a signal, not its controller', () => {
    // @ts-expect-error -- the controller's signal is meant
    void ({ signal: new AbortController() } satisfies AcquireOptions)
  })
})
