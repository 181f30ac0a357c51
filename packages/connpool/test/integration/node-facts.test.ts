/**
 * What this package knows of Node and relies on. A test that fails here on a new Node says which part of the wires to
 * look at: `health/stream-state.ts`, `health/socket-keeper.ts`, `dial/open-socket.ts`.
 */
import { EventEmitter, once } from 'node:events'
import { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { describe, expect, test } from 'vitest'

import { afterPoll } from '../../src/health/poll-turn.ts'
import { certificate, Loopback, turns, until } from './loopback.ts'

const nothing = (): void => undefined

/** The names of `stream-state.ts`, read by their own way. */
function stateOf(stream: Duplex): Record<string, unknown> {
  const own = stream as unknown as Record<'_readableState' | '_writableState', Record<string, unknown>>
  const { ended, flowing, paused, readableListening, resumeScheduled, pipes } = own['_readableState']
  return {
    ended,
    flowing,
    paused,
    readableListening,
    resumeScheduled,
    pipes,
    encoding: own['_writableState']['defaultEncoding'],
  }
}

/** Node's setter is not in the types. */
function stopFlowing(stream: Duplex): void {
  Object.assign(stream, { readableFlowing: null })
}

/** Lets the ticks that are due run, and no I/O. */
function tick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

describe('the state of a stream', () => {
  test('has the names we use, in the types we think', () => {
    const { paused, ...state } = stateOf(new Socket())

    expect(state).toEqual({
      ended: false,
      flowing: null,
      readableListening: false,
      resumeScheduled: false,
      pipes: [],
      encoding: 'utf8',
    })
    expect(paused).toBe(false)
  })

  test('can be set, and the public getters agree', () => {
    const socket = new Socket()
    const state = (socket as unknown as { ['_readableState']: Record<string, unknown> })['_readableState']
    socket.pause()

    Object.assign(state, { flowing: null, paused: false, readableListening: true, resumeScheduled: true })

    expect([socket.readableFlowing, socket.isPaused()]).toEqual([null, false])
    expect(stateOf(socket)).toMatchObject({ readableListening: true, resumeScheduled: true })
  })

  test('has a table of listeners that holds one as itself and several as a list', () => {
    const socket = new Socket()
    const table = (): unknown => {
      const entry: unknown = Reflect.get(Reflect.get(socket, '_events') as object, 'data')
      return Array.isArray(entry) ? Array.from<unknown>(entry) : entry
    }
    const before = Reflect.get(socket, '_eventsCount') as number

    socket.on('data', nothing)
    expect([table(), Reflect.get(socket, '_eventsCount')]).toEqual([nothing, before + 1])
    socket.on('data', nothing)
    expect([table(), Reflect.get(socket, '_eventsCount')]).toEqual([[nothing, nothing], before + 1])
  })
})

describe('an idle watch', () => {
  test("by 'readable' goes back to the initial state when it is removed, a tick later", async () => {
    const socket = new Socket()
    socket.on('readable', nothing)
    expect(socket.readableFlowing).toBe(false)

    socket.off('readable', nothing)
    expect(socket.readableFlowing).toBe(false)
    await tick()

    expect(socket.readableFlowing).toBe(null)
  })

  test("by 'data' does not go back: the stream goes on flowing, and what comes is lost", async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client, peer } = await loopback.connect()
    client.on('data', nothing).off('data', nothing)

    peer.write('lost')
    await until(() => client.bytesRead === 4)
    await turns()

    expect(client.readableFlowing).toBe(true)
    expect(client.readableLength).toBe(0)
  })

  test('by pause() does not go back, and sees neither the end nor a reset behind a byte', async () => {
    await using loopback = await Loopback.listen('tcp')
    const ending = await loopback.connect()
    ending.client.pause()

    ending.peer.end('!')
    await until(() => ending.client.readableLength === 1)
    await turns()

    expect(ending.client.readableFlowing).toBe(false)
    expect([ending.client.readableEnded, ending.client.destroyed]).toEqual([false, false])
    expect(stateOf(ending.client)['ended']).toBe(true)
  })

  test("by nobody sees the end, but no end behind a byte; one by 'readable' sees both", async () => {
    await using loopback = await Loopback.listen('tcp')
    const [unwatched, withByte, watched] = [
      await loopback.connect(),
      await loopback.connect(),
      await loopback.connect(),
    ]
    const seen: string[] = []
    unwatched.client.on('end', () => seen.push('end'))
    withByte.client.on('end', () => seen.push('end behind a byte'))
    watched.client.on('readable', () => seen.push(`readable ${watched.client.readableLength}`))

    unwatched.peer.end()
    withByte.peer.end('!')
    watched.peer.end('!')
    await until(() => unwatched.client.destroyed && stateOf(withByte.client)['ended'] === true && seen.length > 1)
    await turns()

    expect(new Set(seen)).toEqual(new Set(['end', 'readable 1']))
  })
})

