import { readdirSync, readFileSync, statSync } from 'node:fs'

/** How many file descriptors this process has open. Undefined where the system does not say (it does on Linux). */
export function openFds(folder = '/proc/self/fd'): number | undefined {
  try {
    // Newer kernels tell how many there are; older ones say 0, and their names have to be counted.
    const { size } = statSync(folder)
    return size > 0 ? size : readdirSync(folder).length
  } catch {
    return undefined
  }
}

/** The most file descriptors this process may open: its soft limit. Undefined where the system does not say. */
export function fdLimit(file = '/proc/self/limits'): number | undefined {
  try {
    return limitIn(readFileSync(file, 'latin1'))
  } catch {
    return undefined
  }
}

function limitIn(limits: string): number | undefined {
  const soft = /^Max open files\s+(\d+|unlimited)\s/mu.exec(limits)?.[1]
  if (soft === undefined) return undefined
  return soft === 'unlimited' ? Infinity : Number(soft)
}
