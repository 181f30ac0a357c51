import { type Discovery, type DiscoveryListener, PoolError, type UpstreamStats } from '../../src/index.ts'
import { FakeClock, SeededRandom } from '../../src/testing.ts'
import { Upstream } from '../../src/upstream/upstream.ts'
import { BreakerWatch } from './breaker-watch.ts'
import type { Caller } from './caller.ts'
import { FakeEndpoint, type FakePeer, type Mode, textOf } from './fake-endpoint.ts'
import { drawPlan, type Plan } from './plan.ts'

/** Longer than any pause of a dial that is to be tried again, and any breaker. */
const HEALED_AFTER_MS = 120_000
const LONGEST_WAIT_MS = 200_000

/** What callers may be told. */
const CODES = new Set(['ACQUIRE_TIMEOUT', 'DIAL_FAILED', 'CIRCUIT_OPEN', 'QUEUE_FULL'])

/** Whether endpoints come and go. */
export type Manner = 'changing' | 'staying'

/**
 * One seeded life of an upstream over endpoints that come and go, refuse, hang, and lose connections. Checked after every
 * step: no endpoint has more connections than it may, as the endpoints count them; no dial begins beyond the limit over
 * all, and none but leased connections stay over one that was lowered; no connection has two holders; callers are served in the order they came and no later than their deadlines; what is counted is true. Where
 * endpoints stay, their breakers change as they may, and dials are those that these allow. At the end everything is well
 * again, and everybody is served.
 */
export class Life {
  readonly plan: Plan
  readonly story: string[] = []
  readonly clock = new FakeClock({ turns: 3 })
  readonly #random: SeededRandom
  readonly #servers: FakeEndpoint[] = []
  readonly #used = new Set<FakeEndpoint>()
  /** By the text of the endpoint; empty where endpoints come and go. */
  readonly #breakers = new Map<string, BreakerWatch>()
  readonly #upstream: Upstream<FakePeer>
  readonly #callers: Caller[] = []
  readonly #holders: Caller[] = []
  #listener: DiscoveryListener | undefined
  /** Deadlines that came up before could not be kept. */
  #stalledUntil = -Infinity
  #served = 0
  #isPaused = false
  /** Over all endpoints, as it was set last. */
  #limit: number
  readonly #problems: string[] = []

  constructor(seed: number, manner: Manner) {
    this.#random = new SeededRandom(seed)
    const plan = drawPlan(this.#random)
    this.plan = manner === 'staying' ? { ...plan, isDiscovered: false } : plan
    const { endpointCount, policy, weights, maxSizeEach, maxSize, minSize, maxWaiting, slowStartMs } = this.plan
    this.#limit = maxSize
    for (let index = 0; index < 8; index++) this.#servers.push(new FakeEndpoint(`10.0.0.${index + 1}:1`, this.clock))
    for (const server of this.#servers) server.heard = () => this.#checkDial()
    for (const server of this.#servers.slice(0, endpointCount)) this.#used.add(server)
    const endpoints = this.#servers.slice(0, endpointCount).map(({ text }, index) => ({
      endpoint: text,
      weight: weights[index] ?? 1,
      backup: index > 0 && this.#random.chance(0.2),
    }))
    const breaker = { failureThreshold: 2, openMs: 1_000, halfOpenProbes: 1 + (seed % 3) }
    if (manner === 'staying') {
      for (const server of this.#used) this.#breakers.set(server.text, new BreakerWatch(server, breaker))
    }
    this.#upstream = new Upstream<FakePeer>({
      endpoints: this.plan.isDiscovered ? this.#source : endpoints,
      balance: policy,
      maxSize,
      slowStartMs,
      ...(!this.plan.hasOutliers && { outlier: false as const }),
      pool: {
        dial: ({ endpoint, signal }) => this.#serverOf(textOf(endpoint)).dial(signal),
        clock: this.clock,
        random: this.#random.next,
        maxSize: maxSizeEach,
        minSize,
        maxWaiting,
        dialTimeoutMs: 1_000,
        ...(this.#stays && { breaker }),
        observer: {
          breaker: ({ endpoint, state }) => this.#note(this.#breakers.get(endpoint)?.became(state, this.clock.now())),
        },
      },
    })
  }

