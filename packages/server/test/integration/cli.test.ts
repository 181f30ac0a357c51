/** The command line as a process, against servers on loopback. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { until } from '../../../connpool/test/fixtures/until.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

interface Ended {
  readonly status: number | null
  readonly said: string
  readonly complained: string
}

class Running {
  said = ''
  complained = ''
  readonly #child: ReturnType<typeof spawn>
  readonly ended: Promise<Ended>

  constructor(argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(process.execPath, [CLI, ...argv], { env: { ...process.env, ...env }, stdio: 'pipe' })
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.said += chunk.toString()))
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.complained += chunk.toString()))
    this.ended = once(this.#child, 'close').then(([status]: (number | null)[]) => ({
      status: status ?? null,
      said: this.said,
      complained: this.complained,
    }))
  }

  /** Resolves with what this finds in the output; rejects if the process ends without it. */
  async until(pattern: RegExp): Promise<string> {
    const ended = this.ended.then(({ said, complained }) => {
      throw new Error(`ended without ${pattern}:\n${said}\n${complained}`)
    })
    for (;;) {
      const [, found] = pattern.exec(this.said) ?? []
      if (found !== undefined) return found
      await Promise.race([once(this.#child.stdout ?? this.#child, 'data'), ended])
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
}

const run = async (...argv: readonly string[]): Promise<Ended> => await new Running(argv).ended

/** Answers every line with `+PONG`. */
function pongServer(): Server {
  return createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      const pings = bytes.toString('latin1').split('PING').length - 1
      socket.write('+PONG\r\n'.repeat(pings))
    })
  })
}

const directory = mkdtempSync(join(tmpdir(), 'connpool-cli-'))
const backend = pongServer()
let port = 0

beforeAll(async () => {
  backend.listen(0, '127.0.0.1')
  await once(backend, 'listening')
  ;({ port } = backend.address() as AddressInfo)
})

afterAll(() => {
  backend.close()
  rmSync(directory, { recursive: true })
})

function configFile(name: string, text: string): string {
  const file = join(directory, name)
  writeFileSync(file, text)
  return file
}

const configOf = (endpoints: string): string => `
listeners:
  - { name: cache, listen: "127.0.0.1:0", protocol: redis, upstream: redis }
upstreams:
  redis: { endpoints: [${endpoints}], pool: { dialTimeout: 2s } }
admin: off
`

const withAdmin = (): string => configOf(`127.0.0.1:${port}`).replace('admin: off', 'admin: { listen: "127.0.0.1:0" }')

/** Resolves when the backend has a request to which it says nothing. */
async function askInVain(at: number): Promise<void> {
  const connected = once(backend, 'connection')
  const client = connect(at, '127.0.0.1').on('error', () => {})
  client.write('GET x\r\n')
  const [socket] = (await connected) as [Socket]
  await once(socket, 'data')
}

/** Answers whatever it is sent in words of HTTP. */
async function webServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const answer = 'HTTP/1.1 400 Bad Request\r\n\r\n'
  const server = createServer((socket) => socket.on('error', () => {}).on('data', () => socket.write(answer)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port: at } = server.address() as AddressInfo
  return { port: at, [Symbol.asyncDispose]: async () => void (await once(server.close(), 'close')) }
}

/** `at`: a port of this machine, or a path. */
async function ping(at: number | string): Promise<string> {
  const socket = typeof at === 'string' ? connect(at) : connect(at, '127.0.0.1')
  socket.write('PING\r\n')
  const [reply] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return reply.toString()
}

