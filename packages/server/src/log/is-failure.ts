import type { SessionEnd } from '../session/session-end.ts'

/**
 * Asks: did this session end in a way that somebody should be able to look up? Not if nobody did wrong, and not if it was at
 * rest: then clients that vanish, idle time-outs and drains are everyday life. What this server did (`P`) or the
 * backend (`S`, `s`) always counts.
 */
export function isFailure(end: SessionEnd): boolean {
  switch (end[0] as Who) {
    case '-':
      return false
    case 'C':
    case 'c':
    case 'K':
      return end[1] !== '-'
    case 'S':
    case 's':
    case 'P':
      return true
  }
}

type Who = SessionEnd extends `${infer W}${string}` ? W : never
