import { expect, test } from 'vitest'

import { tcp, type TcpOptions } from './tcp.ts'

test('is opaque, and its clients speak first', () => {
  expect(tcp()).toEqual({ name: 'tcp', pooling: 'session', serverSpeaksFirst: false })
})

test('lets the server speak first where it is told so', () => {
  expect(tcp({ serverSpeaksFirst: true })).toHaveProperty('serverSpeaksFirst', true)
})

test('names an option that it does not have, or that is wrong', () => {
  expect(() => tcp({ serverFirst: true } as TcpOptions)).toThrow(
    'tcp: there is no option "serverFirst"; it has serverSpeaksFirst',
  )
  expect(() => tcp({ serverSpeaksFirst: 'yes' } as unknown as TcpOptions)).toThrow(
    'tcp: serverSpeaksFirst must be true or false, got "yes"',
  )
})
