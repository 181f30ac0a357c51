import fc from 'fast-check'

import { type FrameScanner, ProtocolError } from '../src/protocols/protocol.ts'

export interface Scanned {
  /** Where the frames end, from the start of the stream. */
  readonly ends: readonly number[]
  /** Why the scanner gave up. */
  readonly error: ProtocolError['reason'] | undefined
  readonly isInFrame: boolean
}

/** What a scanner finds in a stream that comes in these pieces. */
export function scanAll(scanner: FrameScanner, pieces: readonly Uint8Array[]): Scanned {
  const ends: number[] = []
  let base = 0
  try {
    for (const piece of pieces) {
      for (let at = 0; at < piece.length;) {
        const end = scanner.scan(piece, at)
        if (end === -1) break
        ends.push(base + end)
        at = end
      }
      base += piece.length
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return { ends, error: error.reason, isInFrame: true }
  }
  return { ends, error: undefined, isInFrame: scanner.isInFrame }
}

/** Where frames of these lengths end. */
export function endsOf(frames: readonly Uint8Array[]): number[] {
  let end = 0
  return frames.map((frame) => (end += frame.length))
}

/** A stream cut after each of these many bytes, again and again. Each piece lies somewhere in a larger buffer. */
export function cut(stream: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const size = sizes[turn % sizes.length] ?? stream.length
    pieces.push(embedded(stream.subarray(at, at + size)))
    at += size
  }
  return pieces
}

/** Sizes of pieces, for {@link cut}. */
export const sizes = (): fc.Arbitrary<number[]> =>
  fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 400 })), {
    minLength: 1,
    maxLength: 12,
  })

/** The same bytes with others around them, which nobody must see. */
function embedded(bytes: Uint8Array): Uint8Array {
  const around = new Uint8Array(bytes.length + 7).fill(0x0a)
  around.set(bytes, 3)
  return around.subarray(3, 3 + bytes.length)
}
