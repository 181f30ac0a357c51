/** TLS on both sides, as openssl sees it. */
import { copyFileSync, readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { needs } from '../../../../connpool/test/requirements.ts'
import type { ListenerTlsConfig, UpstreamConfig } from '../../../src/config/server-config.ts'
import { Client } from '../../fixtures/client.ts'
import { Front } from '../../fixtures/front.ts'
import { type CertificateFiles, Certificates } from '../../fixtures/real/certificates.ts'
import { freePort } from '../../fixtures/real/free-port.ts'
import { OwnServer } from '../../fixtures/real/own-server.ts'
import { type CommandOutcome, runCommand } from '../../fixtures/real/run-command.ts'
import { TemporaryFolder } from '../../fixtures/real/temporary-folder.ts'

describe('TLS', needs('openssl'), () => {
  let folder: TemporaryFolder
  let certificates: Certificates
  let usual: CertificateFiles
  let client: CertificateFiles
  const cleanups: AsyncDisposable[] = []

  beforeAll(() => {
    folder = new TemporaryFolder()
    certificates = new Certificates(folder)
    usual = certificates.sign('usual.test')
    client = certificates.sign('client.test')
  })

  afterAll(() => folder[Symbol.dispose]())

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup[Symbol.asyncDispose]()
  })

  function kept<T extends AsyncDisposable>(one: T): T {
    cleanups.push(one)
    return one
  }

  /** A line that is sent back, behind TLS. */
  async function listening(tls: Partial<ListenerTlsConfig> = {}): Promise<Front> {
    const handle = (request: Buffer): Buffer => request
    // With -quiet, openssl waits until we end.
    const listener = { protocol: 'lines', handle, idleTimeout: '300ms', tls: { ...usual, ...tls } } as const
    return kept(await Front.start({ listener }))
  }

  async function sClient(port: number, name: string, ...more: readonly string[]): Promise<CommandOutcome> {
    const trust = ['-CAfile', certificates.ca, '-verify_return_error', '-servername', name, '-verify_hostname', name]
    return await runCommand('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...trust, ...more], {
      input: 'hello\n',
      limitMs: 5_000,
    })
  }

  test.each(['-tls1_2', '-tls1_3'])('openssl s_client %s is served', async (version) => {
    const { port } = await listening()

    const { output } = await sClient(port, 'usual.test', version, '-quiet')

    expect(output).toMatch(/\nhello\n/)
  })

  test('an older version than the listener takes is refused', async () => {
    const front = await listening({ minVersion: 'TLSv1.3' })

    const { status, output } = await sClient(front.port, 'usual.test', '-tls1_2')

    expect(status).not.toBe(0)
    expect(output).toMatch(/alert protocol version/)
    expect(front.stats.refused).toEqual({ tls: 1 })
  })

  test('the name a client asks for chooses the certificate', async () => {
    const other = certificates.sign('other.test')
    const wild = certificates.sign('*.wild.test')
    const sni = [
      { names: ['other.test'], ...other },
      { names: ['*.wild.test'], ...wild },
    ]
    const { port } = await listening({ sni })

    const answers = await Promise.all(
      ['other.test', 'a.wild.test', 'usual.test'].map((name) => sClient(port, name, '-quiet')),
    )
    const { output } = await sClient(port, 'nobody.test')

    for (const answer of answers) expect(answer.output).toMatch(/\nhello\n/)
    expect(output).toMatch(/verify error:.*ostname mismatch/i)
  })

  test('a client certificate that is required has to be there, and to be signed', async () => {
    const front = await listening({ clientCertificates: 'required', ca: certificates.ca })
    const stranger = new Certificates(kept(asAsync(new TemporaryFolder()))).sign('client.test')
    const showing = ({ cert, key }: CertificateFiles): string[] => ['-cert', cert, '-key', key]

    const known = await sClient(front.port, 'usual.test', ...showing(client), '-quiet')
    const none = await sClient(front.port, 'usual.test', '-quiet')
    const unknown = await sClient(front.port, 'usual.test', ...showing(stranger), '-quiet')

    expect(known.output).toMatch(/\nhello\n/)
    expect(none.output).not.toMatch(/\nhello\n/)
    expect(unknown.output).not.toMatch(/\nhello\n/)
    expect(front.stats.refused).toEqual({ tls: 2 })
  })

  test('a backend behind TLS is proved to be who it should be', async () => {
    const port = await freePort()
    const { cert, key } = usual
    const parameters = ['s_server', '-accept', `127.0.0.1:${port}`, '-cert', cert, '-key', key, '-rev', '-quiet']
    kept(await OwnServer.start({ command: 'openssl', parameters }, port))
    const ask = async (tls: UpstreamConfig['tls']): Promise<string> => {
      const upstream = { endpoints: [`tls://127.0.0.1:${port}`], tls: { ca: certificates.ca, ...tls } }
      const front = kept(await Front.start({ listener: { protocol: 'lines', requestTimeout: '1s' }, upstream }))
      using one = await Client.connect(front.port)
      return await one.ask('drawer\n')
    }

    expect(await ask({ servername: 'usual.test' })).toBe('reward\n')
    expect(await ask({ servername: 'other.test' })).toMatch(/^ERR connpool: /)
  })

  test('new certificates on disk are used after a reload, and broken ones change nothing', async () => {
    const renewed = certificates.sign('renewed.test')
    const config = {
      admin: 'off',
      listeners: [
        { name: 'main', listen: '127.0.0.1:0', protocol: 'lines', handle: (line: Buffer) => line, tls: renewed },
      ],
    } as const
    const front = kept(await Front.start({ listener: config.listeners[0] }))
    const certificateOf = async (): Promise<string> => {
      const { output } = await runCommand('openssl', ['s_client', '-connect', `127.0.0.1:${front.port}`, '-showcerts'])
      return /-----BEGIN CERTIFICATE-----[^-]*/.exec(output)?.[0] ?? output
    }
    const before = await certificateOf()
    expect(readFileSync(renewed.cert, 'utf8')).toContain(before)

    certificates.sign('renewed.test')
    const changes = await front.server.reload(config)
    const after = await certificateOf()

    expect(changes).toContain('listener main: new certificates')
    expect(after).not.toBe(before)
    expect(readFileSync(renewed.cert, 'utf8')).toContain(after)

    copyFileSync(usual.cert, renewed.cert)
    await expect(front.server.reload(config)).rejects.toThrow('must be the private key of the certificate in cert')
    expect(await certificateOf()).toBe(after)
  })

  test('an older version than the listener takes is still refused after new certificates', async () => {
    const renewed = certificates.sign('renewed.test')
    const tls = { ...renewed, minVersion: 'TLSv1.3' } as const
    const listener = {
      name: 'main',
      listen: '127.0.0.1:0',
      protocol: 'lines',
      handle: (line: Buffer) => line,
      tls,
    } as const
    const front = kept(await Front.start({ listener }))
    certificates.sign('renewed.test')
    const changes = await front.server.reload({ admin: 'off', listeners: [listener] })

    const { status, output } = await sClient(front.port, 'renewed.test', '-tls1_2')

    expect(changes).toContain('listener main: new certificates')
    expect(status).not.toBe(0)
    expect(output).toMatch(/alert protocol version/)
  })
})

function asAsync(folder: TemporaryFolder): TemporaryFolder & AsyncDisposable {
  return Object.assign(folder, { [Symbol.asyncDispose]: () => Promise.resolve(folder[Symbol.dispose]()) })
}
