/** A debugger's port is the primary's alone; what kind of program was typed is not that of a worker, which is a file. */
const OWN = /^--(?:inspect|input-type=|eval=)/

/** What follows is a program's text. */
const TYPED = new Set(['-e', '--eval', '-p', '--print', '-pe'])

/** The flags of Node that a worker is started with, of those that its primary was. */
export function workerFlags(flags: readonly string[]): string[] {
  return flags.filter((flag, place) => !OWN.test(flag) && !TYPED.has(flag) && !TYPED.has(flags[place - 1] ?? ''))
}
