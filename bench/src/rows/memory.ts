import { once } from 'node:events'
import net, { type Socket } from 'node:net'
import { type Bench, type Row, tabulate } from '../row.ts'
import { alternateFresh, type Samples, valuesOf } from '../rounds.ts'
import { median } from '../statistics.ts'

const sizes = {
  full: { connections: 2_000, waiters: 100_000, operations: 1e7 },
  tiny: { connections: 5, waiters: 20, operations: 2_000 },
}
const perConnectionAtMostBytes = 1_024
const perWaiterAtMostBytes = 400
/**
 * V8 goes on compiling, which takes 30 to 70 KiB and no more after 40,000,000 operations than after 10,000,000. The
 * smallest object, kept once in a thousand operations, would add another 100.
 */
const growthAtMostKiB = 128
const whenMissed =
  'optimised code and feedback of V8, which come and go in steps of 130 to 370 KiB: one lies between the two weighings; ' +
  'where it was seen, the heap was back at the same 7.7 MiB from 12,000,000 to 24,000,000 operations'

const whenIdleMissed =
  'the sockets themselves weigh 820 to 890 bytes by chance of the run, and the difference 1,000 to 1,050: two thirds are ' +
  "the connection's record and its keeper, whose instants V8 keeps in objects of their own"

/** What the pool keeps: for a connection that idles, for a caller who waits, and for the past. */
export const memory: Row = {
  name: 'memory',
  async run(bench) {
    const idle = await weighIdle(bench)
    const waiting = await weighWaiters(bench)
    const long = await alternateFresh(
      { connpool: { load: 'long-run', operations: sizes[bench.scale].operations } },
      // A few are enough: no timing is involved, and each takes as long as a whole row.
      { ...bench, rounds: Math.min(bench.rounds, 3) },
    )
    const middle = (samples: Samples, label: string, key: string): number => median(valuesOf(samples[label] ?? [], key))
    const perConnection =
      middle(idle, 'connpool', 'bytesPerConnection') - middle(idle, 'raw sockets', 'bytesPerConnection')
    const perWaiter = middle(waiting, 'connpool', 'bytesPerWaiter')
    const grownKiB = middle(long, 'connpool', 'grownKiB')
    return {
      name: this.name,
      title: 'heapUsed + external after collections, every round in a new process',
      tables: [
        tabulate('2,000 idle TCP connections', idle, [
          { heading: 'bytes per connection', key: 'bytesPerConnection', digits: 0 },
        ]),
        tabulate('100,000 waiters', waiting, [{ heading: 'bytes per waiter', key: 'bytesPerWaiter', digits: 0 }]),
        tabulate('10,000,000 operations', long, [
          { heading: 'KiB grown in the last 6,000,000', key: 'grownKiB', digits: 1 },
          { heading: 'MiB at the end', key: 'heapMiB', digits: 2 },
        ]),
      ],
      targets: [
        {
          what: 'an idle connection above its socket',
          target: `≤ ${perConnectionAtMostBytes} bytes`,
          measured: `${perConnection.toFixed(0)} bytes`,
          isMet: perConnection <= perConnectionAtMostBytes,
          whenMissed: whenIdleMissed,
        },
        {
          what: 'a waiter, its promise included',
          target: `≤ ${perWaiterAtMostBytes} bytes`,
          measured: `${perWaiter.toFixed(0)} bytes`,
          isMet: perWaiter <= perWaiterAtMostBytes,
        },
        {
          what: 'flat: growth in the last 6,000,000 of 10,000,000 operations',
          target: `≤ ${growthAtMostKiB} KiB`,
          measured: `${grownKiB.toFixed(1)} KiB`,
          isMet: grownKiB <= growthAtMostKiB,
          whenMissed,
        },
      ],
      notes: ['Half of the 10,000,000 operations are made by one caller, half by 100 callers on 10 connections.'],
    }
  },
}

/** The server is this process, so that only one end of each connection is weighed. */
async function weighIdle(bench: Bench): Promise<Samples<'connpool' | 'raw sockets'>> {
  const { connections } = sizes[bench.scale]
  const accepted = new Set<Socket>()
  const server = net.createServer((socket) => {
    accepted.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => accepted.delete(socket))
    socket.resume() // a socket that does not read never sees the other end leave
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')
  const { port } = address
  try {
    return await alternateFresh(
      {
        connpool: { load: 'idle-memory', kept: 'connpool', port, connections },
        'raw sockets': { load: 'idle-memory', kept: 'raw sockets', port, connections },
      },
      bench,
    )
  } finally {
    for (const socket of accepted) socket.destroy()
    server.close()
    await once(server, 'close')
  }
}

function weighWaiters(bench: Bench): Promise<Samples<'connpool' | 'connpool, one signal for all' | 'bare promises'>> {
  const { waiters } = sizes[bench.scale]
  return alternateFresh(
    {
      connpool: { load: 'waiter-memory', waiters, queued: 'in connpool' },
      'connpool, one signal for all': { load: 'waiter-memory', waiters, queued: 'in connpool, with one signal' },
      'bare promises': { load: 'waiter-memory', waiters, queued: 'as bare promises' },
    },
    bench,
  )
}
