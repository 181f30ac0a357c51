import { afterEach, describe, expect, test } from 'vitest'

import { until } from '../../../../connpool/test/fixtures/until.ts'
import type { Handler } from '../../../src/handler.ts'
import type { Client } from '../../fixtures/client.ts'
import { perLine, ScriptedBackend } from '../../fixtures/scripted-backend.ts'
import { Setting } from '../../fixtures/setting.ts'

let setting: Setting

afterEach(async () => {
  await setting[Symbol.asyncDispose]()
})

const backend = perLine((line, socket) => void socket.write(`${line}${line}\n`))

async function handling(handle: Handler, options: Partial<Parameters<typeof Setting.start>[1]> = {}): Promise<Setting> {
  setting = await Setting.start(backend, { protocol: 'lines', handle, ...options })
  return setting
}

const FAILED = /^ERR connpool: the handler has failed\n$/

describe('a handler', () => {
  test('answers in order, and remembers the session', async () => {
    await handling((request, { session }) => {
      const count = ((session.state.get('count') as number | undefined) ?? 0) + 1
      session.state.set('count', count)
      return `${count} ${request.toString()}`
    })
    const client = await setting.client()
    client.send('a\nb\nc\n')

    await client.receives('1 a\n2 b\n3 c\n')
  })

  test('runs so many times at once, and no more', async () => {
    let running = 0
    let most = 0
    await handling(
      async () => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setTimeout(resolve, 10))
        running--
        return 'ok'
      },
      { concurrency: 3 },
    )
    const clients = await setting.clients(12)
    await Promise.all(clients.map((client) => client.ask('x\n')))

    expect(most).toBe(3)
    expect(setting.front.stats.requests).toEqual({ ok: 12 })
  })

  test('may use the memory of its answer again, though that is still on its way', async () => {
    const size = 8_000_000
    const answer = Buffer.from(`$${size}\r\n${' '.repeat(size)}\r\n`)
    let answers = 0
    const handle = (): Buffer => {
      answer.subarray(-size - 2, -2).fill(64 + ++answers)
      return answer
    }
    await handling(handle, { protocol: 'redis' })
    const [slow, other] = (await setting.clients(2)) as [Client, Client]
    slow.socket.pause()
    slow.send('PING\r\n')
    await until('it is answered', () => setting.front.stats.bytesOut > 0)
    other.send('PING\r\n')
    await until('another is answered', () => other.bytesReceived === answer.length)

    slow.socket.resume()

    await until('all has come', () => slow.bytesReceived === answer.length)
    expect(new Set(slow.received.subarray(-size - 2, -2))).toEqual(new Set(Buffer.from('A')))
  })

  test('that throws, or answers what cannot be framed, costs one request', async () => {
    await handling((request) => {
      if (request.toString() === 'throw') throw new Error('sorry')
      return request.toString() === 'two' ? 'one\ntwo' : 'fine'
    })
    const client = await setting.client()

    expect(await client.ask('throw\n')).toMatch(FAILED)
    expect(await client.ask('two\n')).toMatch(FAILED)
    expect(await client.ask('x\n')).toBe('fine\n')
    expect(setting.front.log.events.filter(({ event }) => event === 'handler-failed')).toHaveLength(2)
  })

  test('that never settles is aborted at the deadline, and its place is free', async () => {
    const reasons: unknown[] = []
    await handling(
      async (request, { signal, acquire }) => {
        if (request.toString() !== 'hang') return 'fine'
        await acquire()
        signal.addEventListener('abort', () => reasons.push((signal.reason as Error).message))
        return await new Promise<never>(() => undefined)
      },
      { concurrency: 1, requestTimeout: '80ms' },
    )
    const client = await setting.client()

    expect(await client.ask('hang\n')).toBe('ERR connpool: the request has taken too long\n')
    expect(reasons).toEqual(['The request has taken too long'])
    expect(await client.ask('x\n')).toBe('fine\n')
    await until('its connection is closed', () => setting.front.pool.total === 0)
  })

  test('is aborted when its client goes, or the server is cut', async () => {
    const reasons: string[] = []
    let begun = 0
    await handling(async (_, { signal }) => {
      begun++
      return await new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reasons.push((signal.reason as Error).message)
          reject(signal.reason as Error)
        })
      })
    })
    const [one, two] = (await setting.clients(2)) as [Client, Client]
    one.send('a\n')
    two.send('b\n')
    await until('both are under way', () => begun === 2)
    one.socket.resetAndDestroy()
    await until('it is told', () => reasons.length === 1)
    await setting.front.server.close({ graceMs: 0 })

    expect(reasons).toEqual(['The client has gone', 'The client has gone'])
    expect(setting.front.ends).toEqual(['CD', 'KD'])
  })

  test('that forgets a connection has it closed, and can have none later', async () => {
    let later: (() => Promise<unknown>) | undefined
    await handling(async (_, { acquire }) => {
      await acquire()
      later = async () => await acquire()
      return 'ok'
    })
    const client = await setting.client()
    await client.ask('x\n')

    await until('it is closed', () => setting.front.pool.total === 0)
    await expect(later?.()).rejects.toThrow('The handler has answered')
  })

  test('is told by its lease that the backend has ended the connection', async () => {
    await using other = await ScriptedBackend.start(perLine((_, socket) => void socket.end()))
    setting = await Setting.start(backend, {
      protocol: 'lines',
      handle: async (_, { acquire }) => {
        const { connection, signal } = await acquire('other')
        const lost = new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('lost')))
        connection.resume().write('x\n')
        return await lost
      },
      upstreams: { other: { endpoints: [other.endpoint] } },
    })
    const client = await setting.client()

    expect(await client.ask('x\n')).toBe('lost\n')
  })

  test('has connections of every upstream', async () => {
    await using other = await ScriptedBackend.start(perLine((line, socket) => void socket.write(`other ${line}\n`)))
    setting = await Setting.start(backend, {
      protocol: 'lines',
      handle: async (request, { acquire }) => {
        const answers: string[] = []
        for (const name of [undefined, 'other']) {
          const lease = await acquire(name)
          lease.connection.write(`${request.toString()}\n`)
          const [bytes] = (await new Promise((resolve) =>
            lease.connection.once('data', (chunk: Buffer) => resolve([chunk])),
          )) as [Buffer]
          answers.push(bytes.toString().trim())
          lease.release()
        }
        return answers.join(' ')
      },
      upstreams: { other: { endpoints: [other.endpoint] } },
    })
    const client = await setting.client()

    expect(await client.ask('x\n')).toBe('xx other x\n')
    expect(await client.ask('y\n')).toBe('yy other y\n')
    expect([setting.backend.accepted, other.accepted]).toEqual([1, 1])
  })
})
