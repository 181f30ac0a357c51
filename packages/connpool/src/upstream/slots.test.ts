import { describe, expect, test } from 'vitest'

import { Slots, SlotShare } from './slots.ts'

function given(commonLimit: number, ownLimit: number) {
  const common = new Slots(commonLimit)
  const own = new Slots(ownLimit)
  const member = {
    load: 0,
    freed: 0,
    slotFreed() {
      this.freed++
    },
  }
  return { common, own, member, share: new SlotShare(common, own, member) }
}

describe('the slots of one endpoint', () => {
  test('are free while there is one of its own and one of those that all share', () => {
    const { common, share } = given(3, 2)
    const other = new SlotShare(common, new Slots(2), { load: 0, slotFreed: () => undefined })
    const seen = [share.isFree]

    share.taken()
    seen.push(share.isFree, other.isFree)
    share.taken()
    seen.push(share.isFree, other.isFree)
    other.taken()
    seen.push(share.isFree, other.isFree)

    expect(seen).toEqual([true, true, true, false, true, false, false])
  })

  test('are told when one comes free', () => {
    const { common, own, member, share } = given(1, 1)
    share.taken()

    share.freed()

    expect([share.isFree, common.taken, own.taken, member.freed]).toEqual([true, 0, 0, 1])
  })

  test.each([
    ['that all share', 2, Infinity],
    ['of its own', Infinity, 2],
  ])('tell when the last one %s comes free, and not when the next does', (_, commonLimit, ownLimit) => {
    const { member, share } = given(commonLimit, ownLimit)
    share.taken()
    share.taken()

    share.freed()
    const told = member.freed
    share.freed()

    expect([told, member.freed]).toEqual([1, 1])
  })

  test.each([
    ['others were free', 3, 3],
    ['there is no limit', Infinity, Infinity],
  ])('tell nothing when one comes free and %s', (_, commonLimit, ownLimit) => {
    const { member, share } = given(commonLimit, ownLimit)
    share.taken()
    share.taken()

    share.freed()

    expect(member.freed).toBe(0)
  })

  test('know what is idle, and keep the load with each lease that begins and ends', () => {
    const { common, member, share } = given(3, 3)
    member.load = 2

    share.rested()
    share.rested()
    const rested = [common.idle, member.load]
    share.roused()

    expect([rested, [common.idle, member.load]]).toEqual([
      [2, 0],
      [1, 1],
    ])
  })
})
