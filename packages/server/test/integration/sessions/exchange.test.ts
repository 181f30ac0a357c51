import { randomInt } from 'node:crypto'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'

import { turns, until } from '../../../../connpool/test/fixtures/until.ts'
import { lines } from '../../../src/protocols/lines.ts'
import type { FramedProtocol } from '../../../src/protocols/protocol.ts'
import type { Client } from '../../fixtures/client.ts'
import { heldBytes } from '../../fixtures/held-bytes.ts'
import { perLine } from '../../fixtures/scripted-backend.ts'
import { Setting } from '../../fixtures/setting.ts'

let setting: Setting

afterEach(async () => {
  await setting[Symbol.asyncDispose]()
})

type Options = Partial<Parameters<typeof Setting.start>[1]>

/** Requests are lines; `answer` is what the backend does with each. */
async function serving(answer: (line: string, socket: Socket) => void, options: Options = {}): Promise<Setting> {
  setting = await Setting.start(perLine(answer), { protocol: 'lines', ...options })
  return setting
}

const doubled = (line: string, socket: Socket): void => void socket.write(`${line}${line}\n`)

/** Sends these bytes cut into pieces of the sizes, each in a packet of its own as far as that can be. */
async function sendCut(client: Client, bytes: Buffer, sizes: readonly number[]): Promise<void> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    client.send(bytes.subarray(at, at + size))
    at += size
    await turns(1)
  }
}

describe('requests and replies', () => {
  test('keep their order, however the requests are cut', async () => {
    const { front } = await serving(doubled, { pool: { maxSize: 2 } })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[a-z]{0,40}$/), { minLength: 1, maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
        async (words, sizes) => {
          using client = await setting.client()
          await sendCut(client, Buffer.from(words.map((word) => `${word}\n`).join('')), sizes)
          await client.receives(words.map((word) => `${word}${word}\n`).join(''))
        },
      ),
      { numRuns: 15 },
    )
    expect(front.stats.requests).toEqual({ ok: expect.any(Number) as number })
  })

  test('of two hundred clients over four connections are not mixed up', async () => {
    const { backend, front } = await serving(
      (line, socket) => {
        void delay(randomInt(3)).then(() => {
          const half = randomInt(line.length)
          socket.write(line.slice(0, half))
          setImmediate(() => socket.write(`${line.slice(half)}\n`))
        })
      },
      { pool: { maxSize: 4 }, requestTimeout: '30s', queueTarget: '20s', queueInterval: '20s' },
    )
    const clients = await setting.clients(200)

    await Promise.all(
      clients.map(async (client, index) => {
        for (let turn = 0; turn < 5; turn++) {
          const nonce = `${index}-${turn}-${'x'.repeat(randomInt(200))}`
          expect(await client.ask(`${nonce}\n`)).toBe(`${nonce}\n`)
        }
      }),
    )

    expect(backend.most).toBeLessThanOrEqual(4)
    expect(front.stats.requests).toEqual({ ok: 1_000 })
  })

  test('are answered in a thousand pieces', async () => {
    await serving((line, socket) => {
      const bytes = Buffer.from(`${line.repeat(1_000)}\n`)
      const next = (at: number): void => {
        socket.write(bytes.subarray(at, at + 1))
        if (at + 1 < bytes.length) setImmediate(() => next(at + 1))
      }
      next(0)
    })
    const client = await setting.client()

    expect(await client.ask('z\n')).toBe(`${'z'.repeat(1_000)}\n`)
  })

  test('a reply of 5 MB reaches a slow reader whole, and its connection is lent again', async () => {
    const { backend } = await serving((_, socket) => void socket.write(`${'y'.repeat(5_000_000)}\n`))
    const client = await setting.client()
    client.socket.pause()
    client.send('go\n')
    await delay(50)
    client.socket.resume()
    await until('all has come', () => client.bytesReceived === 5_000_001)
    client.socket.pause()
    client.socket.resume()
    await client.ask('again\n')

    expect(client.text).toBe(`${'y'.repeat(5_000_000)}\n`.repeat(2))
    expect(backend.accepted).toBe(1)
  })

  test('that a half-closed client has sent are answered, and then it is told the end', async () => {
    await serving(doubled)
    const client = await setting.client()
    client.socket.end('a\nb\nc\n')
    await client.ends()

    expect(client.text).toBe('aa\nbb\ncc\n')
    await until('the session is over', () => setting.front.ends.length === 1)
    expect(setting.front.ends).toEqual(['--'])
  })

  test('answered here keep their place among those that the backend answers', async () => {
    const protocol: FramedProtocol = {
      ...lines(),
      answer: (request) => (request[0] === 0x23 ? Buffer.from('here\n') : undefined),
      hasReply: (request) => request[0] !== 0x21,
    }
    const noted: string[] = []
    await serving(
      (line, socket) => {
        if (line.startsWith('!')) noted.push(line)
        else doubled(line, socket)
      },
      { protocol },
    )
    const client = await setting.client()
    client.send('a\n#\n!one\nb\n#\n#\n!two\n!three\nc\n')

    await client.receives('aa\nhere\nbb\nhere\nhere\ncc\n')
    expect(noted).toEqual(['!one', '!two', '!three'])
  })

  test('that need no reply are all carried out, and their connection is lent again', async () => {
    const protocol: FramedProtocol = { ...lines(), hasReply: (request) => request[0] !== 0x21 }
    let bytes = 0
    const { backend } = await serving(
      (line, socket) => {
        if (line.startsWith('!')) bytes += line.length
        else doubled(line, socket)
      },
      { protocol, pool: { maxSize: 1 } },
    )
    const client = await setting.client()
    for (let turn = 0; turn < 20; turn++) client.send(`!${'w'.repeat(900_000)}\n`)
    client.send('a\n')

    await client.receives('aa\n')
    expect(bytes).toBe(20 * 900_001)
    expect(backend.accepted).toBe(1)
  })

  test('of a client that sends far ahead are read no faster than they are answered', async () => {
    const { front } = await serving((line, socket) => void socket.write(`${line}\n`))
    const client = await setting.client()
    client.send(Buffer.from('go\n'.repeat(1_000_000)))
    let most = 0
    await until('many are answered', () => {
      const { bytesIn, bytesOut } = front.stats
      most = Math.max(most, bytesIn - bytesOut)
      return bytesOut > 90_000
    })

    expect(most).toBeLessThan(256 * 1024)
  })

  test('of a client that does not read take little memory', async () => {
    const { front } = await serving((_, socket) => void socket.write(`${'y'.repeat(4_000)}\n`), {
      requestTimeout: '20s',
    })
    const before = heldBytes()
    const clients = await setting.clients(4)
    const piece = Buffer.from('go\n'.repeat(10_000))
    for (const client of clients) {
      client.socket.pause()
      for (let turn = 0; turn < 200; turn++) client.send(piece)
    }
    await until('nothing moves', async () => {
      const { bytesOut } = front.stats
      await delay(100)
      return bytesOut > 0 && front.stats.bytesOut === bytesOut
    })

    expect(front.stats.bytesIn).toBeLessThan(4 * 200 * piece.length)
    expect(heldBytes() - before).toBeLessThan(8 * 1024 * 1024)
  })
})

