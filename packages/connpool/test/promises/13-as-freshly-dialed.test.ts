// Promise 13: a leased socket behaves as a freshly dialed one, whatever its former user has done to it.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { Lease, Pool, PoolOptions } from 'connpool'
import { FakeClock } from 'connpool/testing'

import { ask } from '../fixtures/ask.ts'
import { CountingServer } from '../fixtures/counting-server.ts'
import { addressOf } from '../fixtures/loopback-address.ts'
import { ownPool } from '../fixtures/own-pool.ts'
import { soon, turns, until } from '../fixtures/until.ts'
import { leftovers } from '../integration/leftovers.ts'
import { Loopback } from '../integration/loopback.ts'
import type { Pair, Transport } from '../integration/loopback.ts'
import { readingStyles } from '../integration/reading-styles.ts'

interface World extends AsyncDisposable {
  readonly clock: FakeClock
  readonly pool: Pool
  readonly lease: Lease<Socket>
  readonly pair: Pair
}

async function given(transport: Transport, options: PoolOptions = {}): Promise<World> {
  const loopback = await Loopback.listen(transport)
  loopback.hangUpAfterClients()
  const clock = new FakeClock()
  const pool = ownPool({ endpoint: addressOf(loopback), clock, maxSize: 1, ...options })
  const accepted = loopback.nextPeer().then(async (pair) => {
    if (transport === 'tls') await once(pair.peer, 'secure')
    return pair
  })
  const [lease, ends] = await Promise.all([pool.acquire(), accepted])
  const pair = { ...ends, client: lease.connection }
  return { clock, pool, lease, pair, [Symbol.asyncDispose]: () => loopback.close() }
}

type Way = (world: World, leave: (release: () => void) => void) => Promise<Lease<Socket>>

/** How a connection gets from one holder to the next. `leave` calls back at the moment of the release. */
const ways: Readonly<Record<string, { options?: PoolOptions; go: Way }>> = {
  'from hand to hand': {
    go: async ({ pool, lease }, leave) => {
      const next = pool.acquire()
      leave(() => lease.release())
      return next
    },
  },
  'by the way of an idle moment': {
    go: ({ pool, lease }, leave) =>
      new Promise((resolve) => {
        leave(() => {
          lease.release()
          resolve(pool.acquire())
        })
      }),
  },
  'by the way of tryAcquire()': {
    go: ({ pool, lease }, leave) =>
      new Promise((resolve, reject) => {
        leave(() => {
          lease.release()
          const next = pool.tryAcquire()
          if (next === undefined) reject(new Error('nothing was idle'))
          else resolve(next)
        })
      }),
  },
  'after a rest of some turns': {
    go: async ({ pool, lease }, leave) => {
      await new Promise<void>((resolve) => leave(() => resolve(lease.release())))
      await turns()
      return pool.acquire()
    },
  },
  'after a check of one turn': {
    go: async ({ clock, pool, lease }, leave) => {
      await new Promise<void>((resolve) => leave(() => resolve(lease.release())))
      await clock.advance(2_000)
      return pool.acquire()
    },
  },
  'after a probe': {
    options: { probe: probeAloud },
    go: async ({ pool, lease }, leave) => {
      await new Promise<void>((resolve) => leave(() => resolve(lease.release())))
      return pool.acquire()
    },
  },
  'after a reset': {
    options: { reset: probeAloud },
    go: async ({ pool, lease }, leave) => {
      await new Promise<void>((resolve) => leave(() => resolve(lease.release())))
      return pool.acquire()
    },
  },
}

/** Asks as users do who do not tidy up after themselves. */
async function probeAloud(socket: Socket): Promise<void> {
  socket.write('probe')
  await once(socket, 'data')
}

/** The server answers what hooks ask, and nothing else. */
function answerProbes({ peer }: Pair): void {
  peer.on('data', (bytes: Buffer) => bytes.toString() === 'probe' && peer.write('sound'))
}

describe.each<Transport>(['tcp', 'tls'])('a leased %s socket', (transport) => {
  test.each(Object.entries(ways))('gotten %s is read in every way', async (_, { options, go }) => {
    await using world = await given(transport, options)
    const { pool, pair } = world
    answerProbes(pair)

    let { lease } = world
    for (const [style, read] of Object.entries(readingStyles)) {
      for (const arrival of ['early', 'late'] as const) {
        const next = await go({ ...world, lease }, (release) => leftovers['a data listener']?.(pair, release))
        expect(next.connection).toBe(pair.client)
        if (arrival === 'early') {
          pair.peer.write('hello')
          await until('it has come', () => pair.client.readableLength === 5)
        }
        const reading = read(next.connection, 5)
        if (arrival === 'late') pair.peer.write('hello')
        expect(await soon(reading), `${style}, ${arrival}`).toBe('hello')
        lease = next
      }
    }
    expect(pool.stats().dials).toBe(1)
  })
})