describe('connpool check', () => {
  test('dials every backend and asks it', async () => {
    const { status, said } = await run('check', configFile('good.yaml', configOf(`127.0.0.1:${port}`)))

    expect(said).toMatch(
      /^ok {4}\S+good\.yaml: 1 listener, 1 upstream\nok {4}redis 127\.0\.0\.1:\d+: connected in [\d.]+ ms, healthy after [\d.]+ ms\n$/,
    )
    expect(status).toBe(0)
  })

  test('ends with 1 when one of them cannot be reached, and says which', async () => {
    const { status, said } = await run('check', configFile('half.yaml', configOf(`127.0.0.1:${port}, 127.0.0.1:1`)))

    expect(said).toMatch(/\nok {4}redis 127\.0\.0\.1:\d+: .*\nFAIL {2}redis 127\.0\.0\.1:1: .*ECONNREFUSED/)
    expect(status).toBe(1)
  })

  test('says on one line that a backend speaks no TLS', async () => {
    await using web = await webServer()

    const { said } = await run('check', configFile('tls.yaml', configOf(`'tls://127.0.0.1:${web.port}'`)))

    expect(said).toMatch(/\nFAIL {2}redis tls:\S+: [^\n]*wrong version number[^\n]*\n$/)
    expect(said.split('\n')).toHaveLength(3)
  })

  test('ends with 2 when the configuration is wrong, with all problems on the standard error', async () => {
    const { status, said, complained } = await run('check', configFile('bad.yaml', `workers: none\n${configOf('x')}`))

    expect(complained).toMatch(
      /bad\.yaml:1:10: workers must be .*\n\S+bad\.yaml:6:\d+: upstreams\.redis\.endpoints\[0\] must have a port/,
    )
    expect([status, said]).toEqual([2, ''])
  })

  test('ends with 2 when there is no such file', async () => {
    const { status, complained } = await run('check', join(directory, 'nowhere.yaml'))

    expect(complained).toContain('nowhere.yaml cannot be read: there is no such file (ENOENT)')
    expect(status).toBe(2)
  })
})

describe('connpool bench', () => {
  test('compares a dial for each request with a pool', async () => {
    const { status, said } = await run(
      'bench',
      `127.0.0.1:${port}`,
      '--requests',
      '200',
      '--concurrency',
      '20',
      '--max-size',
      '4',
    )
    const [, heading = '', direct = '', pooled = ''] = said.split('\n')

    expect(heading.trim().split(/\s{2,}/)).toEqual(['requests/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'dials', 'failures'])
    expect(direct).toMatch(/^dial per request .* 200 +0$/)
    expect(pooled).toMatch(/^pool of 4 .* [1-4] +0$/)
    expect(status).toBe(0)
  })

  test('ends with 1 when nobody answers', async () => {
    const { status, complained } = await run('bench', '127.0.0.1:1', '--requests', '3')

    expect(complained).toContain('dial per request: the first of 3 failures: Error: connect ECONNREFUSED')
    expect(status).toBe(1)
  })

  test('ends although the backend never answers', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}))
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port: at } = silent.address() as AddressInfo

    const { status, complained } = await run('bench', `127.0.0.1:${at}`, '--requests', '2', '--duration', '100ms')
    silent.close()

    expect(complained).toContain('the first of 2 failures')
    expect(status).toBe(1)
  })

  test('says so when the backend speaks another protocol', async () => {
    const web = createServer((socket) =>
      socket.on('error', () => {}).on('data', () => socket.write('HTTP/1.1 400\r\n')),
    )
    web.listen(0, '127.0.0.1')
    await once(web, 'listening')
    const { port: at } = web.address() as AddressInfo

    const { status, complained } = await run('bench', `127.0.0.1:${at}`, '--requests', '3')
    web.close()

    expect(complained.split('\n').filter(Boolean)).toEqual([
      expect.stringMatching(
        /^dial per request: the first of 3 failures: ProtocolError: a reply with a value of type 0x48/,
      ),
      expect.stringMatching(/^pool of 10: the first of 3 failures: ProtocolError: a reply with a value of type 0x48/),
    ])
    expect(status).toBe(1)
  })

  test('loads nobody else without --yes', async () => {
    const { status, complained } = await run('bench', '192.0.2.1:6379')

    expect(complained).toContain('192.0.2.1:6379 is neither on this machine nor in a private network')
    expect(status).toBe(2)
  })
})

