/** Bugs in the search for acquires that may wait for the work that they are part of. */

/** @import { Mutant } from './copy.mjs' */

/** @type {readonly Mutant[]} */
export const nested = [
  {
    breaks: 'an acquire is nested in a use that has given its connection back',
    file: 'affinity/nested-use.ts',
    find: 'while (scope !== undefined && !this.#isHeld(scope.holder)) scope = scope.outer',
    put: '',
    killers: ['nestedUse', 'nestedAcquire'],
  },
  {
    breaks: 'a nested acquire that a dial would serve is refused',
    file: 'pool/left-to-holders.ts',
    find: 'return roster.leased + waiting > reachable',
    put: 'return roster.leased > 0',
    killers: ['nestedAcquire'],
  },
  {
    breaks: 'a nested acquire counts on the dial that serves another before it',
    file: 'pool/left-to-holders.ts',
    find: 'return roster.leased + waiting > reachable',
    put: 'return roster.leased >= reachable',
    killers: ['nestedAcquire'],
  },
  {
    breaks: 'a nested acquire that is refused keeps its place in the queue',
    file: 'pool/pool-wires.ts',
    find: 'if (error !== undefined) this.cancel(waiter, error)',
    put: 'if (error !== undefined) waiter.reject(error)',
    killers: ['nestedAcquire'],
  },
  {
    breaks: 'a nested acquire waits for a connection that is lost',
    file: 'pool/left-to-holders.ts',
    find: 'return !hasEnded(lease) && entryBehind(lease).lease === lease',
    put: 'return !hasEnded(lease)',
    killers: ['nestedAcquire'],
  },
  {
    breaks: 'the same nested acquire is warned of again and again',
    file: 'affinity/nested-reports.ts',
    find: 'this.#pairs.add(pair)',
    put: '',
    killers: ['nestedReports', 'nestedAcquire'],
  },
  {
    breaks: 'a use that starts the next keeps all uses before it',
    file: 'affinity/nested-use.ts',
    find: 'if (outer !== undefined) outer.outer = this.#firstHeld(outer.outer)',
    put: '',
    killers: ['nestedUse'],
  },
]
