// A load in a process of its own: one library, one heap, one set of compiled functions, and nobody else's garbage.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Job, Load, Sample } from './loads/load.ts'

/** Sent to the worker. */
export type Order =
  { readonly order: 'open'; readonly job: Job } | { readonly order: 'round' } | { readonly order: 'end' }

/** Sent back, one for each order. */
export type Answer = { readonly answer: 'done' } | { readonly answer: 'sample'; readonly sample: Sample }

const workerMain = fileURLToPath(new URL('./worker-main.js', import.meta.url))

/** Opens the load in a new process. Flags of this process (`--cpu-prof`) are the worker's as well. */
export async function startWorker(job: Job): Promise<Load> {
  // 'advanced', because a job may say Infinity.
  const worker = fork(workerMain, { serialization: 'advanced' })
  await ask(worker, { order: 'open', job })
  return {
    async round() {
      const answer = await ask(worker, { order: 'round' })
      if (answer.answer !== 'sample') throw new Error(`the worker answered "${answer.answer}" to a round`)
      return answer.sample
    },
    async end() {
      if (worker.exitCode !== null || worker.signalCode !== null) return
      const exited = once(worker, 'exit')
      await ask(worker, { order: 'end' })
      await exited
    },
  }
}

function ask(worker: ChildProcess, order: Order): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null): void => {
      reject(
        new Error(`the worker ended with ${code ?? signal} at ${JSON.stringify(order)}; its error is printed above`),
      )
    }
    worker.once('exit', onExit)
    worker.once('message', (answer: Answer) => {
      worker.off('exit', onExit)
      resolve(answer)
    })
    worker.send(order)
  })
}
