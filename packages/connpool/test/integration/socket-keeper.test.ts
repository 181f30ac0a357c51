import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { PassThrough } from 'node:stream'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

import { afterPoll } from '../../src/health/poll-turn.ts'
import { SocketKeeper } from '../../src/health/socket-keeper.ts'
import { leftovers } from './leftovers.ts'
import type { Leftover } from './leftovers.ts'
import { deferred, Loopback, settingOf, transports, turns, until } from './loopback.ts'
import type { Pair } from './loopback.ts'
import { readingStyles } from './reading-styles.ts'
import type { ReadingStyle } from './reading-styles.ts'

const tuning = { keepAliveMs: 60_000, noDelay: true }

interface Kept {
  readonly keeper: SocketKeeper
  /** Everything the keeper has reported: why, and the code of the error. */
  readonly lost: unknown[][]
}

const polled = promisify(afterPoll)

function keep(socket: Duplex): Kept {
  const lost: unknown[][] = []
  const report = (why: string, error: (Error & { code?: string }) | undefined): void => {
    lost.push(error === undefined ? [why] : [why, error.code ?? error.message])
  }
  return { keeper: new SocketKeeper(socket, report, tuning), lost }
}

/** When the next user begins to use the socket, counted from the moment it became theirs. */
const moments: Readonly<Record<string, (begin: () => void) => void>> = {
  'in the same call': (begin) => begin(),
  'in a microtask': (begin) => queueMicrotask(begin),
  'in a tick': (begin) => process.nextTick(begin),
  'in a later turn': (begin) => void setImmediate(() => setImmediate(begin)),
}

/** What makes a socket the next user's: `release` has just happened. Called once, synchronously. */
type HandOver = (kept: Kept, hand: () => void) => void

const handOvers: Readonly<Record<string, HandOver>> = {
  'at once': (_, hand) => hand(),
  'after a rest of no time': ({ keeper }, hand) => {
    keeper.rest()
    keeper.wake()
    hand()
  },
  'after a rest until the next tick': ({ keeper }, hand) => {
    keeper.rest()
    process.nextTick(() => {
      keeper.wake()
      hand()
    })
  },
  'after a rest of some turns': ({ keeper }, hand) => {
    keeper.rest()
    void turns(3).then(() => {
      keeper.wake()
      hand()
    })
  },
}

/** One user leaves something behind, the next one reads five bytes that come before or after it listens. */
async function hasNextUserRead(
  pair: Pair,
  kept: Kept,
  steps: { leave: Leftover; handOver: HandOver; begin: (begin: () => void) => void; read: ReadingStyle },
  arrival: 'early' | 'late',
): Promise<string> {
  const { promise, resolve, reject } = deferred<string>()
  const { client, peer } = pair
  const start = (): void => {
    const reading = steps.read(client, 5)
    if (arrival === 'late') peer.write('hello')
    reading.then(resolve, reject)
  }
  const hand = (): void => {
    if (arrival === 'late') return steps.begin(start)
    peer.write('hello')
    void until(() => client.readableLength === 5).then(() => steps.begin(start))
  }
  steps.leave(pair, () => {
    try {
      expect(kept.keeper.flaw()).toBe(undefined)
      expect(kept.keeper.scrub()).toBe(true)
      steps.handOver(kept, hand)
    } catch (error) {
      reject(error)
    }
  })
  return promise
}

describe.each(transports)('when a %s connection goes from one user to the next', (transport) => {
  describe.each(Object.entries(leftovers))('who left behind: %s', (_, leave) => {
    test.each(Object.entries(handOvers))(
      'the next one, %s, reads as from a fresh one in every way',
      async (_, handOver) => {
        await using loopback = await Loopback.listen(transport)
        const pair = await loopback.connect()
        const kept = keep(pair.client)

        for (const [style, read] of Object.entries(readingStyles)) {
          for (const [moment, begin] of Object.entries(moments)) {
            for (const arrival of ['early', 'late'] as const) {
              const text = await hasNextUserRead(pair, kept, { leave, handOver, begin, read }, arrival)
              expect(text, `${style}, ${moment}, ${arrival}`).toBe('hello')
              expect(kept.keeper.scrub(), `${style}, ${moment}, ${arrival}`).toBe(true)
            }
          }
        }

        expect(kept.lost).toEqual([])
      },
    )
  })
})

