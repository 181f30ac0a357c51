import { describe, expect, test } from 'vitest'

import { SeededRandom } from './seeded-random.ts'
import { Simulation } from './simulation.ts'
import type { SimulatedSocket } from './simulated-socket.ts'

/** Writes a line and resolves with the next one that comes back. */
function exchange(socket: SimulatedSocket, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.setEncoding('utf8')
    let heard = ''
    socket.on('data', (text: string) => {
      heard += text
      if (heard.endsWith('\n')) resolve(heard.trimEnd())
    })
    socket.once('error', reject)
    socket.write(`${line}\n`)
  })
}

function eventsOf(socket: SimulatedSocket): string[] {
  const events: string[] = []
  for (const name of ['connect', 'end', 'error', 'close', 'data']) socket.on(name, () => events.push(name))
  return events
}

describe('a simulated server', () => {
  test('echoes a line after a round trip and its service time', async () => {
    const simulation = new Simulation()
    const server = simulation.listen({ latencyMs: 5, serviceMs: 3 })
    const socket = await simulation.run(server.dial())
    expect(simulation.clock.now()).toBe(10)

    const reply = await simulation.run(exchange(socket, 'hello'))

    expect(reply).toBe('hello')
    expect(simulation.clock.now()).toBe(23)
  })

  test('answers requests in order, in pieces if it is told so', async () => {
    const simulation = new Simulation()
    const server = simulation.listen({ fragmentRatio: 1, reply: (request) => `+${request}` })
    const socket = await simulation.run(server.dial())
    const heard: string[] = []
    socket.on('data', (bytes: Buffer) => heard.push(bytes.toString()))

    socket.write('first\nsec')
    socket.write('ond\n')
    await simulation.clock.advance(10)

    expect(heard.join('')).toBe('+first\n+second\n')
    expect(heard.length).toBeGreaterThan(2)
  })

  test('counts a connection from the end of the handshake to the end of the connection', async () => {
    const simulation = new Simulation()
    const server = simulation.listen({ latencyMs: 5 })
    const socket = await simulation.run(server.dial())
    expect(server.openCount).toBe(0)

    await simulation.clock.advance(5)
    expect(server.openCount).toBe(1)

    socket.destroy()
    await simulation.clock.advance(5)
    expect(server.openCount).toBe(0)
    expect(server.acceptedCount).toBe(1)
  })

  test('never sees a dial that was given up on the way', async () => {
    const simulation = new Simulation()
    const server = simulation.listen({ latencyMs: 5 })
    const abort = new AbortController()
    const dialed = server.dial({ signal: abort.signal })

    await simulation.clock.advance(7)
    abort.abort(new Error('given up'))

    await expect(dialed).rejects.toThrow('given up')
    await simulation.clock.advance(100)
    expect(server.acceptedCount).toBe(0)
  })

  test('refuses', async () => {
    const simulation = new Simulation()
    const server = simulation.listen({ latencyMs: 5 })
    server.admission = 'refuse'

    await expect(simulation.run(server.dial())).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(simulation.clock.now()).toBe(10)
  })

  test('ignores', async () => {
    const simulation = new Simulation()
    const server = simulation.listen()
    server.admission = 'ignore'

    await expect(simulation.run(server.dial())).rejects.toThrow('nothing is left to happen')
  })

  test('accepts and leaves', async () => {
    const simulation = new Simulation()
    const server = simulation.listen()
    server.admission = 'accept-then-end'
    const socket = await simulation.run(server.dial())
    const events = eventsOf(socket)

    await simulation.clock.advance(10)

    expect(events).toEqual(['end', 'close'])
  })

  test('speaks first if it has a greeting', async () => {
    const simulation = new Simulation()
    const server = simulation.listen({ greeting: 'ready\n' })

    const socket = await simulation.run(server.dial())
    await simulation.clock.advance(10)

    expect(socket.readableLength).toBe(6)
  })

  test('keeps what arrives while it is frozen, and accepts', async () => {
    const simulation = new Simulation()
    const server = simulation.listen({ latencyMs: 1 })
    server.freeze()
    const socket = await simulation.run(server.dial())
    const reply = exchange(socket, 'are you there')
    await simulation.clock.advance(500)

    server.thaw()

    await expect(simulation.run(reply)).resolves.toBe('are you there')
  })

  test('makes writers wait while their window is full', async () => {
    const simulation = new Simulation()
    const server = simulation.listen({ windowBytes: 10 })
    const socket = await simulation.run(server.dial())
    server.freeze()
    await simulation.clock.advance(10)

    socket.write('more than ten bytes')
    await simulation.clock.advance(10)
    expect(socket.writableLength).toBeGreaterThan(0)

    server.thaw()
    await simulation.clock.advance(10)
    expect(socket.writableLength).toBe(0)
  })

  test('loses packets without a sign while it is cut, and resets what it has forgotten', async () => {
    const simulation = new Simulation()
    const server = simulation.listen()
    const socket = await simulation.run(server.dial())
    const events = eventsOf(socket)
    server.cut()
    socket.write('lost\n')
    await simulation.clock.advance(60_000)
    expect(events).toEqual([])

    server.heal()
    socket.write('after\n')
    await simulation.clock.advance(10)

    expect(events).toEqual(['error', 'close'])
    expect(socket.errored).toMatchObject({ code: 'ECONNRESET' })
  })

  test('breaks every connection off when it is killed', async () => {
    const simulation = new Simulation()
    const server = simulation.listen()
    const socket = await simulation.run(server.dial())
    const events = eventsOf(socket)
    await simulation.clock.advance(10)

    server.kill()
    await simulation.clock.advance(10)

    expect(events).toEqual(['error', 'close'])
    expect(server.openCount).toBe(0)
    await expect(simulation.run(server.dial())).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    server.restart()
    await expect(simulation.run(server.dial())).resolves.toBeDefined()
  })
})

