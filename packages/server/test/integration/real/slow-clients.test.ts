/** A thousand clients that send a byte now and then, and fifty that want to be served. */
import { readFileSync } from 'node:fs'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { turns, until } from '../../../../connpool/test/fixtures/until.ts'
import { needs } from '../../../../connpool/test/requirements.ts'
import type { ListenerConfig } from '../../../src/config/server-config.ts'
import { Front } from '../../fixtures/front.ts'
import { Certificates } from '../../fixtures/real/certificates.ts'
import { DrippingCrowd } from '../../fixtures/real/dripping-crowd.ts'
import { SteadyCrowd } from '../../fixtures/real/steady-crowd.ts'
import { TemporaryFolder } from '../../fixtures/real/temporary-folder.ts'
import { echo, ScriptedBackend } from '../../fixtures/scripted-backend.ts'

const DRIPPING = 1_000
const STEADY = 50

describe('a thousand dripping clients', () => {
  let backend: ScriptedBackend
  let front: Front
  const crowds: Disposable[] = []

  beforeEach(async () => {
    backend = await ScriptedBackend.start(echo)
  })

  afterEach(async () => {
    for (const crowd of crowds.splice(0)) crowd[Symbol.dispose]()
    await front[Symbol.asyncDispose]()
    await backend[Symbol.asyncDispose]()
  })

  async function behind(listener: Omit<ListenerConfig, 'listen' | 'upstream'>): Promise<void> {
    const pool = { minSize: STEADY, maxSize: STEADY }
    front = await Front.start({ listener, upstream: { endpoints: [backend.endpoint], pool } })
  }

  function plain(greeting: string = ''): Socket {
    const socket = connectPlain({ port: front.port, host: '127.0.0.1', noDelay: true })
    if (greeting !== '') socket.write(greeting)
    return socket
  }

  /** The others ask all the time, from before the crowd comes until after it has gone. */
  async function besiege(open: () => Socket, request: string, drip: string): Promise<SteadyCrowd> {
    const steady = await SteadyCrowd.start(STEADY, { open, request })
    crowds.push(steady)
    const dripping = await DrippingCrowd.start(DRIPPING, { port: front.port, bytes: drip })
    crowds.push(dripping)
    const before = steady.answered
    await until('all of them are gone', () => dripping.open === 0, 20_000)
    expect(steady.answered).toBeGreaterThan(before)
    await steady.stop()
    await turns()
    return steady
  }

  test.each([
    ['lines', 'hello\n', 'a line that does not end, not now and not ever after'],
    ['redis', '+hello\r\n', '*2\r\n$4\r\nECHO\r\n$400\r\nwhat is sent now and then'],
  ] as const)('do not keep others of %s from being served', async (protocol, request, drip) => {
    await behind({ protocol, requestTimeout: '2s' })

    const steady = await besiege(() => plain(), request, drip)

    expect(steady.failures).toEqual([])
    expect(front.stats.refused).toEqual({})
    expect(front.stats.ended).toMatchObject({ cR: DRIPPING })
  })

  test('do not keep others from being served by dripping a PROXY header', async () => {
    await behind({ protocol: 'lines', acceptTimeout: '1s', proxyProtocol: { accept: ['127.0.0.1'] } })
    const header = 'PROXY TCP4 192.0.2.7 192.0.2.1 40000 80\r\n'

    const steady = await besiege(() => plain(header), 'hello\n', header)

    expect(steady.failures).toEqual([])
    expect(front.stats.refused).toEqual({ 'proxy-header': DRIPPING })
  })

  test('do not keep others from being served by dripping a handshake', needs('openssl'), async () => {
    using folder = new TemporaryFolder()
    const certificates = new Certificates(folder)
    await behind({ protocol: 'lines', acceptTimeout: '2s', tls: certificates.sign('us.test') })
    const trusted = { ca: readFileSync(certificates.ca), servername: 'us.test' }
    const open = (): Socket => connectSecurely({ port: front.port, host: '127.0.0.1', ...trusted })

    const steady = await besiege(open, 'hello\n', '\x16\x03\x01\x01\x00\x01\x00\x00\xfc\x03\x03 and then nothing much')

    expect(steady.failures).toEqual([])
    expect(front.stats.refused).toEqual({ tls: DRIPPING })
  })
})
