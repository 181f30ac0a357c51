import { isArrayForm } from './words.ts'

const ZERO = 0x30
const MINUS = 0x2d
const SPACE = 0x20

/** Asks: is this a command without a word, which Redis passes over without an answer? */
export function isEmptyCommand(frame: Uint8Array): boolean {
  if (isArrayForm(frame)) return frame[1] === ZERO || frame[1] === MINUS
  return frame.every((byte) => byte <= SPACE)
}
