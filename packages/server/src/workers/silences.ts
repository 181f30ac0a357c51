import type { Clock } from 'connpool'

import type { ServerLog } from '../log/server-log.ts'

/** A worker tells its numbers every second: one that has said nothing for so long does nothing else either. */
const SILENT_MS = 30_000

/** A worker, as far as it is listened for. */
export interface HeardWorker {
  readonly place: number
  readonly pid: number
  /** When it last said something. */
  readonly heardAt: number
}

/** Reports workers whose event loop is stuck, each once until it is heard again. They are left alive: it may be a long pause. */
export class Silences {
  readonly #clock: Clock
  readonly #log: ServerLog
  readonly #reported = new WeakSet<HeardWorker>()

  constructor({ clock, log }: { readonly clock: Clock; readonly log: ServerLog }) {
    this.#clock = clock
    this.#log = log
  }

  check(workers: readonly HeardWorker[]): void {
    for (const worker of workers) this.#check(worker)
  }

  #check(worker: HeardWorker): void {
    const silentMs = this.#clock.now() - worker.heardAt
    if (silentMs < SILENT_MS) this.#reported.delete(worker)
    else if (!this.#reported.has(worker)) {
      this.#reported.add(worker)
      this.#log.event({ event: 'worker-silent', worker: worker.place, workerPid: worker.pid, silentMs })
    }
  }
}
