/** `connpool serve` as a process that is told to stop, to stop now, and to read its configuration again. */
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { rootCertificates } from 'node:tls'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { until } from '../../../../connpool/test/fixtures/until.ts'
import { Client } from '../../fixtures/client.ts'
import { ConnpoolProcess } from '../../fixtures/real/connpool-process.ts'
import { freePort } from '../../fixtures/real/free-port.ts'
import { TemporaryFolder } from '../../fixtures/real/temporary-folder.ts'
import { echo, perLine, ScriptedBackend } from '../../fixtures/scripted-backend.ts'

const cleanups: (AsyncDisposable | Disposable)[] = []
let folder: TemporaryFolder

beforeEach(() => {
  folder = new TemporaryFolder()
  cleanups.push(folder)
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) {
    if (Symbol.asyncDispose in cleanup) await cleanup[Symbol.asyncDispose]()
    else cleanup[Symbol.dispose]()
  }
})

function kept<T extends AsyncDisposable | Disposable>(one: T): T {
  cleanups.push(one)
  return one
}

function serving(backend: ScriptedBackend): ConnpoolProcess {
  const upstream = { endpoints: [backend.endpoint] }
  return kept(ConnpoolProcess.serving(folder, { listener: { protocol: 'lines' }, upstream }))
}

describe('SIGTERM', () => {
  test('loses no request of clients that go on elsewhere', async () => {
    const backend = kept(await ScriptedBackend.start(echo))
    const [first, second] = [serving(backend), serving(backend)]
    const ports = [await first.port(), await second.port()]
    const clients = Array.from({ length: 10 }, () => new RetryingClient(ports))
    const asked = clients.map(async (each) => await each.askUntilStopped())
    await until('they are served', () => clients.every(({ answered }) => answered > 20))

    first.signal('SIGTERM')
    const status = await first.ended()
    const before = clients.map(({ answered }) => answered)
    await until('they go on', () => clients.every(({ answered }, index) => answered > (before[index] ?? 0) + 20))
    for (const each of clients) each.stop()
    await Promise.all(asked)

    expect(status).toBe(0)
    expect(clients.flatMap(({ lost }) => lost)).toEqual([])
  })

  test('lets a request end that is under way, and then the process with 0', async () => {
    const answers: (() => void)[] = []
    const backend = kept(
      await ScriptedBackend.start(perLine((line, socket) => void answers.push(() => socket.write(`${line}!\n`)))),
    )
    const server = serving(backend)
    const one = kept(await Client.connect(await server.port()))
    one.send('wait\n')
    await until('the backend has it', () => answers.length === 1)

    server.signal('SIGTERM')
    expect(await server.logs('draining')).toContain('"cause":"SIGTERM"')
    for (const answer of answers) answer()
    await one.ends()
    one.socket.end()

    expect(one.text).toBe('wait!\n')
    expect(await server.ended()).toBe(0)
  })

  test('given twice, it cuts what is left and ends the process with 1', async () => {
    const backend = kept(await ScriptedBackend.start(() => undefined))
    const server = serving(backend)
    const one = kept(await Client.connect(await server.port()))
    one.send('wait\n')
    await until('the backend has it', () => backend.accepted === 1)

    server.signal('SIGTERM')
    await server.logs('draining')
    server.signal('SIGTERM')

    expect(await server.ended()).toBe(1)
    expect(await server.logs('drained')).toContain('"cut":1')
    await one.closes()
  })
})

describe('SIGHUP', () => {
  const config = (listener: string, backend: ScriptedBackend): string => `
listeners:
  - { name: main, listen: "127.0.0.1:${port}", protocol: lines, upstream: backend, ${listener} }
upstreams:
  backend: { endpoints: ["${backend.endpoint}"] }
admin: off
monitors: { eventLoopDelay: { refuseAt: off, stopAt: off } }
`
  const saying = (what: string): Promise<ScriptedBackend> =>
    ScriptedBackend.start(perLine((_line, socket) => socket.write(`${what}\n`)))

  let port: number
  let file: string
  let server: ConnpoolProcess
  let one: ScriptedBackend
  let two: ScriptedBackend

  beforeEach(async () => {
    one = kept(await saying('one'))
    two = kept(await saying('two'))
    port = await freePort()
    file = folder.file('config.yaml')
    writeFileSync(file, config('maxClients: 100', one))
    server = kept(new ConnpoolProcess([file]))
    await server.port()
  })

  test('takes other endpoints and other limits, and keeps the sessions', async () => {
    const client = kept(await Client.connect(port))
    expect(await client.ask('who?\n')).toBe('one\n')

    writeFileSync(file, config('maxClients: 1', two))
    server.signal('SIGHUP')
    expect(await server.logs('reloaded')).toContain('listener main: changed')

    expect(await client.ask('who?\n')).toBe('two\n')
    const late = kept(await Client.connect(port))
    await late.ends()
    expect(late.text).toBe('ERR connpool: too many clients\n')
    for (const each of [client, late]) each[Symbol.dispose]()
    server.signal('SIGTERM')
    expect(await server.ended()).toBe(0)
  })

  test('says what is wrong with a file that cannot be used, and changes nothing', async () => {
    writeFileSync(file, config('maxClients: many', two))
    server.signal('SIGHUP')
    expect(await server.logs('reload-failed')).toContain('config.yaml:3')
    writeFileSync(file, config('maxClients: 100000000', two))
    server.signal('SIGHUP')
    await until('it has said so', () => server.complained.includes('file descriptors are needed'))

    const client = kept(await Client.connect(port))
    expect(await client.ask('who?\n')).toBe('one\n')
  })

  test('says that the file is gone, and changes nothing', async () => {
    folder[Symbol.dispose]()
    server.signal('SIGHUP')
    await until('it has said so', () => server.complained.includes('error: nothing is reloaded: '))

    const client = kept(await Client.connect(port))
    expect(await client.ask('who?\n')).toBe('one\n')
  })
})

