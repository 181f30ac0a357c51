// Promise 5: clean or closed. A connection is lent again only if it is proved clean.
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { CloseReason, Lease, Pool, PoolOptions } from 'connpool'
import { FakeClock } from 'connpool/testing'

import { AnsweringThread } from '../fixtures/answering-thread.ts'
import { ask } from '../fixtures/ask.ts'
import { Callers } from '../fixtures/callers.ts'
import { addressOf } from '../fixtures/loopback-address.ts'
import { ownPool } from '../fixtures/own-pool.ts'
import { turns, until } from '../fixtures/until.ts'
import { certificate, Loopback, transports } from '../integration/loopback.ts'
import type { Transport } from '../integration/loopback.ts'

interface World extends AsyncDisposable {
  readonly loopback: Loopback
  readonly pool: Pool
  readonly lease: Lease<Socket>
  /** The server's end of the lease's connection; with TLS, `raw` is what carries it. */
  readonly peer: Socket
  readonly raw: Socket
}

async function givenLease(transport: Transport, options: PoolOptions = {}): Promise<World> {
  const loopback = await Loopback.listen(transport)
  loopback.hangUpAfterClients()
  const pool = ownPool({ endpoint: addressOf(loopback), maxSize: 1, closeTimeoutMs: 100, ...options })
  // Over TLS the server may be busy with the handshake for longer than the client, which is another story.
  const accepted = loopback.nextPeer().then(async (pair) => {
    if (transport === 'tls') await once(pair.peer, 'secure')
    return pair
  })
  const [lease, { peer, raw }] = await Promise.all([pool.acquire(), accepted])
  return { loopback, pool, lease, peer, raw, [Symbol.asyncDispose]: () => loopback.close() }
}

/** The only reason for which connections of the pool were closed, and how many. */
function closedOf(pool: Pool): Partial<Record<CloseReason, number>> {
  return Object.fromEntries(Object.entries(pool.stats().closed).filter(([, count]) => count > 0))
}

type Dirty = (world: World) => unknown

/** What is on a connection when its holder says that it is clean, and why it is closed then. */
const dirt: Readonly<Record<string, [leave: Dirty, reason: CloseReason]>> = {
  'one unread byte': [
    async ({ lease: { connection }, peer }) => {
      peer.write('!')
      await until('the byte has come', () => connection.readableLength === 1)
    },
    'dirty',
  ],
  'the rest of a reply': [
    async ({ lease: { connection }, peer }) => {
      peer.write('a whole reply')
      await until('the reply has come', () => connection.readableLength === 13)
      connection.read(6)
    },
    'dirty',
  ],
  'bytes that were put back': [({ lease: { connection } }) => connection.unshift(Buffer.from('?')), 'dirty'],
  'unwritten bytes': [({ lease: { connection } }) => connection.write(Buffer.alloc(16 * 1024 * 1024)), 'dirty'],
  'bytes held back by a cork': [
    ({ lease: { connection } }) => {
      connection.cork()
      connection.write('?')
    },
    'dirty',
  ],
  'a cork': [({ lease: { connection } }) => connection.cork(), 'dirty'],
  'its writable side ended': [({ lease: { connection } }) => connection.end(), 'dirty'],
  'nothing, destroyed': [({ lease: { connection } }) => connection.destroy(), 'dirty'],
  'an error': [({ lease: { connection } }) => connection.destroy(new Error('parse error')), 'socket-error'],
  'an encoding': [({ lease: { connection } }) => connection.setEncoding('utf8'), 'dirty'],
  "none of the pool's listeners": [({ lease: { connection } }) => connection.removeAllListeners(), 'dirty'],
}

