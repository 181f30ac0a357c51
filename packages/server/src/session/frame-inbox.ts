import type { FramedProtocol, FrameScanner } from '../protocols/protocol.ts'
import { ProtocolError } from '../protocols/protocol.ts'

/**
 * The requests of one client as they come in: whole frames, in order, and what is there of the next one. Bytes that come
 * while earlier requests are being answered are kept unlooked at.
 */
export class FrameInbox {
  readonly #scanner: FrameScanner
  /** Of the frame that has begun; the scanner has seen them. */
  #begun: Buffer[] = []
  /** Not looked at yet. */
  #backlog: Buffer[] = []
  #backlogBytes = 0
  /** Nothing can be understood any more. */
  broken: ProtocolError | undefined

  constructor(protocol: FramedProtocol, maxBytes: number) {
    this.#scanner = protocol.requests({ maxBytes })
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

  /** The whole frames in what was kept. */
  readBacklog(): Buffer[] {
    const backlog = this.#backlog
    this.#backlog = []
    this.#backlogBytes = 0
    return backlog.flatMap((bytes) => this.read(bytes))
  }

  /** The whole frames that end in `bytes`, as copies. After `broken` there are no more. */
  read(bytes: Buffer): Buffer[] {
    if (this.broken !== undefined) return []
    const ends = this.#endsIn(bytes)
    const end = ends.at(-1) ?? 0
    const frames = ends.length === 0 ? [] : this.#cut(bytes, ends)
    if (end < bytes.length) this.#begun.push(Buffer.from(bytes.subarray(end)))
    return frames
  }

  /** All that has come and belongs to no whole frame. It is empty after this. */
  takeRest(): Buffer[] {
    const rest = [...this.#begun, ...this.#backlog]
    this.#begun = []
    this.#backlog = []
    this.#backlogBytes = 0
    return rest
  }

  #endsIn(bytes: Buffer): number[] {
    const ends: number[] = []
    try {
      for (let end = 0; end < bytes.length; ends.push(end)) {
        end = this.#scanner.scan(bytes, end)
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
