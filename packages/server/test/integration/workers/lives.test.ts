import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'

import { systemClock } from 'connpool'
import { afterEach, describe, expect, test } from 'vitest'

import { until } from '../../../../connpool/test/fixtures/until.ts'
import type { ServerSettings } from '../../../src/config/settings.ts'
import { FrontServer } from '../../../src/front-server.ts'
import { resolveConfig } from '../../../src/config/resolve-config.ts'
import { Primary } from '../../../src/workers/primary.ts'
import { DISPATCH_MODES } from '../../fixtures/dispatch-modes.ts'
import { Client } from '../../fixtures/client.ts'
import { Front, type FrontConfig } from '../../fixtures/front.ts'
import { LineCrowd } from '../../fixtures/line-crowd.ts'
import { RecordingLog } from '../../fixtures/recording-log.ts'
import { perLine, ScriptedBackend } from '../../fixtures/scripted-backend.ts'

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

async function backendOf(): Promise<ScriptedBackend> {
  const backend = await ScriptedBackend.start(perLine((line, socket) => void socket.write(`${line}${line}\n`)))
  open.push(backend)
  return backend
}

async function frontOf({ endpoint }: ScriptedBackend, config: Partial<FrontConfig>): Promise<Front> {
  const front = await Front.start({
    workers: 2,
    upstream: { endpoints: [endpoint], pool: { maxSize: 6 } },
    ...config,
    listener: { protocol: 'lines', ...config.listener },
  })
  open.push(front)
  return front
}

const pidsOf = ({ server }: Front): number[] => server.stats().workers.map(({ pid }) => pid)

describe.each(DISPATCH_MODES)('with dispatch %s', (dispatch) => {
  test('no worker outlives a primary that is killed', async () => {
    const { endpoint } = await backendOf()
    const program = fileURLToPath(new URL('../../fixtures/orphaning-primary.mjs', import.meta.url))
    const primary = fork(program, [endpoint, dispatch], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    open.push(killer(primary))
    let logged = ''
    primary.stderr?.on('data', (text) => (logged += String(text)))
    const [{ port, pids }] = (await once(primary, 'message')) as [{ port: number; pids: number[] }]
    using client = await Client.connect(port)
    await client.ask('still at work\n')

    primary.kill('SIGKILL')

    await until('all processes are gone', () => pids.every((pid) => !isAlive(pid)))
    await client.ends()
    await expect(Client.connect(port)).rejects.toThrow('ECONNREFUSED')
    const causes = [...logged.matchAll(/"event":"draining","cause":"([\w-]+)"/g)].map(([, cause]) => cause)
    expect(causes).toEqual(['primary-gone', 'primary-gone'])
  })

  test('a restart of all workers loses no request', async () => {
    const front = await frontOf(await backendOf(), { dispatch })
    const before = pidsOf(front)
    const crowd = new LineCrowd(front.port, 6)
    open.push(crowd)
    await until('all are served', () => crowd.answered > 50)

    await front.server.restartWorkers()

    await until('there are new ones', () => pidsOf(front).length === 2)
    expect(pidsOf(front).filter((pid) => before.includes(pid))).toEqual([])
    const { answered } = crowd
    await until('they serve', () => crowd.answered > answered + 50)
    await crowd.stop()
    expect(crowd.wrong).toEqual([])
    expect(front.log.events.filter(({ event }) => event === 'worker-died')).toEqual([])
    expect(before.filter((pid) => isAlive(pid))).toEqual([])
  })

  test('an address that is taken is told by the start, and nothing is left running', async () => {
    const { port, endpoint } = await backendOf()
    const log = new RecordingLog()
    const server = new FrontServer(
      {
        listeners: [{ listen: `127.0.0.1:${port}`, protocol: 'lines', upstream: 'backend' }],
        upstreams: { backend: { endpoints: [endpoint] } },
        workers: 2,
        dispatch,
        admin: 'off',
      },
      { log },
    )

    await expect(server.start()).rejects.toMatchObject({ code: 'EADDRINUSE', port })
    expect(server.stats().state).toBe('stopped')
  })

  test('an upstream is paused in all workers, those included that come later', async () => {
    const backend = await backendOf()
    const front = await frontOf(backend, { dispatch, admin: { listen: '127.0.0.1:0' } })
    await post(front, '/api/upstreams/backend/pause')
    const [victim = 0] = pidsOf(front)
    process.kill(victim, 'SIGKILL')
    await until('there is another one', () => pidsOf(front).length === 2 && !pidsOf(front).includes(victim))
    const clients = await Promise.all(Array.from({ length: 8 }, () => Client.connect(front.port)))

    const answers = clients.map((client) => client.ask('ab\n'))
    await until('all are held', () => front.stats.queue.length === 8)
    const accepted = backend.accepted
    await post(front, '/api/upstreams/backend/resume')

    expect(new Set(await Promise.all(answers))).toEqual(new Set(['abab\n']))
    expect(accepted).toBe(0)
    for (const client of clients) client[Symbol.dispose]()
  })
})

test('with dispatch balanced the limit of clients is exact over all workers', async () => {
  const front = await frontOf(await backendOf(), {
    dispatch: 'balanced',
    listener: { protocol: 'lines', maxClients: 10 },
  })
  const clients = await Promise.all(Array.from({ length: 30 }, () => Client.connect(front.port)))

  for (const client of clients) client.send('ab\n')
  await until('all are answered', () => clients.every(({ text }) => text.endsWith('\n')))

  expect(clients.filter(({ text }) => text === 'abab\n')).toHaveLength(10)
  expect(clients.filter(({ text }) => text.startsWith('ERR connpool: '))).toHaveLength(20)
  // While those who wait for a worker are as many as may, the next is refused for that.
  const refused = (): number => Object.values(front.stats.refused).reduce((sum, count) => sum + count, 0)
  await until('they are counted', () => refused() === 20)
  const [first] = clients.filter(({ text }) => text === 'abab\n')
  first?.[Symbol.dispose]()
  await until('there is room for another', async () => {
    using client = await Client.connect(front.port)
    return (await client.ask('cd\n')) === 'cdcd\n'
  })
  for (const client of clients) client[Symbol.dispose]()
})

test('with dispatch balanced the limit of clients of one address is exact over all workers', async () => {
  const front = await frontOf(await backendOf(), {
    dispatch: 'balanced',
    workers: 3,
    listener: { protocol: 'lines', maxClientsPerAddress: 4 },
  })
  const refusals = (): number => front.stats.refused['too-many-from-address'] ?? 0
  const clients = await Promise.all(Array.from({ length: 12 }, () => Client.connect(front.port)))
  open.push(goodbyeTo(clients))
  for (const client of clients) client.send('ab\n')
  await until('all are answered', () => clients.every(({ text }) => text.endsWith('\n')))
  await until('they are counted', () => refusals() === 8)

  const served = clients.filter(({ text }) => text === 'abab\n')
  expect(served).toHaveLength(4)
  using elsewhere = await Client.connect({ port: front.port, host: '127.0.0.1', localAddress: '127.0.0.2' })
  expect(await elsewhere.ask('cd\n')).toBe('cdcd\n')

  for (const client of served.slice(0, 2)) client[Symbol.dispose]()
  await until('their places are free', () => front.stats.sessions === 3)
  const others = await Promise.all(Array.from({ length: 6 }, () => Client.connect(front.port)))
  open.push(goodbyeTo(others))
  for (const client of others) client.send('ef\n')
  await until('all of them are answered', () => others.every(({ text }) => text.endsWith('\n')))
  expect(others.filter(({ text }) => text === 'efef\n')).toHaveLength(2)
})

test('workers listen at a Unix socket, which is gone with them', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'connpool-'))
  open.push({ [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) })
  const path = join(directory, 'front.sock')
  const front = await frontOf(await backendOf(), {
    dispatch: 'kernel',
    listener: { protocol: 'lines', listen: `unix:${path}` },
  })
  using client = await Client.connect({ path })

  expect(await client.ask('ab\n')).toBe('abab\n')
  expect(front.server.listening).toEqual([{ listener: 'main', address: path, port: undefined }])

  await front.server.close({ graceMs: 0 })
  await expect(Client.connect({ path })).rejects.toThrow('ENOENT')
})