describe.each(transports)('a %s connection that is released', (transport) => {
  test('clean is lent again, and again', async () => {
    await using world = await givenLease(transport)
    const { pool, lease, peer } = world
    peer.on('data', (bytes) => peer.write(bytes))
    const first = lease.connection
    lease.release()

    for (let round = 0; round < 30; round++) {
      await pool.use(async (connection) => {
        expect(connection).toBe(first)
        expect(await ask(connection, `question ${round}`)).toBe(`question ${round}`)
      })
    }

    expect(pool.stats()).toMatchObject({ dials: 1, idle: 1, hits: 30 })
  })

  test.each(Object.entries(dirt))('with %s is closed, and the next holder gets another', async (_, [leave, reason]) => {
    await using world = await givenLease(transport)
    const { pool, lease } = world
    const { connection } = lease
    const next = pool.acquire()
    await leave(world)

    lease.release()
    const lentTo = await next
    await until('the first is gone', () => connection.destroyed && pool.stats().closing === 0)

    expect(lentTo.connection).not.toBe(connection)
    expect(closedOf(pool)).toEqual({ [reason]: 1 })
    connection.on('error', () => undefined)
  })

  test("after the peer's end is closed", async () => {
    await using world = await givenLease(transport)
    const { pool, lease, peer } = world
    const next = pool.acquire()
    lease.connection.on('readable', () => {
      // The very turn in which the end is seen.
      lease.connection.read()
      lease.release()
    })

    peer.end()
    const lentTo = await next

    expect(lentTo.info.id).toBe(2)
    expect(closedOf(pool)).toEqual({ 'peer-closed': 1 })
  })

  test("after the peer's end behind unread bytes is closed", async () => {
    await using world = await givenLease(transport)
    const { pool, lease, peer } = world
    const { connection } = lease

    peer.end('FATAL: goodbye')
    await until('all of it has come', () => connection.readableLength === 14)
    await turns()
    lease.release()

    await until('it is gone', () => connection.destroyed)
    expect(pool.stats().idle).toBe(0)
  })

  test('and answered only then is closed when the answer comes', async () => {
    await using world = await givenLease(transport)
    const { pool, lease, peer } = world
    lease.connection.write('question')
    await once(peer, 'data')
    lease.release()
    expect(pool.stats().idle).toBe(1)

    peer.write('answer')

    await until('it was closed', () => pool.stats().closed['idle-data'] === 1)
  })
})

describe.each(transports)('a %s connection whose holder leaves otherwise', (transport) => {
  const failure = new Error('work failed')
  const leaves: Record<string, [leave: (world: World) => unknown, reason: CloseReason]> = {
    'dropping the lease': [({ lease }) => lease[Symbol.dispose](), 'dropped'],
    'discarding it': [({ lease }) => lease.discard(), 'discarded'],
    'throwing out of use()': [
      async ({ pool, lease }) => {
        lease.release()
        const using = pool.use(() => {
          throw failure
        })
        await expect(using).rejects.toBe(failure)
      },
      'discarded',
    ],
    'rejecting out of use()': [
      async ({ pool, lease }) => {
        lease.release()
        await expect(pool.use(() => Promise.reject(failure))).rejects.toBe(failure)
      },
      'discarded',
    ],
  }

  test.each(Object.entries(leaves))('by %s is closed, clean as it may look', async (_, [leave, reason]) => {
    await using world = await givenLease(transport)
    const { connection } = world.lease

    await leave(world)
    const next = await world.pool.acquire()

    expect(next.connection).not.toBe(connection)
    expect(connection.destroyed).toBe(true)
    expect(closedOf(world.pool)).toEqual({ [reason]: 1 })
  })
})

describe('over TLS, with a peer whose answers come when they come', () => {
  test('a connection whose answer was read is clean', async () => {
    await using server = await AnsweringThread.start({ isSecure: true })
    const endpoint = { ...server.endpoint, tls: { ca: certificate('authority') } }
    const pool = ownPool({ endpoint, maxSize: 1 })

    for (let round = 0; round < 500; round++) {
      const lease = await pool.acquire()
      const { connection } = lease
      connection.write('question')
      const [answer] = (await once(connection, 'data')) as [Buffer]
      expect(answer.toString()).toBe('question')
      lease.release()
    }

    expect(closedOf(pool)).toEqual({})
    expect(pool.stats().dials).toBe(1)
  })
})

type Trouble = (world: World) => unknown

const idleTroubles: Readonly<Record<string, [happen: Trouble, reason: CloseReason]>> = {
  'a byte': [({ peer }) => peer.write('!'), 'idle-data'],
  'an end': [({ peer }) => peer.end(), 'peer-closed'],
  'a last word and an end': [({ peer }) => peer.end('FATAL: terminated'), 'idle-data'],
  'the end of its process': [({ raw }) => raw.destroy(), 'peer-closed'],
}

