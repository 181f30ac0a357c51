import { describe, expect, test } from 'vitest'

import { Alarm } from './alarm.ts'

/** An alarm and the times it was set for. */
function alarm(): { readonly alarm: Alarm; readonly set: number[] } {
  const set: number[] = []
  return { alarm: new Alarm((time) => set.push(time)), set }
}

describe('an alarm', () => {
  test('is set for the earliest time it was asked for', () => {
    const { alarm: clock, set } = alarm()

    for (const time of [500, 700, 300, 300]) clock.wakeBy(time)

    expect(set).toEqual([500, 300])
  })

  test('is never set for Infinity', () => {
    const { alarm: clock, set } = alarm()

    clock.wakeBy(Infinity)

    expect(set).toEqual([])
  })

  test('says whether it is set for later than a time', () => {
    const { alarm: clock } = alarm()
    clock.wakeBy(500)

    expect([clock.isLaterThan(499), clock.isLaterThan(500)]).toEqual([true, false])
  })

  test('has to be set again after it went off', () => {
    const { alarm: clock, set } = alarm()
    clock.wakeBy(500)

    clock.wentOff(500)
    clock.wakeBy(600)

    expect(set).toEqual([500, 600])
  })

  test('that goes off up to 20 ms late is in time', () => {
    const { alarm: clock } = alarm()
    clock.wakeBy(500)

    expect(clock.wentOff(520)).toBe('due')
  })

  test('that goes off later is late, once, until the grace is over', () => {
    const { alarm: clock } = alarm()
    clock.wakeBy(500)

    const first = clock.wentOff(521)
    clock.wakeBy(530)
    const during = clock.wentOff(590)
    clock.endGrace()
    clock.wakeBy(600)
    const after = clock.wentOff(600)

    expect([first, during, after]).toEqual(['late', 'gracing', 'due'])
  })

  test('can be set anew after it went off during the grace', () => {
    const { alarm: clock, set } = alarm()
    clock.wakeBy(500)
    clock.wentOff(600)
    clock.wakeBy(601)
    clock.wentOff(601)

    clock.wakeBy(900)

    expect(set).toEqual([500, 601, 900])
  })
})
