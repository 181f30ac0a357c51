/** Bugs in how an upstream places its callers and shares its slots. */

/** @import { Mutant } from './copy.mjs' */

const MACHINE = 'upstream/upstream-machine.ts'
const QUEUE = 'upstream/caller-queue.ts'
const ROOM = 'upstream/room-maker.ts'
const SELECTION = 'upstream/selection.ts'
const SLOTS = 'upstream/slots.ts'
const POOL = 'upstream/endpoint-pool.ts'
const ENDPOINTS = 'upstream/endpoints.ts'
const WIRES = 'upstream/upstream-wires.ts'
const ARRIVAL = 'upstream/arrival.ts'
const REFUSALS = 'upstream/upstream-refusals.ts'
const WARM = 'upstream/warm-upstream.ts'

/** @type {readonly Mutant[]} */
export const upstream = [
  {
    breaks: 'upstream: what is granted goes to whose ticket it was, not to who has waited longest',
    file: MACHINE,
    find: 'if (ticket.waiter !== next) this.#swap(ticket, next)',
    put: '',
    killers: ['upstreamLives', 'placing'],
  },
  {
    breaks: 'upstream: a ticket that nobody stands behind is not withdrawn',
    file: MACHINE,
    find: 'if (spare !== undefined) this.#toWithdraw.push(spare)',
    put: '',
    killers: ['upstreamLives'],
  },
  {
    breaks: 'upstream: who has lost his ticket to another is forgotten',
    file: MACHINE,
    find: 'if (waiter !== undefined) this.#toPlace.push(waiter) }',
    put: '}',
    killers: ['upstreamLives'],
  },
  {
    breaks: 'upstream: a caller whose time is up is served',
    file: MACHINE,
    find: 'if (lateMs < 0 || lateMs > LATE_MS) return next',
    put: 'return next',
    killers: ['upstreamLives', 'placing'],
  },
  {
    breaks: 'upstream: a connection that comes free serves only those who wait for its endpoint',
    file: MACHINE,
    find: 'else if (member.idle > 0 && this.#selection.mayLend(member)) this.#offer(member, now)',
    put: '',
    killers: ['placing', 'source'],
  },
  {
    breaks: 'upstream: callers stay with an endpoint that refuses dials',
    file: MACHINE,
    find: 'if (member.tickets.size > 0) this.#leaveTheDown(member, now)',
    put: 'if (member.tickets.size > 0) continue',
    killers: ['placing'],
  },
  {
    breaks: 'upstream: patience has no end',
    file: MACHINE,
    find: 'if (better !== undefined) this.#move(waiter, better, now) } } /** There',
    put: '} } /** There',
    killers: ['placing'],
  },
  {
    breaks: 'upstream: a slot that has come free is not used',
    file: MACHINE,
    find: 'if (this.#hasFreedSlot) this.#useSlots()',
    put: 'this.#hasFreedSlot = false',
    killers: ['placing', 'upstreamLives'],
  },
  {
    breaks: 'upstream: those who wait stay where they are when an endpoint joins',
    file: MACHINE,
    find: 'if (this.#mustRelieve) this.#relieve(now)',
    put: 'this.#mustRelieve = false',
    killers: ['going'],
  },
  {
    breaks: 'upstream: who is refused by one endpoint is forgotten',
    file: MACHINE,
    find: 'this.#toPlace.push(waiter) } slotFreed(): void',
    put: '} slotFreed(): void',
    killers: ['going', 'upstreamLives'],
  },
  {
    breaks: 'upstream: a key is not bound to its endpoint',
    file: MACHINE,
    find: 'this.#queue.bind(waiter, member) this.#roomMaker.makeRoomFor(member, now)',
    put: '',
    killers: ['affinity', 'upstreamLives'],
  },
  {
    breaks: 'upstream: nobody makes room for a key whose endpoint has no slot',
    file: ROOM,
    find: 'this.#makeRoom(member, (other) => other !== member && other.total > leastAtGiver(other))',
    put: '',
    killers: ['affinity', 'upstreamLives'],
  },
  {
    breaks: 'upstream: an endpoint below its share never gets a slot of the others',
    file: ROOM,
    find: 'return !this.#slots.isFree && this.#isBelowItsShare(member)',
    put: 'return false',
    killers: ['placing'],
  },
  {
    breaks: 'upstream: who has given up a slot stays below its limit for ever',
    file: ROOM,
    find: 'giver.keepAll()',
    put: '',
    killers: ['upstreamLives', 'placing'],
  },
  {
    breaks: 'upstream: a saturated endpoint keeps callers whom another would dial for',
    file: ROOM,
    find: 'return this.withIdle(member) ?? this.withRoom(member, now) ?? member',
    put: 'return this.withIdle(member) ?? member',
    killers: ['placing'],
  },
  {
    breaks: 'upstream: maxSize over all is not kept',
    file: SLOTS,
    find: 'return this.#common.isFree && this.#own.isFree',
    put: 'return this.#own.isFree',
    killers: ['placing', 'upstreamLives'],
  },
  {
    breaks: 'upstream: an endpoint that comes back while it is drained has room twice',
    file: SLOTS,
    find: 'return this.#common.isFree && this.#own.isFree',
    put: 'return this.#common.isFree',
    killers: ['going', 'upstreamLives'],
  },
  {
    breaks: 'upstream: backups serve beside the others',
    file: SELECTION,
    find: 'return members.filter(({ tier }) => tier === first)',
    put: 'return members',
    killers: ['tiers'],
  },
  {
    breaks: 'upstream: an endpoint that is down gets callers',
    file: SELECTION,
    find: 'if (preferred.length > 0) return preferred',
    put: 'return this.#members',
    killers: ['placing', 'tiers'],
  },
  {
    breaks: 'upstream: an endpoint that was out is never looked at again',
    file: SELECTION,
    find: `if (member.standing !== 'up') this.#until = Math.min(this.#until, member.standsUntil(now))`,
    put: '',
    killers: ['placing', 'tiers'],
  },
  {
    breaks: 'upstream: who came later with a key is served first',
    file: QUEUE,
    find: 'return one.arrival < other.arrival ? one : other',
    put: 'return one.arrival > other.arrival ? one : other',
    killers: ['affinity', 'upstreamLives'],
  },
  {
    breaks: 'upstream: a key has no deadline',
    file: QUEUE,
    find: 'return keyed.deadline < free.deadline ? keyed : free',
    put: 'return free',
    killers: ['upstreamLives'],
  },
  {
    breaks: 'upstream: a key gets any connection of its endpoint',
    file: POOL,
    find: 'if (favourite !== undefined) this.wires.machine.prefer(favourite)',
    put: '',
    killers: ['affinity'],
  },
  {
    breaks: 'upstream: a new endpoint gets its full share at once',
    file: ENDPOINTS,
    find: `if (manner === 'slowly') this.startSlowly(member, now, now)`,
    put: '',
    killers: ['going'],
  },
  {
    breaks: 'upstream: what a removed endpoint has counted is lost',
    file: ENDPOINTS,
    find: 'addStats(this.past, member.wires.stats())',
    put: '',
    killers: ['going', 'upstreamLives'],
  },
  {
    breaks: 'upstream: where a key was served the next caller is placed, too',
    file: WIRES,
    find: 'this.#unpick() member.remember(affinityKey, lease)',
    put: 'member.remember(affinityKey, lease)',
    killers: ['affinity'],
  },
  {
    breaks: 'upstream: a backup lends what is idle while the others are used',
    file: SELECTION,
    find: 'return member.tier === first.tier && (',
    put: 'return true || (',
    killers: ['tiers'],
  },
  {
    breaks: 'upstream: keys do not reckon with callers served at once',
    file: WIRES,
    find: 'else if (this.#hearsLoad) this.loadChanged(member)',
    put: '',
    killers: ['affinity'],
  },
  {
    breaks: 'upstream: failed dials eject an endpoint that has a breaker',
    file: POOL,
    find: 'if (this.wires.breaker === undefined) this.#listener.leaseEnded(this, true, now)',
    put: 'this.#listener.leaseEnded(this, true, now)',
    killers: ['standing', 'upstreamShares', 'tiers'],
  },
  {
    breaks: 'upstream: observers do not hear who is refused',
    file: WIRES,
    find: 'this.#homeOf(waiter)?.wires.tellRefused(now - waiter.since, error)',
    put: '',
    killers: ['upstreamObservation'],
  },
  {
    breaks: 'upstream: callers with a signal are not cancelled',
    file: WIRES,
    find: 'if (options?.signal !== undefined) AbortGroup.join(options.signal, waiter, this)',
    put: '',
    killers: ['source', 'upstreamLives'],
  },
  {
    breaks: 'upstream: an alarm is left behind after the end',
    file: WIRES,
    find: 'this.#timer?.[Symbol.dispose]() this.#keepAlive.hold(false)',
    put: 'this.#keepAlive.hold(false)',
    killers: ['upstreamLives', 'source'],
  },
  {
    breaks: 'upstream: warm counts what is open already once more',
    file: WARM,
    find: 'const shares = members.map(({ total }) => total)',
    put: 'const shares = members.map(() => 0)',
    killers: ['warming'],
  },
  {
    breaks: 'upstream: warm does not make up for an endpoint that cannot be reached',
    file: WARM,
    find: `if (reached.length === members.length || target === 'minSize') return`,
    put: 'return',
    killers: ['warming'],
  },
  {
    breaks: 'upstream: who waits for endpoints that never come is forgotten at the end',
    file: WIRES,
    find: 'this.endpoints.endArrival(this.refusals.closed())',
    put: '',
    killers: ['going'],
  },
  {
    breaks: 'upstream: the process may end under those who wait for endpoints',
    file: ARRIVAL,
    find: 'this.#keepAlive.hold(true)',
    put: '',
    killers: ['going'],
  },
  {
    breaks: 'upstream: one of those who lose patience together is passed over',
    file: MACHINE,
    find: 'for (const [index, waiter] of first.entries()) { if (waiter.isSettled) continue',
    put: `for (const [index, waiter] of first.entries()) { if (first[index - 1]?.isSettled === true) continue
      if (waiter.isSettled) continue`,
    killers: ['placing'],
  },
  {
    breaks: 'upstream: the numbers are taken anew for each of those who are refused together',
    file: REFUSALS,
    find: 'if (this.#snapshot === undefined) {',
    put: '{',
    killers: ['upstreamRefusals'],
  },
  {
    breaks: 'upstream: the numbers that callers are told are old',
    file: REFUSALS,
    find: 'queueMicrotask(() => (this.#snapshot = undefined))',
    put: '',
    killers: ['upstreamRefusals'],
  },
  {
    breaks: 'upstream: a bug in a pick is thrown at who has called',
    file: WIRES,
    find: 'this.#stopForBug(error) return undefined } } #pick(',
    put: 'throw error } } #pick(',
    killers: ['upstreamBugs'],
  },
  {
    breaks: 'upstream: a bug leaves those who wait without an answer',
    file: WIRES,
    find: `for (const waiter of this.machine.halt()) this.refuse(waiter, 'POOL_CLOSED', now)`,
    put: 'this.machine.halt()',
    killers: ['upstreamBugs'],
  },
  {
    breaks: 'upstream: a bug leaves the pools as they are',
    file: WIRES,
    find: 'queueMicrotask(() => void this.closeAll(0, bug))',
    put: '',
    killers: ['upstreamBugs'],
  },
]
