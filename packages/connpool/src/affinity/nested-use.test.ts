import { describe, expect, test } from 'vitest'

import { NestedUse } from './nested-use.ts'

interface Holder {
  readonly name: string
  isHeld: boolean
}

const calledAt = new Error('used here')

function given() {
  let looks = 0
  const nested = new NestedUse<Holder>('error', (holder) => {
    looks++
    return holder.isHeld
  })
  const during = <R>(holder: Holder, work: () => R): R => nested.run({ holder, calledAt }, work)
  return { nested, during, around: () => nested.around?.holder.name, looks: () => looks }
}

const holding = (name: string): Holder => ({ name, isHeld: true })
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the use around the running code', () => {
  test('is there in its work, in what that starts, and nowhere else', async () => {
    const { during, around } = given()

    const inside = during(holding('a'), async () => [around(), await nextTurn().then(around)])

    expect(await inside).toEqual(['a', 'a'])
    expect(around()).toBeUndefined()
  })

  test('is the innermost', () => {
    const { during, around } = given()

    expect(during(holding('a'), () => during(holding('b'), around))).toBe('b')
  })

  test('is the next one out when the innermost has given back what it had', () => {
    const { during, around } = given()
    const inner = { name: 'b', isHeld: false }

    expect(during(holding('a'), () => during(inner, around))).toBe('a')
  })

  test('is not there any more when it has given back what it had, though some of its work goes on', async () => {
    const { during, around } = given()
    const holder = holding('a')
    const inside = during(holder, async () => {
      await nextTurn()
      return around()
    })

    holder.isHeld = false

    expect(await inside).toBeUndefined()
  })

  test('is not that of what runs beside it', async () => {
    const { during, around } = given()
    const work = async (): Promise<unknown> => {
      await nextTurn()
      return around()
    }

    const inside = Promise.all([during(holding('a'), work), during(holding('b'), work), work()])

    expect(await inside).toEqual(['a', 'b', undefined])
  })

  test('keeps nothing of a thousand before it, each of which has started the next and ended', () => {
    const { during, around, looks } = given()
    const next = (rest: number, before: Holder | undefined): number => {
      const holder = holding(String(rest))
      return during(holder, () => {
        if (before !== undefined) before.isHeld = false
        if (rest > 0) return next(rest - 1, holder)
        holder.isHeld = false
        const looksBefore = looks()
        around()
        return looks() - looksBefore
      })
    }

    expect(next(1_000, undefined)).toBeLessThan(5)
  })
})
