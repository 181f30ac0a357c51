/** Bugs in where endpoints come from, and in what makes two of them one. */

/** @import { Mutant } from './copy.mjs' */

const ANSWERS = 'upstream/discovery/dns-answers.ts'
const DNS = 'upstream/discovery/dns-watch.ts'
const OPTIONS = 'upstream/discovery/dns-options.ts'
const DELAY = 'upstream/discovery/refresh-delay.ts'
const READ = 'upstream/discovery/read-endpoints.ts'
const WATCH = 'upstream/discovery/watch-endpoints.ts'
const ITERABLE = 'upstream/discovery/read-iterable.ts'
const IDENTITY = 'endpoint/identity.ts'

/** @type {readonly Mutant[]} */
export const discovery = [
  {
    breaks: 'discovery: a late answer of an earlier look-up replaces the set',
    file: DNS,
    find: '#found(lookup: number, set: readonly UpstreamEndpoint[]): void { if (lookup !== this.#current) return',
    put: '#found(lookup: number, set: readonly UpstreamEndpoint[]): void {',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: the failure of a look-up that was given up counts again',
    file: DNS,
    find: '#failed(lookup: number, error: Error): void { if (lookup !== this.#current) return',
    put: '#failed(lookup: number, error: Error): void {',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: a look-up may take for ever',
    file: DNS,
    find: 'afterPoll(() => this.#giveUp(lookup))',
    put: 'afterPoll(() => undefined)',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: a look-up is given up though its answer has come',
    file: DNS,
    find: '() => afterPoll(() => this.#giveUp(lookup))',
    put: '() => this.#giveUp(lookup)',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: the same set is told again and again',
    file: DNS,
    find: 'if (key === this.#lastKey) return',
    put: '',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: a listener that throws ends the watch',
    file: DNS,
    find: 'this.#failures = 0 this.#rest()',
    put: 'this.#failures = 0',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: failures before a success count with those after it',
    file: DNS,
    find: 'this.#failures = 0 this.#rest()',
    put: 'this.#rest()',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: the end leaves a timer',
    file: DNS,
    find: 'this.#current = undefined this.#timer?.[Symbol.dispose]() this.#ownResolver',
    put: 'this.#current = undefined\nthis.#ownResolver',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: the end is not the end of a look-up under way',
    file: DNS,
    find: 'this.#hasEnded = true this.#current = undefined',
    put: 'this.#hasEnded = true',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: all processes look up in step',
    file: DELAY,
    find: 'refreshMs * (1 + JITTER_RATIO * (2 * draw - 1))',
    put: 'refreshMs',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: failures are repeated at the same pace',
    file: DELAY,
    find: '2 ** (failures - 1)',
    put: '1',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: failures are repeated later than refreshMs',
    file: DELAY,
    find: 'Math.min(refreshMs, FIRST_RETRY_MS * 2 ** (failures - 1))',
    put: 'FIRST_RETRY_MS * 2 ** (failures - 1)',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: addresses in another order are another set',
    file: ANSWERS,
    find: '[...new Set(records as readonly string[])].toSorted()',
    put: '[...new Set(records as readonly string[])]',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: a target of "." is an endpoint',
    file: ANSWERS,
    find: `if (name === '' || name === '.') throw notAvailable(what)`,
    put: '',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: priorities are not ranked',
    file: ANSWERS,
    find: 'ranks.indexOf(priority)',
    put: 'priority',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: an SRV record of weight 0 is a weight of 0',
    file: ANSWERS,
    find: 'weight === 0 ? WEIGHT_OF_ZERO : weight',
    put: 'weight',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: certificates are checked against the labels of a service',
    file: OPTIONS,
    find: String.raw`.replace(/^(?:_[^.]+\.)+/, '')`,
    put: '',
    killers: ['dns'],
  },
  {
    breaks: 'discovery: an endpoint may stand twice in a set',
    file: READ,
    find: 'refuseDuplicates(read, option)',
    put: '',
    killers: ['read'],
  },
  {
    breaks: 'discovery: an empty set is taken',
    file: READ,
    find: 'if (given.length === 0)',
    put: 'if (false)',
    killers: ['read'],
  },
  {
    breaks: 'discovery: a backup is as good as any',
    file: READ,
    find: 'priority = backup ? 1 : 0',
    put: 'priority = 0',
    killers: ['read'],
  },
  {
    breaks: 'discovery: a set that comes after the end is heard',
    file: WATCH,
    find: 'if (this.#hasEnded) return const read',
    put: 'const read',
    killers: ['sources'],
  },
  {
    breaks: 'discovery: a source that was ended while it was asked goes on for ever',
    file: WATCH,
    find: 'if (this.#hasEnded) watched[Symbol.dispose]() else this.#watched = watched',
    put: 'this.#watched = watched',
    killers: ['sources'],
  },
  {
    breaks: 'discovery: a generator is not ended',
    file: ITERABLE,
    find: 'void end(this.#iterator)',
    put: '',
    killers: ['sources'],
  },
  {
    breaks: 'discovery: endpoints with other certificates are one',
    file: IDENTITY,
    find: `return options === '' ? address : `,
    put: 'return true ? address : ',
    killers: ['identity'],
  },
  {
    breaks: 'discovery: endpoints with other functions are one',
    file: IDENTITY,
    find: `if (typeof value === 'function') return`,
    put: `if (typeof value === 'function') return '#'\nif (false) return`,
    killers: ['identity'],
  },
  {
    breaks: 'discovery: a Unix socket with TLS is one without',
    file: IDENTITY,
    find: "kind === 'unix' ? `tls+${text}` : text",
    put: 'text',
    killers: ['identity'],
  },
]