  async live(): Promise<void> {
    await this.clock.settle()
    if (this.plan.isDiscovered) this.#tellEndpoints()
    for (let step = 0; step < this.plan.steps; step++) {
      await this.#act()
      await this.clock.settle()
      this.#check()
    }
    await this.#heal()
    await this.#end()
  }

  /** How often breakers have changed while they were watched. */
  get breakerChanges(): number {
    return [...this.#breakers.values()].reduce((sum, { changes }) => sum + changes, 0)
  }

  get #stays(): boolean {
    return this.#breakers.size > 0
  }

  // --- what happens ---

  #act(): Promise<void> | void {
    const roll = this.#random.next()
    if (roll < 0.32) return this.#call()
    if (roll < 0.35) return this.#resize()
    if (roll < 0.6) return this.#endLease()
    if (roll < 0.75) return this.#passTime(this.#random.pick([0, 1, 2, 5, 20, 60, 200, 1_000, 11_000]))
    if (roll < 0.8) return this.#cancel()
    if (roll < 0.86) return this.#changeServer()
    if (roll < 0.9) return this.#kill()
    if (roll < 0.96 && this.#stays) return this.#changeServer()
    if (roll < 0.93) return this.#addOne()
    if (roll < 0.96) return this.#removeOne()
    if (roll < 0.97) return this.#pauseOrResume()
    if (roll < 0.98) return this.#stall()
    return this.#clear()
  }

