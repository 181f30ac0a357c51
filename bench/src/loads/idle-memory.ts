import type { Socket } from 'node:net'
import { settledHeapBytes } from './collect-garbage.ts'
import { connect } from './connect.ts'
import type { Load } from './load.ts'

/** Opens `connections` sockets to a server in another process, kept in an array or idling in a pool, and weighs them. */
export interface IdleMemoryJob {
  readonly load: 'idle-memory'
  readonly kept: 'raw sockets' | 'connpool'
  readonly port: number
  readonly connections: number
}

/** Few enough that the server's listen backlog never drops one. */
const dialsAtOnce = 50

export async function openIdleMemory(job: IdleMemoryJob): Promise<Load> {
  // What the first use of sockets and pools loads is not a connection's weight.
  await openAndClose(job, 1)
  return {
    async round() {
      const before = await settledHeapBytes()
      const opened = await open(job, job.connections)
      const after = await settledHeapBytes()
      await opened.close()
      return { bytesPerConnection: (after - before) / job.connections }
    },
    end: async () => {},
  }
}

interface Opened {
  close(): Promise<unknown>
}

async function openAndClose(job: IdleMemoryJob, count: number): Promise<void> {
  const opened = await open(job, count)
  await opened.close()
}

async function open(job: IdleMemoryJob, count: number): Promise<Opened> {
  switch (job.kept) {
    case 'raw sockets':
      return openRaw(job.port, count)
    case 'connpool':
      return openPooled(job.port, count)
  }
}

async function openRaw(port: number, count: number): Promise<Opened> {
  const sockets: Socket[] = []
  while (sockets.length < count) {
    const batch = Math.min(dialsAtOnce, count - sockets.length)
    sockets.push(...(await Promise.all(Array.from({ length: batch }, () => connect(port)))))
  }
  return {
    close() {
      for (const socket of sockets) socket.destroy()
      return Promise.resolve()
    },
  }
}

async function openPooled(port: number, count: number): Promise<Opened> {
  const { Pool } = await import('connpool')
  const pool = new Pool({ endpoint: `127.0.0.1:${port}`, maxSize: count, maxDialing: dialsAtOnce })
  await pool.warm(count)
  const { idle } = pool.stats()
  if (idle !== count) throw new Error(`${idle} of ${count} connections idle after warm(${count})`)
  return { close: () => pool.destroy() }
}
