import { SeededRandom } from 'connpool/testing'

import { RequestQueueMachine, type RequestQueueRules } from '../../src/dispatch/request-queue-machine.ts'
import { FakeRequest, type Ending } from './fake-request.ts'
import { VirtualTime } from './virtual-time.ts'

interface Period {
  readonly from: number
  readonly to: number
}

/** Clients that come and give up, and slots that take their time. Everything is in milliseconds of virtual time. */
export interface CrowdPlan {
  readonly seed: number
  readonly slots: number
  readonly serviceMs: number
  readonly service: 'fixed' | 'exponential'
  /** How much is asked for, as a multiple of what the slots can serve, by clients that know nothing of each other. */
  readonly load: number
  readonly burst?: { readonly at: number; readonly count: number }
  /** Clients that ask again as soon as they are answered. */
  readonly circling?: number
  /** Over so long they come, one after the other. */
  readonly comingMs?: number
  readonly patienceMs: number
  /** What is being served then stands still. */
  readonly standstill?: Period
  readonly pause?: Period
  /** Nobody comes after so long. */
  readonly forMs: number
  readonly rules: RequestQueueRules
}

/** A queue with a world around it. */
export class QueueCrowd {
  readonly requests: FakeRequest[] = []
  /** In the order in which they were given their slots. */
  readonly served: FakeRequest[] = []
  readonly queue: RequestQueueMachine<FakeRequest>
  /** For how long slots were free while somebody waited. */
  wastedMs = 0
  /** For how long slots were free while clients came. */
  freeMs = 0
  readonly #plan: CrowdPlan
  readonly #random: SeededRandom
  readonly #time = new VirtualTime()

  constructor(plan: CrowdPlan) {
    this.#plan = plan
    this.#random = new SeededRandom(plan.seed)
    this.queue = new RequestQueueMachine(plan.slots, plan.rules, {
      serve: (request) => this.#serve(request, () => undefined),
      shed: (request) => request.ends('shed', this.#time.now),
    })
    this.#arriveForEver()
    this.#time.run((from, to) => this.#watch(from, to))
  }

  of(ending: Ending): FakeRequest[] {
    return this.requests.filter((request) => request.ending === ending)
  }

  /** Those who were answered within so long of their coming, as a part of what the slots can serve. */
  goodput(withinMs: number): number {
    const { forMs, serviceMs, slots } = this.#plan
    const inTime = this.served.filter((request) => request.tookMs <= withinMs)
    return inTime.length / ((forMs / serviceMs) * slots)
  }

  #arriveForEver(): void {
    const { load, burst, circling = 0, comingMs = 0, pause } = this.#plan
    if (load > 0) this.#comeAndGoOn(0)
    for (let each = 0; each < (burst?.count ?? 0); each++) this.#time.at(burst?.at ?? 0, (now) => this.#come(now))
    for (let client = 0; client < circling; client++) this.#circle((client * comingMs) / circling)
    if (pause === undefined) return
    this.#time.at(pause.from, (now) => this.queue.pause(now))
    this.#time.at(pause.to, (now) => this.queue.resume(now))
  }

  #comeAndGoOn(now: number): void {
    const { load, slots, forMs } = this.#plan
    if (now >= forMs) return
    this.#time.at(now + this.#draw() / (slots * load), (then) => {
      this.#come(then)
      this.#comeAndGoOn(then)
    })
  }

  #circle(now: number): void {
    if (now < this.#plan.forMs) this.#time.at(now, (then) => this.#come(then, (end) => this.#circle(end + 0.01)))
  }

  #come(now: number, answered: (now: number) => void = () => undefined): void {
    const request = new FakeRequest(this.requests.length, now)
    this.requests.push(request)
    const answer = this.queue.offer(request, now)
    if (answer === 'served') return this.#serve(request, answered)
    if (answer === 'refused') return request.ends('full', now)
    this.#answered.set(request, answered)
    this.#time.at(now + this.#plan.patienceMs, (then) => {
      if (this.queue.leave(request, 'timeout')) request.ends('timeout', then)
    })
  }
  readonly #answered = new WeakMap<FakeRequest, (now: number) => void>()

  #serve(request: FakeRequest, answered: (now: number) => void): void {
    const { now } = this.#time
    request.servedAt = now
    this.served.push(request)
    this.#time.at(this.#doneAt(now), (then) => {
      request.ends('served', then)
      this.queue.finished(request, then)
      answered(then)
      this.#answered.get(request)?.(then)
    })
  }

  #doneAt(now: number): number {
    const { service, serviceMs, standstill } = this.#plan
    const doneAt = now + (service === 'fixed' ? serviceMs : this.#draw())
    if (standstill === undefined || doneAt < standstill.from || now > standstill.to) return doneAt
    return doneAt + standstill.to - Math.max(now, standstill.from)
  }

  #draw(): number {
    return -Math.log(1 - this.#random.next()) * this.#plan.serviceMs
  }

  #watch(from: number, to: number): void {
    const free = (to - from) * (this.#plan.slots - this.queue.serving)
    if (to <= this.#plan.forMs) this.freeMs += free
    if (this.queue.length > 0 && !this.queue.isPaused) this.wastedMs += free
  }
}
