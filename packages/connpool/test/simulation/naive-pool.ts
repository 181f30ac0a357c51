/**
 * The pool everybody writes first: a list, a queue, a counter. It works as long as nothing goes wrong. It is here so that
 * the simulation can be seen to find out; see `canary.test.ts`.
 */
import type { AcquireOptions, CloseReport, PoolExplanation, PoolOptions, PoolStats } from '../../src/index.ts'
import type { SimulatedSocket } from '../../src/testing.ts'
import type { LeaseUnderTest, PoolUnderTest } from './pool-under-test.ts'

type Waiter = (lease: LeaseUnderTest) => void

export class NaivePool implements PoolUnderTest {
  readonly #options: PoolOptions<SimulatedSocket>
  readonly #idle: SimulatedSocket[] = []
  readonly #waiters: Waiter[] = []
  #maxSize: number
  #size = 0
  #dialing = 0
  #leases = 0

  constructor(options: PoolOptions<SimulatedSocket>) {
    this.#options = options
    this.#maxSize = options.maxSize ?? 10
  }

  async acquire(_options?: AcquireOptions): Promise<LeaseUnderTest> {
    const idle = this.#idle.pop()
    if (idle !== undefined) return this.#lend(idle)
    if (this.#size < this.#maxSize) return this.#lend(await this.#dial())
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  tryAcquire(): LeaseUnderTest | undefined {
    const idle = this.#idle.pop()
    return idle && this.#lend(idle)
  }

  async use<R>(work: (socket: SimulatedSocket, lease: LeaseUnderTest) => Promise<R>): Promise<R> {
    const lease = await this.acquire()
    try {
      return await work(lease.connection, lease)
    } finally {
      lease.release()
    }
  }

  pinned<R>(work: () => Promise<R>): Promise<R> {
    return work()
  }

  ready(): Promise<void> {
    return Promise.resolve()
  }

  warm(): Promise<void> {
    return Promise.resolve()
  }

  resize({ maxSize }: { maxSize?: number }): void {
    this.#maxSize = maxSize ?? this.#maxSize
  }

  clear(): void {
    for (const socket of this.#idle.splice(0)) socket.destroy()
  }

  pause(): void {
    // It does not know how.
  }

  resume(): void {
    // It does not know how.
  }

  stats(): PoolStats {
    const idle = this.#idle.length
    const leased = this.#size - this.#dialing - idle
    const counts = { dialing: this.#dialing, idle, leased, total: idle + leased, waiting: this.#waiters.length }
    return { ...NOTHING, ...counts, acquired: this.#leases, misses: this.#leases, maxSize: this.#maxSize }
  }

  explain(): PoolExplanation {
    return { lifecycle: 'running', summary: 'ask somebody else', waiters: [], holders: [], decisions: [] }
  }

  close(): Promise<CloseReport> {
    this.clear()
    return Promise.resolve({ drained: 0, cut: 0, refused: 0, elapsedMs: 0 })
  }

  destroy(): Promise<CloseReport> {
    return this.close()
  }

  async #dial(): Promise<SimulatedSocket> {
    this.#size++
    this.#dialing++
    const { signal } = new AbortController()
    const socket = await this.#options.dial?.({ endpoint: undefined, signal, onAbort: () => undefined })
    this.#dialing--
    if (socket === undefined) throw new Error('it did not say how to dial')
    return socket
  }

  #lend(socket: SimulatedSocket): LeaseUnderTest {
    this.#leases++
    const giveBack = (): void => {
      const waiter = this.#waiters.shift()
      if (waiter === undefined) this.#idle.push(socket)
      else waiter(this.#lend(socket))
    }
    return {
      connection: socket,
      info: { id: 0, endpoint: '', createdAt: 0, uses: 0, acquiredAt: 0 },
      signal: new AbortController().signal,
      release: giveBack,
      discard: giveBack,
      detach: () => socket,
      [Symbol.dispose]: giveBack,
    }
  }
}

const NOTHING: PoolStats = {
  total: 0,
  idle: 0,
  leased: 0,
  probing: 0,
  dialing: 0,
  closing: 0,
  waiting: 0,
  minSize: 0,
  maxSize: 0,
  hits: 0,
  misses: 0,
  timeouts: 0,
  acquired: 0,
  released: 0,
  discarded: 0,
  lateReleases: 0,
  dials: 0,
  dialFailures: 0,
  probes: 0,
  probesPassed: 0,
  probeFailures: 0,
  closed: {
    'idle-timeout': 0,
    lifetime: 0,
    'max-uses': 0,
    'probe-failed': 0,
    'idle-data': 0,
    'peer-closed': 0,
    'socket-error': 0,
    dirty: 0,
    discarded: 0,
    dropped: 0,
    'taken-back': 0,
    'reset-failed': 0,
    cleared: 0,
    shrunk: 0,
    'pool-closed': 0,
  },
}