  #call(): void {
    const key = this.#random.chance(this.plan.keyed / 100) ? `user ${this.#random.whole(1, 5)}` : undefined
    const timeoutMs = this.#random.pick([5, 50, 500, 5_000, LONGEST_WAIT_MS])
    const caller: Caller = {
      id: this.#callers.length + 1,
      key,
      since: this.clock.now(),
      deadline: this.clock.now() + timeoutMs,
      abort: new AbortController(),
      lease: undefined,
      isAnswered: false,
    }
    this.#tell(`${caller.id} calls${key === undefined ? '' : ` for ${key}`}, ${timeoutMs} ms`)
    this.#callers.push(caller)
    const options = { timeoutMs, signal: caller.abort.signal, ...(key !== undefined && { affinityKey: key }) }
    this.#upstream.acquire(options).then(
      (lease) => this.#answered(caller, lease, undefined),
      (error: unknown) => this.#answered(caller, undefined, error),
    )
  }

  #answered(caller: Caller, lease: Caller['lease'], error: unknown): void {
    if (caller.isAnswered) this.#problems.push(`${caller.id} is answered twice`)
    caller.isAnswered = true
    const isLate = this.clock.now() > Math.max(caller.deadline, this.#stalledUntil)
    if (isLate) this.#problems.push(`${caller.id} is answered after its deadline`)
    if (lease === undefined) this.#judgeRefusal(caller, error)
    else this.#judgeLease(caller, lease)
  }

  #judgeRefusal(caller: Caller, error: unknown): void {
    this.#tell(`${caller.id} is refused: ${error instanceof PoolError ? error.code : String(error)}`)
    if (caller.abort.signal.aborted && error === caller.abort.signal.reason) return
    if (error instanceof PoolError && CODES.has(String(error.code))) return
    this.#problems.push(`${caller.id} is refused by ${String(error)}`)
  }

  #judgeLease(caller: Caller, lease: NonNullable<Caller['lease']>): void {
    this.#served++
    caller.lease = lease
    this.#holders.push(caller)
    const peer = lease.connection
    this.#tell(`${caller.id} has ${peer.home.text}`)
    if (peer.holder !== undefined) this.#problems.push(`${caller.id} gets what ${peer.holder} has`)
    peer.holder = `${caller.id}`
    if (caller.key !== undefined) return
    const older = this.#callers.find((other) => !other.isAnswered && other.key === undefined && other.id < caller.id)
    if (older !== undefined) this.#problems.push(`${caller.id} is served before ${older.id}`)
  }

  #endLease(): void {
    const index = this.#random.whole(0, Math.max(0, this.#holders.length - 1))
    const [holder] = this.#holders.splice(index, 1)
    if (holder?.lease === undefined) return
    const how = this.#random.pick(['release', 'release', 'release', 'discard', 'discard for a reason'])
    this.#tell(`${holder.id}: ${how}`)
    this.#unhold(holder)
    if (how === 'release') holder.lease.release()
    else if (how === 'discard') holder.lease.discard()
    else holder.lease.discard(new Error('it failed me'))
  }

  /** Its lease may have been ended by the loss of its connection. */
  #unhold({ id }: Caller): void {
    for (const server of this.#servers) {
      for (const peer of server.open) if (peer.holder === `${id}`) peer.holder = undefined
    }
  }

  #cancel(): void {
    const waiting = this.#callers.filter(({ isAnswered }) => !isAnswered)
    const caller = waiting[this.#random.whole(0, Math.max(0, waiting.length - 1))]
    if (caller === undefined) return
    this.#tell(`${caller.id} leaves`)
    caller.abort.abort(new Error('left'))
  }

  #changeServer(): void {
    const server = this.#anyServer()
    server.mode = this.#random.pick<Mode>(['up', 'up', 'refusing', 'refusing', 'hanging'])
    server.dialMs = this.#random.pick([0, 1, 1, 30, 200])
    server.closeMs = this.#random.pick([0, 0, 3])
    this.#tell(`${server.text} is ${server.mode}, dials take ${server.dialMs} ms`)
  }

  #kill(): void {
    const server = this.#anyServer()
    const peers = [...server.open]
    const doomed = this.#random.chance(0.5) ? peers : peers.slice(0, 1)
    this.#tell(`${server.text} drops ${doomed.length}`)
    for (const peer of doomed) peer.kill()
  }

  #addOne(): void {
    const server = this.#anyServer()
    this.#tell(`add ${server.text}`)
    this.#used.add(server)
    if (this.plan.isDiscovered) this.#tellEndpoints()
    else this.#upstream.add({ endpoint: server.text, weight: this.#random.whole(1, 5) })
  }

  #removeOne(): void {
    const [server] = [...this.#used]
    if (server === undefined) return
    this.#tell(`remove ${server.text}`)
    this.#used.delete(server)
    if (this.plan.isDiscovered) this.#tellEndpoints()
    else void this.#upstream.remove(server.text, { graceMs: this.#random.pick([0, 50, Infinity]) })
  }

  /** Now and then it flickers: another set, and the old one again. An empty one is refused, and changes nothing. */
  #tellEndpoints(): void {
    const set = [...this.#used].map(({ text }) => text)
    if (set.length === 0) return void this.#used.add(this.#anyServer())
    if (this.#random.chance(0.3)) {
      this.#listener?.endpoints([this.#anyServer().text])
      this.#listener?.endpoints(set.toReversed())
    }
    this.#listener?.endpoints(set)
  }

  #stall(): void {
    const ms = this.#random.pick([30, 300, 3_000])
    this.#tell(`the loop is stalled for ${ms} ms`)
    this.#stalledUntil = this.clock.now() + ms
    this.clock.jump(ms, this.#random.pick(['wakes', 'arrivals']))
  }

  #pauseOrResume(): void {
    this.#isPaused = !this.#isPaused
    this.#tell(this.#isPaused ? 'pause' : 'resume')
    if (this.#isPaused) this.#upstream.pause()
    else this.#upstream.resume()
  }

  #resize(): void {
    const { endpointCount, maxSizeEach } = this.plan
    this.#limit = this.#random.whole(1, endpointCount * maxSizeEach + 1)
    this.#tell(`resize to ${this.#limit}`)
    this.#upstream.resize({ maxSize: this.#limit })
  }

  #clear(): void {
    this.#tell('clear')
    this.#upstream.clear()
  }

  async #passTime(ms: number): Promise<void> {
    this.#tell(`${ms} ms pass`)
    await this.clock.advance(ms)
  }

  get #source(): Discovery {
    return {
      watch: (listener) => {
        this.#listener = listener
        return { [Symbol.dispose]: () => undefined }
      },
    }
  }

  // --- what must hold ---

  /** A dial that begins makes one more, as all endpoints count them. */
  #checkDial(): void {
    const total = this.#totalOfServers
    if (total > this.#limit) this.#problems.push(`a dial makes ${total} of ${this.#limit} connections`)
  }

  get #totalOfServers(): number {
    return this.#servers.reduce((sum, { count }) => sum + count, 0)
  }

  /** Over a limit that was lowered, whatever nobody holds is on its way out. */
  #checkLimit({ total, dialing, closing, maxSize }: UpstreamStats): void {
    const staying = this.#servers.flatMap(({ open }) => [...open]).filter(({ isEnding }) => !isEnding)
    const idle = staying.filter(({ holder }) => holder === undefined).length
    if (staying.length > this.#limit && idle > 0) this.#problems.push(`${idle} stay idle over ${this.#limit}`)
    if (maxSize > this.#limit) this.#problems.push(`the limit is ${this.#limit}, not ${maxSize}`)
    const told = total + dialing + closing
    if (this.#totalOfServers > told) this.#problems.push(`there are ${this.#totalOfServers}, but it tells of ${told}`)
  }

  #check(): void {
    for (const server of this.#servers) {
      if (server.most > this.plan.maxSizeEach) this.#problems.push(`${server.text} had ${server.most} connections`)
    }
    for (const breaker of this.#breakers.values()) this.#note(breaker.flaw())
    const stats = this.#upstream.stats()
    this.#checkLimit(stats)
    const unanswered = this.#callers.filter(({ isAnswered }) => !isAnswered).length
    if (stats.waiting !== unanswered) this.#problems.push(`${stats.waiting} wait, it says, but ${unanswered} do`)
    // What a pool has lent for one whose time was up in that very moment goes back unseen.
    const unseen = stats.acquired - this.#served
    const isTrue = unseen >= 0 && unseen <= stats.timeouts
    if (!isTrue) this.#problems.push(`${stats.acquired} served, it says, not ${this.#served}`)
    this.#throwProblems()
  }

  #note(problem: string | undefined): void {
    if (problem !== undefined) this.#problems.push(problem)
  }

  #throwProblems(): void {
    if (this.#problems.length > 0) throw new Error(this.#problems.join('; '))
  }

  /** All faults are over: whoever still waits is served within a bounded time. */
  async #heal(): Promise<void> {
    this.#tell('heal')
    for (const server of this.#servers) {
      server.mode = 'up'
      server.dialMs = 1
    }
    if (this.#isPaused) this.#pauseOrResume()
    if (this.#used.size === 0) this.#addOne()
    for (let round = 0; round < 200 && this.#isBusy; round++) {
      while (this.#holders.length > 0) this.#endLease()
      await this.clock.advance(HEALED_AFTER_MS / 200)
      this.#check()
    }
    if (this.#isBusy) throw new Error(`somebody is never answered: ${this.#explanation}`)
  }

  get #explanation(): string {
    const { summary, endpoints, decisions } = this.#upstream.explain()
    return [
      summary,
      ...endpoints.map((each) => `${each.endpoint}: ${each.summary}`),
      ...decisions.slice(-10).map(({ at, what }) => `${at} ${what}`),
    ].join('\n')
  }

  get #isBusy(): boolean {
    return this.#holders.length > 0 || this.#callers.some(({ isAnswered }) => !isAnswered)
  }

  async #end(): Promise<void> {
    this.#tell('close')
    const report = this.#upstream.close({ graceMs: 100 })
    await this.clock.advance(60_000)
    await report
    await this.clock.settle()
    const left = this.#servers.reduce((sum, { count }) => sum + count, 0)
    if (left > 0) throw new Error(`${left} connections are left`)
    if (this.clock.pendingCount > 0) throw new Error(`${this.clock.pendingCount} timers are left`)
    const { total, dialing, closing, waiting } = this.#upstream.stats()
    if (total + dialing + closing + waiting > 0) throw new Error('the end is not the end')
  }

  #anyServer(): FakeEndpoint {
    const server = this.#servers[this.#random.whole(0, Math.min(this.#servers.length, this.plan.endpointCount + 1) - 1)]
    if (server === undefined) throw new Error('there are servers')
    return server
  }

  #serverOf(text: string): FakeEndpoint {
    const server = this.#servers.find((each) => each.text === text)
    if (server === undefined) throw new Error(`nobody is at ${text}`)
    return server
  }

  #tell(what: string): void {
    this.story.push(`${this.clock.now()}: ${what}`)
  }
}
