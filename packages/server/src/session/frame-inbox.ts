import type { FramedProtocol, FrameScanner } from '../protocols/protocol.ts'
import { ProtocolError } from '../protocols/protocol.ts'

/** So many are cut out at a time: a frame of one byte takes a hundred, so a packet full of them stays a packet. */
const MOST_FRAMES = 128

const NOTHING = Buffer.alloc(0)

/** So many places of pieces that were looked at are empty before the rest moves up. */
const MOST_SHIFTED = 1024

/**
 * The requests of one client as they come in: whole frames, in order, and what is there of the next one. Bytes that come
 * while earlier requests are being answered are kept unlooked at.
 */
export class FrameInbox {
  readonly #protocol: FramedProtocol
  readonly #maxBytes: number
  /** Made when the first byte comes: most clients are silent most of the time, and many for all of it. */
  #scanner: FrameScanner | undefined
  /** Of the frame that has begun; the scanner has seen them. */
  #begun: Buffer[] = []
  /** Not looked at yet, from `#first` on: there may be as many pieces as bytes, and taking them off one by one moves the rest. */
  #backlog: Buffer[] = []
  #first = 0
  #backlogBytes = 0
  /** Nothing can be understood any more. */
  broken: ProtocolError | undefined

  constructor(protocol: FramedProtocol, maxBytes: number) {
    this.#protocol = protocol
    this.#maxBytes = maxBytes
  }

  /** Asks: has a request begun that is not whole yet? */
  get isInFrame(): boolean {
    return this.#begun.length > 0
  }

  get backlogBytes(): number {
    return this.#backlogBytes
  }

  /** Takes a copy, for later. */
  keep(bytes: Buffer): void {
    this.#backlog.push(Buffer.from(bytes))
    this.#backlogBytes += bytes.length
  }

  /** The next whole frames in what was kept; none means that all of it has been looked at. */
  readBacklog(): Buffer[] {
    for (let kept = this.#shift(); kept !== undefined; kept = this.#shift()) {
      this.#backlogBytes -= kept.length
      const frames = this.#readFrom(kept, (rest) => rest)
      if (frames.length > 0) return frames
    }
    return []
  }

  /** The first whole frames that end in `bytes`, as copies; what may hold more is kept. After `broken` there are no more. */
  read(bytes: Buffer): Buffer[] {
    return this.#readFrom(bytes, (rest) => Buffer.from(rest))
  }

  /** All that has come and belongs to no whole frame. It is empty after this. */
  takeRest(): Buffer[] {
    const rest = [...this.#begun, ...this.#backlog.slice(this.#first)]
    this.#begun = []
    this.#backlog = []
    this.#first = 0
    this.#backlogBytes = 0
    return rest
  }

  #shift(): Buffer | undefined {
    const kept = this.#backlog[this.#first]
    if (kept === undefined) return undefined
    this.#backlog[this.#first] = NOTHING
    if (++this.#first < MOST_SHIFTED) return kept
    this.#backlog.splice(0, this.#first)
    this.#first = 0
    return kept
  }

  #readFrom(bytes: Buffer, own: (rest: Buffer) => Buffer): Buffer[] {
    if (this.broken !== undefined) return []
    const ends = this.#endsIn(bytes)
    const end = ends.at(-1) ?? 0
    const frames = ends.length === 0 ? [] : this.#cut(bytes, ends)
    if (end < bytes.length) this.#keepRest(own(bytes.subarray(end)), ends.length === MOST_FRAMES)
    return frames
  }

  #keepRest(rest: Buffer, isUnseen: boolean): void {
    if (!isUnseen) return void this.#begun.push(rest)
    if (this.#first === 0) this.#backlog.unshift(rest)
    else this.#backlog[--this.#first] = rest
    this.#backlogBytes += rest.length
  }

  #endsIn(bytes: Buffer): number[] {
    const ends: number[] = []
    const scanner = (this.#scanner ??= this.#protocol.requests({ maxBytes: this.#maxBytes }))
    try {
      for (let end = 0; end < bytes.length && ends.length < MOST_FRAMES; ends.push(end)) {
        end = scanner.scan(bytes, end)
        if (end === -1) break
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.broken = error
    }
    return ends
  }

  #cut(bytes: Buffer, ends: readonly number[]): Buffer[] {
    const begunBytes = this.#begun.reduce((sum, { length }) => sum + length, 0)
    const whole = Buffer.concat([...this.#begun, bytes.subarray(0, ends.at(-1))])
    this.#begun = []
    return ends.map((end, index) =>
      whole.subarray(index === 0 ? 0 : begunBytes + (ends[index - 1] ?? 0), begunBytes + end),
    )
  }
}
