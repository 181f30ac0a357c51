import { fileURLToPath } from 'node:url'

/** The program of a worker process: always the built one, also when this file is run from source. */
export function workerProgram(): string {
  const isSource = import.meta.url.endsWith('.ts')
  return fileURLToPath(new URL(isSource ? '../../dist/workers/worker-main.js' : './worker-main.js', import.meta.url))
}