/** Pauses before it listens, and finds out whether anything was delivered before it resumed. */
const readAfterPause: ReadingStyle = async (socket, bytes) => {
  const received: string[] = []
  socket.pause()
  socket.on('data', (chunk: Buffer) => received.push(String(chunk)))
  await until(() => received.length > 0 || socket.readableLength === bytes)
  if (received.length > 0) return `${received.join('')}, in spite of pause()`
  socket.resume()
  await until(() => received.length > 0)
  return received.join('')
}

/**
 * Node finishes the removal of a 'readable' listener in a tick, and undoes a pause() that comes before that tick. These
 * leave such a tick behind; how long there is time depends on whether they released in a tick or in a microtask.
 */
const leavesTick: Readonly<Record<string, readonly string[]>> = {
  "once('readable'), read, released in the callback": ['in the same call'],
  "once('readable'), read, resume(), released in the callback": ['in the same call'],
  "once('readable') and a data listener in the same turn": ['in the same call'],
  'a readable listener, removed by removeAllListeners(name) just now': ['in the same call', 'in a microtask'],
  'an iterator that was left': ['in the same call', 'in a microtask'],
}

function isBeforeThatTick(name: string, how: string, moment: string): boolean {
  const isSameTick = how === 'at once' || how === 'after a rest of no time'
  return isSameTick && leavesTick[name]?.includes(moment) === true
}

describe.each(Object.entries(leftovers))(
  'when a user who pauses comes after one who left behind: %s',
  (name, leave) => {
    test.each(Object.entries(handOvers))(
      'nothing is delivered before resume() unless Node does it, %s',
      async (how, handOver) => {
        await using loopback = await Loopback.listen('tcp')
        const pair = await loopback.connect()
        const kept = keep(pair.client)

        for (const [moment, begin] of Object.entries(moments)) {
          const text = await hasNextUserRead(pair, kept, { leave, handOver, begin, read: readAfterPause }, 'late')
          const early = isBeforeThatTick(name, how, moment) ? 'hello, in spite of pause()' : 'hello'
          expect([moment, text]).toEqual([moment, early])
          expect(kept.keeper.scrub()).toBe(true)
        }
      },
    )
  },
)

test('bytes that come after a user has read once are kept, though an earlier one had removed all listeners', async () => {
  await using loopback = await Loopback.listen('tcp')
  const { client, peer } = await loopback.connect()
  const { keeper } = keep(client)
  client.on('data', () => undefined).removeAllListeners('data')
  keeper.scrub()
  const first = once(client, 'readable')
  peer.write('first')
  await first
  expect(String(client.read())).toBe('first')

  peer.write('second')
  await until(() => client.bytesRead === 11)
  await turns()

  expect(String(client.read())).toBe('second')
})

/** Everything a user may have changed. */
function stateOf(socket: Socket): unknown {
  const { readableFlowing, readableLength, readableEncoding, writableCorked, timeout = 0 } = socket
  const writable = Reflect.get(socket, '_writableState') as { defaultEncoding: string }
  return {
    ...{ readableFlowing, readableLength, readableEncoding, writableCorked, timeout },
    isPaused: socket.isPaused(),
    listeners: socket.eventNames().map((name) => [name, socket.rawListeners(name)]),
    defaultEncoding: writable.defaultEncoding,
    settings: ['kSetNoDelay', 'kSetKeepAlive', 'kSetKeepAliveInitialDelay'].map((name) => settingOf(socket, name)),
  }
}

describe.each(Object.entries(leftovers))('when a user left behind: %s', (_, leave) => {
  test('scrubbing puts everything back in the same call', async () => {
    await using loopback = await Loopback.listen('tcp')
    const pair = await loopback.connect()
    const { keeper } = keep(pair.client)
    const fresh = stateOf(pair.client)
    const released = deferred<void>()
    leave(pair, () => released.resolve())
    await released.promise

    expect(keeper.flaw()).toBe(undefined)
    expect(keeper.scrub()).toBe(true)
    expect(stateOf(pair.client)).toEqual(fresh)
  })
})

