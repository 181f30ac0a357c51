// #region custom-dial
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Pool } from 'connpool'

const program = `
  const { parentPort } = require('node:worker_threads')
  const { createHash } = require('node:crypto')
  parentPort.on('message', (text) => parentPort.postMessage(createHash('sha256').update(text).digest('hex')))
`

/** Threads instead of sockets: anything that is dear to make, and serves one caller at a time, can be pooled. */
export function hasherPool(): Pool<Worker> {
  return new Pool<Worker>({
    name: 'hashers',
    maxSize: 2,
    dial: async ({ signal }) => {
      const worker = new Worker(program, { eval: true })
      await once(worker, 'online', { signal })
      return worker
    },
    closeConnection: (worker) => worker.terminate(),
    probe: (worker) => worker.threadId !== -1, // -1: the thread is gone
  })
}

export function hash(pool: Pool<Worker>, text: string): Promise<string> {
  return pool.use(async (worker, lease) => {
    worker.postMessage(text)
    const [digest] = (await once(worker, 'message', { signal: lease.signal })) as [string]
    return digest
  })
}
// #endregion
