/** memcached behind the server: in its own protocol, and as far as lines go. */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { needs } from '../../../../connpool/test/requirements.ts'
import type { ListenerConfig } from '../../../src/config/server-config.ts'
import { Client } from '../../fixtures/client.ts'
import { Front } from '../../fixtures/front.ts'
import { MemcachedServer } from '../../fixtures/memcached-server.ts'

describe('memcached', needs('memcached'), () => {
  let memcached: MemcachedServer
  let front: Front
  const clients: Client[] = []

  beforeEach(async () => {
    memcached = await MemcachedServer.start()
  })

  afterEach(async () => {
    for (const client of clients.splice(0)) client[Symbol.dispose]()
    await front[Symbol.asyncDispose]()
    await memcached[Symbol.asyncDispose]()
  })

  async function behind(listener: Pick<ListenerConfig, 'protocol' | 'requestTimeout'>): Promise<void> {
    const endpoints = [`unix:${memcached.path}`]
    front = await Front.start({ listener, upstream: { endpoints, pool: { maxSize: 2 } } })
  }

  async function client(): Promise<Client> {
    const one = await Client.connect(front.port)
    clients.push(one)
    return one
  }

  function set(key: string, value: Buffer, ending: string = ''): Buffer {
    const heading = Buffer.from(`set ${key} 0 0 ${value.length}${ending}\r\n`)
    return Buffer.concat([heading, value, Buffer.from('\r\n')])
  }

  test('keeps and gives back any bytes', async () => {
    await behind({ protocol: 'memcached' })
    const one = await client()
    const value = Buffer.concat([randomBytes(50_000), Buffer.from('\r\nEND\r\nget other\r\n'), randomBytes(50_000)])

    one.send(set('k', value))
    await one.receives('STORED\r\n')
    one.send('get k\r\n')
    const expected = `STORED\r\nVALUE k 0 ${value.length}\r\n${value.toString('latin1')}\r\nEND\r\n`

    await one.receives(expected)
  })

  test('counts, deletes and answers many requests at once in order', async () => {
    await behind({ protocol: 'memcached' })
    const one = await client()

    one.send(set('n', Buffer.from('41')))
    one.send('incr n 1\r\nget n\r\ndelete n\r\nget n\r\nincr n 1\r\n')

    await one.receives('STORED\r\n42\r\nVALUE n 0 2\r\n42\r\nEND\r\nDELETED\r\nEND\r\nNOT_FOUND\r\n')
  })

  test('what wants no reply gets none, and is done', async () => {
    await behind({ protocol: 'memcached' })
    const one = await client()

    one.send(set('a', Buffer.from('1'), ' noreply'))
    one.send('incr a 8 noreply\r\n')
    const other = await client()
    one.send('version\r\n')

    expect(await one.ask('get a\r\n', 'END\r\n')).toMatch(/^(VERSION .*\r\n)?VALUE a 0 1\r\n9\r\nEND\r\n$/)
    expect(await other.ask('get a\r\n', 'END\r\n')).toBe('VALUE a 0 1\r\n9\r\nEND\r\n')
  })

  test('two connections serve 200 clients, each with what is its own', async () => {
    await behind({ protocol: 'memcached' })
    const all = await Promise.all(Array.from({ length: 200 }, client))

    const replies = await Promise.all(
      all.map(async (one, index) => {
        one.send(set(`key:${index}`, Buffer.from(`value ${index}`)))
        return await one.ask(`get key:${index}\r\n`, 'END\r\n')
      }),
    )

    const expected = all.map(
      (_, index) => `STORED\r\nVALUE key:${index} 0 ${`value ${index}`.length}\r\nvalue ${index}\r\nEND\r\n`,
    )
    expect(replies).toEqual(expected)
    expect(front.server.stats().upstreams['backend']?.pool.dials).toBeLessThanOrEqual(2)
  })

  test('lines carries what has one line each way', async () => {
    await behind({ protocol: 'lines' })
    const one = await client()

    expect(await one.ask('version\r\n')).toMatch(/^VERSION [\d.]+\r\n$/)
    one.send('delete nothing\r\nincr nothing 1\r\ntouch nothing 0\r\nflush_all\r\nnonsense\r\n')

    await one.receives(`${one.text}NOT_FOUND\r\nNOT_FOUND\r\nNOT_FOUND\r\nOK\r\nERROR\r\n`)
  })

  test('a request of two lines is none for lines: its time runs out, and nobody else gets its reply', async () => {
    await behind({ protocol: 'lines', requestTimeout: '100ms' })
    const one = await client()

    expect(await one.ask('set k 0 0 1\r\n')).toMatch(/^ERR connpool: .*\n$/)
    const others = await Promise.all(Array.from({ length: 4 }, client))

    const replies = await Promise.all(others.map(async (each) => await each.ask('delete k\r\n')))
    expect(replies).toEqual(['NOT_FOUND\r\n', 'NOT_FOUND\r\n', 'NOT_FOUND\r\n', 'NOT_FOUND\r\n'])
  })
})