describe('when a user left behind what cannot be undone', () => {
  const beyondRepair: Readonly<Record<string, (socket: Socket) => void>> = {
    'an encoding': (socket) => socket.setEncoding('utf8'),
    'a cork': (socket) => socket.cork(),
    'a pipe into it': (socket) => new PassThrough().pipe(socket),
    'no listener at all': (socket) => socket.removeAllListeners(),
    'no error listener': (socket) => socket.removeAllListeners('error'),
    "an error listener in the place of the pool's": (socket) => {
      socket.removeAllListeners('error').on('error', () => undefined)
    },
    "no end listener of Node's": (socket) => socket.removeAllListeners('end'),
    'a listener that throws when others are removed': (socket) => {
      socket
        .on('data', () => undefined)
        .on('data', () => undefined)
        .on('removeListener', () => {
          throw new Error('not mine to remove')
        })
    },
    'a pipe whose end throws': (socket) => {
      const sink = new PassThrough().on('unpipe', () => {
        throw new Error('not yours to undo')
      })
      socket.pipe(sink)
    },
  }

  test.each(Object.entries(beyondRepair))('%s: the connection is not to be lent again', async (_, leave) => {
    await using loopback = await Loopback.listen('tcp')
    const { client } = await loopback.connect()
    const { keeper } = keep(client)
    leave(client)

    expect(keeper.scrub()).toBe(false)
    client.on('error', () => undefined)
  })
})

describe.each(transports)('when a %s connection is released', (transport) => {
  test('a clean one has no flaw once its bytes are on their way', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    const { keeper } = keep(client)
    client.write('question')
    await once(peer, 'readable')
    peer.write('answer')
    await once(client, 'data')

    // With TLS the answer may come before the question counts as written.
    if (keeper.isWriting()) await polled()
    expect(keeper.isWriting()).toBe(false)
    expect(keeper.flaw()).toBe(undefined)
  })

  test('bytes written in this turn are under way after one poll, with TLS too', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client } = await loopback.connect()
    const { keeper } = keep(client)
    client.write('question')

    expect([keeper.isWriting(), keeper.flaw()]).toEqual(transport === 'tls' ? [true, 'dirty'] : [false, undefined])
    await polled()
    expect([keeper.isWriting(), keeper.flaw()]).toEqual([false, undefined])
  })

  test('unread bytes make it dirty', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    const { keeper } = keep(client)
    peer.write('ab')
    await until(() => client.readableLength === 2)
    expect(keeper.flaw()).toBe('dirty')

    client.read(1)
    expect(keeper.flaw()).toBe('dirty')

    client.read(1)
    expect(keeper.flaw()).toBe(undefined)
  })

  test('bytes put back make it dirty', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client } = await loopback.connect()
    const { keeper } = keep(client)

    client.unshift(Buffer.from('rest'))

    expect(keeper.flaw()).toBe('dirty')
  })

  test('unwritten bytes make it dirty', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client } = await loopback.connect()
    const { keeper } = keep(client)

    client.write(Buffer.alloc(16 * 1024 * 1024))

    expect(keeper.flaw()).toBe('dirty')
  })

  test('bytes held back by a cork make it dirty', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client } = await loopback.connect()
    const { keeper } = keep(client)

    client.cork()
    client.write('x')

    expect(keeper.flaw()).toBe('dirty')
  })

  test('an end from the user makes it dirty', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client } = await loopback.connect()
    const { keeper } = keep(client)

    client.end()

    expect(keeper.flaw()).toBe('dirty')
  })

  test('one the user destroyed is dirty', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client } = await loopback.connect()
    const { keeper } = keep(client)

    client.destroy()

    expect(keeper.flaw()).toBe('dirty')
  })

  test('one the user destroyed with an error is an error, at once', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client } = await loopback.connect()
    const { keeper, lost } = keep(client)

    client.destroy(new Error('parse error'))

    expect(keeper.flaw()).toBe('socket-error')
    await until(() => lost.length > 0)
    expect(lost).toEqual([['socket-error', 'parse error']])
  })

  test("the peer's end behind unread bytes is seen, though 'end' was never emitted", async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    const { keeper, lost } = keep(client)

    peer.end('goodbye')
    await until(() => keeper.flaw() === 'peer-closed')

    expect(client.readableEnded).toBe(false)
    expect(lost).toEqual([])
  })

  test("the peer's end in the turn it is seen makes it peer-closed, before it has closed", async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    const { keeper, lost } = keep(client)
    const flaws: unknown[] = []
    client.on('readable', () => {
      if (client.read() === null) flaws.push(keeper.flaw(), client.destroyed)
    })

    peer.end()
    await until(() => lost.length > 0)

    expect(flaws.slice(0, 2)).toEqual(['peer-closed', false])
    expect(lost).toEqual([['peer-closed']])
  })
})

