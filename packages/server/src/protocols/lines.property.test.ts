import fc from 'fast-check'
import { expect, test } from 'vitest'

import { cut, endsOf, scanAll, sizes } from '../../test/frames.ts'
import { lines } from './lines.ts'

const line = fc
  .tuple(fc.uint8Array({ maxLength: 40 }), fc.constantFrom('\n', '\r\n'))
  .map(([bytes, end]) => Buffer.concat([bytes.filter((byte) => byte !== 10), Buffer.from(end)]))

test('the same lines are found however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(line), sizes(), (frames, sizes) => {
      const found = scanAll(lines().requests(), cut(Buffer.concat(frames), sizes))

      expect(found).toEqual({ ends: endsOf(frames), error: undefined, isInFrame: false })
    }),
  )
})

test('a limit stops at the same line however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(line), sizes(), fc.integer({ min: 1, max: 45 }), (frames, sizes, maxBytes) => {
      const tooLong = frames.findIndex((frame) => frame.length > maxBytes)
      const found = scanAll(lines().requests({ maxBytes }), cut(Buffer.concat(frames), sizes))

      expect(found.error).toBe(tooLong === -1 ? undefined : 'too-large')
      expect(found.ends).toEqual(endsOf(tooLong === -1 ? frames : frames.slice(0, tooLong)))
    }),
  )
})
