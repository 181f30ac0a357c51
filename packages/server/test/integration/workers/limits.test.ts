import { env } from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'

import { afterEach, describe, expect, test } from 'vitest'

import { until } from '../../../../connpool/test/fixtures/until.ts'
import { howMany } from '../../../../connpool/test/how-many.ts'
import { DISPATCH_MODES } from '../../fixtures/dispatch-modes.ts'
import { Client } from '../../fixtures/client.ts'
import { CountingBackend } from '../../fixtures/counting-backend.ts'
import { Front, type FrontConfig } from '../../fixtures/front.ts'
import { LineCrowd } from '../../fixtures/line-crowd.ts'

/** How many workers are killed; `CONNPOOL_WORKER_KILLS=100` takes a few minutes. */
const KILLS = Number(env['CONNPOOL_WORKER_KILLS'] ?? howMany({ quick: 2, full: 4 }))

const MAX_SIZE = 6

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

interface Scene {
  readonly backend: CountingBackend
  readonly front: Front
}

async function sceneOf(config: Partial<FrontConfig>, delayMs: number): Promise<Scene> {
  const backend = await CountingBackend.start({ delayMs })
  open.push(backend)
  const upstream = { endpoints: [backend.endpoint], maxSize: MAX_SIZE, pool: { maxSize: MAX_SIZE } }
  const front = await Front.start({
    workers: 3,
    upstream,
    ...config,
    listener: { protocol: 'lines', ...config.listener },
  })
  open.push(front)
  return { backend, front }
}

function crowdAt({ front }: Scene, clients: number): LineCrowd {
  const crowd = new LineCrowd(front.port, clients)
  open.push(crowd)
  return crowd
}

const pidsOf = ({ server }: Front): number[] => server.stats().workers.map(({ pid }) => pid)

describe.each(DISPATCH_MODES)('with dispatch %s', (dispatch) => {
  test(
    `${KILLS} workers are killed under load: their sessions are lost, and nothing else`,
    async () => {
      const scene = await sceneOf({ dispatch }, 1)
      const { front, backend } = scene
      const crowd = crowdAt(scene, 12)
      await until('all are served', () => crowd.answered > 100)

      for (let kill = 0; kill < KILLS; kill++) {
        const [victim = 0] = pidsOf(front)
        process.kill(victim, 'SIGKILL')
        const { answered } = crowd
        await until('it is noticed, and the others go on', () => {
          return !pidsOf(front).includes(victim) && crowd.answered > answered + 20
        })
        await until('there are two again', () => pidsOf(front).length >= 2)
      }
      await until('all have been replaced', () => pidsOf(front).length === 3)

      await crowd.stop()
      const counts = await backend.counts()
      expect(counts.most).toBeLessThanOrEqual(MAX_SIZE)
      expect(crowd.wrong).toEqual([])
      expect(crowd.lost).toBeLessThanOrEqual(KILLS * 12)
      expect(front.server.stats().dispatch.workerRestarts).toBe(KILLS)
      await until('all that is open is known', async () => (await backend.counts()).open === front.pool.total)
    },
    30_000 + KILLS * 3_000,
  )
})

test('no worker idles while another queues: connections go to who needs them, and never are more than the limit', async () => {
  const scene = await sceneOf(
    { dispatch: 'kernel', workers: 2, listener: { protocol: 'lines', queueTarget: '5s', queueInterval: '5s' } },
    20,
  )
  const { front, backend } = scene
  const [first, second] = await clientsByWorker(front)

  const busyAtOnce: number[] = []
  for (const clients of [first, second, first, second]) {
    await askFor(700, clients)
    await backend.counts()
    await askFor(300, clients)
    busyAtOnce.push((await backend.counts()).mostBusy)
  }

  // Each worker keeps one connection, whatever the other needs.
  expect(busyAtOnce).toEqual([MAX_SIZE - 1, MAX_SIZE - 1, MAX_SIZE - 1, MAX_SIZE - 1])
  expect((await backend.counts()).most).toBeLessThanOrEqual(MAX_SIZE)
})

/** Twelve clients of each of two workers. While one of them stands still, it is the other's that are answered. */
async function clientsByWorker(front: Front): Promise<readonly [readonly Client[], readonly Client[]]> {
  const clients: Client[] = []
  open.push(goodbyeTo(clients))
  const hasEnough = (): boolean => front.server.stats().workers.every(({ sessions }) => sessions >= 12)
  await until('each worker has clients', async () => {
    clients.push(await Client.connect(front.port))
    await clients.at(-1)?.ask('hello\n')
    return hasEnough()
  })
  const [stopped = 0] = pidsOf(front)
  process.kill(stopped, 'SIGSTOP')
  for (const client of clients) client.send('who?\n')
  await delay(1_000)
  const answered = new Set(clients.filter(({ text }) => text.endsWith('who?who?\n')))
  process.kill(stopped, 'SIGCONT')
  await until('all are answered', () => clients.every(({ text }) => text.endsWith('who?who?\n')))
  const others = clients.filter((client) => !answered.has(client))
  return [[...answered].slice(0, 12), others.slice(0, 12)]
}

async function askFor(ms: number, clients: readonly Client[]): Promise<void> {
  const endsAt = performance.now() + ms
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() < endsAt) await client.ask('more\n')
    }),
  )
}

function goodbyeTo(clients: readonly Client[]): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: () => {
      for (const client of clients) client[Symbol.dispose]()
      return Promise.resolve()
    },
  }
}
