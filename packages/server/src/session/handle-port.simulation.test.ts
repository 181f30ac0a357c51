/** Lives of ports by chance: whatever happens in whatever order, no byte is lost, doubled or misplaced, nor is a call. */
import { constants } from 'node:os'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { turns } from '../../../connpool/test/fixtures/until.ts'
import { howMany } from '../../../connpool/test/how-many.ts'
import { FakeHandle } from '../../test/fixtures/fake-handle.ts'
import type { PortUser } from './byte-port.ts'
import { HandlePort } from './handle-port.ts'
import { nodeHandles } from './node-handles.ts'
import type { PortWatcher } from './port-keeper.ts'
import { READ_BUFFER } from './read-buffer.ts'

const RESET = -constants.errno.ECONNRESET
const BROKEN = -constants.errno.EPIPE

const WHAT = [
  ...['write', 'write', 'write', 'write and be told', 'write what is lent', 'write in take', 'write when writable'],
  ...['end when writable', 'withdraw', 'pause', 'resume', 'stop in take', 'detach', 'attach', 'turn', 'turn', 'turn'],
  ...['end', 'destroy', 'reset', 'room', 'room', 'room', 'room', 'peer writes', 'peer writes'],
  ...['peer ends', 'peer resets', 'peer takes no more'],
] as const

/** Which port it happens to, what, and how much of it. */
interface Happening {
  readonly port: number
  readonly what: (typeof WHAT)[number]
  readonly size: number
}

const PORTS = 3

const stories = fc.array(
  fc.record({
    port: fc.nat({ max: PORTS - 1 }),
    what: fc.constantFrom(...WHAT),
    size: fc.oneof(
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(16_383, 16_384, 65_535, 65_536),
      fc.integer({ min: 1, max: 150_000 }),
    ),
  }),
  { minLength: 1, maxLength: 60, size: 'max' },
)

const CYCLE = Buffer.from(Array.from({ length: 251 }, (_, index) => index))

/** What goes over a connection in one direction: bytes that say where they belong. */
class Numbered {
  length = 0

  next(size: number): Buffer {
    this.length += size
    return this.between(this.length - size, this.length)
  }

  between(start: number, end: number): Buffer {
    const skipped = start % CYCLE.length
    return Buffer.from(Buffer.alloc(end - start + CYCLE.length, CYCLE).subarray(skipped, skipped + end - start))
  }

  /** Asks: are these the first of them? */
  isBegunBy(bytes: Buffer): boolean {
    return bytes.length <= this.length && bytes.equals(this.between(0, bytes.length))
  }
}

/** A port, its user, and what an observer from outside makes of it. */
class Life implements PortUser, PortWatcher {
  readonly #handle = new FakeHandle()
  readonly #port: HandlePort
  readonly #wrong: string[] = this.#handle.wrong
  readonly #written = new Numbered()
  readonly #peerWritten = new Numbered()
  #peerSent = 0
  #hasPeerEnded = false
  readonly #taken: Buffer[] = []
  #writes = 0
  /** Where their bytes end. */
  readonly #untold = new Map<number, number>()
  readonly #takenBack = new Set<number>()
  #toldOf = 0
  readonly #gone: number[] = []
  #isOwedWritable = false
  #isAttached = true
  #mayTake = false
  #stopsInTake = false
  #writesInTake = 0
  #writesWhenWritable = 0
  #endsWhenWritable = false
  /** Somebody has closed it, or an error: what is under way may be lost. */
  #isTorn = false
  #ends = 0
  /** It came while nobody was there, and the port may close before somebody is. */
  #mayMissEnd = false
  #closes = 0
  #isClosed = false

