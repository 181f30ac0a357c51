import { describe, expect, test } from 'vitest'

import { until } from '../../../../connpool/test/fixtures/until.ts'
import type { ServerConfig } from '../../../src/config/server-config.ts'
import type { FrontServer } from '../../../src/front-server.ts'
import { DISPATCH_MODES } from '../../fixtures/dispatch-modes.ts'
import { Client } from '../../fixtures/client.ts'
import { namedBackend, openedServer } from '../../fixtures/opened.ts'
import { RecordingLog } from '../../fixtures/recording-log.ts'
import type { ScriptedBackend } from '../../fixtures/scripted-backend.ts'

/** Two workers, and what is done to them while something else is under way. */
class Given {
  readonly log = new RecordingLog()
  readonly server: FrontServer
  readonly #config: (backend: ScriptedBackend) => ServerConfig

  private constructor(config: (backend: ScriptedBackend) => ServerConfig, backend: ScriptedBackend) {
    this.#config = config
    this.server = openedServer(config(backend), this.log)
  }

  static async running(dispatch: 'balanced' | 'kernel', backend: ScriptedBackend, maxSize: number): Promise<Given> {
    const config = ({ endpoint }: ScriptedBackend): ServerConfig => ({
      listeners: [{ name: 'main', listen: '127.0.0.1:0', protocol: 'tcp', upstream: 'u' }],
      upstreams: { u: { endpoints: [endpoint], pool: { maxSize } } },
      ...{ workers: 2, dispatch, admin: 'off' },
    })
    const given = new Given(config, backend)
    await given.server.start()
    await until('both workers have told who they are', () => given.pids.length === 2)
    return given
  }

  get pids(): readonly number[] {
    return this.server.stats().workers.map(({ pid }) => pid)
  }

  /** How many workers have ever been ready. */
  get starts(): number {
    return this.log.events.filter(({ event }) => event === 'worker-started').length
  }

  reload(backend: ScriptedBackend): Promise<readonly string[]> {
    return this.server.reload(this.#config(backend))
  }

  connect(): Promise<Client> {
    return Client.connect(this.server.listening[0]?.port ?? 0)
  }
}

describe.each(DISPATCH_MODES)('with dispatch %s', (dispatch) => {
  test('another configuration is taken while a worker that is replaced still has a session', async () => {
    const [one, two] = [await namedBackend('one'), await namedBackend('two')]
    const given = await Given.running(dispatch, one, 8)
    using old = await given.connect()
    await old.ask('who?\n')
    const restarted = given.server.restartWorkers()
    await until('a new worker serves, and the old one has to wait for its session', () => given.starts >= 3)

    const changes = await given.reload(two)

    expect(changes).toEqual([`upstream u: +${two.endpoint} -${one.endpoint}`])
    expect(await old.ask('who?\n')).toBe('one\n')
    using young = await given.connect()
    expect(await young.ask('who?\n')).toBe('two\n')
    for (const each of [old, young]) each[Symbol.dispose]()
    await restarted
  })

  test('a worker that gets ready during a reload follows it', async () => {
    const [one, two] = [await namedBackend('one'), await namedBackend('two')]
    const given = await Given.running(dispatch, one, 8)
    const [slow, dead] = given.pids as [number, number]
    process.kill(slow, 'SIGSTOP')
    process.kill(dead, 'SIGKILL')
    await until('it is dead', () => !given.pids.includes(dead))

    const reloaded = given.reload(two)
    await until('its successor has begun with what was there before', () => given.starts >= 3)
    process.kill(slow, 'SIGCONT')
    await reloaded

    const clients = await Promise.all(Array.from({ length: 8 }, () => given.connect()))
    const names = await Promise.all(clients.map((client) => client.ask('who?\n')))
    for (const client of clients) client[Symbol.dispose]()
    expect(new Set(names)).toEqual(new Set(['two\n']))
  })
})

test('a restart right after a death leaves no connection to nobody', async () => {
  const backend = await namedBackend('one')
  const given = await Given.running('balanced', backend, 4)
  const [dead] = given.pids as [number, number]
  process.kill(dead, 'SIGKILL')
  await until('it is dead', () => given.log.events.some(({ event }) => event === 'worker-died'))

  await given.server.restartWorkers()

  const clients = await Promise.all(Array.from({ length: 4 }, () => given.connect()))
  const names = await Promise.all(clients.map((client) => client.ask('who?\n')))
  for (const client of clients) client[Symbol.dispose]()
  expect(names).toEqual(['one\n', 'one\n', 'one\n', 'one\n'])
})
