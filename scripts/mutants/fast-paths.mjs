/** Bugs in the short cuts that most acquires and releases take. */

/** @import { Mutant } from './copy.mjs' */

const MACHINE = 'pool/pool-machine.ts'

/** @type {readonly Mutant[]} */
export const fastPaths = [
  {
    breaks: 'the short way out lends what needs an examination',
    file: MACHINE,
    find: '|| now >= entry.freeUntil) return undefined',
    put: ') return undefined',
    killers: ['examining', 'exhaustive'],
  },
  {
    breaks: 'the short way out does not look at the wire',
    file: MACHINE,
    find: 'if (entry.keeper !== undefined && this.#effects.flaw(entry) !== undefined) return undefined',
    put: '',
    killers: ['examining', 'exhaustive'],
  },
  {
    breaks: 'the short way out is open during a pause',
    file: MACHINE,
    find: 'entry === undefined || !this.#isCalm ||',
    put: 'entry === undefined ||',
    killers: ['owner', 'exhaustive'],
  },
  {
    breaks: 'the short way back is open while something is held against the endpoint, or the pool drains',
    file: MACHINE,
    find: `if (!this.#isHushed || entry.state !== 'leased'`,
    put: `if (entry.state !== 'leased'`,
    killers: ['owner', 'exhaustive'],
  },
  {
    breaks: 'the short way back takes a cleared connection',
    file: MACHINE,
    find: '|| entry.generation !== this.#generation) return false',
    put: ') return false',
    killers: ['owner', 'exhaustive'],
  },
  {
    breaks: 'the short way back takes a connection that is too old',
    file: MACHINE,
    find: 'if (now >= entry.expiresAt || entry.uses >= this.#maxUses) return false',
    put: 'if (entry.uses >= this.#maxUses) return false',
    killers: ['time', 'lives'],
  },
  {
    breaks: 'the short way back takes a connection that was lent often enough',
    file: MACHINE,
    find: 'if (now >= entry.expiresAt || entry.uses >= this.#maxUses) return false',
    put: 'if (now >= entry.expiresAt) return false',
    killers: ['time', 'exhaustive'],
  },
  {
    breaks: 'the short way back goes round the reset',
    file: MACHINE,
    find: '!this.#rules.hasReset &&',
    put: '',
    killers: ['examining', 'exhaustive'],
  },
  {
    breaks: 'the short way back takes what is too many after a resize',
    file: MACHINE,
    find: '!this.#mustShrink &&',
    put: '',
    killers: ['owner', 'exhaustive'],
  },
  {
    breaks: 'the short way back does not tell that the endpoint is well again',
    file: MACHINE,
    find: 'this.#health.isCalm',
    put: 'true',
    killers: ['failing'],
  },
  {
    breaks: 'the short way back does not see to the next look at an idle connection',
    file: MACHINE,
    find: 'if (this.#alarm.isLaterThan(now + this.#idleLookMs)) this.#alarm.wakeBy(now + this.#idleLookMs)',
    put: '',
    killers: ['exhaustive', 'lives'],
  },
  {
    breaks: 'the short way back forgets when the rest began',
    file: MACHINE,
    find: `entry.state = 'idle' entry.idleSince = now`,
    put: `entry.state = 'idle'`,
    killers: ['time', 'exhaustive'],
  },
  {
    breaks: 'a connection is handed on without the probe that every lease must have',
    file: MACHINE,
    find: 'first === undefined || this.#fitness.probesAlways || first.deadline <= now',
    put: 'first === undefined || first.deadline <= now',
    killers: ['examining', 'exhaustive'],
  },
  {
    breaks: 'a connection is handed to somebody whose time is up',
    file: MACHINE,
    find: 'first === undefined || this.#fitness.probesAlways || first.deadline <= now',
    put: 'first === undefined || this.#fitness.probesAlways',
    killers: ['time'],
  },
  {
    breaks: 'handing on does not count as a use',
    file: MACHINE,
    find: 'entry.idleSince = now entry.since = now entry.uses++',
    put: 'entry.idleSince = now\nentry.since = now',
    killers: ['time', 'exhaustive'],
  },
  {
    breaks: 'a lease that was handed on is as old as the one before',
    file: MACHINE,
    find: 'entry.idleSince = now entry.since = now entry.uses++',
    put: 'entry.idleSince = now\nentry.uses++',
    killers: ['time', 'lives'],
  },
  {
    breaks: 'a lease that was handed on is not watched',
    file: MACHINE,
    find: 'if (this.#watchesLeases) this.#watchLease(entry) if (this.#queue.length === 0)',
    put: 'if (this.#queue.length === 0)',
    killers: ['time', 'lives'],
  },
  {
    breaks: 'the short way into the queue does not see to the deadline',
    file: MACHINE,
    find: 'if (this.#alarm.isLaterThan(waiter.deadline)) this.#alarm.wakeBy(waiter.deadline)',
    put: '',
    killers: ['time', 'exhaustive'],
  },
  {
    breaks: 'the short way into the queue is taken though there is room for a dial',
    file: MACHINE,
    find: '|| this.roster.size < this.#maxSize || this.roster.idle.length > 0) return false',
    put: '|| this.roster.idle.length > 0) return false',
    killers: ['serving', 'exhaustive'],
  },
  {
    breaks: 'the short way into the queue lets one caller too many in',
    file: MACHINE,
    find: 'if (this.#queue.length >= this.#rules.maxWaiting ||',
    put: 'if (this.#queue.length > this.#rules.maxWaiting ||',
    killers: ['time', 'exhaustive'],
  },
]