  constructor() {
    const port = HandlePort.over(this.#handle)
    if (port === undefined) throw new Error('this Node keeps its handles to itself')
    this.#port = port
    port.watcher = this
    port.attach(this)
  }

  meet({ what, size }: Happening): void {
    switch (what) {
      case 'write':
        return this.#write(size)
      case 'write and be told':
        return this.#writeAndBeTold(size)
      case 'write what is lent':
        return this.#writeLent(size)
      case 'write in take':
        this.#writesInTake++
        return
      case 'write when writable':
        this.#writesWhenWritable = size
        return
      case 'end when writable':
        this.#endsWhenWritable = true
        return
      case 'withdraw':
        return this.#withdraw()
      case 'pause':
        this.#mayTake = false
        return this.#port.pause()
      case 'resume':
        return this.#resume()
      case 'stop in take':
        this.#stopsInTake = true
        return
      case 'detach':
        this.#isAttached = false
        this.#isOwedWritable = false
        return this.#port.detach()
      case 'attach':
        return this.#attach()
      case 'end':
        return this.#port.end()
      case 'destroy':
      case 'reset':
        this.#isTorn = true
        return this.#port[what]()
      case 'room':
        return this.#handle.makeRoom(size)
      case 'peer writes':
        if (!this.#hasPeerEnded) this.#peerWritten.next(size)
        return
      case 'peer ends':
        this.#hasPeerEnded = true
        return
      case 'peer resets':
        if (this.#handle.isReading) this.#isTorn = true
        return this.#handle.receiveError(RESET)
      case 'peer takes no more':
        this.#isTorn = true
        return this.#handle.fail(BROKEN)
      case 'turn':
    }
  }

  /** What was written has been tried, and what has come to the handle is read. */
  turnsOver(): void {
    this.#checkSent()
    this.#deliver()
  }

  #checkSent(): void {
    if (this.#handle.isWriting || this.#isTorn) return
    if (this.#sent.length !== this.#written.length) this.#wrong.push('a turn is over, and bytes were not sent')
    if (this.#isOwedWritable && this.#isAttached) this.#wrong.push('all is sent, and nobody was told')
  }

  /** Everything is taken, and both end. */
  async comesToRest(): Promise<readonly string[]> {
    this.#endsWhenWritable = false
    this.#attach()
    this.#resume()
    this.#handle.makeRoom(100_000_000)
    this.#deliver()
    await turns(2)
    this.#checkSent()
    this.#port.end()
    this.#hasPeerEnded = true
    for (let turn = 0; turn < 100 && !this.#isClosed; turn++) {
      this.#resume()
      this.#deliver()
      await turns(1)
    }
    await turns(3)
    this.#judge()
    return this.#wrong
  }

  take(bytes: Buffer): boolean {
    this.#taken.push(Buffer.from(bytes))
    if (!this.#mayTake) this.#wrong.push('bytes came while it was paused')
    if (this.#writesInTake > 0) {
      this.#writesInTake--
      this.#writeLent(bytes.length)
    }
    if (!this.#stopsInTake) return true
    this.#stopsInTake = false
    this.#mayTake = false
    return false
  }

  ended(): void {
    if (++this.#ends > 1) this.#wrong.push('ended twice')
    if (this.#closes > 0) this.#wrong.push('ended after it was closed')
  }

  writable(): void {
    if (!this.#isOwedWritable) this.#wrong.push('writable, but it was not full')
    this.#isOwedWritable = false
    if (this.#writesWhenWritable > 0) {
      const size = this.#writesWhenWritable
      this.#writesWhenWritable = 0
      this.#write(size)
    }
    if (this.#endsWhenWritable) this.#port.end()
  }

  closed(): void {
    this.#closes++
  }

  /** Who has left is not told. */
  portClosed(): void {
    if (this.#isClosed) this.#wrong.push('closed twice')
    this.#isClosed = true
    if (this.#closes !== (this.#isAttached ? 1 : 0)) this.#wrong.push(`its user was told ${this.#closes} times`)
  }

  get #sent(): Buffer {
    return Buffer.concat(this.#handle.sent)
  }

  #write(size: number): void {
    if (!this.#port.isWritable) this.#port.write(Buffer.from('in vain'))
    else this.#note(this.#port.write(this.#written.next(size)))
  }

  #writeAndBeTold(size: number): void {
    const number = this.#writes++
    const { isWritable } = this.#port
    const bytes = isWritable ? this.#written.next(size) : Buffer.from('in vain')
    const end = this.#written.length
    this.#untold.set(number, end)
    const answer = this.#port.write(bytes, (error) => {
      this.#toldOf++
      this.#untold.delete(number)
      if (!error && this.#takenBack.has(number)) this.#wrong.push(`write ${number} was taken back, and has gone out`)
      if (!error) this.#hasGone(number, end)
      else if (isWritable && !this.#mayFail(number)) this.#wrong.push(`write ${number} has failed: ${error.message}`)
    })
    if (isWritable) this.#note(answer)
    else if (!answer) this.#wrong.push('what is written in vain fills it')
  }

  #mayFail(number: number): boolean {
    return this.#isTorn || this.#takenBack.has(number)
  }

  /** What had not gone out was never written. */
  #withdraw(): void {
    const isWaiting = this.#written.length > this.#sent.length && !this.#handle.isWriting
    const isTakenBack = this.#port.withdraw()
    const mayBe = this.#isTorn || isTakenBack === isWaiting
    if (!mayBe) this.#wrong.push(`it was ${isTakenBack ? '' : 'not '}taken back`)
    if (!isTakenBack) return
    this.#written.length = this.#sent.length
    for (const [number, end] of this.#untold) if (end > this.#written.length) this.#takenBack.add(number)
  }

  #hasGone(number: number, end: number): void {
    if (this.#sent.length < end) this.#wrong.push(`write ${number} has not gone out as was told`)
    if (number < (this.#gone.at(-1) ?? 0)) this.#wrong.push(`write ${number} was told of too late`)
    this.#gone.push(number)
  }

  /** Read over as soon as the port has it. */
  #writeLent(size: number): void {
    if (!this.#port.isWritable) return
    const lent = READ_BUFFER.subarray(0, Math.min(size, READ_BUFFER.length))
    lent.set(this.#written.next(lent.length))
    this.#note(this.#port.write(lent))
    lent.fill(254)
  }

  #note(isRoom: boolean): void {
    if (isRoom === this.#port.isFull) this.#wrong.push('it is as full as it did not say')
    if (this.#isOwedWritable && isRoom) this.#wrong.push('it takes more before it was writable again')
    if (!isRoom) this.#isOwedWritable = this.#isAttached
  }

  #attach(): void {
    if (this.#isAttached) return
    this.#isAttached = true
    this.#isOwedWritable = this.#port.isFull
    // What has come meanwhile comes at once, to whoever is there.
    const might = this.#mayTake
    this.#mayTake = true
    this.#port.attach(this)
    this.#mayTake &&= might
  }

  #resume(): void {
    this.#mayTake = true
    this.#port.resume()
  }

  #deliver(): void {
    while (this.#peerSent < this.#peerWritten.length) {
      const bytes = this.#peerWritten.between(this.#peerSent, this.#peerWritten.length)
      const read = this.#handle.receive(bytes)
      if (read === 0) return
      this.#peerSent += read
    }
    if (this.#hasPeerEnded && this.#handle.receiveEnd() && !this.#isAttached) this.#mayMissEnd = true
  }

  #judge(): void {
    const wrong = this.#wrong
    const taken = Buffer.concat(this.#taken)
    if (!this.#written.isBegunBy(this.#sent)) wrong.push('its peer has what was not written')
    if (!this.#peerWritten.isBegunBy(taken)) wrong.push('its user has what its peer has not written')
    if (this.#toldOf !== this.#writes) wrong.push(`told of ${this.#toldOf} writes of ${this.#writes}`)
    if (!this.#isClosed) wrong.push('it did not close')
    if (this.#isTorn) return
    if (this.#ends !== 1 && !this.#mayMissEnd) wrong.push(`ended ${this.#ends} times`)
    if (this.#sent.length !== this.#written.length) wrong.push(`${this.#sent.length} of ${this.#written.length} sent`)
    if (taken.length !== this.#peerWritten.length) wrong.push(`${taken.length} of ${this.#peerWritten.length} taken`)
  }
}

test.skipIf(nodeHandles() === undefined)(
  'whatever happens in whatever order, nothing is lost, doubled or misplaced',
  async () => {
    await fc.assert(
      fc.asyncProperty(stories, async (story) => {
        const lives = Array.from({ length: PORTS }, () => new Life())
        for (const happening of story) {
          lives[happening.port]?.meet(happening)
          if (happening.what !== 'turn') continue
          await turns(1)
          for (const life of lives) life.turnsOver()
        }
        const wrong = await Promise.all(lives.map((life) => life.comesToRest()))

        expect(wrong.flat()).toEqual([])
      }),
      { numRuns: howMany({ quick: 500, full: 5_000 }) },
    )
  },
)