describe.each(Object.entries(leftovers))('after a user who left behind: %s', (_, leave) => {
  test.each(Object.entries(ways))('the next one, %s, has a socket as freshly dialed', async (_, { options, go }) => {
    await using world = await given('tcp', options)
    const { lease, pair } = world
    answerProbes(pair)
    const fresh = stateOf(lease.connection)

    const next = await go(world, (release) => leave(pair, release))
    expect(next.connection).toBe(pair.client)
    expect(stateOf(next.connection)).toEqual(fresh)

    const hearing = new Promise((resolve) => next.connection.once('data', (bytes: Buffer) => resolve(bytes.toString())))
    pair.peer.write('hello')
    expect(await soon(hearing)).toBe('hello')
  })
})

/** What of a socket a user can see and another may have changed. */
function stateOf(socket: Socket): unknown {
  const { readableFlowing, readableLength, timeout, readableEncoding, writableCorked, destroyed } = socket
  const listeners = Object.fromEntries(socket.eventNames().map((name) => [String(name), socket.listenerCount(name)]))
  const isPaused = socket.isPaused()
  return {
    readableFlowing,
    readableLength,
    timeout: timeout ?? 0,
    readableEncoding,
    writableCorked,
    destroyed,
    isPaused,
    listeners,
  }
}

describe('bytes are kept until the user listens', () => {
  test.each(Object.entries(readingStyles))('by %s: a greeting at the dial', async (_, read) => {
    await using server = await CountingServer.listen((socket) => void socket.write('hello'))
    const pool = ownPool({ endpoint: server.endpoint })
    const { connection } = await pool.acquire()

    await until('it has come', () => connection.readableLength === 5)

    expect(await soon(read(connection, 5))).toBe('hello')
  })

  test('and a last word before the end too', async () => {
    await using server = await CountingServer.listen((socket) => void socket.end('goodbye'))
    const pool = ownPool({ endpoint: server.endpoint })
    const { connection } = await pool.acquire()
    await until('it has come', () => connection.readableLength === 7)
    await turns()

    const words: string[] = []
    for await (const chunk of connection) words.push(String(chunk))

    expect(words.join('')).toBe('goodbye')
  })
})

describe('of the former user', () => {
  test('no time-out fires in the hands of the next', async () => {
    await using server = await CountingServer.listen()
    const pool = ownPool({ endpoint: server.endpoint, maxSize: 1 })
    const fired: string[] = []
    await pool.use((socket) => void socket.setTimeout(10, () => fired.push('former')))

    const { connection } = await pool.acquire()
    connection.on('timeout', () => fired.push('next'))
    const startedAt = performance.now()
    await until('the time is long over', () => performance.now() - startedAt > 60)

    expect(fired).toEqual([])
    expect(connection.timeout ?? 0).toBe(0)
  })

  test('no listener hears what the next one does', async () => {
    await using server = await CountingServer.listen()
    const pool = ownPool({ endpoint: server.endpoint, maxSize: 1 })
    const heard: string[] = []
    await pool.use((socket) => {
      for (const name of ['data', 'end', 'error', 'close', 'drain', 'finish']) socket.on(name, () => heard.push(name))
    })

    await pool.use(async (socket) => {
      await ask(socket, 'hello')
      const closed = once(socket, 'close')
      socket.end()
      await closed
    })

    expect(heard).toEqual([])
  })

  test('what cannot be undone closes the connection at its release', async () => {
    await using server = await CountingServer.listen()
    const pool = ownPool({ endpoint: server.endpoint, maxSize: 1 })
    const first = await pool.use((socket) => socket.setEncoding('utf8'))

    const second = await pool.acquire()

    expect(second.connection).not.toBe(first)
    expect(pool.stats().closed).toMatchObject({ dirty: 1 })
  })
})

describe('of onConnect', () => {
  test('listeners stay, through all leases', async () => {
    await using server = await CountingServer.listen()
    const heard: string[] = []
    const pool = ownPool({
      endpoint: server.endpoint,
      maxSize: 1,
      onConnect: (socket) => void socket.on('custom', (who: string) => heard.push(who)).on('error', () => undefined),
    })

    for (const who of ['first', 'second', 'third']) {
      await pool.use((socket) => {
        expect(socket.listenerCount('custom')).toBe(1)
        socket.emit('custom', who)
        socket.on('custom', () => heard.push('a stranger'))
      })
    }

    expect(heard).toEqual(['first', 'second', 'third'])
    expect(pool.stats().dials).toBe(1)
  })

  test('an encoding stays, and makes nothing dirty', async () => {
    await using server = await CountingServer.listen()
    const pool = ownPool({
      endpoint: server.endpoint,
      maxSize: 1,
      onConnect: (socket) => void socket.setEncoding('latin1'),
    })

    for (let round = 0; round < 3; round++) {
      await pool.use(async (socket) => {
        const answer = once(socket, 'data')
        socket.write('hello')
        expect(await answer).toEqual(['hello'])
      })
    }

    expect(pool.stats().dials).toBe(1)
  })

  test('a conversation leaves nothing that the first user could notice', async () => {
    await using server = await CountingServer.listen()
    const pool = ownPool({ endpoint: server.endpoint, onConnect: (socket) => ask(socket, 'AUTH me') })
    const plain = ownPool({ endpoint: server.endpoint })

    const [one, other] = await Promise.all([pool.acquire(), plain.acquire()])

    expect(await ask(one.connection, 'first question')).toBe('first question')
    expect(await ask(other.connection, 'first question')).toBe('first question')
  })
})