describe('a backend that does what it should not', () => {
  test('sends more than it was asked for: the connection is closed, and nobody sees those bytes', async () => {
    const { backend } = await serving((line, socket) => void socket.write(`${line}\nsecret of another\n`), {
      pool: { maxSize: 1 },
    })
    const [one, two] = (await setting.clients(2)) as [Client, Client]

    expect(await one.ask('a\n')).toBe('a\n')
    expect(await two.ask('b\n')).toBe('b\n')
    await turns()
    expect([one.text, two.text]).toEqual(['a\n', 'b\n'])
    expect(backend.accepted).toBe(2)
  })

  test('sends what is no reply: each request has an answer all the same', async () => {
    await serving((line, socket) => void (line === 'PING' && socket.write('+one\r\n*x\r\n')), { protocol: 'redis' })
    const client = await setting.client()
    client.send('PING\r\nECHO a\r\nECHO b\r\n')

    await until('all have answers', () => client.text.split('\r\n').length === 4)
    const [first, ...others] = client.text.split('\r\n')
    expect(first).toBe('+one')
    expect(others.slice(0, 2)).toEqual([expect.stringMatching(/^-ERR connpool: /), expect.stringMatching(/^-ERR/)])
    expect(setting.front.stats.requests).toEqual({ ok: 1, 'backend-lost': 2 })
  })

  test('goes after the request was written: an error, and the request is not repeated', async () => {
    let asked = 0
    await serving((line, socket) => {
      if (line === 'die') {
        asked++
        socket.destroy()
      } else doubled(line, socket)
    })
    const client = await setting.client()
    await client.ask('a\n')

    expect(await client.ask('die\n')).toBe(
      'ERR connpool: the backend connection was lost, the request may have been carried out\n',
    )
    expect(await client.ask('b\n')).toBe('bb\n')
    expect(asked).toBe(1)
    expect(setting.front.stats.requests).toEqual({ ok: 2, 'backend-lost': 1 })
  })

  test('closes idle connections: the next request does not notice', async () => {
    const { backend } = await serving(doubled)
    const client = await setting.client()
    for (let turn = 0; turn < 5; turn++) {
      expect(await client.ask('a\n')).toBe('aa\n')
      for (const socket of backend.sockets) socket.destroy()
      await until('it is noticed', () => setting.front.pool.total === 0)
    }
    expect(setting.front.stats.requests).toEqual({ ok: 5 })
  })

  test('dies in the middle of a reply: its client is cut, the others go on', async () => {
    await serving((line, socket) => {
      if (line !== 'half') return doubled(line, socket)
      socket.write('this is not al')
      setTimeout(() => socket.destroy(), 20)
    })
    const [one, two] = (await setting.clients(2)) as [Client, Client]
    one.send('half\n')
    expect(await two.ask('b\n')).toBe('bb\n')
    await one.closes()

    expect(one.errorCode).toBe('ECONNRESET')
    expect(one.text).not.toContain('\n')
    expect(setting.front.ends).toEqual(['SD'])
    expect(await two.ask('c\n')).toBe('cc\n')
  })
})

