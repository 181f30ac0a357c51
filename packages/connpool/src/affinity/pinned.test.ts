import { describe, expect, test } from 'vitest'

import { PinScopes } from './pinned.ts'

interface Pin {
  isOver: boolean
}

function scopes(): PinScopes<Pin, string> {
  return new PinScopes<Pin, string>()
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the pin of an async context', () => {
  test('is there inside its work and nowhere else', () => {
    const each = scopes()
    const pin = { isOver: false }

    const inside = each.run(pin, () => each.current)

    expect(inside).toEqual({ pin, holder: undefined })
    expect(each.current).toBeUndefined()
  })

  test('is there in what the work starts, later, too', async () => {
    const each = scopes()
    const pin = { isOver: false }

    const inside = each.run(pin, async () => {
      await nextTurn()
      return each.current?.pin
    })

    await expect(inside).resolves.toBe(pin)
  })

  test('is not there any more when it is over, though some of the work goes on', async () => {
    const each = scopes()
    const pin = { isOver: false }
    const inside = each.run(pin, async () => {
      await nextTurn()
      return each.current
    })

    pin.isOver = true

    await expect(inside).resolves.toBeUndefined()
  })

  test('is the innermost', () => {
    const each = scopes()
    const [outer, inner] = [{ isOver: false }, { isOver: false }]

    const inside = each.run(outer, () => each.run(inner, () => each.current?.pin))

    expect(inside).toBe(inner)
  })

  test('is not there for others beside it', async () => {
    const each = scopes()
    const [ann, ben] = [{ isOver: false }, { isOver: false }]
    const work = async (): Promise<unknown> => {
      await nextTurn()
      return each.current?.pin
    }

    const inside = Promise.all([each.run(ann, work), each.run(ben, work), work()])

    await expect(inside).resolves.toEqual([ann, ben, undefined])
  })

  test('is not looked for before there has been one', () => {
    const each = scopes()
    const before = each.areUsed

    each.run({ isOver: false }, () => undefined)

    expect([before, each.areUsed]).toEqual([false, true])
  })
})

describe('the holder inside a pin', () => {
  test('is known to what it does', () => {
    const each = scopes()
    const pin = { isOver: false }

    const inside = each.run(pin, () => each.holding('ann', () => each.current))

    expect(inside).toEqual({ pin, holder: 'ann' })
  })

  test('is not known to what is beside it', () => {
    const each = scopes()

    const beside = each.run({ isOver: false }, () => {
      each.holding('ann', () => undefined)
      return each.current?.holder
    })

    expect(beside).toBeUndefined()
  })

  test('outside a pin is nobody', () => {
    const each = scopes()

    expect(each.holding('ann', () => each.current)).toBeUndefined()
    expect(each.areUsed).toBe(false)
  })

  test('outside a pin is nobody, even where there have been others', () => {
    const each = scopes()
    each.run({ isOver: false }, () => undefined)

    expect(each.holding('ann', () => each.current)).toBeUndefined()
  })
})
