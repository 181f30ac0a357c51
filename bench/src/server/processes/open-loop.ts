import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { percentile } from '../../statistics.ts'

/**
 * Requests that become due at a steady rate, whatever becomes of those before them: no answer that is late keeps the next
 * request from being due.
 */
export interface OpenLoop {
  readonly port: number
  /** Connections; each has one request under way at most. */
  readonly clients: number
  /** What a request does that finds no connection free: it waits for one while its time runs, or it is never sent. */
  readonly whenBusy: 'wait' | 'give up'
  readonly ratePerSecond: number
  /** Sent at the same rate before, and for `usefulMs` after, and not counted. */
  readonly warmUpMs: number
  readonly measureMs: number
  /** Both it and each reply are one line. */
  readonly request: string
  /** How a reply begins that is no refusal. */
  readonly accepted: string
  /** An answer is of use for so long. A request that has not even been sent by then is given up. */
  readonly usefulMs: number
  /**
   * `spin`: the processor is kept busy and each request is sent at its instant. `bunches`: all that are due in one millisecond
   * are due at its end, which leaves the processor to others.
   */
  readonly pacing: 'spin' | 'bunches'
}

export interface OpenLoopResult {
  /** All that came due, counted or not. */
  readonly sent: number
  /** Answered in time, and not refused. */
  readonly useful: number
  readonly late: number
  readonly refused: number
  /** Not sent, as all connections were waiting for replies; or lost with their connection. */
  readonly lost: number
  /** From when a request was due until its reply was there, for those that were not refused. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
}

/** Replies are read one after the other. */
const READ_BUFFER = Buffer.alloc(64 * 1024)

/** One run in this process. */
export async function runOpenLoop(load: OpenLoop): Promise<OpenLoopResult> {
  const run = new Run(load)
  await run.connect()
  return await run.measure()
}

class Client {
  readonly socket: Socket
  /** When the request was due that is under way. */
  dueAt: number | undefined
  /** Undefined until the reply has begun. */
  isAccepted: boolean | undefined

  constructor(socket: Socket) {
    this.socket = socket
  }
}

class Run {
  readonly #load: OpenLoop
  readonly #request: Buffer
  readonly #idle: Client[] = []
  readonly #latenciesMs: number[] = []
  /** When those were due that wait for a connection; from `#head` on. */
  #waiting: number[] = []
  #head = 0
  #open = 0
  #countFrom = 0
  #countUntil = Infinity
  #late = 0
  #refused = 0
  #lost = 0
  #isOver = false

  constructor(load: OpenLoop) {
    this.#load = load
    this.#request = Buffer.from(load.request, 'latin1')
  }

  async connect(): Promise<void> {
    for (let made = 0; made < this.#load.clients; made += 100) {
      const missing = Math.min(100, this.#load.clients - made)
      await Promise.all(Array.from({ length: missing }, () => this.#connectOne()))
    }
  }

  async measure(): Promise<OpenLoopResult> {
    const { ratePerSecond, warmUpMs, measureMs, usefulMs } = this.#load
    const startAt = performance.now() + 1
    this.#countFrom = startAt + warmUpMs
    this.#countUntil = this.#countFrom + measureMs
    // What is counted last must not have it easier, because nobody comes after it.
    const sent = Math.round((ratePerSecond * (warmUpMs + measureMs + usefulMs)) / 1e3)
    await this.#sendAll(startAt, sent)
    await this.#settled(performance.now() + Math.max(usefulMs, 100))
    this.#isOver = true
    for (const dueAt of this.#waiting.slice(this.#head)) this.#lose(dueAt)
    const sorted = this.#latenciesMs
    return {
      sent,
      useful: sorted.length - this.#late,
      late: this.#late,
      refused: this.#refused,
      lost: this.#lost,
      p50Ms: percentile(sorted, 50),
      p99Ms: percentile(sorted, 99),
      p999Ms: percentile(sorted, 99.9),
    }
  }

  #sendAll(startAt: number, count: number): Promise<void> {
    const everyMs = 1e3 / this.#load.ratePerSecond
    const isSpinning = this.#load.pacing === 'spin'
    let sent = 0
    return new Promise((resolve) => {
      const sendDue = (): void => {
        const now = performance.now()
        for (; sent < count; sent += 1) {
          const dueAt = startAt + (isSpinning ? sent * everyMs : Math.ceil(sent * everyMs))
          if (dueAt > now) break
          this.#ask(dueAt)
        }
        if (sent === count) resolve()
        else if (isSpinning) setImmediate(sendDue)
        else setTimeout(sendDue, 1)
      }
      sendDue()
    })
  }

  /** Until all have been answered, or it is too late for an answer. */
  #settled(until: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        const isDone = this.#open === 0 && this.#head === this.#waiting.length
        if (isDone || performance.now() > until) resolve()
        else setTimeout(look, 5)
      }
      look()
    })
  }

