import type { Socket } from 'node:net'
import { Duplex, duplexPair } from 'node:stream'

import type { Lease } from 'connpool'
import { FakeClock } from 'connpool/testing'
import { describe, expect, test } from 'vitest'

import { turns } from '../../../connpool/test/fixtures/until.ts'
import { FakeLending } from '../../test/fixtures/fake-lending.ts'
import { DeadlineList } from './deadline-list.ts'
import { ListenerCounters } from './listener-counters.ts'
import { Relay } from './relay.ts'
import { Session } from './session.ts'
import { SocketPort } from './socket-port.ts'

const LINGER_MS = 2_000
const IDLE_MS = 60_000

/** A client or a backend that takes one piece each time it is told to. */
class SlowTaker extends Duplex {
  readonly taken: string[] = []
  #take: (() => void) | undefined

  constructor() {
    super({ allowHalfOpen: true })
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: string, taken: () => void): void {
    this.#take = () => {
      this.taken.push(String(bytes))
      taken()
    }
  }

  takeNext(): void {
    this.#take?.()
  }
}

function hostOf(clock: FakeClock): Session['host'] {
  const within = (ms: number): DeadlineList => new DeadlineList(clock, ms)
  return {
    clock,
    counters: new ListenerCounters(),
    deadlines: { connection: within(5_000), request: within(5_000), idle: within(IDLE_MS), linger: within(LINGER_MS) },
    isDraining: false,
    sessionClosed: () => undefined,
  }
}

/** A session whose client has sent `a` and `b` and ended, as the backend has, which has taken nothing yet. */
async function bothEnded(): Promise<{ backend: SlowTaker; lending: FakeLending<Lease<Socket>>; clock: FakeClock }> {
  const clock = new FakeClock()
  const [client, accepted] = duplexPair()
  const backend = new SlowTaker()
  const lending = new FakeLending<Lease<Socket>>()
  lending.ready.push({ connection: backend as unknown as Socket } as Lease<Socket>)
  const port = SocketPort.of(accepted as unknown as Socket)
  const session = new Session(hostOf(clock), port, { address: undefined, port: undefined })
  session.start(new Relay(session, { lending, serverSpeaksFirst: false, preamble: undefined }))
  client.resume().write('a')
  await turns()
  client.end('b')
  backend.push(null)
  await turns()
  expect([session.end, accepted.destroyed]).toEqual(['--', true])
  return { backend, lending, clock }
}

/** A session that is over: its client has asked and ended, the backend has answered `a` and `b` and ended, and nothing is taken. */
async function answered(): Promise<{ client: SlowTaker; session: Session; clock: FakeClock }> {
  const clock = new FakeClock()
  const client = new SlowTaker()
  const [backend, dialed] = duplexPair()
  const lending = new FakeLending<Lease<Socket>>()
  lending.ready.push({ connection: dialed as unknown as Socket } as Lease<Socket>)
  const port = SocketPort.of(client as unknown as Socket)
  const session = new Session(hostOf(clock), port, { address: undefined, port: undefined })
  session.start(new Relay(session, { lending, serverSpeaksFirst: false, preamble: undefined }))
  client.push('question')
  await turns()
  client.push(null)
  backend.resume().write('a')
  await turns()
  backend.end('b')
  await turns()
  expect([session.end, client.taken]).toEqual(['--', []])
  return { client, session, clock }
}

describe('when its session is over', () => {
  test('a client that reads slowly has all of it, and then the end', async () => {
    const { client, session, clock } = await answered()

    for (let piece = 0; piece < 2; piece++) {
      await clock.advance(3 * LINGER_MS)
      client.takeNext()
      await turns()
    }

    expect([client.taken, client.writableFinished, session.end]).toEqual([['a', 'b'], true, '--'])
  })

  test('a client that does not read is cut after idleTimeout', async () => {
    const { client, session, clock } = await answered()

    await clock.advance(IDLE_MS - 1)
    expect(client.destroyed).toBe(false)
    await clock.advance(LINGER_MS)

    expect([client.destroyed, client.writableFinished, session.end]).toEqual([true, false, 'cD'])
  })

  test('an operator who cuts what a client has not taken has cut something', async () => {
    const { client, session } = await answered()

    expect(session.interrupt()).toBe(true)
    expect(session.interrupt()).toBe(false)

    expect([client.destroyed, session.end]).toEqual([true, 'KD'])
  })
})

describe('when client and backend have both ended', () => {
  test('the backend still takes the last bytes, and is closed then', async () => {
    const { backend, lending } = await bothEnded()
    expect(lending.returned).toEqual([])

    for (let piece = 0; piece < 2; piece++) {
      backend.takeNext()
      await turns()
    }

    expect([backend.taken, backend.writableFinished]).toEqual([['a', 'b'], true])
    expect(lending.returned.map(([, how]) => how)).toEqual(['broken'])
  })

  test('a backend that takes them too slowly is closed', async () => {
    const { backend, lending, clock } = await bothEnded()
    backend.takeNext()

    await clock.advance(LINGER_MS - 1)
    expect([backend.destroyed, lending.returned.length]).toEqual([false, 0])
    await clock.advance(1)

    expect([backend.destroyed, lending.returned.length]).toEqual([true, 1])
    expect(backend.taken).toEqual(['a'])
  })
})
