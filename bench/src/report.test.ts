import { describe, expect, test } from 'vitest'
import { printTargets } from './report.ts'
import type { Target } from './row.ts'

const because = 'a known reason, which is longer than all the other cells of the table are together, and then some'

function tableOf(...targets: readonly Partial<Target>[]): string[] {
  const complete = targets.map((target) => ({
    what: 'speed',
    target: '≥ 2 ×',
    measured: '1 ×',
    isMet: false,
    ...target,
  }))
  return printTargets([{ name: 'row', title: '', tables: [], notes: [], targets: complete }]).split('\n')
}

describe('the table of targets', () => {
  test('says beside a target that is missed what is known of the reason', () => {
    const [, , missed = ''] = tableOf({ whenMissed: because })

    expect(missed).toMatch(`| **missed**: ${because} |`)
  })

  test('says nothing of it beside one that is met, or where nothing is known', () => {
    const [, , met = '', missed = ''] = tableOf({ isMet: true, whenMissed: because }, {})

    expect([met, missed].map((line) => line.split('|').at(-2)?.trim())).toEqual(['met', '**missed**'])
  })

  test('is not made wider by a reason', () => {
    const [heading = ''] = tableOf({ whenMissed: because })

    expect(heading.length).toBeLessThan(because.length)
  })
})
