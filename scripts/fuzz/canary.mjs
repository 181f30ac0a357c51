/**
 * Shows that the alarm works: a scanner with a mistake that only shows in pieces (it forgets what it has seen of a line).
 * Not among the targets unless it is named; it must fail.
 */
import { LineScanner } from '../../packages/server/dist/protocols/line-scanner.js'
import { framing } from './framing.mjs'
import { readLine } from './plain-readings.mjs'

/** @import { FrameScanner } from '../../packages/server/dist/protocols/protocol.js' */

export const canary = framing({
  name: 'canary',
  scanner: (limit) => forgetful(limit),
  read: readLine,
  samples: ['GET a\n'],
  pieces: ['\n'],
})

/**
 * @param {{ maxBytes: number }} limit
 * @returns {FrameScanner}
 */
function forgetful(limit) {
  let scanner = new LineScanner(limit)
  return {
    get isInFrame() {
      return scanner.isInFrame
    },
    scan(bytes, start) {
      const end = scanner.scan(bytes, start)
      if (end === -1 && bytes.length === 7) scanner = new LineScanner(limit)
      return end
    },
  }
}
