import type { FramedProtocol } from '../protocols/protocol.ts'
import type { RefusalReason } from '../refusal.ts'
import type { Call, Caller } from './call.ts'
import type { Conversation } from './conversation.ts'
import { FrameInbox } from './frame-inbox.ts'
import type { Outcome } from './listener-counters.ts'
import { messageOf } from './refusal-messages.ts'
import type { Session } from './session.ts'
import type { SessionEnd, SessionPhase } from './session-end.ts'
import { letterOf } from './turn.ts'

/** So much of a client's later requests is kept while earlier ones are answered; then it is not read any more. */
const MOST_BACKLOG_BYTES = 64 * 1024

export interface FramedOptions {
  readonly protocol: FramedProtocol
  readonly maxRequestBytes: number
  /** Makes what answers the first of `frames`, and says how many it takes along. */
  call(
    frames: readonly Buffer[],
    caller: Caller,
  ): { readonly call: Call; readonly taken: number; readonly replies: number }
  /**
   * From this request on the client needs a connection of its own: what has come goes there first. Left out, every request
   * is answered by a call, whatever the protocol says of it.
   */
  readonly own?: (session: Session, early: readonly Buffer[]) => Conversation
}

/**
 * Requests and replies with one client: whole requests are taken in, answered in order, each within its deadline, and always
 * answered: by the backend, or in the protocol's words.
 */
export class FramedConversation implements Conversation, Caller {
  readonly #session: Session
  readonly #options: FramedOptions
  readonly #inbox: FrameInbox
  /** Whole requests that are not being answered yet. */
  #frames: Buffer[] = []
  #call: Call | undefined
  /** How many replies the call is to bring. */
  #replies = 0
  #startedAt = 0
  #isWorking = false
  #hasClientEnded = false
  #isClientFull = false

  constructor(session: Session, options: FramedOptions) {
    this.#session = session
    this.#options = options
    this.#inbox = new FrameInbox(options.protocol, options.maxRequestBytes)
  }

