/** Bugs in a manager of pools: which pool, for how long, and who may have the slots that all share. */

/** @import { Mutant } from './copy.mjs' */

const MANAGER = 'manager/pool-manager.ts'
const MANAGED = 'manager/managed-pool.ts'
const LEAVING = 'manager/leaving-pools.ts'
const SHARES = 'manager/fair-shares.ts'
const PLACE = 'manager/place-of.ts'
const OPTIONS = 'manager/manager-options.ts'
const MACHINE = 'pool/pool-machine.ts'
const WIRES = 'pool/pool-wires.ts'

/** @type {readonly Mutant[]} */
export const manager = [
  {
    breaks: 'manager: an endpoint has more than maxSize connections while a dropped pool ends',
    file: MANAGED,
    find: 'return this.#ownRoom > 0 && this.#keeper',
    put: 'return this.#keeper',
    killers: ['manager'],
  },
  {
    breaks: 'manager: only the last of those that came before a pool is counted',
    file: LEAVING,
    find: 'sum += size',
    put: 'sum = size',
    killers: ['manager'],
  },
  {
    breaks: 'manager: a pool does not see that those before it are gone',
    file: MANAGER,
    find: 'this.#pools.get(pool.identity)?.look()',
    put: '',
    killers: ['manager'],
  },
  {
    breaks: 'manager: endpoints are one whatever their certificates',
    file: PLACE,
    find: 'identity: identityOf(address)',
    put: 'identity: address.text',
    killers: ['manager'],
  },
  {
    breaks: 'manager: what is dialed can still be changed',
    file: PLACE,
    find: 'text: address.text, endpoint }',
    put: 'text: address.text, endpoint: given }',
    killers: ['manager'],
  },
  {
    breaks: 'manager: a pool that somebody has closed is given out',
    file: MANAGER,
    find: 'if (known?.isRunning === true) return known if (known !== undefined)',
    put: 'if (known !== undefined) return known\nif (known !== undefined)',
    killers: ['manager'],
  },
  {
    breaks: 'manager: a pool in use is dropped for its age',
    file: MANAGER,
    find: 'if (pool.isInUse) pool.changed() else if',
    put: 'if',
    killers: ['manager'],
  },
  {
    breaks: 'manager: a pool in use is dropped for another',
    file: MANAGER,
    find: 'for (const pool of this.#idle) if (!pool.isInUse) return pool',
    put: 'for (const pool of this.#idle) return pool',
    killers: ['manager'],
  },
  {
    breaks: 'manager: a pool is dropped for an endpoint that is no good',
    file: MANAGER,
    find: 'const made = this.#context.runInAsyncScope(',
    put: 'if (giver !== undefined) this.#drop(giver)\nconst made = this.#context.runInAsyncScope(',
    killers: ['manager'],
  },
  {
    breaks: 'manager: there may be a pool more than maxPools',
    file: MANAGER,
    find: 'this.#pools.size < this.#options.maxPools',
    put: 'this.#pools.size <= this.#options.maxPools',
    killers: ['manager'],
  },
  {
    breaks: 'manager: who is idle is looked at once only',
    file: MANAGER,
    find: 'this.#wakeAt(Math.min(again, this.#nextDue(now)))',
    put: '',
    killers: ['manager'],
  },
  {
    breaks: 'manager: the end leaves a timer',
    file: MANAGER,
    find: 'this.#timer?.[Symbol.dispose]() this.#ending',
    put: 'this.#ending',
    killers: ['manager'],
  },
  {
    breaks: 'manager: the end does not wait for dropped pools',
    file: MANAGER,
    find: '[...this.#pools.values(), ...this.#leaving] for',
    put: '[...this.#pools.values()]\nfor',
    killers: ['manager'],
  },
  {
    breaks: 'manager: connections of dropped pools are not counted',
    file: MANAGER,
    find: 'if (pool.isOver) this.#gone(pool) else this.#leaving.add(pool)',
    put: 'this.#gone(pool)',
    killers: ['manager'],
  },
  {
    breaks: 'manager: a lease that began unseen is no use',
    file: MANAGED,
    find: 'if (isInUse === this.#isInUse && leasesEnded === this.#leasesEnded) return',
    put: 'if (isInUse === this.#isInUse) return',
    killers: ['manager'],
  },
  {
    breaks: 'manager: an endpoint that is down claims its share',
    file: MANAGED,
    find: 'if (!this.isRunning || machine.isPaused || machine.shunnedUntil(this.#wires.freshNow()) !== -Infinity) return 0',
    put: '',
    killers: ['manager', 'shares'],
  },
  {
    breaks: 'manager: what all pools are made of can still be changed',
    file: OPTIONS,
    find: 'Object.freeze({ ...read, backoff, breaker })',
    put: 'Object.freeze({ ...read })',
    killers: ['manager'],
  },
  {
    breaks: 'manager: one connection more than maxTotal',
    file: SHARES,
    find: 'return free > 0 && free > this.#claimedBefore(sharer)',
    put: 'return free >= 0 && free >= this.#claimedBefore(sharer)',
    killers: ['shares', 'manager'],
  },
  {
    breaks: 'manager: whoever is quick has the slots',
    file: SHARES,
    find: 'return free > 0 && free > this.#claimedBefore(sharer)',
    put: 'return free > 0',
    killers: ['shares', 'manager'],
  },
  {
    breaks: 'manager: what was borrowed is kept',
    file: SHARES,
    find: 'if (missing > 0 && mayGive) this.#limit(sharer, open(sharer) - 1) else',
    put: '',
    killers: ['shares', 'manager'],
  },
  {
    breaks: 'manager: idle connections keep others from their share',
    file: SHARES,
    find: 'this.#limit(giver, open(giver) - 1) missing--',
    put: 'break',
    killers: ['shares', 'manager'],
  },
  {
    breaks: 'manager: more is given back than is wanted',
    file: SHARES,
    find: 'missing -= sharer.closing',
    put: 'missing -= 0',
    killers: ['shares', 'manager'],
  },
  {
    breaks: 'manager: those who had to give are held short for ever',
    file: SHARES,
    find: 'if (this.#limited.delete(sharer)) sharer.limitTo(Infinity)',
    put: '',
    killers: ['shares', 'manager'],
  },
  {
    breaks: 'manager: nobody gives his turn to others',
    file: SHARES,
    find: '(takesTurns && hasHadTurn(sharer))',
    put: 'false',
    killers: ['shares', 'manager'],
  },
  {
    breaks: 'manager: slots go round before anybody is served',
    file: SHARES,
    find: 'return sharer.dialing === 0 && open(sharer) > 0',
    put: 'return open(sharer) > 0',
    killers: ['manager', 'shares'],
  },
  {
    breaks: 'manager: who came last is first in line',
    file: SHARES,
    find: 'one.since < other.since',
    put: 'one.since > other.since',
    killers: ['shares'],
  },
  {
    breaks: 'manager: a free slot wakes nobody',
    file: SHARES,
    find: 'this.#reclaim() this.#wake()',
    put: 'this.#reclaim()',
    killers: ['shares', 'manager'],
  },
  {
    breaks: 'manager: a pool that is over keeps its slots',
    file: SHARES,
    find: 'this.#taken -= sharer.size',
    put: '',
    killers: ['shares'],
  },
  {
    breaks: 'manager: a pool with an allowance keeps what comes back',
    file: MACHINE,
    find: 'Math.min(this.#maxSize, this.#allowance)',
    put: 'this.#maxSize',
    killers: ['owner', 'manager'],
  },
  {
    breaks: 'manager: who waits at a pool itself has no claim',
    file: WIRES,
    find: 'this.#turnEnd.touch() this.#patron?.changed() return promise',
    put: 'this.#turnEnd.touch()\nreturn promise',
    killers: ['manager'],
  },
]
