import { describe, expect, test } from 'vitest'

import { refusalOf, revokedProxy } from '../../test/refusal.ts'
import { TEXT } from './kind-rules.ts'
import { COUNT } from './number-rules.ts'
import { readOptions } from './read-options.ts'

interface Options {
  readonly size?: number
  readonly name?: string
}

const RULES = { size: COUNT, name: TEXT }

/** What a JavaScript caller may pass. */
const read = (given: unknown, path?: string): Options => readOptions(given as Options, RULES, path)

describe('an object of options', () => {
  test('is read into a fresh object', () => {
    const given = { size: 3 }

    const options = read(given)
    given.size = 4

    expect(options).toEqual({ size: 3 })
  })

  test('may be frozen, and is not changed', () => {
    const given = Object.freeze({ size: 3 })

    expect(read(given)).toEqual({ size: 3 })
  })

  test('may be an instance of a class, with getters and inherited fields', () => {
    class Base {
      readonly name = 'base'
    }
    class Settings extends Base {
      get size(): number {
        return 5
      }
    }

    expect(read(new Settings())).toEqual({ size: 5, name: 'base' })
  })

  test('may be derived from another object', () => {
    expect(read(Object.create({ size: 3 }))).toEqual({ size: 3 })
    expect(refusalOf(() => read(Object.create({ sizes: 3 })))).toBe('unknown option sizes; did you mean size?')
  })

  test('may have no prototype', () => {
    expect(read(Object.assign(Object.create(null) as object, { size: 3 }))).toEqual({ size: 3 })
  })

  test('says the same by undefined and by absence', () => {
    expect(Object.keys(read({ size: undefined, name: 'x' }))).toEqual(['name'])
  })

  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, '5'],
    ['size', '"size"'],
    [[], 'an array'],
    [() => undefined, 'a function'],
  ])('is not %o', (given, shown) => {
    expect(refusalOf(() => read(given))).toBe(`options must be an object; got ${shown}`)
    expect(refusalOf(() => read(given, 'outer'))).toBe(`outer must be an object; got ${shown}`)
  })

  test('is refused when it cannot be read, with the reason as cause', () => {
    const cause = new Error('no')
    const throwing = {
      get size(): number {
        throw cause
      },
    }

    expect(refusalOf(() => read(revokedProxy()))).toMatch(/^options must be an object/)
    expect(() => read(throwing)).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS', cause }))
    expect(refusalOf(() => read(throwing, 'outer'))).toBe('outer.size must be readable; reading it threw an error')
  })
})

describe('a name that is not known', () => {
  test.each([
    [{ Size: 1 }, 'unknown option Size; did you mean size?'],
    [{ colour: 1 }, 'unknown option colour; known are size, name'],
    [{ 'a\nb': 1 }, String.raw`unknown option "a\nb"; known are size, name`],
    [{ '': 1 }, 'unknown option ""; known are size, name'],
  ])('%o is refused', (given, message) => {
    expect(refusalOf(() => read(given))).toBe(message)
  })

  test('is shown with its path', () => {
    expect(refusalOf(() => read({ siz: 1 }, 'outer'))).toBe('unknown option outer.siz; did you mean outer.size?')
  })

  test('is refused even when its value is undefined', () => {
    expect(refusalOf(() => read({ colour: undefined }))).toMatch(/^unknown option colour/)
  })

  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    '%s is one, and changes nothing',
    (name) => {
      const given: unknown = JSON.parse(`{ ${JSON.stringify(name)}: { "size": 3, "polluted": true } }`)

      expect(refusalOf(() => read(given))).toMatch(`unknown option ${name};`)
      expect('polluted' in {}).toBe(false)
    },
  )
})

describe('when Object.prototype is polluted', () => {
  test.each(['size', 'colour'])('%s there is neither read nor refused', (name) => {
    const { size, names } = polluted(name, () => {
      const options = read({ name: 'x' })
      return { size: options.size, names: Object.keys(options) }
    })

    expect(size).toBeUndefined()
    expect(names).toEqual(['name'])
  })

  function polluted<Result>(name: string, act: () => Result): Result {
    Object.defineProperty(Object.prototype, name, { value: 9, configurable: true, enumerable: true })
    try {
      return act()
    } finally {
      Reflect.deleteProperty(Object.prototype, name)
    }
  }
})
