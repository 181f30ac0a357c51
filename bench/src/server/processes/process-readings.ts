// What the system says of a process and its children. Linux only: there is no other way to look into somebody else's.

import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** The kernel counts in hundredths of a second, whatever its own ticks are. */
const TICK_US = 10_000

/** Asks: can processes be looked into here? */
export function canRead(): boolean {
  return existsSync('/proc/self/stat')
}

/** Time on a processor so far, in µs: by itself, and by the system on its behalf. */
export function cpuUsOf(pid: number): number {
  return sumOverTree(pid, (each) => {
    const stat = readFileSync(`/proc/${each}/stat`, 'latin1')
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
    return (Number(user) + Number(system)) * TICK_US
  })
}

export function rssKiBOf(pid: number): number {
  return sumOverTree(pid, (each) => {
    const rss = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${each}/status`, 'latin1'))
    return Number(rss?.[1])
  })
}

/** How many files this process may have open, and so its children. */
export function mostOpenFiles(): number {
  const limit = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
  return limit === 'unlimited' ? Infinity : Number(limit)
}

function sumOverTree(pid: number, read: (pid: number) => number): number {
  return childrenOf(pid).reduce((sum, child) => sum + sumOverTree(child, read), read(pid))
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
  )
}
