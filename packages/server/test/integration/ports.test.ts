import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { turns, until } from '../../../connpool/test/fixtures/until.ts'
import type { AcceptedHandle, BytePort, PortUser } from '../../src/session/byte-port.ts'
import { HandlePort } from '../../src/session/handle-port.ts'
import { SocketPort } from '../../src/session/socket-port.ts'

/** Notes what it is told. */
class Listener implements PortUser {
  readonly #port: BytePort
  readonly #chunks: Buffer[] = []
  readonly told: string[] = []
  wantsMore = true
  took: (bytes: Buffer) => void = () => undefined

  constructor(port: BytePort) {
    this.#port = port
  }

  get taken(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  take(bytes: Buffer): boolean {
    this.#chunks.push(Buffer.from(bytes))
    this.took(bytes)
    return this.wantsMore
  }

  ended(): void {
    this.told.push('ended')
  }

  writable(): void {
    this.told.push('writable')
  }

  closed(): void {
    const { error } = this.#port
    this.told.push(error === undefined ? 'closed' : `closed by ${(error as NodeJS.ErrnoException).code}`)
  }
}

function overHandle(handle: AcceptedHandle): HandlePort {
  const port = HandlePort.over(handle)
  if (port === undefined) throw new Error('this Node keeps its handles to itself')
  return port
}

const KINDS: readonly (readonly [string, (handle: AcceptedHandle) => BytePort])[] = [
  ['a socket', (handle) => SocketPort.overHandle(handle)],
  ['a bare handle', overHandle],
]

let server: Server
let accepted: AcceptedHandle[]
let peers: Socket[]

beforeEach(() => {
  accepted = []
  peers = []
  server = createServer()
})

afterEach(async () => {
  for (const peer of peers) peer.destroy()
  await new Promise((resolve) => server.close(resolve))
})

async function listenAt(where: { host: string; port: number } | { path: string }): Promise<void> {
  server.listen(where)
  await once(server, 'listening')
  // oxlint-disable-next-line eslint/no-underscore-dangle -- as the acceptor does
  const { _handle: handle } = server as unknown as { _handle: { onconnection: (e: number, h: AcceptedHandle) => void } }
  handle.onconnection = (_error, client) => void accepted.push(client)
}

/** Two ends of one connection: a client as any, and what has accepted it. */
async function pair<P extends BytePort>(
  over: (handle: AcceptedHandle) => P,
  where: { host: string; port: number } | { path: string } = { host: '127.0.0.1', port: 0 },
): Promise<{ peer: Socket; port: P; user: Listener }> {
  await listenAt(where)
  return await another(over)
}

/** One more to the same server. */
async function another<P extends BytePort>(
  over: (handle: AcceptedHandle) => P,
): Promise<{ peer: Socket; port: P; user: Listener }> {
  const address = server.address()
  const target = typeof address === 'string' ? { path: address } : { port: (address as { port: number }).port }
  const peer = connect({ ...target, host: '127.0.0.1', allowHalfOpen: true })
  peer.on('error', () => undefined)
  peers.push(peer)
  await until('it is accepted', () => accepted.length === peers.length && !peer.connecting)
  const port = over(accepted.at(-1) as AcceptedHandle)
  const user = new Listener(port)
  return { peer, port, user }
}

function received(peer: Socket): { bytes: () => Buffer; events: string[] } {
  const chunks: Buffer[] = []
  const events: string[] = []
  peer.on('data', (chunk: Buffer) => chunks.push(chunk))
  peer.on('end', () => events.push('end'))
  peer.on('error', ({ code }: NodeJS.ErrnoException) => events.push(`error ${code}`))
  peer.on('close', () => events.push('close'))
  return { bytes: () => Buffer.concat(chunks), events }
}

describe.each(KINDS)('a port over %s', (_name, over) => {
  test('takes nothing more after a take that answers false, until resume()', async () => {
    const { peer, port, user } = await pair(over)
    user.wantsMore = false
    port.attach(user)
    port.resume()
    peer.write('one')
    await until('its user has it', () => user.taken.length === 3)
    peer.write('two')
    await turns(20)
    expect(user.taken.toString()).toBe('one')

    port.resume()

    await until('its user has it', () => user.taken.toString() === 'onetwo')
    port.destroy()
  })

  test('sends back 20 MB byte for byte though its user writes what is only lent to it, and its peer reads in bursts', async () => {
    const { peer, port, user } = await pair(over)
    const bytes = randomBytes(20_000_000)
    const got = received(peer)
    user.took = (chunk) => {
      user.wantsMore = port.write(chunk)
    }
    user.writable = () => port.resume()
    user.ended = () => port.end()
    port.attach(user)
    port.resume()
    peer.end(bytes)
    for (let burst = 0; burst < 50; burst++) {
      peer.pause()
      await turns(3)
      peer.resume()
      await turns(1)
    }

    await until('it closes', () => got.events.includes('close'))

    expect(got.bytes().equals(bytes)).toBe(true)
    await until('its user is told', () => user.told.at(-1) === 'closed')
  })

  test('sends what it was lent, though another reads over it before it has gone out', async () => {
    const [one, other] = [await pair(over), await another(over)]
    one.peer.pause()
    one.port.attach(one.user)
    other.port.attach(other.user)
    other.port.resume()
    const sent: Buffer[] = [Buffer.alloc(8_000_000, 'x')]
    one.port.write(sent[0] as Buffer)
    other.user.took = (chunk) => {
      sent.push(Buffer.from(chunk))
      one.port.write(chunk)
    }
    for (const letter of 'abcdef') {
      const before = other.user.taken.length
      other.peer.write(letter.repeat(1_000))
      await until('it is taken', () => other.user.taken.length === before + 1_000)
    }

    const got = received(one.peer)
    one.peer.resume()

    const all = Buffer.concat(sent)
    await until('its peer has it', () => got.bytes().length === all.length)
    expect(got.bytes().equals(all)).toBe(true)
    one.port.destroy()
    other.port.destroy()
  })

  test('closes when both ends come at one moment', async () => {
    const { peer, port, user } = await pair(over)
    peer.end()
    await turns(20)
    port.attach(user)

    port.resume()
    port.end()

    await until('its user is told', () => user.told.includes('closed'))
  })

  test('says when it has more than it can take, and when that has gone out, in order', async () => {
    const { peer, port, user } = await pair(over)
    peer.pause()
    const chunks = Array.from({ length: 400 }, (_, index) => Buffer.alloc(50_000, index % 251))
    port.attach(user)

    const answers = chunks.map((chunk) => port.write(chunk))

    expect(answers[0]).toBe(true)
    expect([answers.at(-1), port.isFull]).toEqual([false, true])
    expect(user.told).toEqual([])
    const got = received(peer)
    peer.resume()
    await until('it is writable', () => user.told.includes('writable'))
    await until('its peer has it', () => got.bytes().length === 20_000_000)
    expect(got.bytes().equals(Buffer.concat(chunks))).toBe(true)
    expect(port.isFull).toBe(false)
    port.destroy()
  })

  test('keeps a thousand small writes that cannot go out, and sends them in order', async () => {
    const { peer, port, user } = await pair(over)
    peer.pause()
    port.attach(user)
    port.write(Buffer.alloc(8_000_000, 'x'))

    for (let index = 0; index < 1_000; index++) port.write(Buffer.from(`${index};`))
    port.end()

    const got = received(peer)
    peer.resume()
    await until('its peer sees the end', () => got.events.includes('end'))
    const numbers = Array.from({ length: 1_000 }, (_, index) => `${index};`).join('')
    expect(got.bytes().subarray(8_000_000).toString()).toBe(numbers)
    port.destroy()
  })

  test('sends a thousand writes of one turn in order, small ones and large ones', async () => {
    const { peer, port, user } = await pair(over)
    const got = received(peer)
    const chunks = Array.from({ length: 1_000 }, (_, index) => Buffer.alloc(index % 50 === 0 ? 20_000 : 7, index % 251))
    port.attach(user)

    for (const chunk of chunks) port.write(chunk)
    port.end()

    await until('its peer sees the end', () => got.events.includes('end'))
    expect(got.bytes().equals(Buffer.concat(chunks))).toBe(true)
    port.destroy()
  })

  test.each(['destroy', 'reset'] as const)('sends what was written before %s()', async (close) => {
    const { peer, port, user } = await pair(over)
    const got = received(peer)
    port.attach(user)

    port.write(Buffer.from('last words'))
    port[close]()

    await until('its peer has it and sees its end', () => got.bytes().length > 0 && got.events.length > 0)
    expect(got.bytes().toString()).toBe('last words')
  })

  test('sends all that is written, and its end, when it is writable again', async () => {
    const { peer, port, user } = await pair(over)
    const chunks = ['a', 'b', 'c'].map((letter) => Buffer.alloc(8_000_000, letter))
    const [first, ...others] = chunks
    user.writable = () => {
      for (const chunk of others) port.write(chunk)
      port.end()
    }
    port.attach(user)
    port.write(first as Buffer)
    const got = received(peer)
    peer.resume()

    await until('its peer sees the end', () => got.events.includes('end'))

    expect(got.bytes().equals(Buffer.concat(chunks))).toBe(true)
    port.destroy()
  })

  test('ends its side after what was written, and goes on reading', async () => {
    const { peer, port, user } = await pair(over)
    const got = received(peer)
    port.attach(user)
    port.resume()
    port.write(Buffer.from('bye'))
    port.end()
    await until('its peer sees the end', () => got.events.includes('end'))
    expect([got.bytes().toString(), port.isWritable]).toEqual(['bye', false])

    peer.write('still here')
    await until('its user has it', () => user.taken.toString() === 'still here')
    expect(user.told).toEqual([])
    peer.end()

    await until('its user is told', () => user.told.length === 2)
    expect(user.told).toEqual(['ended', 'closed'])
  })

  test('hears its peer end, and can still write', async () => {
    const { peer, port, user } = await pair(over)
    const got = received(peer)
    port.attach(user)
    port.resume()
    peer.end('question')
    await until('its user is told', () => user.told.includes('ended'))

    port.write(Buffer.from('answer'))
    port.end()

    await until('it closes', () => got.events.includes('close'))
    expect(got.bytes().toString()).toBe('answer')
    expect(got.events).toEqual(['end', 'close'])
    await until('its user is told', () => user.told.includes('closed'))
    expect(user.told).toEqual(['ended', 'closed'])
  })

  test('drops what is written after its end, and says so', async () => {
    const { peer, port, user } = await pair(over)
    const got = received(peer)
    const sent: unknown[] = []
    port.attach(user)
    port.resume()
    port.end()
    port.write(Buffer.from('late'), (error) => sent.push(error))
    await until('its peer sees the end', () => got.events.includes('end'))

    expect(got.bytes()).toHaveLength(0)
    expect([sent, user.told]).toEqual([[expect.any(Error)], []])
    port.destroy()
  })

  test('resets: its peer sees an error', async () => {
    const { peer, port, user } = await pair(over)
    const got = received(peer)
    port.attach(user)
    port.resume()

    port.reset()

    await until('it closes', () => got.events.includes('close'))
    expect(got.events).toEqual(['error ECONNRESET', 'close'])
    await until('its user is told', () => user.told.length > 0)
    expect(user.told).toEqual(['closed'])
  })

  test.each([0, 5])('closes when reset %i turns after its end', async (after) => {
    const { port, user } = await pair(over)
    port.attach(user)
    port.resume()
    port.end()
    await turns(after)

    port.reset()

    await until('its user is told', () => user.told.length > 0)
    expect(user.told).toEqual(['closed'])
  })

  test('is closed once, however often it is destroyed, and not before that returns', async () => {
    const { port, user } = await pair(over)
    port.attach(user)
    port.resume()

    port.destroy()
    port.destroy()
    port.reset()

    expect(user.told).toEqual([])
    expect(port.isWritable).toBe(false)
    await until('its user is told', () => user.told.length > 0)
    await turns(10)
    expect(user.told).toEqual(['closed'])
  })

  test('is closed with an error when its peer resets', async () => {
    const { peer, port, user } = await pair(over)
    port.attach(user)
    port.resume()

    peer.resetAndDestroy()

    await until('its user is told', () => user.told.length > 0)
    expect(user.told).toEqual(['closed by ECONNRESET'])
  })

  test('takes a reset right behind bytes for what it is, not for an end', async () => {
    const { peer, port, user } = await pair(over)
    port.pause()
    port.attach(user)
    peer.write(Buffer.alloc(30_000))
    await turns()
    peer.resetAndDestroy()
    await turns()

    port.resume()

    await until('its user is told', () => user.told.length > 0)
    expect(user.told).toEqual(['closed by ECONNRESET'])
  })

  test('is closed with an error when it cannot write any more', async () => {
    const { peer, port, user } = await pair(over)
    peer.pause()
    port.attach(user)
    while (port.write(Buffer.alloc(100_000)));

    peer.resetAndDestroy()

    await until('its user is told', () => user.told.length > 0)
    expect(user.told[0]).toMatch(/^closed by (ECONNRESET|EPIPE)$/)
  })

  test('tells when what was written has gone out', async () => {
    const { peer, port, user } = await pair(over)
    const sent: unknown[] = []
    port.attach(user)
    port.write(Buffer.from('at once'), (error) => sent.push(error ?? 'at once'))
    expect(sent).toEqual([])
    await until('it is told', () => sent.length === 1)

    port.write(Buffer.alloc(8_000_000), (error) => sent.push(error ?? 'later'))
    await turns(20)
    expect(sent).toEqual(['at once'])
    peer.resume()

    await until('it is told', () => sent.length === 2)
    expect(sent).toEqual(['at once', 'later'])
    port.destroy()
  })

  test('calls nobody who has left', async () => {
    const { peer, port, user } = await pair(over)
    port.attach(user)
    port.resume()
    port.detach()

    peer.end('bytes')
    await turns(20)
    port.destroy()
    await turns(20)

    expect([user.taken.length, user.told]).toEqual([0, []])
  })

  test('knows where it is', async () => {
    const { port, peer } = await pair(over)

    expect(port.local).toEqual({ address: '127.0.0.1', port: peer.remotePort })
    port.destroy()
  })

  test('serves a Unix socket, where a reset is an end', async () => {
    const path = join(tmpdir(), `connpool-ports-${process.pid}.sock`)
    await rm(path, { force: true })
    const { peer, port, user } = await pair(over, { path })
    const got = received(peer)
    port.attach(user)
    port.resume()
    peer.write('ping')
    await until('its user has it', () => user.taken.toString() === 'ping')
    port.write(Buffer.from('pong'))
    await until('its peer has it', () => got.bytes().toString() === 'pong')

    port.reset()

    await until('its peer sees the end', () => got.events.includes('end'))
    expect(port.local).toEqual({ address: undefined, port: undefined })
  })
})

describe('a port over a bare handle', () => {
  test('gives its user what comes, from resume() on', async () => {
    const { peer, port, user } = await pair(overHandle)
    peer.write('hello')
    port.attach(user)
    await turns(5)
    expect(user.taken.toString()).toBe('')

    port.resume()

    await until('its user has it', () => user.taken.toString() === 'hello')
    port.destroy()
  })

  test('keeps what comes while it has no user, for the next one', async () => {
    const { peer, port, user } = await pair(overHandle)
    const first = new Listener(port)
    port.attach(first)
    port.resume()
    peer.write('one')
    await until('its user has it', () => first.taken.length === 3)
    port.detach()
    peer.write('two')
    await turns(20)

    port.attach(user)
    port.resume()

    await until('its user has it', () => user.taken.toString() === 'two')
    expect(first.taken.toString()).toBe('one')
    port.destroy()
  })

  test('takes back what has not gone out, and nothing later', async () => {
    const { peer, port, user } = await pair(overHandle)
    const got = received(peer)
    port.attach(user)
    expect(port.withdraw()).toBe(false)

    port.write(Buffer.from('never'))
    expect([port.withdraw(), port.unsentBytes, port.withdraw()]).toEqual([true, 0, false])
    port.write(Buffer.from('sent'))
    await until('its peer has it', () => got.bytes().length > 0)
    expect([got.bytes().toString(), port.withdraw()]).toEqual(['sent', false])

    peer.pause()
    port.write(Buffer.alloc(8_000_000))
    port.write(Buffer.from('waits for that'))
    expect(port.withdraw()).toBe(false)
    port.destroy()
  })

  test('sends what was written as it was then', async () => {
    const { peer, port, user } = await pair(overHandle)
    const got = received(peer)
    port.attach(user)
    const bytes = Buffer.from('first')

    port.write(bytes)
    bytes.fill('x')

    await until('its peer has it', () => got.bytes().length === 5)
    expect(got.bytes().toString()).toBe('first')
    port.destroy()
  })

  test('tells that what was written before it was closed has gone out', async () => {
    const { port, user } = await pair(overHandle)
    const sent: unknown[] = []
    port.attach(user)
    port.write(Buffer.from('last words'), (error) => sent.push(error ?? 'sent'))

    port.destroy()

    await until('it is told', () => sent.length === 1)
    expect(sent).toEqual(['sent'])
  })

  test('tells when what was written never will', async () => {
    const { port, user } = await pair(overHandle)
    const sent: unknown[] = []
    port.attach(user)
    port.write(Buffer.alloc(8_000_000), (error) => sent.push(error))

    port.destroy()

    await until('it is told', () => sent.length === 1)
    expect(sent).toEqual([expect.any(Error)])
  })

  test('tells its end to a user who came after it', async () => {
    const { peer, port, user } = await pair(overHandle)
    port.resume()
    peer.end('last words')
    await until('the end has come', () => port.hasPeerEnded)

    port.attach(user)

    expect(user.taken.toString()).toBe('last words')
    await until('its user is told', () => user.told.includes('ended'))
    port.destroy()
  })

  test('stops reading when too much comes that nobody takes', async () => {
    const { peer, port } = await pair(overHandle)
    port.resume()

    peer.write(Buffer.alloc(8_000_000))
    await turns(200)

    expect(port.keptBytes).toBeLessThan(200_000)
    expect(peer.writableLength).toBeGreaterThan(0)
    port.destroy()
  })
})
