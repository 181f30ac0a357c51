import { getEventListeners, once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'

import { memcachedVersion } from '../../src/health/memcached-version.ts'
import type { SocketProbe } from '../../src/health/probe.ts'
import { redisPing } from '../../src/health/redis-ping.ts'
import { sendExpect } from '../../src/health/send-expect.ts'
import { socketAlive } from '../../src/health/socket-alive.ts'
import { SocketKeeper } from '../../src/health/socket-keeper.ts'
import { Loopback, transports, turns, until } from './loopback.ts'
import type { Pair } from './loopback.ts'

const PING = '*1\r\n$4\r\nPING\r\n'

interface Dialogue {
  readonly probe: SocketProbe
  readonly question: string
  readonly answer: string
}

const dialogues: Readonly<Record<string, Dialogue>> = {
  redisPing: { probe: redisPing(), question: PING, answer: '+PONG\r\n' },
  memcachedVersion: { probe: memcachedVersion(), question: 'version\r\n', answer: 'VERSION 1.6.18\r\n' },
  'sendExpect of text': { probe: sendExpect({ send: 'grüß', expect: 'göttin' }), question: 'grüß', answer: 'göttin' },
  'sendExpect of bytes': {
    probe: sendExpect({ send: Uint8Array.of(1, 2), expect: Uint8Array.of(3, 4, 5) }),
    question: '\u0001\u0002',
    answer: '\u0003\u0004\u0005',
  },
}

/** Waits for the question, and sends the chunks as separate packets, a turn apart. */
async function answer({ peer }: Pair, question: string, chunks: readonly (string | Buffer)[]): Promise<string> {
  let asked = ''
  peer.on('data', (chunk: Buffer) => (asked += String(chunk)))
  await until(() => Buffer.byteLength(asked) >= Buffer.byteLength(question))
  for (const chunk of chunks) {
    peer.write(chunk)
    await setImmediate()
  }
  return asked
}

function traceOf(socket: Socket): unknown {
  const listeners = socket.eventNames().map((name) => [name, socket.listenerCount(name)])
  return { listeners, flowing: socket.readableFlowing, paused: socket.isPaused(), length: socket.readableLength }
}

function never(): { readonly signal: AbortSignal } {
  return { signal: new AbortController().signal }
}

describe.each(transports)('over %s', (transport) => {
  describe.each(Object.entries(dialogues))('%s', (_, { probe, question, answer: right }) => {
    test('asks its question and is content with the right answer, leaving no trace', async () => {
      await using loopback = await Loopback.listen(transport)
      const pair = await loopback.connect()
      const before = traceOf(pair.client)
      const context = never()

      const healthy = probe(pair.client, context)
      const asked = await answer(pair, question, [right])

      expect(await healthy).toBe(true)
      expect(asked).toBe(question)
      expect(traceOf(pair.client)).toEqual(before)
      expect(getEventListeners(context.signal, 'abort')).toEqual([])
      pair.peer.write('for the next user')
      await until(() => pair.client.readableLength === 17)
      expect(String(pair.client.read())).toBe('for the next user')
    })

    test('can be asked again and again', async () => {
      await using loopback = await Loopback.listen(transport)
      const pair = await loopback.connect()
      const lost: string[] = []
      const keeper = new SocketKeeper(pair.client, (why) => lost.push(why))
      pair.peer.on('data', () => pair.peer.write(right))

      for (let round = 0; round < 20; round++) {
        expect(await probe(pair.client, never())).toBe(true)
        expect([keeper.flaw(), keeper.scrub()]).toEqual([undefined, true])
      }
      expect(lost).toEqual([])
    })

    test('puts the answer together from single bytes', async () => {
      await using loopback = await Loopback.listen(transport)
      const pair = await loopback.connect()

      const healthy = probe(pair.client, never())
      await answer(
        pair,
        question,
        Array.from(Buffer.from(right), (byte) => Buffer.of(byte)),
      )

      expect(await healthy).toBe(true)
    })

    test('is not content with more than the answer', async () => {
      await using loopback = await Loopback.listen(transport)
      const pair = await loopback.connect()

      const healthy = probe(pair.client, never())
      await answer(pair, question, [`${right}x`])

      expect(await healthy).toBe(false)
    })
  })
})

const probes: Readonly<Record<string, SocketProbe>> = {
  ...Object.fromEntries(Object.entries(dialogues).map(([name, { probe }]) => [name, probe])),
  socketAlive: socketAlive(),
}

describe.each(Object.entries(dialogues))('%s', (_, { probe, question, answer: right }) => {
  const wrong: Readonly<Record<string, string>> = {
    'an error': '-NOAUTH Authentication required.\r\n',
    'another answer': 'ERROR\r\n',
    'the answer twice': `${right}${right}`,
    'one byte and the answer': ` ${right}`,
    'endless bytes': '0'.repeat(1024 * 1024),
  }

  test.each(Object.entries(wrong))('is not content with %s', async (_name, reply) => {
    await using loopback = await Loopback.listen('tcp')
    const pair = await loopback.connect()

    const healthy = probe(pair.client, never())
    await answer(pair, question, [reply])

    expect(await healthy).toBe(false)
  })

  test('gives up when the peer hangs up half-way', async () => {
    await using loopback = await Loopback.listen('tcp')
    const pair = await loopback.connect()
    const before = pair.client.eventNames()

    const healthy = probe(pair.client, never())
    await answer(pair, question, [right.slice(0, 2)])
    pair.peer.end()

    expect(await healthy).toBe(false)
    expect(pair.client.eventNames()).toEqual(before)
  })

  test('gives up when the peer hangs up on a connection that may stay half open', async () => {
    await using loopback = await Loopback.listen('tcp')
    const [client, { peer }] = await Promise.all([dialHalfOpen(loopback.port), loopback.nextPeer()])

    const healthy = probe(client, never())
    await once(peer, 'readable')
    peer.end()

    expect(await healthy).toBe(false)
    client.destroy()
  })

  test('gives up when somebody destroys the connection', async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client } = await loopback.connect()

    const healthy = probe(client, never())
    client.destroy()

    expect(await healthy).toBe(false)
  })

  test('gives up when the peer answers and hangs up', async () => {
    await using loopback = await Loopback.listen('tcp')
    const pair = await loopback.connect()

    const healthy = probe(pair.client, never())
    await once(pair.peer, 'readable')
    pair.peer.end(right)

    // Whether the end comes with the answer or after it is the network's choice.
    if (await healthy) await once(pair.client, 'end')
    expect(await probe(pair.client, never())).toBe(false)
  })

  test('gives up when the connection is reset, and the error goes no further', async () => {
    await using loopback = await Loopback.listen('tcp')
    const pair = await loopback.connect()
    const keeper = new SocketKeeper(pair.client, () => undefined)

    const healthy = probe(pair.client, never())
    await turns()
    pair.raw.resetAndDestroy()

    expect(await healthy).toBe(false)
    expect(keeper.flaw()).toBe('socket-error')
  })

  test('stops when it is aborted, leaving no trace', async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client } = await loopback.connect()
    const before = traceOf(client)
    const controller = new AbortController()

    const healthy = probe(client, { signal: controller.signal })
    controller.abort()

    expect(await healthy).toBe(false)
    expect(traceOf(client)).toEqual(before)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  test('asks nothing when it was aborted before', async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client } = await loopback.connect()

    expect(await probe(client, { signal: AbortSignal.abort() })).toBe(false)
    expect(client.bytesWritten).toBe(0)
  })

  test('reads bytes also where onConnect has set an encoding', async () => {
    await using loopback = await Loopback.listen('tcp')
    const pair = await loopback.connect()
    pair.client.setEncoding('utf8')

    const healthy = probe(pair.client, never())
    await answer(pair, question, [right])

    expect(await healthy).toBe(true)
  })

  test('leaves a listener of onConnect flowing', async () => {
    await using loopback = await Loopback.listen('tcp')
    const pair = await loopback.connect()
    const received: string[] = []
    pair.client.on('data', (chunk: Buffer) => received.push(String(chunk)))

    const healthy = probe(pair.client, never())
    await answer(pair, question, [right])
    expect(await healthy).toBe(true)
    pair.peer.write('next')
    await until(() => received.includes('next'))

    expect(received).toEqual([right, 'next'])
  })
})

