import type { Socket } from 'node:net'

import { afterEach, describe, expect, test } from 'vitest'

import { until } from '../../../../connpool/test/fixtures/until.ts'
import { ServerCore } from '../../../src/server-core.ts'
import type { Client } from '../../fixtures/client.ts'
import { perLine } from '../../fixtures/scripted-backend.ts'
import { Setting } from '../../fixtures/setting.ts'

let setting: Setting

afterEach(async () => {
  await setting[Symbol.asyncDispose]()
})

const databases = new WeakMap<Socket, string>()

/** A little of Redis: connections remember their database and their transaction. */
const redis = perLine((line, socket) => {
  const [command = '', word = ''] = line.split(' ')
  if (command === 'SELECT') databases.set(socket, word)
  const reply = command === 'DB' ? `+db${databases.get(socket) ?? '0'}` : command === 'BLPOP' ? '' : '+OK'
  if (reply !== '') socket.write(`${reply}\r\n`)
})

describe('a command that needs a connection of its own', () => {
  test('keeps one for its session, which is closed after it and lent to nobody', async () => {
    setting = await Setting.start(redis, { protocol: 'redis', pool: { maxSize: 2 } })
    const [one, two] = (await setting.clients(2)) as [Client, Client]
    one.send('DB\r\nSELECT 3\r\nDB\r\n')
    await one.receives('+db0\r\n+OK\r\n+db3\r\n')
    for (let turn = 0; turn < 5; turn++) expect(await two.ask('DB\r\n')).toBe('+db0\r\n')
    expect(await one.ask('DB\r\n')).toBe('+db3\r\n')

    one.socket.end()
    await one.ends()
    await until('its connection is closed', () => setting.front.pool.total === 1)
    expect(await two.ask('DB\r\n')).toBe('+db0\r\n')
    expect(setting.front.ends).toEqual(['--'])
  })

  test('may block for longer than requestTimeout', async () => {
    setting = await Setting.start(redis, { protocol: 'redis', requestTimeout: '60ms' })
    const client = await setting.client()
    client.send('BLPOP list 0\r\n')
    await new Promise((resolve) => setTimeout(resolve, 150))
    for (const socket of setting.backend.sockets) socket.write('*-1\r\n')

    await client.receives('*-1\r\n')
  })

  test('is refused in the words of the protocol when it gets none', async () => {
    setting = await Setting.start(redis, { protocol: 'redis', pool: { maxSize: 1, acquireTimeout: '60ms' } })
    const [one, two] = (await setting.clients(2)) as [Client, Client]
    await one.ask('SELECT 1\r\n')
    two.send('SELECT 2\r\n')
    await two.ends()

    expect(two.text).toBe('-ERR connpool: the request has taken too long\r\n')
    expect(setting.front.ends.concat()).toEqual([])
    two.socket.end()
    await until('it is over', () => setting.front.ends.length === 1)
    expect(setting.front.ends).toEqual(['sQ'])
  })
})

describe('a paused upstream', () => {
  test('holds requests while its backend restarts, and answers them in order', async () => {
    const order: string[] = []
    setting = await Setting.start(
      perLine((line, socket) => {
        order.push(line)
        socket.write(`${line}\n`)
      }),
      { protocol: 'lines', pool: { maxSize: 1 } },
    )
    const { backend, front } = setting
    const core = new ServerCore({
      settings: front.server.settings,
      log: front.log,
      clock: (await import('connpool')).systemClock,
      workerId: 0,
      systemdFd: () => 0,
    })
    const [{ port = 0 } = {}] = await core.listen()
    const { Client: Connecting } = await import('../../fixtures/client.ts')
    const clients = await Promise.all(Array.from({ length: 5 }, async () => await Connecting.connect(port)))
    expect(await core.pause('backend')).toBe(true)
    expect(await core.pause('nothing')).toBe(false)
    for (const [index, client] of clients.entries()) {
      client.send(`${index}\n`)
      await until('it waits', () => core.statsNow().listeners['main']?.queue.length === index + 1)
    }
    await backend.kill()
    await backend.restart()
    expect(order).toEqual([])
    await core.resume('backend')
    for (const [index, client] of clients.entries()) await client.receives(`${index}\n`)

    expect(order).toEqual(['0', '1', '2', '3', '4'])
    for (const client of clients) client[Symbol.dispose]()
    await core.close(0)
  })
})