  get phase(): SessionPhase {
    if (this.#call !== undefined) return letterOf(this.#call.phase)
    if (this.#isClientFull) return 'D'
    return this.#isBusy || this.#inbox.isInFrame ? 'R' : '-'
  }

  begin(): void {
    this.#session.host.deadlines.idle.enter(this.#session)
  }

  take(bytes: Buffer): boolean {
    if (this.#isBusy) {
      this.#inbox.keep(bytes)
      return this.#hasRoom
    }
    if (!this.#inbox.isInFrame) this.#start()
    this.#frames = this.#inbox.read(bytes)
    this.#work()
    return this.#hasRoom
  }

  clientEnded(): void {
    this.#hasClientEnded = true
    const phase = this.#call?.phase
    if (phase === 'queued') this.#leaveQueue()
    else if (phase === undefined) this.#work()
  }

  clientWritable(): void {
    this.#isClientFull = false
    if (this.#call === undefined) this.#work()
    else this.#call.clientWritable()
  }

  clientClosed(): void {
    this.#session.end ??= this.phase === '-' ? this.#endAtRest() : `C${this.phase}`
    this.#abandon()
    for (; this.#replies > 0; this.#replies--) this.#count('cut')
  }

  timeUp(): void {
    const call = this.#call
    if (call !== undefined) return call.timeUp()
    if (this.#isClientFull) return this.#session.cut('cD')
    if (!this.#inbox.isInFrame) return this.#session.finish('c-')
    this.#count('timeout')
    this.#refuse('timeout')
    this.#session.finish('cR')
  }

  drain(): void {
    if (this.phase === '-') this.#session.finish('K-')
  }

  /** Asks: must what comes in wait? */
  get #isBusy(): boolean {
    return this.#call !== undefined || this.#isWorking || this.#isClientFull || this.#frames.length > 0
  }

  /** Asks: may the client be read? */
  get #hasRoom(): boolean {
    return this.#inbox.backlogBytes < MOST_BACKLOG_BYTES
  }

  reply(bytes: Uint8Array): boolean {
    this.#isClientFull = !this.#session.write(bytes)
    return !this.#isClientFull
  }

  answered(): void {
    for (; this.#replies > 0; this.#replies--) this.#count('ok')
    this.#callOver()
    this.#work()
  }

  failed(reason: RefusalReason, { left, isTorn }: { readonly left: number; readonly isTorn: boolean }): void {
    for (; this.#replies > left; this.#replies--) this.#count('ok')
    const isClientSlow = reason === 'timeout' && this.#isClientFull
    this.#callOver()
    if (isTorn) return this.#tear(reason, left)
    for (; this.#replies > 0; this.#replies--) {
      this.#count(reason)
      this.#refuse(reason)
    }
    if (isClientSlow) this.#session.cut('cD')
    else this.#work()
  }

  /** The next request's time begins: it has waited for this one. */
  #callOver(): void {
    this.#call = undefined
    this.#startNext()
  }

  #startNext(): void {
    if (this.#frames.length > 0 || this.#inbox.isInFrame) this.#start()
  }

  /** The only place that goes on to the next request. Calls that are answered at once come back here before it returns. */
  #work(): void {
    if (this.#isWorking) return
    this.#isWorking = true
    while (this.#session.conversation === this && this.#call === undefined && !this.#isClientFull && this.#hasNext()) {
      this.#answerNext()
    }
    this.#isWorking = false
    if (this.#session.conversation === this && this.#call === undefined && !this.#isClientFull) this.#rest()
  }

  #hasNext(): boolean {
    if (this.#frames.length === 0 && this.#inbox.backlogBytes > 0) {
      this.#start()
      this.#frames = this.#inbox.readBacklog()
      if (this.#hasRoom) this.#session.port.resume()
    }
    return this.#frames.length > 0
  }

  #answerNext(): void {
    const [frame] = this.#frames
    if (frame === undefined) return
    const { protocol, own } = this.#options
    const answer = own === undefined ? undefined : protocol.answer?.(frame)
    if (answer !== undefined) this.#answerHere(answer)
    else if (own !== undefined && protocol.claim?.(frame) === 'own') this.#becomeOwn(own)
    else this.#ask()
  }

  #answerHere(answer: Uint8Array): void {
    this.#frames.shift()
    this.#session.requests++
    this.reply(answer)
    this.#count('ok')
    this.#startNext()
  }

  #becomeOwn(own: NonNullable<FramedOptions['own']>): void {
    const early = [...this.#frames, ...this.#inbox.takeRest()]
    this.#frames = []
    const conversation = own(this.#session, early)
    this.#session.conversation = conversation
    conversation.begin()
    if (this.#hasClientEnded) conversation.clientEnded()
  }

  #ask(): void {
    const { call, taken, replies } = this.#options.call(this.#frames, this)
    this.#frames.splice(0, taken)
    this.#session.requests += taken
    this.#replies = replies
    this.#call = call
    call.begin()
  }

  /** Nothing is under way. */
  #rest(): void {
    const { broken } = this.#inbox
    if (broken !== undefined) return this.#breakOff(broken.reason)
    if (this.#hasClientEnded) return this.#session.finish(this.#endAtRest())
    if (this.#inbox.isInFrame) return
    if (this.#session.host.isDraining) return this.#session.finish('K-')
    this.#session.host.deadlines.idle.enter(this.#session)
  }

  #start(): void {
    this.#startedAt = this.#session.host.clock.now()
    this.#session.host.deadlines.request.enter(this.#session)
  }

  #breakOff(reason: RefusalReason): void {
    this.#count(reason)
    this.#refuse(reason)
    this.#session.finish('PR')
  }

  /** The client has ended and waits in the queue: it has gone, or half of it has; an answer does for both. */
  #leaveQueue(): void {
    this.#abandon()
    for (; this.#replies > 0; this.#replies--) {
      this.#count('cut')
      this.#refuse('queue-shed')
    }
    this.#session.finish('CQ')
  }

  #tear(reason: RefusalReason, left: number): void {
    for (; this.#replies > 0; this.#replies--) this.#count(this.#replies === left ? 'cut' : reason)
    this.#session.cut(this.#isClientFull ? 'cD' : reason === 'timeout' ? 'sD' : 'SD')
  }

  #abandon(): void {
    const call = this.#call
    this.#call = undefined
    call?.abandon(this.#session.host.deadlines.request)
  }

  #endAtRest(): SessionEnd {
    if (this.#inbox.isInFrame) return 'CR'
    return this.#session.port.error ? 'C-' : '--'
  }

  #count(outcome: Outcome): void {
    const { counters, clock } = this.#session.host
    counters.requestEnded(outcome, clock.now() - this.#startedAt)
  }

  #refuse(reason: RefusalReason): void {
    this.reply(this.#options.protocol.refusal({ reason, message: messageOf(reason) }))
  }
}