  #ask(dueAt: number): void {
    const client = this.#idle.pop()
    if (client !== undefined) this.#send(client, dueAt)
    else if (this.#load.whenBusy === 'wait') this.#waiting.push(dueAt)
    else this.#lose(dueAt)
  }

  #send(client: Client, dueAt: number): void {
    client.dueAt = dueAt
    this.#open += 1
    client.socket.write(this.#request)
  }

  #read(client: Client, bytes: Buffer): true {
    if (client.dueAt === undefined) return true // it is turned away at the door; 'close' follows
    const { accepted } = this.#load
    client.isAccepted ??= bytes.toString('latin1', 0, accepted.length) === accepted
    if (bytes.at(-1) !== 0x0a) return true
    const { dueAt, isAccepted } = client
    client.isAccepted = undefined
    client.dueAt = undefined
    this.#open -= 1
    this.#count(dueAt, isAccepted)
    this.#next(client)
    return true
  }

  #next(client: Client): void {
    const givenUpBefore = performance.now() - this.#load.usefulMs
    for (;;) {
      const dueAt = this.#waiting[this.#head]
      if (dueAt === undefined) break
      this.#head += 1
      if (dueAt >= givenUpBefore) return this.#send(client, dueAt)
      this.#lose(dueAt)
    }
    this.#waiting = []
    this.#head = 0
    this.#idle.push(client)
  }

  #count(dueAt: number, isAccepted: boolean): void {
    if (!this.#counts(dueAt)) return
    const latencyMs = performance.now() - dueAt
    if (!isAccepted) this.#refused += 1
    else this.#latenciesMs.push(latencyMs)
    if (isAccepted && latencyMs > this.#load.usefulMs) this.#late += 1
  }

  #lose(dueAt: number): void {
    if (this.#counts(dueAt)) this.#lost += 1
  }

  #counts(dueAt: number): boolean {
    return dueAt >= this.#countFrom && dueAt < this.#countUntil
  }

  async #connectOne(): Promise<void> {
    const client: Client = new Client(
      connect({
        port: this.#load.port,
        host: '127.0.0.1',
        noDelay: true,
        // It shares the processors with what it measures: one buffer and no stream leave more of them to that.
        onread: { buffer: READ_BUFFER, callback: (length) => this.#read(client, READ_BUFFER.subarray(0, length)) },
      }),
    )
    const { socket } = client
    await once(socket, 'connect')
    socket.on('error', () => {}) // 'close' follows
    socket.on('close', () => this.#closed(client))
    this.#idle.push(client)
  }

  /** A client whose connection is cut comes back with another one. */
  #closed(client: Client): void {
    if (this.#isOver) return
    if (client.dueAt !== undefined) {
      this.#open -= 1
      this.#lose(client.dueAt)
    }
    const place = this.#idle.indexOf(client)
    if (place !== -1) this.#idle.splice(place, 1)
    void this.#connectOne()
  }
}
