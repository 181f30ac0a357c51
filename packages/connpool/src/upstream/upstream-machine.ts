/**
 * The rules of an upstream: which endpoint a caller is given to, and who is served when a connection comes free anywhere.
 * No timers, promises, sockets or chance of its own. Each caller stands in the queue here, and a {@link Ticket} stands for
 * it at one endpoint, whose pool dials, examines and grants by the rules of a pool; what it grants goes to the caller who
 * has waited longest.
 *
 * Pools call `granted()` and `refused()` in the middle of their events: these only take note and answer callers. Whatever
 * needs a pool again is put off to `#settle()`, which runs when the event is over; what pools say while it runs is put off
 * to its next round.
 */
import { PoolError } from '../errors.ts'
import type { Lifecycle } from '../pool/pool-effects.ts'
import { Alarm, LATE_MS } from '../pool/alarm.ts'
import { CallerQueue } from './caller-queue.ts'
import type { Member } from './member.ts'
import { RoomMaker } from './room-maker.ts'
import type { Selection } from './selection.ts'
import type { Slots } from './slots.ts'
import { Ticket } from './ticket.ts'
import type { UpstreamEffects, UpstreamRefusal } from './upstream-effects.ts'
import type { UpstreamWaiter } from './upstream-waiter.ts'

/**
 * How long a caller waits for the endpoint that was picked for it to open a connection, before it takes one that is idle
 * elsewhere: long enough for a dial over a local network, so that shares are what the policy says; short enough for an
 * endpoint that swallows dials not to be felt (the idea of RFC 8305's connection attempt delay).
 */
const PATIENCE_MS = 50
/** How many impatient callers are looked after at once. */
const MOST_AT_ONCE = 64
/** A caller whom so many endpoints would not have, though they seemed up, has tried enough. */
const MOST_REFUSALS = 32

export interface UpstreamParts<C> {
  readonly selection: Selection<C>
  readonly slots: Slots
  readonly maxWaiting: number
  /** Asks the balancer for one of the usable endpoints, of which there is at least one. */
  readonly pick: (usable: readonly Member<C>[], affinityKey: string | undefined, now: number) => Member<C>
  /** Tells the balancer that a connection of this endpoint was lent or came back, or a caller came or went. */
  readonly loadChanged: (member: Member<C>) => void
}

export class UpstreamMachine<C> {
  timeouts = 0
  /**
   * Nobody waits, and nothing is to be done: a caller may be given to a pool without a thought, and what comes back matters
   * to nobody else. Looked at for every lease.
   */
  isQuiet = true
  readonly #parts: UpstreamParts<C>
  readonly #selection: Selection<C>
  readonly #effects: UpstreamEffects<C>
  readonly #alarm: Alarm
  readonly #roomMaker: RoomMaker<C>
  readonly #queue = new CallerQueue<C>()
  #lifecycle: Lifecycle = 'running'
  /** Callers without a ticket, and tickets without a caller, to be looked after when the event is over. */
  #toPlace: UpstreamWaiter<C>[] = []
  #toWithdraw: Ticket<C>[] = []
  /** Endpoints at which something has changed while somebody waits. */
  readonly #altered = new Set<Member<C>>()
  #hasFreedSlot = false
  #hasNewLimit = false
  /** There may be more to be had than before. */
  #mustRelieve = false
  #isSettling = false

  constructor(parts: UpstreamParts<C>, effects: UpstreamEffects<C>) {
    this.#parts = parts
    this.#selection = parts.selection
    this.#effects = effects
    this.#alarm = new Alarm((time) => effects.wakeAt(time))
    this.#roomMaker = new RoomMaker(parts.selection, parts.slots)
  }

  get lifecycle(): Lifecycle {
    return this.#lifecycle
  }

  get waiting(): number {
    return this.#queue.length
  }

  /** The unanswered callers, oldest first. */
  waiters(): UpstreamWaiter<C>[] {
    return this.#queue.inOrder()
  }

  // --- callers ---

  /** `picked`: the endpoint that the balancer has chosen already, and that had nothing to lend at once. */
  acquire(waiter: UpstreamWaiter<C>, picked: Member<C> | undefined, now: number): void {
    const refusal = this.#refusalAtDoor(waiter, now)
    if (refusal !== undefined) {
      waiter.isSettled = true
      return this.#effects.refuse(waiter, refusal, now)
    }
    waiter.patientUntil = now + PATIENCE_MS
    this.#queue.push(waiter)
    this.#settle(now, () => this.#place(waiter, picked, now))
    if (!waiter.isSettled) this.#alarm.wakeBy(Math.min(waiter.deadline, waiter.patientUntil))
  }

  /** The caller has left by itself; nobody is to answer it. */
  cancel(waiter: UpstreamWaiter<C>, now: number): void {
    this.#leave(waiter)
    this.#settle(now)
  }