describe.each(transports)('while a %s connection is leased', (transport) => {
  test('bytes belong to the user and are not reported', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    const { lost } = keep(client)

    peer.write('hello')
    await until(() => client.readableLength === 5)

    expect(lost).toEqual([])
  })

  test('a hang-up is reported once, when the connection has closed', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    const { lost } = keep(client)

    peer.end()
    await once(client, 'close')
    await turns()

    expect(lost).toEqual([['peer-closed']])
  })
})

describe.each(transports)('while a %s connection rests', (transport) => {
  test('nothing happens for nothing', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client } = await loopback.connect()
    const { keeper, lost } = keep(client)

    keeper.rest()
    await turns(20)

    expect(lost).toEqual([])
    expect(keeper.flaw()).toBe(undefined)
  })

  test('one byte is reported at once, with the byte unread', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    const { keeper, lost } = keep(client)
    keeper.rest()

    peer.write('!')
    await until(() => lost.length > 0)

    expect(lost).toEqual([['idle-data']])
    expect(keeper.flaw()).toBe('dirty')
  })

  test("the peer's end is reported at once, before the connection has closed", async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    let wasDestroyed: boolean | undefined
    const keeper = new SocketKeeper(client, () => (wasDestroyed = client.destroyed))
    keeper.rest()

    peer.end()
    await until(() => wasDestroyed !== undefined)

    expect(wasDestroyed).toBe(false)
    expect(keeper.flaw()).toBe('peer-closed')
  })

  test('a last word and an end are reported once', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    const { keeper, lost } = keep(client)
    keeper.rest()

    peer.end('FATAL: terminating connection')
    await until(() => lost.length > 0)
    await turns()

    expect(lost).toEqual([['idle-data']])
  })

  test('bytes that came before the rest began are reported', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    const { keeper, lost } = keep(client)
    peer.write('!')
    await until(() => client.readableLength === 1)

    keeper.rest()
    await until(() => lost.length > 0)

    expect(lost).toEqual([['idle-data']])
  })

  test('a listener of onConnect is still there afterwards, and gets the bytes of the next lease', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    const { keeper, lost } = keep(client)
    const received: string[] = []
    client.on('data', (chunk: Buffer) => received.push(String(chunk)))
    keeper.keepListeners()

    for (const word of ['one', 'two']) {
      keeper.rest()
      await turns()
      keeper.wake()
      peer.write(word)
      await until(() => received.includes(word))
      client.pause()
      expect(keeper.flaw()).toBe(undefined)
      expect(keeper.scrub()).toBe(true)
    }

    expect(received).toEqual(['one', 'two'])
    expect(lost).toEqual([])
  })

  test('bytes are reported even if a readable listener of onConnect reads them', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    const { keeper, lost } = keep(client)
    client.on('readable', () => void client.read())
    keeper.keepListeners()
    keeper.rest()

    peer.write('!')
    await until(() => client.readableLength === 0 && client.bytesRead > 0 && lost.length > 0)

    expect(lost).toEqual([['idle-data']])
  })
})

test('bytes that break the TLS of a resting connection are an error', async () => {
  await using loopback = await Loopback.listen('tls')
  const { client, raw } = await loopback.connect()
  const { keeper, lost } = keep(client)
  keeper.rest()

  raw.write('this is no TLS record')
  await until(() => lost.length > 0)

  expect(lost).toEqual([['socket-error', expect.stringMatching(/^ERR_SSL_/)]])
})

