import type { Sample } from '../../loads/load.ts'
import { type Row, tabulate } from '../../row.ts'
import { type OpenLoad, type Samples, takeTurns, valuesOf } from '../../rounds.ts'
import { median } from '../../statistics.ts'
import { killAll, startAnswerServers } from '../../answer-servers.ts'
import { noProc, skipped } from '../before-redis.ts'
import { knock } from '../knock.ts'
import { openClients } from '../open-clients.ts'
import { type FrontServerProcess, startFrontServer } from '../processes/front-server.ts'
import { canRead, cpuUsOf } from '../processes/process-readings.ts'

const sizes = {
  full: { maxClients: 10, knocks: 5_000, atOnce: 50 },
  tiny: { maxClients: 2, knocks: 10, atOnce: 2 },
}
const atMostUs = 30
const whenMissed =
  'CPU time: to accept and reset takes Node 35 to 40 µs here with nothing around it; words want a ' +
  "write, an end and the client's own end, 70 µs and more"

/** How a refusal begins; `tcp` has no words, and whoever is told nothing hears an end. */
const words = { tcp: undefined, lines: 'ERR connpool: ', redis: '-ERR connpool: ' } as const
type ProtocolName = keyof typeof words

/** What it costs to say no: a server that is full must not be kept busy by those it turns away. */
export const refusing: Row = {
  name: 'refusing',
  async run({ scale, rounds }) {
    const { maxClients, knocks } = sizes[scale]
    const title = `${knocks.toLocaleString('en')} clients come to a listener that is full with ${maxClients}`
    if (!canRead()) return skipped({ name: this.name, title }, noProc)
    const backends = await startAnswerServers([0])
    try {
      const open = (protocol: ProtocolName): OpenLoad => opener(protocol, backends[0]?.port ?? NaN, sizes[scale])
      const samples = await takeTurns({ tcp: open('tcp'), lines: open('lines'), redis: open('redis') }, rounds)
      const cost = (protocol: ProtocolName): number => median(valuesOf(samples[protocol], 'cpuUsPerRefusal'))
      return {
        name: this.name,
        title,
        tables: [table(samples)],
        targets: Object.keys(words).map((protocol) => ({
          what: `${protocol}: CPU time of one refusal`,
          target: `≤ ${atMostUs} µs`,
          measured: `${cost(protocol as ProtocolName).toFixed(1)} µs`, // the keys are the names
          isMet: cost(protocol as ProtocolName) <= atMostUs,
          whenMissed,
        })),
        notes: [
          'A client of `tcp` is reset, as there are no words for it; the others are told why, and then see the end.',
        ],
      }
    } finally {
      await killAll(backends)
    }
  },
}

type Size = (typeof sizes)['full']

function opener(protocol: ProtocolName, backendPort: number, size: Size): OpenLoad {
  return async () => {
    const listener = { protocol, maxClients: size.maxClients }
    const server = await startFrontServer(backendPort, { listener, maxSize: size.maxClients })
    try {
      const clients = await openClients({ port: server.port, count: size.maxClients })
      await knock({ ...size, port: server.port, count: Math.ceil(size.knocks / 5) })
      return {
        round: () => refuse(server, protocol, size),
        end: async () => {
          for (const client of clients) client.destroy()
          await server.stop()
        },
      }
    } catch (error) {
      await server.stop()
      throw error
    }
  }
}

async function refuse(server: FrontServerProcess, protocol: ProtocolName, { knocks, atOnce }: Size): Promise<Sample> {
  const before = cpuUsOf(server.pid)
  const refusedBefore = await refusedBy(server)
  const told = await knock({ port: server.port, count: knocks, atOnce, told: words[protocol] })
  const refused = (await refusedBy(server)) - refusedBefore
  if (refused !== knocks) throw new Error(`${refused} of ${knocks} clients were refused by a server that is full`)
  return { cpuUsPerRefusal: (cpuUsOf(server.pid) - before) / knocks, toldPercent: (100 * told) / knocks }
}

async function refusedBy(server: FrontServerProcess): Promise<number> {
  const { listeners } = await server.stats()
  return Object.values(listeners['bench']?.refused ?? {}).reduce((sum, count) => sum + count, 0)
}

function table(samples: Samples<ProtocolName>): ReturnType<typeof tabulate> {
  return tabulate('by protocol', samples, [
    { heading: 'µs of CPU time per refusal', key: 'cpuUsPerRefusal', digits: 1 },
    { heading: 'told why, in %', key: 'toldPercent', digits: 1 },
  ])
}
