import { type FrameScanner, ProtocolError } from '../protocol.ts'
import { Blob } from '../blob.ts'
import { CountLine, NOTHING, STREAMED } from './count-line.ts'
import { Nesting } from './nesting.ts'
import { formOf, type ReplyForm } from './reply-types.ts'
import { TextLine } from './text-line.ts'

/**
 * Replies in RESP2 and RESP3. Attributes, and pushes that come in between, are part of the reply they come before. What is
 * in a line or a string is not looked at.
 */
export class RedisReplyScanner implements FrameScanner {
  readonly #line: TextLine = new TextLine()
  readonly #count: CountLine = new CountLine()
  readonly #blob: Blob = new Blob()
  readonly #nesting: Nesting = new Nesting()
  /** Of the value it is in. */
  #form: ReplyForm = 'line'
  #next: 'type' | 'line' | 'count' | 'blob' = 'type'
  #hasBegun = false

  get isInFrame(): boolean {
    return this.#hasBegun
  }

  scan(bytes: Uint8Array, start: number): number {
    let at = start
    while (at < bytes.length) {
      at = this.#step(bytes, at)
      if (at === -1) return -1
      if (!this.#hasBegun) return at
    }
    return -1
  }

  #step(bytes: Uint8Array, at: number): number {
    switch (this.#next) {
      case 'type':
        this.#begin(bytes[at] ?? 0)
        return at + 1
      case 'line':
        return this.#valueScanned(this.#line.scan(bytes, at))
      case 'count':
        return this.#counted(this.#count.scan(bytes, at))
      case 'blob':
        return this.#valueScanned(this.#blob.scan(bytes, at))
    }
  }

  #begin(byte: number): void {
    const form = formOf(byte)
    if (form === undefined) throw new ProtocolError(`a reply with a value of type 0x${byte.toString(16)}`)
    if (this.#nesting.isInParts !== (form === 'part')) throw new ProtocolError('a part where none may be')
    if (form === 'push' && !this.#nesting.isEmpty) throw new ProtocolError('a push within a reply')
    this.#hasBegun = true
    this.#form = form
    if (form === 'line') this.#next = 'line'
    else if (form === 'end') this.#beginBytes(0)
    else this.#next = 'count'
  }

  #valueScanned(at: number): number {
    if (at !== -1) this.#goOn(this.#isReplyWhole())
    return at
  }

  /** After the bytes of a value, a part or an end. */
  #isReplyWhole(): boolean {
    if (this.#form === 'part') return false
    return this.#form === 'end' ? this.#nesting.endSaid('value') : this.#nesting.valueEnded()
  }

  #goOn(isWhole: boolean): void {
    this.#next = 'type'
    this.#hasBegun = !isWhole
  }

  #counted(at: number): number {
    if (at !== -1) this.#beginCounted(this.#count.value)
    return at
  }

  #beginCounted(count: number): void {
    switch (this.#form) {
      case 'blob':
        return this.#beginBlob(count)
      case 'part':
        return this.#beginPart(count)
      case 'values':
        return this.#beginValues(count, 1)
      case 'pairs':
        return this.#beginValues(count, 2)
      case 'attributes':
        return this.#beginAside(2 * count)
      case 'push':
        return this.#beginAside(count)
      case 'line':
      case 'end':
        throw new Error(`bug: a count in ${this.#form}`)
    }
  }

  #beginBlob(bytes: number): void {
    if (bytes === NOTHING) return this.#goOn(this.#nesting.valueEnded())
    if (bytes === STREAMED) return this.#open('parts', Infinity)
    return this.#beginBytes(bytes)
  }

  #beginPart(bytes: number): void {
    if (bytes < 0) throw new ProtocolError('a part without a length')
    if (bytes === 0) return this.#goOn(this.#nesting.endSaid('parts'))
    return this.#beginBytes(bytes)
  }

  #beginBytes(bytes: number): void {
    this.#blob.begin(bytes)
    this.#next = 'blob'
  }

  #beginValues(count: number, each: 1 | 2): void {
    if (count === STREAMED) this.#open('value', Infinity)
    else if (count > 0) this.#open('value', each * count)
    else this.#goOn(this.#nesting.valueEnded())
  }

  #beginAside(values: number): void {
    if (values < 0) throw new ProtocolError('attributes or a push without a count')
    if (values === 0) this.#goOn(false)
    else this.#open('aside', values)
  }

  #open(holding: 'value' | 'aside' | 'parts', values: number): void {
    this.#nesting.open(holding, values)
    this.#goOn(false)
  }
}
