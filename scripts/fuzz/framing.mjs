/**
 * What must hold of every scanner: however the input is cut, it finds the same frames and gives up or not in the same way;
 * and the frames are those that a second, plain reading finds, one that has everything before it and remembers nothing.
 */
import assert from 'node:assert/strict'

import { ProtocolError } from '../../packages/server/dist/protocols/protocol.js'
import { chanceOf } from './random.mjs'

/** @import { FrameScanner } from '../../packages/server/dist/protocols/protocol.js' */
/** @import { FuzzTarget } from './targets.mjs' */

/**
 * Reads one frame: answers the index behind the one that begins at `at`, or -1 if none is whole there.
 *
 * @typedef {(text: string, at: number) => number} PlainReading
 */

/** @typedef {{ ends: number[], fate: 'good' | 'open' | 'protocol' | 'too-large' }} Found */

/**
 * @param {object} given
 * @param {string} given.name
 * @param {(limit: { maxBytes: number }) => FrameScanner} given.scanner
 * @param {PlainReading} given.read
 * @param {boolean} [given.isLimited] whether frames are held against the limit
 * @param {(frame: Uint8Array) => unknown} [given.look] what else is done with a whole frame; it must not throw
 * @param {readonly string[]} given.samples with a character for each byte
 * @param {readonly string[]} given.pieces
 * @returns {FuzzTarget}
 */
export function framing({ name, scanner, read, isLimited = true, look = () => {}, samples, pieces }) {
  return {
    name,
    samples: samples.map((text) => Buffer.from(text, 'latin1')),
    pieces: pieces.map((text) => Buffer.from(text, 'latin1')),
    run(input) {
      const random = chanceOf(input)
      const maxBytes = random.below(4) === 0 ? 1 + random.below(80) : Infinity
      const whole = scanAll(scanner({ maxBytes }), [input])
      const cut = scanAll(scanner({ maxBytes }), pieceUp(input, random))
      assert.equal(cut.ends.join(), whole.ends.join(), 'cut, it has other frames')
      assert.equal(isGood(cut), isGood(whole), 'cut, it ends otherwise')
      checkByReading(input.toString('latin1'), whole, read, isLimited ? maxBytes : Infinity)
      for (const [index, end] of whole.ends.entries()) look(input.subarray(whole.ends[index - 1] ?? 0, end))
      return whole.ends.length === 0 ? whole.fate : `frames, ${whole.fate}`
    },
  }
}

/** @param {Found} found */
function isGood({ fate }) {
  return fate === 'good' || fate === 'open' ? fate : 'error'
}

/**
 * @param {string} text
 * @param {Found} found
 * @param {PlainReading} read
 * @param {number} maxBytes
 */
function checkByReading(text, { ends, fate }, read, maxBytes) {
  let at = 0
  for (const end of ends) {
    assert.equal(end, read(text, at), `a frame from ${at} that is none, or not that long`)
    assert.ok(end - at <= maxBytes, `a frame from ${at} that is too long`)
    at = end
  }
  const next = read(text, at)
  if (next === -1) return
  assert.equal(fate, 'too-large', `a frame from ${at} to ${next} is passed over`)
  assert.ok(next - at > maxBytes, `a frame from ${at} to ${next} is called too long`)
}

/**
 * @param {FrameScanner} scanner
 * @param {readonly Uint8Array[]} pieces
 * @returns {Found}
 */
function scanAll(scanner, pieces) {
  /** @type {number[]} */
  const ends = []
  let base = 0
  try {
    for (const piece of pieces) {
      for (let at = 0, end = 0; at < piece.length && end !== -1;) {
        end = scanner.scan(piece, at)
        if (end === -1) break
        assert.ok(end > at && end <= piece.length, `from ${at} it answers ${end}`)
        ends.push(base + end)
        at = end
      }
      base += piece.length
    }
  } catch (error) {
    if (error instanceof ProtocolError) return { ends, fate: error.reason }
    throw error
  }
  assert.equal(scanner.isInFrame, base > (ends.at(-1) ?? 0), 'it does not know whether it is in a frame')
  return { ends, fate: scanner.isInFrame ? 'open' : 'good' }
}

/**
 * Pieces of one byte, of a few, or a few large ones; larger ones where one of each byte would take too long.
 *
 * @param {Buffer} input
 * @param {import('./random.mjs').Random} random
 */
export function pieceUp(input, random) {
  const most = random.oneOf(input.length < 64 ? [1, 3, 16, input.length + 1] : [9, 50, input.length + 1])
  const pieces = []
  for (let at = 0; at < input.length;) {
    const size = 1 + random.below(most)
    pieces.push(input.subarray(at, at + size))
    at += size
  }
  return pieces
}