describe.each(['tcp', 'tls'] as const)('when the peer of a %s connection resets it', (transport) => {
  test('it is reported once, with its error, while it rests', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, raw } = await loopback.connect()
    const { keeper, lost } = keep(client)
    keeper.rest()

    await turns()
    raw.resetAndDestroy()
    await until(() => lost.length > 0)
    await turns()

    expect(lost).toEqual([['socket-error', 'ECONNRESET']])
    expect(keeper.flaw()).toBe('socket-error')
  })

  test('it is reported once, with its error, while it is leased, after it has closed', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, raw } = await loopback.connect()
    const { lost } = keep(client)
    let wasClosed = false
    client.on('close', () => (wasClosed = lost.length === 1))

    await turns()
    raw.resetAndDestroy()
    await until(() => lost.length > 0)
    await turns()

    expect(wasClosed).toBe(true)
    expect(lost).toEqual([['socket-error', 'ECONNRESET']])
  })
})

describe('the listeners of onConnect', () => {
  test('stay, with its time-out and encoding, when everything else is put back', async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client } = await loopback.connect()
    const { keeper } = keep(client)
    const mine = (): void => undefined
    client.setTimeout(60_000, mine)
    client.setEncoding('latin1')
    client.on('data', mine).once('end', mine)
    keeper.keepListeners()
    const kept = stateOf(client)

    client.setTimeout(5)
    client.on('data', mine)
    client.on('end', mine)
    client.pause()

    expect(keeper.scrub()).toBe(true)
    expect(stateOf(client)).toEqual(kept)
  })

  test('are missed when a user takes one away', async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client } = await loopback.connect()
    const { keeper } = keep(client)
    const mine = (): void => undefined
    client.on('end', mine)
    keeper.keepListeners()

    client.off('end', mine).on('close', mine)

    expect(keeper.scrub()).toBe(false)
  })

  test('keep their pipe when a user adds another', async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client, peer } = await loopback.connect()
    const { keeper } = keep(client)
    const parser = new PassThrough()
    client.pipe(parser)
    keeper.keepListeners()

    client.pipe(new PassThrough())
    expect(keeper.scrub()).toBe(true)
    peer.write('for the parser')
    await until(() => parser.readableLength > 0)

    expect(String(parser.read())).toBe('for the parser')
  })
})

describe.each(transports)('when a %s connection is closed gently', (transport) => {
  test('it has closed when the peer has seen the end, and not before', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    const { keeper, lost } = keep(client)
    const story: string[] = []
    keeper.rest()

    keeper.closeGently(() => story.push('closed'))
    peer.on('end', () => story.push('the peer saw the end')).resume()
    await until(() => story.length > 0)
    await turns(20)
    expect(story).toEqual(['the peer saw the end'])
    peer.end()
    await until(() => story.length > 1)

    expect(story).toEqual(['the peer saw the end', 'closed'])
    expect(client.closed).toBe(true)
    expect(lost).toEqual([])
  })

  const states: Readonly<Record<string, (socket: Socket) => unknown>> = {
    'that nobody listened to': () => undefined,
    'that was paused': (socket) => socket.pause(),
    'with a readable listener that does not read': (socket) => socket.on('readable', () => undefined),
    'with a pipe into something slow': (socket) => socket.pipe(new PassThrough({ highWaterMark: 1 })),
    'with a data listener': (socket) => socket.on('data', () => expect.unreachable('late bytes were delivered')),
    'with a flow that begins and a watch that ends just now': (socket) => {
      socket
        .resume()
        .on('readable', () => 0)
        .removeAllListeners('readable')
    },
    'with a listener that was removed just now': (socket) =>
      socket.on('readable', () => 0).removeAllListeners('readable'),
  }

  test('what it was piped into gets none of it, and is not ended', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    const { keeper } = keep(client)
    const closed = deferred<void>()
    const sink = new PassThrough()
    client.pipe(sink)

    keeper.closeGently(closed.resolve)
    peer.end('late')
    await closed.promise

    expect([sink.readableLength, sink.writableEnded]).toEqual([0, false])
  })

  test.each(Object.entries(states))('one %s drops whatever still arrives', async (_, prepare) => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    const { keeper, lost } = keep(client)
    const closed = deferred<void>()
    prepare(client)

    keeper.closeGently(closed.resolve)
    peer.end(Buffer.alloc(1024 * 1024))
    await closed.promise

    expect(lost).toEqual([])
    expect(client.bytesRead).toBeGreaterThanOrEqual(1024 * 1024)
  })

  test('a request that was not yet sent is not sent', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    const { keeper } = keep(client)
    const closed = deferred<void>()
    const size = 64 * 1024 * 1024
    client.write(Buffer.alloc(size))

    keeper.closeGently(closed.resolve)
    await closed.promise
    peer.on('error', () => undefined).resume()
    await until(() => peer.readableEnded || peer.destroyed)

    expect(peer.bytesRead).toBeLessThan(size)
  })

  test('a peer that never ends it can be cut off, and everybody who asked is told once', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client } = await loopback.connect()
    const { keeper, lost } = keep(client)
    const told: string[] = []
    const first = (): void => void told.push('first')
    keeper.closeGently(first)
    await turns()
    expect(told).toEqual([])

    keeper.closeNow(() => told.push('second'))
    keeper.closeNow(first)
    await once(client, 'close')
    expect(told).toEqual(['first', 'second'])
    keeper.closeNow(first)
    keeper.closeNow(() => told.push('late'))
    expect(told).toEqual(['first', 'second'])
    await turns()

    expect(told).toEqual(['first', 'second', 'late'])
    expect(lost).toEqual([])
  })

  test('a reset while it closes is not reported', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer, raw } = await loopback.connect()
    const { keeper, lost } = keep(client)
    const closed = deferred<void>()

    keeper.closeGently(closed.resolve)
    if (transport === 'unix') peer.destroy()
    else raw.resetAndDestroy()
    await closed.promise

    expect(lost).toEqual([])
  })
})

