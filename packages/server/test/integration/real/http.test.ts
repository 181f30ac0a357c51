/** HTTP servers behind `tcp`: clients that keep their connection, clients that do not, and much in both directions. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type RequestOptions, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'

import { until } from '../../../../connpool/test/fixtures/until.ts'
import { needs } from '../../../../connpool/test/requirements.ts'
import { Front } from '../../fixtures/front.ts'
import { NginxServer } from '../../fixtures/real/nginx-server.ts'

const cleanups: (() => Promise<unknown> | void)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function front(endpoint: string): Promise<Front> {
  const one = await Front.start({ listener: { protocol: 'tcp' }, upstream: { endpoints: [endpoint] } })
  cleanups.push(() => one[Symbol.asyncDispose]())
  return one
}

async function nodeServer(): Promise<string> {
  const server: Server = createServer((incoming, outgoing) => incoming.pipe(outgoing)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

function agent(keepAlive: boolean): Agent {
  const one = new Agent({ keepAlive, maxSockets: keepAlive ? 1 : Infinity })
  cleanups.push(() => one.destroy())
  return one
}

async function ask(options: RequestOptions, body?: Buffer): Promise<Buffer> {
  const asked = request({ host: '127.0.0.1', ...options })
  asked.end(body)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

describe('nginx behind tcp', needs('nginx'), () => {
  async function setting(): Promise<Front> {
    const nginx = await NginxServer.start('location / { return 200 "$connection_requests"; }')
    cleanups.push(() => nginx[Symbol.asyncDispose]())
    return await front(nginx.endpoint)
  }

  test('a client that keeps its connection has one session', async () => {
    const { port, log } = await setting()
    const keeping = agent(true)
    const answers: string[] = []

    for (let count = 0; count < 5; count++) answers.push(String(await ask({ port, agent: keeping })))
    keeping.destroy()

    expect(answers).toEqual(['1', '2', '3', '4', '5'])
    await until('its session is over', () => log.ended.length === 1)
  })

  test('a client that closes has a session for each request', async () => {
    const { port, log } = await setting()
    const closing = agent(false)

    const answers = await Promise.all(Array.from({ length: 5 }, () => ask({ port, agent: closing })))

    expect(answers.map(String)).toEqual(['1', '1', '1', '1', '1'])
    await until('its sessions are over', () => log.ended.length === 5)
    expect(log.ended.map(({ end }) => end)).toEqual(['--', '--', '--', '--', '--'])
  })
})

describe('a Node HTTP server behind tcp', () => {
  test('20 MB go both ways at once, byte for byte', async () => {
    const { port } = await front(await nodeServer())
    const body = randomBytes(20_000_000)

    const answer = await ask({ port, method: 'POST' }, body)

    expect(digest(answer)).toBe(digest(body))
  })

  test('fetch gets what it asks for', async () => {
    const { port } = await front(await nodeServer())

    const answers = await Promise.all(
      ['one', 'two', 'three'].map(async (body) => {
        const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body })
        return await answer.text()
      }),
    )

    expect(answers).toEqual(['one', 'two', 'three'])
  })
})
