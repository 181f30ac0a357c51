import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { dialEndpoint } from '../../src/dial/dialer.ts'
import { LazyAbort } from '../../src/dial/lazy-abort.ts'
import { redisPing } from '../../src/health/redis-ping.ts'
import { needs } from '../requirements.ts'
import { until } from './loopback.ts'

const context = { signal: new AbortController().signal }

describe('redisPing, asking a real Redis', needs('redis-server'), () => {
  let path: string
  let stop: () => Promise<void>

  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'connpool-redis-'))
    path = join(directory, 'socket')
    const options = ['--port', '0', '--unixsocket', path, '--save', '', '--dir', directory]
    const server = spawn('redis-server', options, { stdio: 'ignore' })
    stop = async () => {
      server.kill()
      await once(server, 'exit')
      rmSync(directory, { recursive: true })
    }
    await until(isListening)
  })

  afterAll(() => stop())

  async function dial(): Promise<Socket> {
    const endpoint = { kind: 'unix', path, tls: undefined, text: `unix:${path}` } as const
    return dialEndpoint(endpoint, { keepAliveMs: Infinity, noDelay: true, abort: new LazyAbort() })
  }

  /** The socket is there a moment before anybody listens on it. */
  function isListening(): Promise<boolean> {
    return dial().then(
      (socket) => socket.destroy() === socket,
      () => false,
    )
  }

  async function command(socket: Socket, line: string): Promise<string> {
    socket.write(`${line}\r\n`)
    await once(socket, 'readable')
    return String(socket.read())
  }

  test('is content, time and again, and with another protocol version', async () => {
    const socket = await dial()

    expect(await redisPing()(socket, context)).toBe(true)
    expect(await redisPing()(socket, context)).toBe(true)
    expect(await command(socket, 'HELLO 3')).toMatch(/^%/)
    expect(await redisPing()(socket, context)).toBe(true)
    socket.destroy()
  })

  test('is not content with a connection that has not logged in', async () => {
    const [admin, socket] = [await dial(), await dial()]
    expect(await command(admin, 'CONFIG SET requirepass secret')).toBe('+OK\r\n')
    const stranger = await dial()

    expect(await redisPing()(stranger, context)).toBe(false)
    expect(await redisPing()(socket, context)).toBe(true)
    expect(await command(admin, 'CONFIG SET requirepass ""')).toBe('+OK\r\n')
    for (const each of [admin, socket, stranger]) each.destroy()
  })

  test('is not content with a connection that has subscribed', async () => {
    const socket = await dial()
    expect(await command(socket, 'SUBSCRIBE news')).toMatch(/^\*3/)

    expect(await redisPing()(socket, context)).toBe(false)
    socket.destroy()
  })
})