describe('a simulated socket', () => {
  test('closes by itself after the end of the other side, even if nobody reads', async () => {
    const simulation = new Simulation()
    const server = simulation.listen()
    const socket = await simulation.run(server.dial())
    const events: string[] = []
    socket.on('close', () => events.push('close'))
    await simulation.clock.advance(10)

    server.endAll()
    await simulation.clock.advance(10)

    expect(events).toEqual(['close'])
  })

  test('sees neither end nor reset while it does not read', async () => {
    const simulation = new Simulation()
    const server = simulation.listen()
    const socket = server.connect()
    socket.pause()
    await simulation.clock.advance(10)
    const events = eventsOf(socket)
    socket.pause()

    server.resetAll()
    await simulation.clock.advance(60_000)
    expect(events).toEqual([])

    socket.resume()
    await simulation.clock.advance(10)
    expect(events).toEqual(['error', 'close'])
  })

  test('cannot write after a reset it has not seen', async () => {
    const simulation = new Simulation()
    const server = simulation.listen()
    const socket = server.connect()
    socket.pause()
    await simulation.clock.advance(10)
    const events = eventsOf(socket)
    socket.pause()
    server.resetAll()
    await simulation.clock.advance(10)

    socket.write('anyone there?\n')
    await simulation.clock.settle()

    expect(events).toEqual(['error', 'close'])
    expect(socket.errored).toMatchObject({ code: 'EPIPE' })
  })

  test('is reset when it writes to a server that has left', async () => {
    const simulation = new Simulation()
    const server = simulation.listen({ latencyMs: 10 })
    const socket = await simulation.run(server.dial())
    await simulation.clock.advance(10)
    server.endAll()

    socket.write('too late\n')
    await simulation.clock.advance(100)

    expect(socket.closed).toBe(true)
    expect(server.openCount).toBe(0)
  })

  test('ends in good order with the server', async () => {
    const simulation = new Simulation()
    const server = simulation.listen()
    const socket = await simulation.run(server.dial())

    socket.end('goodbye\n')
    await simulation.clock.advance(10)

    expect(socket.closed).toBe(true)
    expect(socket.errored).toBeNull()
    expect(server.openCount).toBe(0)
  })

  test('waits for ever for the end of a server that lingers', async () => {
    const simulation = new Simulation()
    const server = simulation.listen({ lingers: true })
    const socket = await simulation.run(server.dial())

    socket.end()
    await simulation.clock.advance(60_000)

    expect(socket.closed).toBe(false)
    expect(server.connections.map((connection) => connection.hasClientEnded)).toEqual([true])
  })

  test('tells by a reset that it was destroyed with bytes unread', async () => {
    const simulation = new Simulation()
    const server = simulation.listen({ lingers: true })
    const socket = await simulation.run(server.dial())
    await simulation.clock.advance(1)

    socket.resetAndDestroy()
    await simulation.clock.advance(1)

    expect(server.openCount).toBe(0)
  })

  test('takes what arrived during a stall in the turn after it', async () => {
    const simulation = new Simulation()
    const server = simulation.listen({ latencyMs: 5 })
    const socket = await simulation.run(server.dial())
    const events = eventsOf(socket)
    socket.write('hello\n')

    simulation.clock.jump(400)
    expect(events).toEqual([])

    await simulation.clock.settle()
    expect(events).toEqual(['data'])
    expect(simulation.clock.now()).toBe(410)
  })
})

describe('a simulation', () => {
  test('tells the same story for the same seed', async () => {
    const story = async (seed: number): Promise<string> => {
      const simulation = new Simulation({ seed })
      const server = simulation.listen({ latencyMs: { leastMs: 1, mostMs: 50 }, fragmentRatio: 0.5 })
      const socket = await simulation.run(server.dial())
      await simulation.run(exchange(socket, 'a longer line than the one before'))
      return `${simulation.clock.now()} ms, ${simulation.random.next()}`
    }

    expect(await story(7)).toBe(await story(7))
    expect(await story(7)).not.toBe(await story(8))
  })

  test('says when the work takes too long', async () => {
    const simulation = new Simulation()
    const wake = new Promise<void>((resolve) => simulation.clock.wakeAt(500, resolve))

    await expect(simulation.run(wake, 100)).rejects.toThrow('still waits')
  })
})

describe('a seeded random source', () => {
  test('draws evenly, within its bounds', () => {
    const random = new SeededRandom(3)
    const counts = [0, 0, 0, 0]

    for (let draw = 0; draw < 4_000; draw++) {
      const index = random.whole(0, 3)
      counts[index] = (counts[index] ?? 0) + 1
    }

    for (const count of counts) expect(count).toBeGreaterThan(900)
  })

  test('picks and takes chances', () => {
    const random = new SeededRandom(4)

    expect([random.chance(0), random.chance(1)]).toEqual([false, true])
    expect(['a', 'b']).toContain(random.pick(['a', 'b']))
  })
})