describe('when a connection is closed now', () => {
  test('closed() is called after the socket has closed, never in the same turn', async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client } = await loopback.connect()
    const { keeper, lost } = keep(client)
    const closed = deferred<boolean>()
    let isSameTurn = true

    keeper.closeNow(() => closed.resolve(isSameTurn))
    isSameTurn = false

    expect(await closed.promise).toBe(false)
    expect(client.closed).toBe(true)
    expect(lost).toEqual([])
  })

  test('one that was lost before is answered too', async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client, peer } = await loopback.connect()
    const { keeper, lost } = keep(client)
    peer.end()
    await until(() => lost.length > 0)
    const closed = deferred<void>()

    keeper.closeNow(closed.resolve)

    await closed.promise
    expect(lost).toEqual([['peer-closed']])
  })

  test('one that was closed before it was ever kept is answered too', async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client } = await loopback.connect()
    client.destroy()
    await once(client, 'close')
    const { keeper } = keep(client)
    const closed = deferred<void>()

    expect(keeper.flaw()).toBe('dirty')
    keeper.closeNow(closed.resolve)

    await closed.promise
  })

  test('one that the user destroyed in this turn is answered after it has closed', async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client } = await loopback.connect()
    const { keeper, lost } = keep(client)
    const story: string[] = []
    client.on('close', () => story.push('close'))
    client.destroy()

    keeper.closeNow(() => story.push('closed()'))
    await until(() => story.length > 1)

    expect(story.toSorted()).toEqual(['close', 'closed()'])
    expect(lost).toEqual([])
  })
})

describe('when a connection is forgotten', () => {
  test('no listener of ours is left, and it is awake and whole', async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client, peer } = await loopback.connect()
    const before = stateOf(client)
    const { keeper, lost } = keep(client)
    keeper.rest()

    keeper.forget()

    expect(stateOf(client)).toEqual(before)
    peer.end('for its new owner')
    await until(() => client.readableLength > 0)
    expect(String(client.read())).toBe('for its new owner')
    await once(client.resume(), 'close')
    expect(lost).toEqual([])
  })

  test("the user's own listeners and state are not touched", async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client, peer } = await loopback.connect()
    const { keeper } = keep(client)
    const received: string[] = []
    client.on('data', (chunk: Buffer) => received.push(String(chunk)))

    keeper.forget()
    peer.write('mine')

    await until(() => received.length > 0)
    expect(received).toEqual(['mine'])
  })
})
