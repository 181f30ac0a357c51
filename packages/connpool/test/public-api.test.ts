import * as connpool from 'connpool'
import * as testing from 'connpool/testing'
import { expect, test } from 'vitest'

test('connpool exports these names and no others', () => {
  expect(Object.keys(connpool).toSorted()).toEqual(['PoolError'])
})

test('connpool/testing exports these names and no others', () => {
  expect(Object.keys(testing).toSorted()).toEqual([])
})