  // --- what the pools say ---

  /** Who gets what was granted to this ticket; nobody, if the time of all who could is up. */
  granted(ticket: Ticket<C>, now: number): UpstreamWaiter<C> | undefined {
    const { member } = ticket
    this.isQuiet = false
    member.tickets.delete(ticket)
    const next = this.#nextFor(member, now)
    if (next === undefined) return undefined
    if (ticket.waiter !== next) this.#swap(ticket, next)
    this.#parts.loadChanged(member)
    next.ticket = undefined
    this.#queue.takeOut(next) // last: nobody may leave the queue without an answer, whatever is thrown
    return next
  }

  /** Those whose time is up are told so instead. After a stalled loop that is not final yet: see {@link Alarm}. */
  #nextFor(member: Member<C>, now: number): UpstreamWaiter<C> | undefined {
    for (let next = this.#queue.oldestFor(member); next !== undefined; next = this.#queue.oldestFor(member)) {
      const lateMs = now - next.deadline
      if (lateMs < 0 || lateMs > LATE_MS) return next
      this.#timeOut(next, now)
    }
    return undefined
  }

  refused(ticket: Ticket<C>, error: unknown): void {
    this.isQuiet = false
    ticket.member.tickets.delete(ticket)
    const { waiter } = ticket
    if (waiter === undefined) return
    waiter.ticket = undefined
    waiter.refusals++
    // That the others are down as well says less than why the first was.
    if (waiter.lastRefusal === undefined || codeOf(error) !== 'CIRCUIT_OPEN') waiter.lastRefusal = error
    this.#toPlace.push(waiter)
  }

  slotFreed(): void {
    this.isQuiet = false
    this.#hasFreedSlot = true
  }

  /** The limit over all endpoints is another: too many are closed, or more may be opened. */
  limitChanged(now: number): void {
    if (this.#lifecycle !== 'running') return
    this.#hasNewLimit = true
    this.#settle(now)
  }

  /** An event of a pool is over. */
  changed(member: Member<C>, now: number): void {
    if (this.#selection.note(member, now) === 'back') this.#mustRelieve = true
    if (this.#queue.length > 0) this.#altered.add(member)
    this.#settle(now)
  }

  // --- endpoints that come and go ---

  /** It is in the selection: those who wait without an endpoint may go there. */
  added(now: number): void {
    for (const waiter of this.#queue.inOrder()) if (waiter.ticket === undefined) this.#toPlace.push(waiter)
    this.#mustRelieve = true
    this.#settle(now)
  }

  /** It has been taken out of the selection. Its pool refuses whoever waits for it, and they go elsewhere. */
  removed(member: Member<C>): void {
    this.#roomMaker.forget(member)
  }

  /** Serves nobody any more. */
  drain(now: number): void {
    if (this.#lifecycle !== 'running') return
    this.#lifecycle = 'draining'
    for (const waiter of this.#queue.inOrder()) this.#refuse(waiter, 'POOL_CLOSED', now)
    this.#settle(now)
  }

  stopped(): void {
    this.#lifecycle = 'stopped'
  }

  /** A rule was broken: nothing more is decided. Answers those who are still to be refused. */
  halt(): UpstreamWaiter<C>[] {
    const left = this.#queue.inOrder()
    this.#lifecycle = 'stopped'
    this.isQuiet = false
    for (const waiter of left) this.#queue.remove(waiter)
    this.#toPlace = []
    this.#toWithdraw = []
    this.#altered.clear()
    this.#hasFreedSlot = false
    this.#hasNewLimit = false
    this.#mustRelieve = false
    return left
  }

  // --- time ---

  /** The time asked for by `wakeAt` has come. */
  tick(now: number): void {
    const how = this.#alarm.wentOff(now)
    if (how === 'late') this.#effects.afterPoll()
    if (how === 'due') this.#passTime(now)
  }

  /** Pending I/O has had its turn after a late tick. */
  polled(now: number): void {
    this.#alarm.endGrace()
    this.#passTime(now)
  }

  #passTime(now: number): void {
    if (this.#lifecycle !== 'running') return
    for (let due = this.#queue.firstDue; due !== undefined && due.deadline <= now; due = this.#queue.firstDue) {
      this.#timeOut(due, now)
    }
    this.#settle(now, () => {
      this.#tendImpatient(now)
      this.#makeRoomForKeyed(now)
    })
    this.#alarm.wakeBy(Math.max(now, this.#queue.firstDue?.deadline ?? Infinity))
  }

  /** Those who have waited long enough for one endpoint are served by whichever can. */
  #tendImpatient(now: number): void {
    const first = this.#queue.firstOfFree(MOST_AT_ONCE + 1) // one more, to see whether anybody is left
    for (const [index, waiter] of first.entries()) {
      if (waiter.isSettled) continue
      if (waiter.patientUntil > now || index === MOST_AT_ONCE) {
        this.#alarm.wakeBy(Math.max(waiter.patientUntil, now + 1))
        return
      }
      waiter.patientUntil = now + Math.max(PATIENCE_MS, now - waiter.since)
      this.#alarm.wakeBy(waiter.patientUntil)
      const home = waiter.ticket?.member
      const better = this.#betterThan(home, now)
      if (better === undefined && home !== undefined) this.#roomMaker.claimShareOf(home, now)
      if (better !== undefined) this.#move(waiter, better, now)
    }
  }

  /** There is more to be had than before: those who have waited longest get it first. */
  #relieve(now: number): void {
    this.#mustRelieve = false
    for (const waiter of this.#queue.firstOfFree(MOST_AT_ONCE)) {
      const better = waiter.isSettled ? undefined : this.#betterThan(waiter.ticket?.member, now)
      if (better !== undefined) this.#move(waiter, better, now)
    }
  }

  /** Who can be served by one endpoint only must not wait for a slot that others let lie idle. */
  #makeRoomForKeyed(now: number): void {
    const first = this.#parts.slots.isFree ? undefined : this.#queue.firstKeyed
    if (first?.boundTo === undefined) return
    this.#roomMaker.makeRoomFor(first.boundTo, now)
    this.#alarm.wakeBy(now + PATIENCE_MS)
  }

  /**
   * One that has an idle connection; or one that would dial, if the home would not, or has no connection to show that its
   * dials succeed.
   */
  #betterThan(home: Member<C> | undefined, now: number): Member<C> | undefined {
    const idle = this.#roomMaker.withIdle(home)
    if (idle !== undefined || home === undefined) return idle
    const other = home.hasRoom && home.total > 0 ? undefined : this.#roomMaker.withRoom(home, now)
    return other !== undefined && (!home.hasRoom || other.total > 0) ? other : undefined
  }

  // --- deciding ---

  /** Does what is to be done, `first` before all else, until nothing is. */
  #settle(now: number, first?: () => void): void {
    if (this.#isSettling) return
    this.#isSettling = true
    this.isQuiet = false
    try {
      first?.()
      while (this.#isUnsettled) this.#settleOnce(now)
    } finally {
      this.#isSettling = false
    }
    this.isQuiet = this.#queue.length === 0 && this.#lifecycle === 'running'
  }

  #settleOnce(now: number): void {
    this.#withdrawAll()
    this.#placeAll(now)
    if (this.#hasNewLimit) this.#applyLimit(now)
    if (this.#hasFreedSlot) this.#useSlots()
    this.#lookAtAltered(now)
    if (this.#mustRelieve) this.#relieve(now)
  }

  get #isUnsettled(): boolean {
    return (
      this.#toWithdraw.length > 0 ||
      this.#toPlace.length > 0 ||
      this.#hasFreedSlot ||
      this.#hasNewLimit ||
      this.#altered.size > 0 ||
      this.#mustRelieve
    )
  }

  #lookAtAltered(now: number): void {
    if (this.#altered.size === 0) return
    const members = [...this.#altered]
    this.#altered.clear()
    for (const member of members) {
      if (member.tickets.size > 0) this.#leaveTheDown(member, now)
      else if (member.idle > 0 && this.#selection.mayLend(member)) this.#offer(member, now)
    }
    this.#makeRoomForKeyed(now)
  }

  #withdrawAll(): void {
    const tickets = this.#toWithdraw
    this.#toWithdraw = []
    for (const ticket of tickets) {
      if (ticket.isSettled) continue
      ticket.member.tickets.delete(ticket)
      ticket.member.withdraw(ticket)
      this.#parts.loadChanged(ticket.member)
    }
  }

  #placeAll(now: number): void {
    const waiters = this.#toPlace
    this.#toPlace = []
    for (const waiter of waiters) {
      if (!waiter.isSettled && waiter.ticket === undefined) this.#place(waiter, undefined, now)
    }
  }

  #applyLimit(now: number): void {
    this.#hasNewLimit = false
    this.#roomMaker.closeSurplus(now)
    // What is still too much is leased or being opened: the pools must know before any of it comes back.
    if (this.#parts.slots.isOverdrawn) for (const member of this.#selection.members) member.look()
    this.#hasFreedSlot = true
    this.#mustRelieve = true
  }

  /** A slot of the common limit has become free: who has waited longest may have it, then whoever wants it. */
  #useSlots(): void {
    this.#hasFreedSlot = false
    this.#roomMaker.slotFreed()
    if (this.#lifecycle !== 'running') return
    this.#queue.first?.ticket?.member.look()
    for (const member of this.#selection.members) {
      if (!this.#parts.slots.isFree) return
      if (member.wantsMore) member.look()
    }
  }

  /** Gives the caller to an endpoint. One that has nothing for it says so by `refused()`. */
  #place(waiter: UpstreamWaiter<C>, picked: Member<C> | undefined, now: number): void {
    const member = picked ?? this.#choose(waiter, now)
    if (member === undefined) {
      if (this.#selection.members.length > 0) this.#refuse(waiter, 'NO_ENDPOINT', now)
      return
    }
    if (waiter.affinityKey === undefined) return this.#issue(waiter, this.#roomMaker.homeFor(member, now), now)
    this.#queue.bind(waiter, member)
    this.#issue(waiter, member, now)
    this.#roomMaker.makeRoomFor(member, now)
  }

  #choose(waiter: UpstreamWaiter<C>, now: number): Member<C> | undefined {
    const usable = this.#selection.usableAt(now)
    if (waiter.refusals > MOST_REFUSALS) return undefined
    if (usable.length > 0) return this.#parts.pick(usable, waiter.affinityKey, now)
    return this.#selection.members.find((member) => member.idle > member.tickets.size)
  }

  #issue(waiter: UpstreamWaiter<C>, member: Member<C>, now: number): void {
    const ticket = new Ticket(waiter, member, this.#effects, now)
    waiter.ticket = ticket
    member.tickets.add(ticket)
    member.ask(ticket)
    this.#selection.note(member, now)
    this.#parts.loadChanged(member)
  }

  /** What has come free at an endpoint for which nobody waits goes to those who wait for others. */
  #offer(member: Member<C>, now: number): void {
    let first = this.#queue.firstFree
    while (first !== undefined && member.idle > member.tickets.size) {
      if (first.ticket?.member === member) return
      this.#move(first, member, now)
      first = this.#queue.firstFree
    }
  }

  /** Those who wait for an endpoint that is not up any more go where it is better, if that is anywhere. */
  #leaveTheDown(member: Member<C>, now: number): void {
    const [first] = this.#selection.usableAt(now)
    if (member.standing !== 'up' && first?.standing === 'up') this.#evacuate(member)
  }

  #evacuate(member: Member<C>): void {
    for (const { waiter } of member.tickets) {
      if (waiter === undefined) continue
      this.#recall(waiter)
      this.#toPlace.push(waiter)
    }
  }

  #move(waiter: UpstreamWaiter<C>, member: Member<C>, now: number): void {
    this.#recall(waiter)
    this.#withdrawAll()
    this.#issue(waiter, member, now)
  }

  /** What is granted goes to who has waited longest; the ticket of that one stands for the other from now on. */
  #swap(ticket: Ticket<C>, next: UpstreamWaiter<C>): void {
    const { waiter } = ticket
    const spare = next.ticket
    if (spare !== undefined) spare.waiter = undefined
    if (waiter !== undefined) waiter.ticket = undefined
    if (waiter !== undefined && spare !== undefined && waiter.boundTo === undefined) {
      spare.waiter = waiter
      waiter.ticket = spare
      return
    }
    if (spare !== undefined) this.#toWithdraw.push(spare)
    if (waiter !== undefined) this.#toPlace.push(waiter)
  }

  // --- going ---

  #refusalAtDoor(waiter: UpstreamWaiter<C>, now: number): UpstreamRefusal | undefined {
    if (this.#lifecycle !== 'running') return 'POOL_CLOSED'
    if (waiter.deadline <= now) {
      this.timeouts++
      return 'ACQUIRE_TIMEOUT'
    }
    if (this.#queue.length < this.#parts.maxWaiting) return undefined
    return this.#queue.length >= this.#parts.maxWaiting + this.#prospects ? 'QUEUE_FULL' : undefined
  }

  /** How many callers may hope beside those who just wait: for a dial, or for an idle connection. */
  get #prospects(): number {
    let prospects = 0
    for (const { maxSize, total, idle } of this.#selection.members) prospects += Math.max(0, maxSize - total) + idle
    return Math.min(prospects, Math.max(0, this.#parts.slots.limit - this.#parts.slots.taken + this.#parts.slots.idle))
  }

  #timeOut(waiter: UpstreamWaiter<C>, now: number): void {
    this.timeouts++
    this.#refuse(waiter, 'ACQUIRE_TIMEOUT', now)
  }

  #refuse(waiter: UpstreamWaiter<C>, refusal: UpstreamRefusal, now: number): void {
    this.#effects.refuse(waiter, refusal, now)
    this.#leave(waiter)
  }

  #leave(waiter: UpstreamWaiter<C>): void {
    this.#queue.remove(waiter)
    this.#recall(waiter)
  }

  #recall(waiter: UpstreamWaiter<C>): void {
    const { ticket } = waiter
    waiter.ticket = undefined
    if (ticket === undefined) return
    ticket.waiter = undefined
    this.#toWithdraw.push(ticket)
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof PoolError ? error.code : undefined
}
