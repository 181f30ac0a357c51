import { describe, expect, test } from 'vitest'

import { Transitions } from './transitions.ts'

function transitions(): { readonly transitions: Transitions; readonly bugs: Error[] } {
  const bugs: Error[] = []
  return { transitions: new Transitions((bug) => bugs.push(bug)), bugs }
}

describe('what an event puts off', () => {
  test('is done when the event is over, in order', () => {
    const { transitions: each } = transitions()
    const done: string[] = []

    each.run(() => {
      each.later(() => done.push('first'))
      each.later(() => done.push('second'))
      done.push('event')
    })

    expect(done).toEqual(['event', 'first', 'second'])
  })

  test('may bring about another event, whose actions come last', () => {
    const { transitions: each } = transitions()
    const done: string[] = []

    each.run(() => {
      each.later(() => {
        each.run(() => each.later(() => done.push('third')))
        done.push('first')
      })
      each.later(() => done.push('second'))
    })

    expect(done).toEqual(['first', 'second', 'third'])
  })

  test('is done once', () => {
    const { transitions: each } = transitions()
    let count = 0
    each.run(() => each.later(() => count++))

    each.run(() => undefined)
    each.flush()

    expect(count).toBe(1)
  })

  test('outside an event waits for the next flush', () => {
    const { transitions: each } = transitions()
    let count = 0

    each.later(() => count++)
    const before = count
    each.flush()

    expect([before, count]).toEqual([0, 1])
  })

  test('a hundred thousand deep needs no stack', () => {
    const { transitions: each } = transitions()
    let depth = 0
    const again = (): void => {
      if (++depth < 100_000) each.run(() => each.later(again))
    }

    each.run(() => each.later(again))

    expect(depth).toBe(100_000)
  })
})

describe('what is thrown', () => {
  test('by an event is told as a bug, and what it had put off is done', () => {
    const { transitions: each, bugs } = transitions()
    const bug = new Error('bug: lost count')
    let count = 0

    each.run(() => {
      each.later(() => count++)
      throw bug
    })

    expect(bugs).toEqual([bug])
    expect(count).toBe(1)
  })

  test('by an action is told as a bug, and the others are done', () => {
    const { transitions: each, bugs } = transitions()
    let count = 0

    each.run(() => {
      each.later(() => {
        throw new Error('bug')
      })
      each.later(() => count++)
    })

    expect(bugs).toHaveLength(1)
    expect(count).toBe(1)
  })
})