describe('requestTimeout', () => {
  const TIMEOUT = 'ERR connpool: the request has taken too long\n'

  test('is for a request that drips, too', async () => {
    await serving(doubled, { requestTimeout: '80ms' })
    const client = await setting.client()
    const timer = setInterval(() => client.send('x'), 10)
    await client.ends()
    clearInterval(timer)
    client.socket.end()

    expect(client.text).toBe(TIMEOUT)
    await until('the session is over', () => setting.front.ends.length === 1)
    expect(setting.front.ends).toEqual(['cR'])
  })

  test('is for those that wait in the queue; the session goes on', async () => {
    await serving((line, socket) => void (line !== 'hang' && doubled(line, socket)), {
      requestTimeout: '150ms',
      pool: { maxSize: 1 },
    })
    const [one, two] = (await setting.clients(2)) as [Client, Client]
    one.send('hang\n')
    await until('it is under way', () => setting.front.pool.leased === 1)
    await delay(60)
    two.send('b\n')
    await until('both are answered', () => one.text !== '' && two.text !== '')

    expect(one.text).toBe(TIMEOUT)
    // It has waited for the first, whose connection was closed then.
    expect(two.text).toBe('bb\n')
    expect(await one.ask('c\n')).toBe('cc\n')
    expect(setting.front.stats.requests).toEqual({ timeout: 1, ok: 2 })
  })

  test('is said to who waits longer than that in the queue', async () => {
    const protocol: FramedProtocol = { ...lines(), claim: (request) => (request[0] === 0x23 ? 'own' : 'share') }
    await serving(doubled, { protocol, requestTimeout: '80ms', pool: { maxSize: 1 } })
    const [owner, one, two] = (await setting.clients(3)) as [Client, Client, Client]
    await owner.ask('#\n')
    one.send('a\n')
    two.send('a\n')
    await one.receives(TIMEOUT)
    await two.receives(TIMEOUT)

    expect(setting.front.stats.queue).toMatchObject({ length: 0, dropped: { timeout: 2 } })
    expect(await owner.ask('still\n')).toBe('stillstill\n')
  })

  test('is for a reply that does not begin, and for one that does not end', async () => {
    await serving((line, socket) => void (line === 'half' && socket.write('only ha')), { requestTimeout: '80ms' })
    const [one, two] = (await setting.clients(2)) as [Client, Client]
    one.send('hang\n')
    two.send('half\n')
    await one.receives(TIMEOUT)
    await two.closes()

    expect([two.text, two.errorCode]).toEqual(['only ha', 'ECONNRESET'])
    expect(setting.front.ends).toEqual(['sD'])
    expect(setting.front.pool.total).toBe(0)
  })

  test('cuts a client that does not take its reply, which is no fault of the backend', async () => {
    const reply = Buffer.from(`${'y'.repeat(20_000_000)}\n`)
    // It must have begun to come by then, on a machine that is busy, too: until then it is the backend that is late.
    await serving((_, socket) => void socket.write(reply), { requestTimeout: '1s' })
    const client = await setting.client()
    client.socket.pause()
    client.send('go\n')
    await until('the session is over', () => setting.front.ends.length === 1)

    expect(setting.front.ends).toEqual(['cD'])
    const { pool } = setting.front.server.stats().upstreams['backend'] ?? {}
    expect(JSON.stringify(pool)).not.toContain('"failures":1')
  })

  test('is not for sessions at rest', async () => {
    await serving(doubled, { requestTimeout: '40ms', idleTimeout: '1m' })
    const client = await setting.client()
    await delay(80)
    await client.ask('a\n')
    await delay(80)

    expect(await client.ask('b\n')).toBe('bb\n')
    expect(setting.front.ends).toEqual([])
  })

  test('begins anew with each request, those that are answered here included', async () => {
    const protocol: FramedProtocol = { ...lines(), answer: () => Buffer.from('here\n') }
    await serving(doubled, { protocol, requestTimeout: '120ms' })
    const client = await setting.client()
    client.send('x')
    for (let turn = 0; turn < 12; turn++) {
      await delay(20)
      client.send('\nx')
    }

    expect(client.text).toBe('here\n'.repeat(client.text.length / 5))
    expect(client.text.length).toBeGreaterThan(50)
  })
})