describe('SIGUSR2', () => {
  const workersOf = (server: ConnpoolProcess): number[] =>
    [...server.complained.matchAll(/"event":"worker-started".*"workerPid":(\d+)/g)].map(([, pid]) => Number(pid))

  test('replaces all workers, and clients that go on lose no request', async () => {
    const backend = kept(await ScriptedBackend.start(echo))
    const upstream = { endpoints: [backend.endpoint] }
    const server = kept(
      ConnpoolProcess.serving(folder, { listener: { protocol: 'lines' }, upstream, workers: 2, drainTimeout: '5s' }),
    )
    const port = await server.port()
    const clients = Array.from({ length: 4 }, () => new RetryingClient([port, port, port]))
    const asked = clients.map(async (each) => await each.askUntilStopped())
    await until('they are served', () => clients.every(({ answered }) => answered > 20))

    server.signal('SIGUSR2')
    server.signal('SIGUSR2')
    await server.logs('workers-restarted')
    const before = clients.map(({ answered }) => answered)
    await until('they go on', () => clients.every(({ answered }, index) => answered > (before[index] ?? 0) + 20))
    for (const each of clients) each.stop()
    await Promise.all(asked)

    expect(new Set(workersOf(server)).size).toBe(4)
    expect(clients.flatMap(({ lost }) => lost)).toEqual([])
    expect(server.complained).not.toContain('worker-died')
    server.signal('SIGTERM')
    expect(await server.ended()).toBe(0)
  })

  test('changes nothing where a new worker cannot start, and says why', async () => {
    const backend = kept(await ScriptedBackend.start(echo))
    const ca = folder.file('ca.pem')
    writeFileSync(ca, rootCertificates[0] ?? '')
    const upstreams = { plain: { endpoints: [backend.endpoint] }, other: { endpoints: ['127.0.0.1:1'], tls: { ca } } }
    const listeners = ['plain', 'other'].map((name) => ({
      name,
      listen: '127.0.0.1:0',
      protocol: 'lines',
      upstream: name,
    }))
    const file = folder.file('config.yaml')
    writeFileSync(file, JSON.stringify({ listeners, upstreams, workers: 2, admin: 'off' }))
    const server = kept(new ConnpoolProcess([file]))
    const client = kept(await Client.connect(await server.port()))
    await client.ask('one\n')
    rmSync(ca)

    server.signal('SIGUSR2')

    expect(await server.logs('restart-failed')).toContain('ca.pem')
    expect(await client.ask('two\n')).toBe('two\n')
    client.socket.end()
    server.signal('SIGTERM')
    expect(await server.ended()).toBe(0)
  })

  test('with one worker only says so', async () => {
    const backend = kept(await ScriptedBackend.start(echo))
    const server = serving(backend)
    const client = kept(await Client.connect(await server.port()))

    server.signal('SIGUSR2')
    await server.logs('no-workers-to-restart')

    expect(await client.ask('still there\n')).toBe('still there\n')
  })
})

/** Asks one server after the other: the next when one is gone. A request that was not answered is asked again there. */
class RetryingClient {
  answered = 0
  readonly lost: string[] = []
  readonly #ports: readonly number[]
  #isOver = false

  constructor(ports: readonly number[]) {
    this.#ports = ports
  }

  stop(): void {
    this.#isOver = true
  }

  async askUntilStopped(): Promise<void> {
    for (const port of this.#ports) {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      socket.on('error', () => undefined)
      await this.#askAt(socket)
      socket.destroy()
      if (this.#isOver) return
    }
    this.lost.push('no server is left')
  }

  async #askAt(socket: Socket): Promise<void> {
    for (let count = 0; !this.#isOver; count++) {
      const request = `request ${count}\n`
      const answer = await answerOf(socket, request)
      if (answer === undefined) return
      if (answer === request) this.answered++
      else this.lost.push(answer)
    }
  }
}

/** Undefined: it ended the connection instead. */
async function answerOf(socket: Socket, request: string): Promise<string | undefined> {
  const over = new AbortController()
  const closed = once(socket, 'close', { signal: over.signal }).then(() => undefined)
  const said = once(socket, 'data', { signal: over.signal }).then(([bytes]) => String(bytes))
  socket.write(request)
  try {
    return await Promise.race([closed, said])
  } finally {
    for (const each of [closed, said]) each.catch(() => undefined)
    over.abort()
  }
}