describe.each(Object.entries(probes))('%s', (_, probe) => {
  test('is not content with unread bytes, and leaves them', async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client, peer } = await loopback.connect()
    peer.write('+PONG\r\n')
    await until(() => client.readableLength === 7)

    expect(await probe(client, never())).toBe(false)
    expect(client.readableLength).toBe(7)
  })

  test('is not content with a connection that is closed', async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client } = await loopback.connect()
    client.destroy()

    expect(await probe(client, never())).toBe(false)
  })

  test('is not content with a connection that has been ended', async () => {
    await using loopback = await Loopback.listen('tcp')
    const { client } = await loopback.connect()
    client.end()

    expect(await probe(client, never())).toBe(false)
  })
})

async function dialHalfOpen(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  await once(socket, 'connect')
  return socket
}

test('an answer to a question that was not yet asked to its end is not believed', async () => {
  await using loopback = await Loopback.listen('tcp')
  const { client, peer } = await loopback.connect()
  const probe = sendExpect({ send: new Uint8Array(64 * 1024 * 1024), expect: 'early' })

  const healthy = probe(client, never())
  peer.pause()
  peer.write('early')

  expect(await healthy).toBe(false)
})

describe.each(transports)('socketAlive over %s', (transport) => {
  test('is content with an open connection and sends nothing', async () => {
    await using loopback = await Loopback.listen(transport)
    const { client } = await loopback.connect()
    const before = traceOf(client)
    const sent = client.bytesWritten

    expect(await socketAlive()(client, never())).toBe(true)
    expect(traceOf(client)).toEqual(before)
    expect(client.bytesWritten).toBe(sent)
  })

  test.each(['end', 'write'] as const)('sees a %s that the kernel has and nobody has looked at', async (what) => {
    await using loopback = await Loopback.listen(transport)
    const { client, peer } = await loopback.connect()
    await turns()
    if (what === 'end') peer.end()
    else peer.write('!')
    const until = performance.now() + 5
    while (performance.now() < until);

    expect(await socketAlive()(client, never())).toBe(false)
  })
})
