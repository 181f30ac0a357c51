import { type FrameLimit, ProtocolError } from './protocol.ts'

/** For frames that may be of any length. */
export const ANY_LENGTH: FrameLimit = { maxBytes: Infinity }

/** The stricter of two limits; either may be left out. */
export function stricterLimit(limit: FrameLimit = ANY_LENGTH, maxBytes: number = Infinity): FrameLimit {
  return maxBytes < limit.maxBytes ? { maxBytes } : limit
}

/** @throws ProtocolError (`too-large`) when a frame that has at least `bytes` is longer than it may be. */
export function checkLength(bytes: number, { maxBytes }: FrameLimit): void {
  if (bytes > maxBytes) throw new ProtocolError(`longer than ${maxBytes} bytes`, 'too-large')
}
