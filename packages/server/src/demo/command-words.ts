import { latin1 } from '../protocols/latin1.ts'

const ASTERISK = 0x2a
const CR = 0x0d

/** The words of one whole command, as views into it; none for an empty line. Words of a typed line are not quoted. */
export function commandWords(frame: Buffer): Buffer[] {
  return frame[0] === ASTERISK ? wordsOfArray(frame) : wordsOfLine(frame)
}

function wordsOfArray(frame: Buffer): Buffer[] {
  const words: Buffer[] = []
  for (let at = afterLine(frame, 0); at < frame.length;) {
    const start = afterLine(frame, at)
    const length = Number(latin1(frame, at + 1, start - 2))
    words.push(frame.subarray(start, start + length))
    at = start + length + 2
  }
  return words
}

function wordsOfLine(frame: Buffer): Buffer[] {
  const words = latin1(frame, 0, frame.length)
    .trim()
    .split(/[ \t]+/)
  return words.filter((word) => word !== '').map((word) => Buffer.from(word, 'latin1'))
}

function afterLine(frame: Buffer, start: number): number {
  return frame.indexOf(CR, start) + 2
}