describe.each(transports)('while a %s connection idles', (transport) => {
  const troubles = transport === 'tcp' ? { ...idleTroubles, 'a reset': reset() } : idleTroubles

  test.each(Object.entries(troubles))('%s of the peer closes it, untouched', async (_, [happen, reason]) => {
    await using world = await givenLease(transport)
    const { pool, lease } = world
    const { connection } = lease
    lease.release()
    await turns()

    await happen(world)
    await until('it was noticed', () => pool.stats().idle === 0)
    await until('it is gone', () => pool.stats().closing === 0)

    expect(closedOf(pool)).toEqual({ [reason]: 1 })
    expect(connection.destroyed).toBe(true)
  })

  test.each(Object.entries(troubles))('%s in the turn of its release closes it too', async (_, [happen, reason]) => {
    await using world = await givenLease(transport)
    const { pool, lease } = world

    lease.release()
    await happen(world)
    await until('it was noticed', () => pool.stats().idle === 0)

    expect(closedOf(pool)).toEqual({ [reason]: 1 })
  })

  test('nothing that the peer does not do closes it', async () => {
    await using world = await givenLease(transport)
    world.lease.release()

    await turns(50)

    expect(world.pool.stats()).toMatchObject({ idle: 1, total: 1 })
  })

  test('an error on it closes it and ends nothing else', async () => {
    await using world = await givenLease(transport)
    const { connection } = world.lease
    world.lease.release()
    await turns()

    connection.destroy(new Error('out of the blue'))

    await until('it was noticed', () => world.pool.stats().closed['socket-error'] === 1)
    expect(world.pool.stats()).toMatchObject({ idle: 0, leased: 0 })
  })
})

function reset(): [Trouble, CloseReason] {
  return [({ raw }) => raw.resetAndDestroy(), 'socket-error']
}

describe('a connection that has idled for 1 s', () => {
  async function givenIdle(idleMs: number) {
    const clock = new FakeClock()
    const world = await givenLease('tcp', { clock, maxSize: 2 })
    const { connection } = world.lease
    world.lease.release()
    await clock.advance(idleMs)
    return { ...world, connection, [Symbol.asyncDispose]: () => world.loopback.close() }
  }

  test('is not lent when its end is in the kernel and nobody has looked yet', async () => {
    await using world = await givenIdle(1_000)

    world.peer.destroy()
    const lease = await world.pool.acquire()

    expect(lease.connection).not.toBe(world.connection)
    expect(closedOf(world.pool)).toEqual({ 'peer-closed': 1 })
  })

  test('is not lent when bytes are in the kernel and nobody has looked yet', async () => {
    await using world = await givenIdle(1_000)

    world.peer.write('unasked')
    const lease = await world.pool.acquire()

    expect(lease.connection).not.toBe(world.connection)
    expect(closedOf(world.pool)).toEqual({ 'idle-data': 1 })
  })

  test('costs one turn of the event loop, not less, and no time', async () => {
    await using world = await givenIdle(1_000)
    const caller = new Callers(world.pool).call('somebody')
    await Promise.resolve()
    expect(caller.isAnswered).toBe(false)

    let turnsTaken = 0
    for (; !caller.isAnswered && turnsTaken < 10; turnsTaken++) await setImmediate()

    expect(turnsTaken).toBeLessThanOrEqual(3)
    expect(world.pool.stats()).toMatchObject({ hits: 1, dials: 1 })
  })

  test('less long costs no turn', async () => {
    await using world = await givenIdle(999)

    const caller = new Callers(world.pool).call('somebody')
    await Promise.resolve()

    expect(caller.served.connection).toBe(world.connection)
  })

  test('and has passed is not asked again within the next second', async () => {
    await using world = await givenIdle(1_000)
    const lease = await world.pool.acquire()
    lease.release()

    const caller = new Callers(world.pool).call('somebody')
    await Promise.resolve()

    expect(caller.served.connection).toBe(world.connection)
  })
})
