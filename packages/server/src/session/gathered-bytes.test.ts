import fc from 'fast-check'
import { expect, test } from 'vitest'

import { GatheredBytes } from './gathered-bytes.ts'

test('what is taken is what was appended since it was taken last', () => {
  const chunk = fc.uint8Array({ maxLength: 3_000 })
  fc.assert(
    fc.property(fc.array(fc.oneof(chunk, fc.constant('take' as const))), (steps) => {
      const gathered = new GatheredBytes()
      let expected: Uint8Array[] = []
      for (const step of steps) {
        if (step === 'take') {
          expect(gathered.take()).toEqual(Buffer.concat(expected))
          expected = []
        } else {
          gathered.append(step)
          expected.push(step)
        }
        expect(gathered.length).toBe(Buffer.concat(expected).length)
      }
    }),
  )
})

test('bytes that were taken stay as they are', () => {
  const gathered = new GatheredBytes()
  gathered.append(Buffer.from('one'))
  const taken = gathered.take()

  gathered.append(Buffer.from('two'))

  expect(taken.toString()).toBe('one')
})