describe('connpool serve', () => {
  test('serves what a file says, until SIGTERM', async () => {
    const server = new Running([
      'serve',
      configFile('serve.yaml', configOf(`127.0.0.1:${port}`)),
      '--log-level',
      'silent',
    ])
    const at = await server.until(/redis clients +127\.0\.0\.1:(\d+)/)

    expect(await ping(Number(at))).toBe('+PONG\r\n')
    server.kill('SIGTERM')
    expect(await server.ended).toMatchObject({ status: 0, complained: '' })
  })

  test('says which ports there are to choose from, and does not start', async () => {
    const server = new Running(['serve', '--demo', '--listen', '127.0.0.1:0', '--admin', 'off'], {
      CONNPOOL_PORTS: 'tcp',
    })

    const { status, complained } = await server.ended

    expect(status).toBe(2)
    expect(complained).toContain('CONNPOOL_PORTS in the environment must be handles or sockets, got "tcp"')
  })

  test('ends at two signals when a drain that the admin listener was asked for takes too long', async () => {
    const server = new Running(['serve', configFile('cut.yaml', withAdmin()), '--log-level', 'silent'])
    const admin = await server.until(/health and numbers +(http:\S+)/)
    await askInVain(Number(/redis clients +127\.0\.0\.1:(\d+)/.exec(server.said)?.[1]))
    await fetch(new URL('/api/drain', admin), { method: 'POST' })

    server.kill('SIGTERM')
    server.kill('SIGINT')

    expect(await server.ended).toMatchObject({ status: 1 })
  })

  test.each(['handles', 'sockets'])('serves what flags say over %s', async (ports) => {
    const flags = ['--listen', '127.0.0.1:0', '--backend', `127.0.0.1:${port}`, '--protocol', 'redis', '--admin', 'off']
    const server = new Running(['serve', ...flags], { CONNPOOL_PORTS: ports })
    const at = await server.until(/redis clients +127\.0\.0\.1:(\d+)/)

    expect(await ping(Number(at))).toBe('+PONG\r\n')
    server.kill('SIGINT')
    const { status, complained } = await server.ended
    expect(status).toBe(0)
    expect(complained).toContain('"event":"draining","cause":"SIGINT"')
  })

  test('serves a backend of its own with --demo', async () => {
    const server = new Running(['serve', '--demo', '--listen', '127.0.0.1:0', '--admin', 'off'])
    const at = await server.until(/redis clients +127\.0\.0\.1:(\d+)/)

    expect(await ping(Number(at))).toBe('+PONG\r\n')
    server.kill('SIGTERM')
    expect(await server.ended).toMatchObject({ status: 0 })
  })

  test('ends with 2 when a port is taken, and names the flag or the key', async () => {
    const flags = await run(
      'serve',
      '--listen',
      `127.0.0.1:${port}`,
      '--backend',
      'a:1',
      '--admin',
      'off',
      '--log-level',
      'silent',
    )
    const text = configOf('a:1').replace('127.0.0.1:0', `127.0.0.1:${port}`)
    const file = await run('serve', configFile('taken.yaml', text), '--log-level', 'silent')

    expect(flags).toMatchObject({
      status: 2,
      complained: `error: --listen: cannot listen on 127.0.0.1:${port}: somebody else listens there (EADDRINUSE)\n`,
    })
    expect(file).toMatchObject({
      status: 2,
      complained: `error: listeners[0].listen: cannot listen on 127.0.0.1:${port}: somebody else listens there (EADDRINUSE)\n`,
    })
  })

  test('ends with 2 when a flag is wrong, and names it', async () => {
    const { status, complained } = await run('serve', '--listen', '6380', '--backend', 'a:1')

    expect([status, complained]).toEqual([2, '--listen must have a port, as \'127.0.0.1:6380\'; got "6380"\n'])
  })

  test.skipIf(!existsSync('/dev/full'))('serves on when nothing can be written any more', async () => {
    const full = openSync('/dev/full', 'w')
    const path = join(directory, 'full.sock')
    const file = configFile('full.yaml', configOf(`127.0.0.1:${port}`).replace('127.0.0.1:0', `unix:${path}`))
    const server = spawn(process.execPath, [CLI, 'serve', file], { stdio: ['ignore', full, full] })
    const ended = once(server, 'close')
    closeSync(full)

    let answer = ''
    await until('it answers', async () => {
      answer = await ping(path).catch(() => '')
      return answer !== '' || server.exitCode !== null
    })
    server.kill('SIGTERM')

    expect(answer).toBe('+PONG\r\n')
    expect(await ended).toEqual([0, null])
  })

  test('never says a secret', async () => {
    const admin = 'admin: { listen: "127.0.0.1:0", token: "${CLI_CANARY}" }'
    const text = configOf('a:1').replace('admin: off', () => admin)
    const server = new Running(['serve', configFile('secret.yaml', text), '--log-level', 'debug'], {
      CLI_CANARY: 'canary-77',
    })
    await server.until(/health and numbers +(http)/)
    server.kill('SIGTERM')
    const { said, complained } = await server.ended

    expect(said + complained).not.toContain('canary-77')
  })
})