test('who connects while no worker lives waits for the next one', async () => {
  const front = await frontOf(await backendOf(), { dispatch: 'kernel' })
  const pids = pidsOf(front)
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await until('all are gone', () => pids.every((pid) => !isAlive(pid)))

  using client = await Client.connect(front.port)

  expect(await client.ask('ab\n')).toBe('abab\n')
})

test('a worker that cannot start fails the start with its reason; later it is tried again and again, ever less often', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'connpool-'))
  open.push({ [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) })
  const { endpoint } = await backendOf()
  const ca = join(directory, 'ca.pem')
  const config = {
    listeners: [{ listen: '127.0.0.1:0', protocol: 'lines', upstream: 'backend' }],
    upstreams: { backend: { endpoints: [endpoint], tls: { ca } } },
    workers: 2,
    admin: 'off',
  } as const
  await writeFile(ca, CERTIFICATE)
  const settings = resolveConfig(config)
  const log = new RecordingLog()
  await rm(ca)

  const primary = primaryOf(settings, config, log)
  await expect(primary.listen()).rejects.toThrow('ca.pem')
  await primary.close(0)
  await writeFile(ca, CERTIFICATE)
  const second = primaryOf(settings, config, log)
  await second.listen()
  await rm(ca)
  const [worker] = (await second.stats()).workers
  process.kill(worker?.pid ?? 0, 'SIGKILL')

  const deaths = (): number[] => log.events.flatMap((each) => ('restartInMs' in each ? [each.restartInMs ?? 0] : []))
  await until('it has been tried three times', () => deaths().length >= 3, 20_000)
  await second.close(0)
  const [first = 0, next = 0, last = 0] = deaths()
  expect([first >= 100 && first <= 125, next >= 200 && next <= 250, last >= 400 && last <= 500]).toEqual([
    true,
    true,
    true,
  ])
})

function primaryOf(
  settings: ServerSettings,
  config: ConstructorParameters<typeof FrontServer>[0],
  log: RecordingLog,
): Primary {
  if (!('listeners' in config)) throw new Error('an object is expected')
  const source = { config }
  const systemdFd = (): number => 3
  return new Primary({ settings, source, log, workerLog: 'own', clock: systemClock, random: Math.random, systemdFd })
}

async function post({ server }: Front, path: string): Promise<void> {
  const response = await fetch(`${server.adminUrl}${path}`, { method: 'POST' })
  expect(response.ok).toBe(true)
}

function killer(child: ChildProcess): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: () => {
      child.kill('SIGKILL')
      return Promise.resolve()
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Any will do. */
const [CERTIFICATE = ''] = rootCertificates

function goodbyeTo(clients: readonly Client[]): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: () => {
      for (const client of clients) client[Symbol.dispose]()
      return Promise.resolve()
    },
  }
}