describe('in the turn in which a user leaves', () => {
  test('setting readableFlowing to null stops the flow at once, and bytes are kept', async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client, peer } = await loopback.connect()
    client.resume()
    await turns()

    stopFlowing(client)
    peer.write('kept')
    await until(() => client.readableLength === 4)

    expect(client.readableFlowing).toBe(null)
  })

  test("removeAllListeners('data') makes the next removal of a 'readable' listener lose bytes", async () => {
    const stream = new PassThrough()
    stream.on('data', nothing).removeAllListeners('data')
    stopFlowing(stream)

    stream.on('readable', nothing).off('readable', nothing)
    await turns()

    expect(stream.readableFlowing).toBe(true)
  })

  test("removing any 'data' listener by name makes Node count them, and that is over", async () => {
    const stream = new PassThrough()
    stream.on('data', nothing).removeAllListeners('data')
    stream.off('data', () => 'was never on it')
    stopFlowing(stream)

    stream.on('readable', nothing).off('readable', nothing)
    await turns()

    expect(stream.readableFlowing).toBe(null)
  })

  test("a resume() and the removal of a 'readable' listener set a stream flowing that was set back in between", async () => {
    const stream = new PassThrough()
    stream.on('readable', nothing)
    await turns()
    stream.off('readable', nothing)
    stream.resume()
    stopFlowing(stream)

    await turns()

    expect(stream.readableFlowing).toBe(true)
  })

  test("a pause() before the tick that ends the removal of a 'readable' listener is undone by it", async () => {
    const stream = new PassThrough()
    stream.on('readable', nothing)
    await turns()

    stream.off('readable', nothing)
    stream.pause()
    await turns()

    expect(stream.readableFlowing).toBe(null)
  })

  test("removing a 'readable' listener past the stream's own method leaves no such tick", async () => {
    const stream = new PassThrough()
    stream.on('readable', nothing)
    await turns()

    EventEmitter.prototype.removeListener.call(stream, 'readable', nothing)
    stream.resume()
    stream.pause()
    await turns()

    expect([stream.readableFlowing, stream.listenerCount('readable')]).toEqual([false, 0])
  })
})

describe('what the kernel knows and Node does not', () => {
  test('is seen after one poll: until then a socket whose peer has gone looks open and takes writes', async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client, peer } = await loopback.connect()
    client.on('error', nothing)
    peer.end()
    const until = performance.now() + 5
    while (performance.now() < until);

    expect([client.destroyed, client.writable, stateOf(client)['ended']]).toEqual([false, true, false])
    expect(client.write('x')).toBe(true)
    await new Promise<void>((resolve) => afterPoll(resolve))

    expect(stateOf(client)['ended']).toBe(true)
  })
})

describe('with TLS', () => {
  test('a write counts as unfinished until the next turn, though its bytes have gone', async () => {
    await using loopback = await Loopback.listen('tls')
    const { client, peer } = await loopback.connect()
    await turns()

    client.write('x')
    expect(client.writableLength).toBe(1)
    await new Promise<void>((resolve) => afterPoll(resolve))

    expect(client.writableLength).toBe(0)
    expect(peer.readableLength).toBe(1)
  })

  test('Node sends no server name that it was not told', async () => {
    await using loopback = await Loopback.listen('tls', { host: 'localhost' })
    const [socket, { peer }] = await Promise.all([dialBare(loopback.port), loopback.nextPeer()])
    socket.write('x')
    await until(() => peer.readableLength > 0)

    expect(Reflect.get(peer, 'servername')).toBe(false)
    socket.destroy()
  })
})

async function dialBare(port: number): Promise<Socket> {
  const socket = connectTls({ host: 'localhost', port, ca: certificate('authority') })
  await once(socket, 'secureConnect')
  return socket
}
