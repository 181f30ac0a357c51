/** Bugs in what is held against an endpoint: how many dials, how soon, and the breaker. */

/** @import { Mutant } from './copy.mjs' */

const PACER = 'pool/dial-pacer.ts'
const HEALTH = 'pool/endpoint-health.ts'
const BREAKER = 'breaker/breaker-machine.ts'

/** @type {readonly Mutant[]} */
export const endpoint = [
  {
    breaks: 'the dials of one flight count each by itself',
    file: PACER,
    find: 'if (dial.id <= this.#countedUpTo) return false',
    put: '',
    killers: ['pacer', 'failing'],
  },
  {
    breaks: 'the last attempt before the breaker opens comes as soon as chance has it',
    file: PACER,
    find: 'if (this.#failures === this.#rules.lastAttempt)',
    put: 'if (false)',
    killers: ['pacer', 'failing'],
  },
  {
    breaks: 'the delay after failures does not grow',
    file: PACER,
    find: 'baseMs * 2 ** (times - 1)',
    put: 'baseMs',
    killers: ['pacer', 'failing'],
  },
  {
    breaks: 'the delay after failures grows without end',
    file: PACER,
    find: 'Math.min(maxMs, baseMs * 2 ** (times - 1))',
    put: 'baseMs * 2 ** (times - 1)',
    killers: ['pacer', 'failing'],
  },
  {
    breaks: 'after a failure as many dials as before try again',
    file: PACER,
    find: 'return this.#failures > 0 ? 1 : Math.min(this.#limit, this.#ramp)',
    put: 'return Math.min(this.#limit, this.#ramp)',
    killers: ['pacer', 'failing'],
  },
  {
    breaks: 'after a success all dials follow at once',
    file: PACER,
    find: 'if (this.#failures > 0) this.#ramp = 1',
    put: 'if (this.#failures > 0) this.#ramp = Infinity',
    killers: ['pacer', 'failing'],
  },
  {
    breaks: 'the number of dials never falls again',
    file: PACER,
    find: `nobodyWaits(): void { if (this.#rules.maxDialing === 'adaptive') this.#limit = FIRST_LIMIT`,
    put: 'nobodyWaits(): void {',
    killers: ['pacer', 'dialing'],
  },
  {
    breaks: 'each dial of a flight doubles the number of dials',
    file: PACER,
    find: `|| dial <= this.#grewAfter) return`,
    put: ') return',
    killers: ['pacer', 'dialing'],
  },
  {
    breaks: 'the number of dials never grows',
    file: PACER,
    find: 'this.#limit *= 2',
    put: '',
    killers: ['pacer', 'dialing'],
  },
  {
    breaks: 'a server that accepts and closes at once is dialed in a loop',
    file: PACER,
    find: 'this.#delay(this.#earlyDeaths, draw, now)',
    put: '',
    killers: ['pacer', 'failing'],
  },
  {
    breaks: 'what died early is held against the endpoint for ever',
    file: PACER,
    find: 'proved(): void { if (this.#earlyDeaths === 0) return',
    put: 'proved(): void {\nif (true) return',
    killers: ['pacer', 'failing'],
  },
  {
    breaks: 'a loss shortens the delay after a failed dial',
    file: PACER,
    find: 'this.#retryAt = Math.max(this.#retryAt, now + draw *',
    put: 'this.#retryAt = Math.max(-Infinity, now + draw *',
    killers: ['pacer', 'failing'],
  },
  {
    breaks: 'want of descriptors opens the breaker',
    file: HEALTH,
    find: '|| failure.isLocal) return false',
    put: ') return false',
    killers: ['failing'],
  },
  {
    breaks: 'dials go on though the delay is not over',
    file: HEALTH,
    find: 'if (dialing >= this.dialLimit || this.#pacer.isBackingOff(now)) return false',
    put: 'if (dialing >= this.dialLimit) return false',
    killers: ['failing', 'exhaustive'],
  },
  {
    breaks: 'dials go on though the breaker is open',
    file: HEALTH,
    find: 'isBackingOff(now)) return false return this.#breaker?.mayDial(dialing, now) !== false',
    put: 'isBackingOff(now)) return false\nreturn true',
    killers: ['failing', 'exhaustive'],
  },
  {
    breaks: 'a connection that serves well clears nothing',
    file: HEALTH,
    find: 'this.#breaker?.served(since, now)',
    put: '',
    killers: ['failing'],
  },
  {
    breaks: 'a half-open breaker lets every dial through',
    file: BREAKER,
    find: `case 'half-open': return dialing < this.#rules.halfOpenProbes`,
    put: `case 'half-open':\nreturn true`,
    killers: ['breaker', 'failing'],
  },
  {
    breaks: 'the breaker opens a failure too late',
    file: BREAKER,
    find: 'if (failures < this.#threshold &&',
    put: 'if (failures <= this.#threshold &&',
    killers: ['breaker', 'failing'],
  },
  {
    breaks: 'failures before a success count with those after it',
    file: BREAKER,
    find: `case 'closed': this.#countSuccess(now) return false`,
    put: `case 'closed':\nreturn false`,
    killers: ['breaker'],
  },
  {
    breaks: 'the breaker opens for the same time again and again',
    file: BREAKER,
    find: 'times: this.#now.times + 1, draw: dial.draw',
    put: 'times: 1, draw: dial.draw',
    killers: ['breaker', 'failing'],
  },
  {
    breaks: 'the breaker is due before its time',
    file: BREAKER,
    find: 'return now >= this.#now.until && dialing < this.#rules.halfOpenProbes',
    put: 'return dialing < this.#rules.halfOpenProbes',
    killers: ['breaker', 'failing'],
  },
]
