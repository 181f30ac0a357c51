/** Inputs from valid ones: bits turned, pieces cut out, put in, doubled, exchanged. And now and then, nothing but noise. */

/** @import { Random } from './random.mjs' */
/** @import { FuzzTarget } from './targets.mjs' */

const MOST_CHANGES = 4
const MOST_NOISE_BYTES = 64
const MOST_BYTES = 8192
/** Where formats have their borders. */
const BYTES = [0, 1, 9, 10, 13, 32, 45, 48, 57, 127, 128, 254, 255]

/**
 * @param {FuzzTarget} target
 * @param {Random} random
 * @returns {Buffer}
 */
export function makeInput({ samples, pieces }, random) {
  if (random.below(20) === 0) return noise(random)
  let input = Buffer.concat(Array.from({ length: 1 + random.below(3) }, () => random.oneOf(samples)))
  for (let changes = random.below(MOST_CHANGES + 1); changes > 0; changes--) {
    input = random.oneOf(CHANGES)(input, random, pieces)
  }
  return input.subarray(0, MOST_BYTES)
}

/** @param {Random} random */
function noise(random) {
  return Buffer.from(Array.from({ length: random.below(MOST_NOISE_BYTES) }, () => random.below(256)))
}

/** @type {readonly ((input: Buffer, random: Random, pieces: readonly Uint8Array[]) => Buffer)[]} */
const CHANGES = [turnBit, setByte, insertPiece, insertNoise, removePart, doublePart, cutShort, replaceByPiece]

/**
 * @param {Buffer} input
 * @param {Random} random
 */
function turnBit(input, random) {
  return setAt(input, random, (byte) => byte ^ (1 << random.below(8)))
}

/**
 * @param {Buffer} input
 * @param {Random} random
 */
function setByte(input, random) {
  return setAt(input, random, () => random.oneOf(BYTES))
}

/**
 * @param {Buffer} input
 * @param {Random} random
 * @param {(byte: number) => number} change
 */
function setAt(input, random, change) {
  if (input.length === 0) return input
  const at = random.below(input.length)
  const changed = Buffer.from(input)
  changed[at] = change(changed[at] ?? 0)
  return changed
}

/**
 * @param {Buffer} input
 * @param {Random} random
 * @param {readonly Uint8Array[]} pieces
 */
function insertPiece(input, random, pieces) {
  return putIn(input, random.below(input.length + 1), 0, random.oneOf(pieces))
}

/**
 * @param {Buffer} input
 * @param {Random} random
 */
function insertNoise(input, random) {
  return putIn(input, random.below(input.length + 1), 0, noise(random))
}

/**
 * @param {Buffer} input
 * @param {Random} random
 */
function removePart(input, random) {
  return putIn(input, random.below(input.length + 1), 1 + random.below(8), Buffer.alloc(0))
}

/**
 * @param {Buffer} input
 * @param {Random} random
 */
function doublePart(input, random) {
  const at = random.below(input.length + 1)
  return putIn(input, at, 0, input.subarray(at, at + 1 + random.below(16)))
}

/**
 * @param {Buffer} input
 * @param {Random} random
 */
function cutShort(input, random) {
  return input.subarray(0, random.below(input.length + 1))
}

/**
 * @param {Buffer} input
 * @param {Random} random
 * @param {readonly Uint8Array[]} pieces
 */
function replaceByPiece(input, random, pieces) {
  const piece = random.oneOf(pieces)
  return putIn(input, random.below(input.length + 1), piece.length, piece)
}

/**
 * @param {Buffer} input
 * @param {number} at
 * @param {number} removed
 * @param {Uint8Array} piece
 */
function putIn(input, at, removed, piece) {
  return Buffer.concat([input.subarray(0, at), piece, input.subarray(at + removed)])
}
