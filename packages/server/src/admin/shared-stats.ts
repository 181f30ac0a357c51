import type { ServerControl } from '../server-control.ts'
import type { ServerStats } from '../server-stats.ts'

/** Asks for the numbers once for all who want them meanwhile: scrapers cannot make more work than one. */
export function withSharedStats(control: ServerControl): ServerControl {
  let underWay: Promise<ServerStats> | undefined
  const forget = (): void => {
    underWay = undefined
  }
  return {
    stats() {
      if (underWay !== undefined) return underWay
      underWay = control.stats()
      underWay.then(forget, forget)
      return underWay
    },
    readiness: () => control.readiness(),
    drain: () => control.drain(),
    pause: (upstream) => control.pause(upstream),
    resume: (upstream) => control.resume(upstream),
  }
}
