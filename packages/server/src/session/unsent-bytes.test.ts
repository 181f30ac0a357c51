import fc from 'fast-check'
import { expect, test } from 'vitest'

import { UnsentBytes } from './unsent-bytes.ts'

test('what is taken is what was appended since it was taken last', () => {
  const chunk = fc.uint8Array({ maxLength: 3_000 })
  fc.assert(
    fc.property(fc.array(fc.oneof(chunk, fc.constant('take' as const))), (steps) => {
      const unsent = new UnsentBytes()
      let expected: Uint8Array[] = []
      for (const step of steps) {
        if (step === 'take') {
          expect(unsent.take()).toEqual(Buffer.concat(expected))
          expected = []
        } else {
          unsent.append(step)
          expected.push(step)
        }
        expect(unsent.length).toBe(Buffer.concat(expected).length)
      }
    }),
  )
})

test('bytes that were taken stay as they are', () => {
  const unsent = new UnsentBytes()
  unsent.append(Buffer.from('one'))
  const taken = unsent.take()

  unsent.append(Buffer.from('two'))

  expect(taken.toString()).toBe('one')
})
