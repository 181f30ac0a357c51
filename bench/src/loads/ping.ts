import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { type SubjectName, subjects } from '../subjects/subjects.ts'
import { connect } from './connect.ts'
import type { Load } from './load.ts'

/** `callers` send PING one after the other for about `roundMs`, over sockets that come from `over`. */
export interface PingJob {
  readonly load: 'ping'
  readonly over: 'raw sockets' | 'dial per request' | Exclude<SubjectName, 'pg-pool'>
  readonly port: number
  readonly callers: number
  readonly roundMs: number
}

const warmUpRounds = 4

const request = '*1\r\n$4\r\nPING\r\n'
const reply = '+PONG\r\n'

/** The client: the same for every way of getting a socket. */
function ping(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('data', (bytes: Buffer) => {
      const answer = bytes.toString('latin1')
      if (answer === reply) resolve()
      else reject(new Error(`redis answered ${JSON.stringify(answer)}`))
    })
    socket.write(request)
  })
}

/** Where a caller's requests go: one function that each caller calls in a loop, and what to do at the end. */
interface Source {
  pingAs(caller: number): Promise<void>
  close(): Promise<unknown>
}

export async function openPing(job: PingJob): Promise<Load> {
  const source = await openSource(job)
  const timePings = async (each: number): Promise<number> => {
    const startedAt = performance.now()
    await Promise.all(
      Array.from({ length: job.callers }, async (_, caller) => {
        for (let sent = 0; sent < each; sent += 1) await source.pingAs(caller)
      }),
    )
    return performance.now() - startedAt
  }

  // The quickest counts: V8 is still compiling in the first ones, and others may take the processor in any.
  let tenMs = Infinity
  const warmUntil = performance.now() + warmUpRounds * job.roundMs
  do tenMs = Math.min(tenMs, await timePings(10))
  while (performance.now() < warmUntil)
  const each = Math.max(1, Math.round((10 * job.roundMs) / tenMs))

  return {
    async round() {
      const requests = each * job.callers
      const cpuBefore = process.cpuUsage()
      const elapsedMs = await timePings(each)
      const { user, system } = process.cpuUsage(cpuBefore)
      return { requestsPerSecond: (requests * 1e3) / elapsedMs, cpuUsPerRequest: (user + system) / requests }
    },
    async end() {
      await source.close()
    },
  }
}

async function openSource(job: PingJob): Promise<Source> {
  switch (job.over) {
    case 'raw sockets':
      return openRawSockets(job)
    case 'dial per request':
      return openDialPerRequest(job)
    case 'connpool':
      return openEndpointPool(job)
    case 'generic-pool':
    case 'tarn':
    case 'lightning-pool':
    case 'reference':
      return openPeer(job, job.over)
  }
}

async function openRawSockets(job: PingJob): Promise<Source> {
  const sockets = await Promise.all(Array.from({ length: job.callers }, () => connect(job.port)))
  return {
    async pingAs(caller) {
      const socket = sockets[caller]
      if (socket === undefined) throw new Error(`there is no caller ${caller}`)
      await ping(socket)
    },
    close() {
      for (const socket of sockets) socket.destroy()
      return Promise.resolve()
    },
  }
}

function openDialPerRequest(job: PingJob): Source {
  return {
    async pingAs() {
      const socket = await connect(job.port)
      await ping(socket)
      socket.destroy()
    },
    close: async () => {},
  }
}

/** connpool over its own TCP dialer, with all that it does for sockets: the watch on idle ones, the check before lending. */
async function openEndpointPool(job: PingJob): Promise<Source> {
  const { Pool } = await import('connpool')
  const pool = new Pool({ endpoint: `127.0.0.1:${job.port}`, maxSize: job.callers })
  return {
    async pingAs() {
      const lease = await pool.acquire()
      await ping(lease.connection)
      lease.release()
    },
    close: () => pool.destroy(),
  }
}

async function openPeer(job: PingJob, subject: SubjectName): Promise<Source> {
  const openPool = await subjects[subject]()
  const opened: Socket[] = []
  const dial = async (): Promise<Socket> => {
    const socket = await connect(job.port)
    opened.push(socket)
    return socket
  }
  const pool = openPool({ size: job.callers, dial })
  return {
    async pingAs() {
      const lease = await pool.acquire()
      await ping(pool.connectionOf(lease))
      pool.release(lease)
    },
    async close() {
      await pool.close()
      for (const socket of opened) socket.destroy()
    },
  }
}
