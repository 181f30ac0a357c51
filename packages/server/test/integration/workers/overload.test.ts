/** A process that is beyond its thresholds: those of every process are the same, so all of them are. */
import { afterEach, describe, expect, test } from 'vitest'

import { until } from '../../../../connpool/test/fixtures/until.ts'
import type { ServerConfig } from '../../../src/config/server-config.ts'
import { FrontServer } from '../../../src/front-server.ts'
import { Client } from '../../fixtures/client.ts'
import { RecordingLog } from '../../fixtures/recording-log.ts'
import { echo, ScriptedBackend } from '../../fixtures/scripted-backend.ts'

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

type Heap = NonNullable<NonNullable<ServerConfig['monitors']>['heap']>

const ENOUGH: Heap = { refuseAt: '100GiB', stopAt: '200GiB' }
const REFUSING: Heap = { refuseAt: '1KiB', stopAt: '200GiB' }
const STOPPING: Heap = { refuseAt: '1KiB', stopAt: '1KiB' }

class Overloaded {
  readonly log = new RecordingLog()
  readonly server: FrontServer
  readonly #config: (heap: Heap) => ServerConfig

  constructor(backend: ScriptedBackend, common: Pick<ServerConfig, 'workers' | 'dispatch'>) {
    this.#config = (heap) => ({
      ...common,
      admin: 'off',
      monitors: { heap, eventLoopDelay: { refuseAt: 'off', stopAt: 'off' } },
      listeners: [{ name: 'main', listen: '127.0.0.1:0', protocol: 'lines', upstream: 'backend' }],
      upstreams: { backend: { endpoints: [backend.endpoint] } },
    })
    this.server = new FrontServer(this.#config(ENOUGH), { log: this.log })
  }

  get port(): number {
    return this.server.listening[0]?.port ?? 0
  }

  get orders(): string[] {
    return this.log.events.flatMap((each) => (each.event === 'overloaded' ? [each.order] : []))
  }

  async set(heap: Heap): Promise<void> {
    await this.server.reload(this.#config(heap))
  }

  /** What a client of its own is told; undefined: it was not even let in. */
  async ask(line: string): Promise<string | undefined> {
    try {
      using client = await Client.connect(this.port)
      return await client.ask(line)
    } catch {
      return undefined
    }
  }
}

describe.each([
  { workers: 1, dispatch: 'kernel', processes: 1 },
  { workers: 2, dispatch: 'kernel', processes: 2 },
  { workers: 2, dispatch: 'balanced', processes: 3 },
] as const)('with $workers workers and dispatch $dispatch', ({ processes, ...common }) => {
  test('clients are refused, or not accepted, until it is over', async () => {
    const backend = await ScriptedBackend.start(echo)
    open.push(backend)
    const overloaded = new Overloaded(backend, common)
    const { server } = overloaded
    open.push({ [Symbol.asyncDispose]: async () => void (await server.close({ graceMs: 0 })) })
    await server.start()
    const { port } = overloaded
    using before = await Client.connect(port)
    expect(await before.ask('one\n')).toBe('one\n')

    await overloaded.set(REFUSING)
    await until('all say so', () => overloaded.orders.length === processes)
    expect(await overloaded.ask('two\n')).toBe('ERR connpool: the server is overloaded\n')
    await until('it is counted', () => server.stats().listeners['main']?.refused.overloaded === 1)

    await overloaded.set(STOPPING)
    await until('all say so', () => overloaded.orders.length === 2 * processes)
    await until('nothing listens', async () => (await overloaded.ask('three\n')) === undefined)
    expect(await before.ask('four\n')).toBe('four\n')

    await overloaded.set(ENOUGH)
    const over = (): number => overloaded.log.events.filter(({ event }) => event === 'overload-over').length
    await until('it is over', () => over() === processes)
    expect(overloaded.port).toBe(port)
    await until('clients are welcome', async () => (await overloaded.ask('five\n')) === 'five\n')
  })
})
