/**
 * S18: every short life of a breaker, next to a model that remembers of each dial in which generation it began. The
 * machine goes by numbers of dials instead; both must say the same after every event.
 */
import { expect, test } from 'vitest'

import { BreakerMachine } from './breaker-machine.ts'
import type { BreakerRules } from './breaker-options.ts'

const DEPTH = Number(process.env['BREAKER_DEPTH'] ?? 7)
const STEP_MS = 100

const RULES: BreakerRules = {
  failureThreshold: 2,
  failureRatio: Infinity,
  windowMs: 1_000,
  minSamples: 1,
  openMs: STEP_MS,
  maxOpenMs: 3 * STEP_MS,
  halfOpenProbes: 2,
}

const EVENTS = [
  'dial',
  'oldest succeeds',
  'oldest fails',
  'newest succeeds',
  'newest fails',
  'serves',
  'trip',
  'isolate',
  'endIsolation',
  'time passes',
] as const
type Event = (typeof EVENTS)[number]

/** What a breaker must be, said as plainly as can be. */
class Model {
  state: 'closed' | 'open' | 'half-open' = 'closed'
  generation = 0
  failures = 0
  times = 0
  until = -Infinity
  holds = 0
  /** The generation that each dial under way began in. */
  readonly dials: { readonly id: number; readonly generation: number }[] = []

  get shown(): string {
    return this.holds > 0 ? 'open' : this.state
  }

  mayDial(now: number): boolean {
    if (this.holds > 0) return false
    if (this.state === 'closed') return true
    return now >= this.until && this.dials.length < RULES.halfOpenProbes
  }

  starts(id: number): void {
    if (this.state === 'open') this.#become('half-open')
    this.dials.push({ id, generation: this.generation })
  }

  ends(dial: { readonly generation: number }, how: 'succeeds' | 'fails', now: number): void {
    if (dial.generation !== this.generation || this.holds > 0) return
    if (how === 'succeeds') return this.#good()
    this.failures++
    if (this.state === 'half-open' || this.failures >= RULES.failureThreshold) this.opens(now)
  }

  opens(now: number): void {
    this.times++
    this.#become('open')
    this.until = now + Math.min(RULES.maxOpenMs, RULES.openMs * 2 ** (this.times - 1))
  }

  serves(): void {
    if (this.holds === 0 && this.state === 'closed') this.failures = 0
  }

  isolates(): void {
    this.holds++
    if (this.holds > 1) return
    if (this.state === 'half-open') this.until = -Infinity
    this.#become(this.state === 'half-open' ? 'open' : this.state)
  }

  endsIsolation(): void {
    this.holds--
    if (this.holds === 0) this.#become(this.state)
  }

  #good(): void {
    this.failures = 0
    if (this.state === 'half-open') this.#become('closed')
  }

  #become(state: Model['state']): void {
    this.generation++
    this.failures = 0
    this.state = state
    if (state === 'closed') this.times = 0
  }
}

/** Lives the events; answers whether the last of them could happen at all. */
function live(events: readonly Event[]): boolean {
  const breaker = new BreakerMachine(RULES)
  const model = new Model()
  let now = 0
  let newest = 0

  const act = (event: Event): boolean | undefined => {
    const ending = event.startsWith('oldest') ? model.dials[0] : model.dials.at(-1)
    switch (event) {
      case 'dial':
        if (!model.mayDial(now)) return undefined
        newest++
        model.starts(newest)
        return breaker.dialing()
      case 'oldest succeeds':
      case 'oldest fails':
      case 'newest succeeds':
      case 'newest fails': {
        if (ending === undefined || (event.startsWith('oldest') && model.dials.length < 2)) return undefined
        model.dials.splice(model.dials.indexOf(ending), 1)
        const how = event.endsWith('fails') ? 'fails' : 'succeeds'
        model.ends(ending, how, now)
        const dial = { id: ending.id, newest }
        return how === 'fails' ? breaker.failed({ ...dial, draw: 0 }, now) : breaker.succeeded(dial, now)
      }
      case 'serves':
        model.serves()
        breaker.served(now, now)
        return false
      case 'trip':
        if (model.holds === 0 && model.state === 'closed') model.opens(now)
        return breaker.trip(newest, now)
      case 'isolate':
        model.isolates()
        return breaker.isolate(newest, now)
      case 'endIsolation':
        if (model.holds === 0) return undefined
        model.endsIsolation()
        return breaker.endIsolation(newest, now)
      case 'time passes':
        now += STEP_MS
        return false
    }
  }

  for (const [index, event] of events.entries()) {
    const before = model.shown
    const hasChanged = act(event)
    if (hasChanged === undefined) return false
    if (index < events.length - 1) continue
    const is = [breaker.state, hasChanged, breaker.mayDial(model.dials.length, now), breaker.retryAfterMs(now)]
    const left = model.state === 'open' ? Math.max(0, model.until - now) : 0
    const mustBe = [model.shown, before !== model.shown, model.mayDial(now), model.holds > 0 ? Infinity : left]
    if (is.join() !== mustBe.join()) throw new Error(`${events.join(', ')}: is ${is.join()}, must be ${mustBe.join()}`)
    const isCalm = model.shown === 'closed' && model.failures === 0
    if (breaker.isCalm !== isCalm) throw new Error(`${events.join(', ')}: is ${isCalm ? 'not ' : ''}calm`)
  }
  return true
}

/** Breadth first, so that the story of a mistake is as short as it can be. */
function explore(depth: number): number {
  let lives: Event[][] = [[]]
  let count = 0
  for (let length = 1; length <= depth; length++) {
    const longer: Event[][] = []
    for (const life of lives) {
      for (const event of EVENTS) {
        const next = [...life, event]
        if (live(next)) longer.push(next)
      }
    }
    count += longer.length
    lives = longer
  }
  return count
}

test(`every life of ${DEPTH} events goes as the model does`, { timeout: 120_000 }, () => {
  const lives = explore(DEPTH)

  expect(lives).toBeGreaterThan(4 ** DEPTH)
})
