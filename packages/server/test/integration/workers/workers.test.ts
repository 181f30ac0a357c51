import type { Socket } from 'node:net'

import { afterEach, describe, expect, test } from 'vitest'

import { until } from '../../../../connpool/test/fixtures/until.ts'
import { ConfigError } from '../../../src/config/config-error.ts'
import { FrontServer } from '../../../src/front-server.ts'
import { lines } from '../../../src/protocols/lines.ts'
import { Client } from '../../fixtures/client.ts'
import { Front, type FrontConfig } from '../../fixtures/front.ts'
import { LineCrowd } from '../../fixtures/line-crowd.ts'
import { perLine, ScriptedBackend } from '../../fixtures/scripted-backend.ts'

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

const doubled = (line: string, socket: Socket): void => void socket.write(`${line}${line}\n`)

async function backendOf(answer: (line: string, socket: Socket) => void): Promise<ScriptedBackend> {
  const backend = await ScriptedBackend.start(perLine(answer))
  open.push(backend)
  return backend
}

async function frontOf(backend: ScriptedBackend, config: Partial<FrontConfig> = {}): Promise<Front> {
  const front = await Front.start({
    workers: 2,
    upstream: { endpoints: [backend.endpoint], pool: { maxSize: 6 } },
    ...config,
    listener: { protocol: 'lines', ...config.listener },
  })
  open.push(front)
  return front
}

const pidsOf = ({ server }: Front): number[] => server.stats().workers.map(({ pid }) => pid)

describe.each(['kernel', 'balanced'] as const)('workers with dispatch %s', (dispatch) => {
  test('serve together, and their numbers are one sum', async () => {
    const backend = await backendOf(doubled)
    const front = await frontOf(backend, { dispatch })
    const clients = await Promise.all(Array.from({ length: 30 }, () => Client.connect(front.port)))
    open.push(goodbyeTo(clients))

    const answers = await Promise.all(clients.map((client) => client.ask('ab\n')))

    expect(new Set(answers)).toEqual(new Set(['abab\n']))
    await until('all are counted', () => front.stats.requests.ok === 30 && front.stats.sessions === 30)
    expect(new Set(front.server.stats().workers.map(({ id }) => id))).toEqual(new Set([1, 2]))
    expect(new Set([...pidsOf(front), process.pid]).size).toBe(3)
    expect(front.server.stats().upstreams['backend']?.pool.maxSize).toBe(6)
    expect(backend.most).toBeLessThanOrEqual(6)
  })

  test('a worker that is killed takes its own sessions with it, and is replaced', async () => {
    const backend = await backendOf(doubled)
    const front = await frontOf(backend, { dispatch, workers: 3 })
    const crowd = new LineCrowd(front.port, 12)
    open.push(crowd)
    await until('all are served', () => crowd.answered > 100 && front.stats.sessions === 12)
    // The kernel may have given all clients to one.
    const [{ pid: victim } = { pid: 0 }] = front.server.stats().workers.toSorted((a, b) => a.sessions - b.sessions)

    process.kill(victim, 'SIGKILL')

    await until('another one has taken its place', () => front.server.stats().dispatch.workerRestarts === 1)
    await until('it runs', () => pidsOf(front).length === 3 && !pidsOf(front).includes(victim))
    const before = crowd.answered
    await until('they go on', () => crowd.answered > before + 100)
    await crowd.stop()
    expect(crowd.wrong).toEqual([])
    expect(crowd.harmed.size).toBeLessThan(12)
    expect(backend.most).toBeLessThanOrEqual(6)
    expect(front.log.events).toContainEqual(expect.objectContaining({ event: 'worker-died', exit: 'SIGKILL' }))
  })

  test('a drain lets sessions finish, and no process is left', async () => {
    const answers: (() => void)[] = []
    const backend = await backendOf((line, socket) => void answers.push(() => doubled(line, socket)))
    const front = await frontOf(backend, { dispatch })
    const pids = pidsOf(front)
    using busy = await Client.connect(front.port)
    using idle = await Client.connect(front.port)
    busy.send('ab\n')
    await until('the backend is asked', () => answers.length === 1)

    const closed = front.server.close({ graceMs: 5_000 })
    await idle.ends()
    idle.socket.end()
    answers[0]?.()

    await busy.ends()
    busy.socket.end()
    expect(busy.text).toBe('abab\n')
    expect(await closed).toMatchObject({ cut: 0 })
    expect(pids.filter((pid) => isAlive(pid))).toEqual([])
    expect(backend.sockets.size).toBe(0)
  })

  test('a second, impatient close cuts what is left', async () => {
    const backend = await backendOf(() => undefined)
    const front = await frontOf(backend, { dispatch })
    using client = await Client.connect(front.port)
    client.send('never answered\n')
    await until('the backend is asked', () => backend.sockets.size > 0)

    const closed = front.server.close({ graceMs: 60_000 })
    await front.server.close({ graceMs: 0 })

    expect(await closed).toEqual({ finished: 0, cut: 1 })
    await client.closes()
  })
})

test('what is in this process only cannot be given to workers', () => {
  const listener = { listen: '127.0.0.1:0', upstream: 'backend' }
  const upstreams = { backend: { endpoints: ['127.0.0.1:1'] } }
  const made = (): FrontServer =>
    new FrontServer({ listeners: [{ ...listener, protocol: lines() }], upstreams, workers: 2 })

  expect(made).toThrow(ConfigError)
  expect(made).toThrow('listeners[0].protocol must not be an object or a function of the program')
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function goodbyeTo(clients: readonly Client[]): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: () => {
      for (const client of clients) client[Symbol.dispose]()
      return Promise.resolve()
    },
  }
}