describe('a client that goes', () => {
  test('frees its place in the queue at once', async () => {
    await serving((line, socket) => void (line !== 'hang' && doubled(line, socket)), { pool: { maxSize: 1 } })
    const [one, two, three] = (await setting.clients(3)) as [Client, Client, Client]
    one.send('hang\n')
    await until('it is under way', () => setting.front.pool.leased === 1)
    two.send('b\n')
    three.send('c\n')
    await until('two wait', () => setting.front.stats.queue.length === 2)
    two.socket.resetAndDestroy()
    three.socket.destroy()

    await until('nobody waits', () => setting.front.stats.queue.length === 0)
    await until('both sessions are over', () => setting.front.ends.length === 2)
    expect(setting.front.ends).toEqual(['CQ', 'CQ'])
    expect(setting.front.stats.requests).toEqual({ cut: 2 })
  })

  test('leaves a connection that is read to the end of the reply, and lent again', async () => {
    let release: (() => void) | undefined
    const { backend } = await serving(
      (line, socket) => {
        if (line !== 'slow') return doubled(line, socket)
        socket.write('half of ')
        release = () => void socket.write('it\n')
      },
      { pool: { maxSize: 1 } },
    )
    const [one, two] = (await setting.clients(2)) as [Client, Client]
    one.send('slow\n')
    await one.receives('half of ')
    one.socket.resetAndDestroy()
    await until('it is gone', () => setting.front.ends.length === 1)
    two.send('b\n')
    await turns()
    expect(two.text).toBe('')
    release?.()
    await two.receives('bb\n')

    expect(setting.front.ends).toEqual(['CD'])
    expect(backend.accepted).toBe(1)
  })

  test('leaves a connection that is closed at the deadline, if the reply does not end', async () => {
    const { backend } = await serving((line, socket) => void (line === 'b' && doubled(line, socket)), {
      pool: { maxSize: 1 },
      requestTimeout: '150ms',
    })
    const [one, two] = (await setting.clients(2)) as [Client, Client]
    one.send('hang\n')
    await until('it is under way', () => setting.front.pool.leased === 1)
    one.socket.resetAndDestroy()
    await until('it is gone', () => setting.front.ends.length === 1)
    await until('the connection is closed', () => setting.front.pool.total === 0)

    expect(await two.ask('b\n')).toBe('bb\n')
    expect(backend.accepted).toBe(2)
  })

  test('in the middle of a request is counted so', async () => {
    await serving(doubled)
    const client = await setting.client()
    client.send('half a requ')
    await until('it has come', () => setting.front.stats.bytesIn > 0)
    client.socket.end()
    await client.ends()
    await until('the session is over', () => setting.front.ends.length === 1)

    expect(setting.front.ends).toEqual(['CR'])
  })
})

describe('what is no request', () => {
  test('too long: an error, and the end', async () => {
    await serving(doubled, { maxRequestSize: '1KiB' })
    const client = await setting.client()
    client.send(`a\n${'x'.repeat(5_000)}`)
    await client.ends()

    expect(client.text).toBe('aa\nERR connpool: the request is too large\n')
    client.socket.end()
    await until('the session is over', () => setting.front.ends.length === 1)
    expect(setting.front.ends).toEqual(['PR'])
    expect(setting.front.stats.requests).toEqual({ ok: 1, 'too-large': 1 })
  })

  test('garbage: an error after the replies that were due, and the end', async () => {
    await serving((_, socket) => void socket.write('+OK\r\n'), { protocol: 'redis' })
    const client = await setting.client()
    client.send('PING\r\n*1\r\n!garbage\r\nPING\r\n')
    await client.ends()

    expect(client.text).toBe('+OK\r\n-ERR connpool: this is not a valid request\r\n')
  })
})
