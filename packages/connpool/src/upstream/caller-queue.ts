import { DeadlineHeap } from '../pool/deadline-heap.ts'
import { WaiterQueue } from '../pool/waiter-queue.ts'
import type { Member } from './member.ts'
import type { UpstreamWaiter } from './upstream-waiter.ts'

const FEW = 64

/**
 * Everybody who waits for a connection of the upstream. Most may be served by any endpoint and stand in one queue; who
 * has a key stands in the row of its endpoint. Who came first, of all who can be served by what has come free, is next.
 */
export class CallerQueue<C> {
  readonly #free = new WaiterQueue<C, UpstreamWaiter<C>>()
  /** Those with a key, also while they have no endpoint. */
  readonly #keyed = new Set<UpstreamWaiter<C>>()
  readonly #keyedDeadlines = new DeadlineHeap<C, UpstreamWaiter<C>>()
  #arrivals = 0

  get length(): number {
    return this.#free.length + this.#keyed.size
  }

  get first(): UpstreamWaiter<C> | undefined {
    return older(this.#free.first, this.firstKeyed)
  }

  get firstFree(): UpstreamWaiter<C> | undefined {
    return this.#free.first
  }

  get firstKeyed(): UpstreamWaiter<C> | undefined {
    const [keyed] = this.#keyed
    return keyed
  }

  /** The one that is due first. */
  get firstDue(): UpstreamWaiter<C> | undefined {
    const free = this.#free.firstDue
    const keyed = this.#keyedDeadlines.first
    if (free === undefined || keyed === undefined) return free ?? keyed
    return keyed.deadline < free.deadline ? keyed : free
  }

  /** Those whom any endpoint may serve, oldest first, at most so many: a copy, since serving them changes the queue. */
  firstOfFree(most: number): UpstreamWaiter<C>[] {
    const first: UpstreamWaiter<C>[] = []
    for (const waiter of this.#free) if (first.push(waiter) === most) break
    return first
  }

  /** All, oldest first: a copy. */
  inOrder(): UpstreamWaiter<C>[] {
    return [...this.#free, ...this.#keyed].toSorted((one, other) => one.arrival - other.arrival)
  }

  push(waiter: UpstreamWaiter<C>): void {
    waiter.arrival = ++this.#arrivals
    if (waiter.affinityKey === undefined) return this.#free.push(waiter)
    this.#keyed.add(waiter)
    if (this.#keyedDeadlines.length > FEW + 2 * this.#keyed.size) this.#keyedDeadlines.refill(this.#keyed)
    else this.#keyedDeadlines.push(waiter)
  }

  /** From now on only this endpoint may serve it. */
  bind(waiter: UpstreamWaiter<C>, member: Member<C>): void {
    if (waiter.boundTo === member) return
    waiter.boundTo?.bound.delete(waiter)
    waiter.boundTo = member
    member.bound.add(waiter)
  }

  /** Who has waited longest of those whom this endpoint may serve. */
  oldestFor(member: Member<C>): UpstreamWaiter<C> | undefined {
    const [bound] = member.bound
    return older(this.#free.first, bound)
  }

  /** Takes out one that {@link oldestFor} has just answered. */
  takeOut(waiter: UpstreamWaiter<C>): void {
    if (waiter.affinityKey === undefined) this.#free.shiftFirst(waiter)
    else this.remove(waiter)
  }

  /** Takes one out, wherever it stands. */
  remove(waiter: UpstreamWaiter<C>): void {
    if (waiter.affinityKey === undefined) return this.#free.remove(waiter)
    waiter.isSettled = true
    this.#keyed.delete(waiter)
    waiter.boundTo?.bound.delete(waiter)
  }
}

function older<C>(
  one: UpstreamWaiter<C> | undefined,
  other: UpstreamWaiter<C> | undefined,
): UpstreamWaiter<C> | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one.arrival < other.arrival ? one : other
}
