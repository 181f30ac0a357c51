import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { promisify } from 'node:util'

import { afterEach, describe, expect, test } from 'vitest'

import { needs } from '../../../../connpool/test/requirements.ts'
import { RespBackend } from '../../../src/demo/resp-backend.ts'
import { nodeLine } from '../../../src/demo/start-screen.ts'

const run = promisify(execFile)
let backend: RespBackend
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await backend.close()
})

async function client(): Promise<{ socket: Socket; received: () => string }> {
  backend = await RespBackend.start()
  const socket = connect(backend.port, '127.0.0.1')
  sockets.push(socket)
  await once(socket, 'connect')
  let received = ''
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')))
  return { socket, received: () => received }
}

describe('the demo backend', () => {
  test('answers pipelined commands in order, however they are cut', async () => {
    const { socket, received } = await client()
    const bytes = Buffer.from(
      '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$4\r\n\r\n\r\n\r\nPING\r\n\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n',
    )
    for (const byte of bytes) socket.write(Buffer.of(byte))

    await expect.poll(received).toBe('+OK\r\n+PONG\r\n$4\r\n\r\n\r\n\r\n')
  })

  test('ends a connection after QUIT, and not before its reply', async () => {
    const { socket, received } = await client()

    socket.write('PING\r\nQUIT\r\nPING\r\n')
    await once(socket, 'close')

    expect(received()).toBe('+PONG\r\n+OK\r\n')
  })

  test.each([
    ['*1\r\n:1\r\n', /^-ERR Protocol error: /],
    ['*2\r\n$3\r\nSET\r\n$99999999\r\n', /^-ERR Protocol error: longer than 1048576 bytes\r\n$/],
  ])('says what is wrong with %j, and hangs up', async (bytes, reply) => {
    const { socket, received } = await client()

    socket.write(bytes)
    await once(socket, 'close')

    expect(received()).toMatch(reply)
  })

  test('does not do the work of a client that does not read', async () => {
    const { socket } = await client()
    socket.pause()
    const value = 'x'.repeat(900_000)
    socket.write(`*3\r\n$3\r\nSET\r\n$1\r\na\r\n$${value.length}\r\n${value}\r\n`)
    const before = process.memoryUsage().rss

    for (let i = 0; i < 2_000; i++) socket.write('*2\r\n$3\r\nGET\r\n$1\r\na\r\n')
    const other = connect(backend.port, '127.0.0.1')
    sockets.push(other)
    other.write('PING\r\n')
    const [pong] = (await once(other, 'data')) as [Buffer]

    expect(pong.toString()).toBe('+PONG\r\n')
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024) // all replies would be 1.8 GB
  })

  test('goes on with it once it reads', async () => {
    const { socket, received } = await client()
    const value = 'x'.repeat(300_000)
    socket.pause()
    socket.write(`*3\r\n$3\r\nSET\r\n$1\r\na\r\n$${value.length}\r\n${value}\r\n`)
    for (let i = 0; i < 20; i++) socket.write('*2\r\n$3\r\nGET\r\n$1\r\na\r\n')
    socket.resume()

    await expect.poll(() => received().length, { timeout: 10_000 }).toBe(5 + 20 * (300_000 + '$300000\r\n\r\n'.length))
  })
})

describe('the tools that come with Redis', needs('redis-server'), () => {
  test('redis-cli talks to it', async () => {
    backend = await RespBackend.start()
    const cli = async (...words: string[]) => (await run('redis-cli', ['-p', String(backend.port), ...words])).stdout

    expect([await cli('SET', 'greeting', 'hello world'), await cli('GET', 'greeting')]).toEqual([
      'OK\n',
      'hello world\n',
    ])
    expect(await cli('FLY')).toContain("ERR unknown command 'FLY': this is connpool's demo backend")
    expect(await cli('-3', 'GET', 'greeting')).toContain('hello world')
  })

  test('redis-benchmark runs all of its tests', async () => {
    backend = await RespBackend.start()
    const args = ['-p', String(backend.port), '-q', '-n', '200', '-c', '10', '-P', '4']

    const { stdout, stderr } = await run('redis-benchmark', args)

    expect(stderr).toBe('')
    expect(stdout).toContain('MSET (10 keys)')
    expect(stdout).toContain('LRANGE_600')
  })
})

test('the line of Node on the start screen gets its answer', async () => {
  backend = await RespBackend.start()

  const { stdout } = await run('sh', ['-c', nodeLine(backend.port)])

  expect(stdout.trim()).toBe('+PONG')
})
