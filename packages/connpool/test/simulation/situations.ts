/**
 * The hard situations that a run must have been in, each at least once, or it has proved less than it says. A life
 * reports them as it meets them.
 */
export const SITUATIONS = [
  'a caller is aborted while it waits',
  'a caller is aborted in the turn in which it is served',
  'a caller is aborted before it asks',
  'a hundred milliseconds of stall pass while a caller waits',
  'a caller is served after a stall that outlasted its deadline',
  'many callers leave by one signal',
  'a caller times out in the queue',
  'a caller times out while dialing',
  'a caller times out while probing',
  'a caller times out while backing off',
  'a caller times out while paused',
  'a caller who may not wait is served',
  'a caller who may not wait is refused',
  'the queue is full',
  'the circuit is open for a caller',
  'an endpoint that is down refuses those who wait',
  'an endpoint that was down is up again',
  'the breaker tries once and opens again',
  'a dial is refused',
  'a dial times out',
  'a dial throws at once',
  'a dial answers nothing',
  'a dial answers a connection the pool has already',
  'a dial answers a destroyed connection',
  'a dial that was given up succeeds later',
  'a dial never ends, whatever it is told',
  'a local failure keeps a dial from starting',
  'a server accepts and leaves',
  'setting a connection up fails',
  'setting a connection up never ends',
  'a connection is lost while it is set up',
  'a probe finds a connection unhealthy',
  'a probe never ends',
  'a probe throws at once',
  'a connection is lost while it is probed',
  'a reset fails',
  'a reset never ends',
  'closing a connection fails',
  'closing a connection never ends',
  'a closing connection is cut off after its time',
  'bytes arrive while a connection is idle',
  'the server ends an idle connection',
  'the server breaks an idle connection',
  'a connection is lost while it is leased',
  'a lost connection is released by its holder',
  'a connection comes back with unread bytes',
  'a connection comes back with unwritten bytes',
  'a connection comes back with a reply under way',
  'a connection comes back with an encoding set',
  'a connection comes back destroyed',
  'a connection comes back with listeners left on it',
  'work that throws discards its connection',
  'a lease is dropped without a word',
  'a lease is released twice',
  'a lease is used after its end',
  'a lease is taken back after its time',
  'a lease that was taken back is released',
  'a connection is detached',
  'a connection has been used as often as it may',
  'a connection gets too old',
  'a connection idles for too long',
  'a connection is lent again at once',
  'a connection is lent again after a second of rest',
  'a waiter gets a connection in the turn in which another gives it back',
  'the pool shrinks below what is leased',
  'connections are cleared while some are leased',
  'the pool is paused while callers wait',
  'the pool warms up',
  'the pool is ready',
  'warming up fails',
  'a pinned holder uses its connection twice',
  'an observer throws',
  'an observer calls the pool',
  'the server is frozen',
  'the network is cut',
  'the pool closes while callers wait',
  'the pool closes while a connection is leased, which comes back in time',
  'the pool closes while a connection is leased, which is taken back',
  'the pool closes while it dials',
  'the pool is destroyed',
  'the pool is closed twice',
  'a dial succeeds after the pool has closed',
  'every connection is leased and callers wait',
  'the pool is back at its least size after a loss',
] as const

export type Situation = (typeof SITUATIONS)[number]

/** How often each situation was met. */
export class Situations {
  readonly #counts = new Map<Situation, number>()

  met(situation: Situation): void {
    this.#counts.set(situation, (this.#counts.get(situation) ?? 0) + 1)
  }

  add(others: Situations): void {
    for (const situation of SITUATIONS) {
      const count = others.count(situation)
      if (count > 0) this.#counts.set(situation, this.count(situation) + count)
    }
  }

  count(situation: Situation): number {
    return this.#counts.get(situation) ?? 0
  }

  get missing(): Situation[] {
    return SITUATIONS.filter((situation) => this.count(situation) === 0)
  }
}
