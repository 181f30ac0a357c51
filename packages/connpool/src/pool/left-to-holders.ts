import { entryBehind, hasEnded, type Lease } from './lease.ts'
import type { PoolMachine } from './pool-machine.ts'

/** Asks: does this lease still keep its connection from others? One whose connection was lost does not. */
export function isHeld<C>(lease: Lease<C>): boolean {
  return !hasEnded(lease) && entryBehind(lease).lease === lease
}

/**
 * Asks: will whoever has queued last be served only when a lease ends? All connections that nobody holds, those that
 * could still be opened among them, are spoken for by those who came before.
 */
export function isLastLeftToHolders<C>({ roster, waiting, maxSize, hasRoom }: PoolMachine<C>): boolean {
  const reachable = hasRoom ? maxSize : Math.min(roster.size, maxSize)
  return roster.leased + waiting > reachable
}
