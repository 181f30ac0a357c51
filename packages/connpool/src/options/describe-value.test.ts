import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { revokedProxy } from '../../test/refusal.ts'
import { describeKind, describeValue } from './describe-value.ts'

describe('a value in a message', () => {
  test.each([
    ['text', '"text"'],
    ['', '""'],
    [5, '5'],
    [-0, '-0'],
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [true, 'true'],
    [undefined, 'undefined'],
    [null, 'null'],
    [7n, '7n'],
    [10n ** 5000n, 'a bigint'],
    [Symbol('secret'), 'a symbol'],
    [() => 'secret', 'a function'],
    [class Secret {}, 'a function'],
    [['secret'], 'an array'],
    [{ key: 'secret' }, 'an object'],
    [new Date(0), 'an object'],
    [Object.create(null), 'an object'],
  ])('%o is shown as %s', (value, shown) => {
    expect(describeValue(value)).toBe(shown)
  })

  test('is cut when it is long', () => {
    expect(describeValue('x'.repeat(1_000_000))).toBe(`"${'x'.repeat(60)}…"`)
  })

  test('is on one line and obeys no terminal', () => {
    expect(describeValue('a\nb\u001b[31mc\u202ed\u2028e\u0085')).toBe(
      String.raw`"a\nb\u001b[31mc\u{202e}d\u{2028}e\u{85}"`,
    )
  })

  test('is never examined: a revoked proxy, a throwing getter and a hostile toString do nothing', () => {
    const hostile = {
      get constructor(): unknown {
        throw new Error('examined')
      },
      toString(): string {
        throw new Error('examined')
      },
    }

    expect(describeValue(revokedProxy())).toBe('an object')
    expect(describeValue(hostile)).toBe('an object')
  })

  test('is short and printable, whatever it is', () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withSparseArray: true })
    fc.assert(
      fc.property(fc.oneof(anything, fc.string({ unit: 'binary', maxLength: 300 })), (value) => {
        const shown = describeValue(value)

        expect(shown.length).toBeLessThan(600)
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      }),
    )
  })
})

test('a kind says nothing of what a string holds', () => {
  expect(describeKind('-----BEGIN PRIVATE KEY-----')).toBe('a string')
  expect(describeKind(5)).toBe('5')
})
