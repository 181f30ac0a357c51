import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

import { afterEach, describe, expect, test } from 'vitest'

import { turns, until } from '../../../../connpool/test/fixtures/until.ts'
import type { Client } from '../../fixtures/client.ts'
import { echo, perLine } from '../../fixtures/scripted-backend.ts'
import { Setting } from '../../fixtures/setting.ts'

let setting: Setting

afterEach(async () => {
  await setting[Symbol.asyncDispose]()
})

const slowly = perLine((line, socket) => {
  if (line === 'hang') return
  setTimeout(() => socket.write(`${line}${line}\n`), line === 'slow' ? 80 : 0)
})

describe('a drain', () => {
  test('ends sessions at rest at once, and the others after their reply', async () => {
    setting = await Setting.start(slowly, { protocol: 'lines' })
    const { front } = setting
    const [resting, busy] = (await setting.clients(2)) as [Client, Client]
    await resting.ask('a\n')
    busy.send('slow\n')
    await until('it is under way', () => front.pool.leased === 1)
    const closed = front.server.close({ graceMs: 5_000 })
    await resting.ends()
    resting.socket.end()
    expect(busy.hasEnded).toBe(false)
    await busy.ends()
    busy.socket.end()

    expect(busy.text).toBe('slowslow\n')
    expect(await closed).toEqual({ finished: 2, cut: 0 })
    expect(front.ends).toEqual(['K-', 'K-'])
  })

  test('lets tcp sessions end by themselves, and cuts the rest after the grace', async () => {
    setting = await Setting.start(echo, { protocol: 'tcp' })
    const { front } = setting
    const [one, two] = (await setting.clients(2)) as [Client, Client]
    await one.ask('x', 'x')
    await two.ask('x', 'x')
    const closed = front.server.close({ graceMs: 150 })
    expect(await one.ask('still', 'still')).toBe('still')
    one.socket.end()
    await one.ends()

    expect(await closed).toEqual({ finished: 1, cut: 1 })
    await two.closes()
    expect(two.errorCode).toBe('ECONNRESET')
    expect(front.ends).toEqual(['--', 'KD'])
  })

  test('cuts now when it is asked to a second time, and leaves nothing', async () => {
    setting = await Setting.start(slowly, { protocol: 'lines', pool: { maxSize: 1 } })
    const { front, backend } = setting
    const [one, two] = (await setting.clients(2)) as [Client, Client]
    one.send('hang\n')
    await until('it is under way', () => front.pool.leased === 1)
    two.send('b\n')
    await until('the other waits', () => front.stats.queue.length === 1)
    const closed = front.server.close({ graceMs: 60_000 })
    await turns()
    await front.server.close({ graceMs: 0 })

    expect(await closed).toEqual({ finished: 0, cut: 2 })
    expect(front.ends.toSorted()).toEqual(['KD', 'KQ'])
    expect(front.stats.sessions).toBe(0)
    expect(front.pool.total).toBe(0)
    await until('the backend is left', () => backend.sockets.size === 0)
  })

  test('accepts nothing more, and sends away who has not come in yet', async () => {
    setting = await Setting.start(slowly, { protocol: 'lines', proxyProtocol: { accept: ['127.0.0.1'] } })
    const { front } = setting
    const { port } = front
    const client = await setting.client()
    client.send('PROXY TC')
    await turns()
    const closed = front.server.close({ graceMs: 5_000 })
    await client.closes()
    await closed

    expect(front.stats.refused).toEqual({ draining: 1 })
    const late = connect(port, '127.0.0.1')
    const code = await new Promise((resolve) =>
      late.once('error', ({ code: why }: NodeJS.ErrnoException) => resolve(why)),
    )
    expect(code).toBe('ECONNREFUSED')
  })

  test('answers what a client that is slow to read has asked before', async () => {
    const reply = 'y'.repeat(3_000_000)
    setting = await Setting.start(
      perLine((_, socket) => void socket.write(`${reply}\n`)),
      { protocol: 'lines' },
    )
    const client = await setting.client()
    client.socket.pause()
    client.send('a\nb\n')
    await delay(50)
    const closed = setting.front.server.close({ graceMs: 5_000 })
    await delay(20)
    client.socket.resume()
    await client.ends()
    client.socket.end()

    expect(client.bytesReceived).toBe(2 * (reply.length + 1))
    expect((await closed).cut).toBe(0)
  })
})

describe('an upstream that is down', () => {
  const answering = perLine((line, socket) => void socket.write(`${line}${line}\n`))

  test('is waited for by requests while it restarts', async () => {
    setting = await Setting.start(answering, { protocol: 'lines' })
    const { backend, front } = setting
    const [one, two] = (await setting.clients(2)) as [Client, Client]
    await one.ask('a\n')
    await backend.kill()
    await until('it is noticed', () => front.pool.total === 0)
    one.send('b\n')
    two.send('c\n')
    await delay(300)
    await backend.restart()

    await one.receives('aa\nbb\n')
    await two.receives('cc\n')
    expect(front.stats.requests).toEqual({ ok: 3 })
  })

  test('is tried by one after the grace: others are refused at once, new clients too, until it is back', async () => {
    setting = await Setting.start(answering, { protocol: 'lines', requestTimeout: '10s', pool: { maxSize: 2 } })
    const { backend, front } = setting
    await backend.kill()
    const [one, two, three] = (await setting.clients(3)) as [Client, Client, Client]
    const UNAVAILABLE = 'ERR connpool: no backend can be reached\n'
    one.send('a\n')
    await one.receives(UNAVAILABLE)
    one.send('trying\n')
    await turns()
    const askedAt = performance.now()
    expect(await two.ask('b\n')).toBe(UNAVAILABLE)
    expect(performance.now() - askedAt).toBeLessThan(300)

    const [let1, refused] = [await setting.client(), await setting.client()]
    await refused.ends()
    expect(refused.text).toBe(UNAVAILABLE)
    expect(let1.hasEnded).toBe(false)
    expect(front.stats.refused).toEqual({ unavailable: 1 })

    await backend.restart()
    await one.receives(`${UNAVAILABLE}tryingtrying\n`)
    expect(await three.ask('c\n')).toBe('cc\n')
    const back = await setting.client()
    expect(await back.ask('d\n')).toBe('dd\n')
  })
})
