import { setTimeout as sleep } from 'node:timers/promises'
import type { Sample } from '../../loads/load.ts'
import { killAll, startAnswerServers } from '../../answer-servers.ts'
import { type Bench, type Row, tabulate, type Target } from '../../row.ts'
import { type OpenLoad, type Samples, takeTurns, valuesOf } from '../../rounds.ts'
import { median } from '../../statistics.ts'
import { noProc, skipped } from '../before-redis.ts'
import { openClients } from '../open-clients.ts'
import { startFrontServer } from '../processes/front-server.ts'
import { canRead, mostOpenFiles, rssKiBOf } from '../processes/process-readings.ts'
import type { ServerProcess } from '../processes/server-process.ts'
import { presentOf, relays } from '../subjects.ts'

const sizes = {
  full: { clients: 10_000, before: 100, restMs: 1_000 },
  tiny: { clients: 20, before: 5, restMs: 1 },
}
/** Files that a process has open besides those of its clients. */
const spareFiles = 300
const mostRounds = 3
const atMostKiB = 5
const whenMissed =
  "Node's own part of a connection, its handle, stream and event listeners, is about 3 KiB, and memory that V8 has freed is " +
  'not given back before it is asked for'

/** What a client costs that is connected and says nothing: most of them do, most of the time. */
export const idleMemory: Row = {
  name: 'idle-memory',
  async run(bench) {
    const { clients } = sizes[bench.scale]
    const title = `growth of resident memory by ${clients.toLocaleString('en')} idle clients, every round in a new process`
    if (!canRead()) return skipped({ name: this.name, title }, noProc)
    const { proxies, notes } = await presentOf(relays)
    const backends = await startAnswerServers([0])
    try {
      const samples = await measure(bench, subjectsOf(proxies, backends[0]?.port ?? NaN, clients))
      return {
        name: this.name,
        title,
        tables: [
          tabulate('by subject', samples, [
            { heading: 'KiB a client', key: 'kibPerClient', digits: 2 },
            { heading: 'MiB in all', key: 'rssMiB', digits: 0 },
            { heading: 'clients', key: 'clients', digits: 0 },
          ]),
        ],
        targets: [
          target(samples, 'connpool tcp'),
          target(samples, 'connpool redis'),
          target(samples, 'connpool lines, answered once'),
        ],
        notes: [
          ...notes,
          `${mostOpenFiles()} files may be open here: the peers have two for each client, as they dial at once, so they had fewer clients where that was not enough.`,
          'connpool dials when a client has said something; in `lines` and `redis` its connection is lent for one request.',
        ],
      }
    } finally {
      await killAll(backends)
    }
  },
}

interface Subject {
  readonly start: () => Promise<ServerProcess>
  readonly filesPerClient: number
  readonly request?: string
}

function subjectsOf(
  proxies: Awaited<ReturnType<typeof presentOf>>['proxies'],
  backendPort: number,
  clients: number,
): Readonly<Record<string, Subject>> {
  const own = (protocol: 'tcp' | 'redis' | 'lines'): Pick<Subject, 'start' | 'filesPerClient'> => ({
    start: () => startFrontServer(backendPort, { listener: { protocol, maxClients: clients + 100 }, maxSize: 16 }),
    filesPerClient: 1,
  })
  const theirs = proxies.map((proxy): [string, Subject] => [
    proxy.name,
    { start: () => proxy.start({ port: backendPort, clients: affordable(clients, 2) }), filesPerClient: 2 },
  ])
  return {
    'connpool tcp': own('tcp'),
    'connpool redis': own('redis'),
    'connpool lines, answered once': { ...own('lines'), request: 'ask\n' },
    ...Object.fromEntries(theirs),
  }
}

/** Every round is the first in its process: memory that was once taken is seldom given back. */
function measure(bench: Bench, subjects: Readonly<Record<string, Subject>>): Promise<Samples> {
  const openers = Object.entries(subjects).map(([label, subject]): [string, OpenLoad] => [
    label,
    () => Promise.resolve({ round: () => weigh(subject, sizes[bench.scale]), end: () => Promise.resolve() }),
  ])
  return takeTurns(Object.fromEntries(openers), Math.min(bench.rounds, mostRounds))
}

async function weigh(subject: Subject, { clients, before, restMs }: (typeof sizes)['full']): Promise<Sample> {
  const server = await subject.start()
  const count = affordable(clients, subject.filesPerClient) - before
  const asking = subject.request === undefined ? {} : { request: subject.request }
  const sockets = await openClients({ port: server.port, count: before, ...asking })
  try {
    await sleep(restMs)
    const rssBefore = rssKiBOf(server.pid)
    sockets.push(...(await openClients({ port: server.port, count, ...asking })))
    await sleep(restMs)
    const rssKiB = rssKiBOf(server.pid)
    return { kibPerClient: (rssKiB - rssBefore) / count, rssMiB: rssKiB / 1_024, clients: count + before }
  } finally {
    for (const socket of sockets) socket.destroy()
    await server.stop()
  }
}

/** So many of `clients` as the limit of open files allows a process that has `filesPerClient` of each. */
function affordable(clients: number, filesPerClient: number): number {
  return Math.min(clients, Math.floor((mostOpenFiles() - spareFiles) / filesPerClient))
}

function target(samples: Samples, label: string): Target {
  const kib = median(valuesOf(samples[label] ?? [], 'kibPerClient'))
  return {
    what: `${label}: an idle client`,
    target: `≤ ${atMostKiB} KiB`,
    measured: `${kib.toFixed(2)} KiB`,
    isMet: kib <= atMostKiB,
    whenMissed,
  }
}
