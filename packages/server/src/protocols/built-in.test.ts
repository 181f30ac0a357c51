import { expect, test } from 'vitest'

import { BUILT_IN_PROTOCOLS, builtInProtocol } from './built-in.ts'
import { ProtocolOptionError } from './protocol-options.ts'

test.each(BUILT_IN_PROTOCOLS)('%s is called so, and needs no options', (name) => {
  expect(builtInProtocol(name).name).toBe(name)
})

test.each(BUILT_IN_PROTOCOLS)('%s refuses an option that it does not have', (name) => {
  expect(() => builtInProtocol(name, { constructor: 1 })).toThrow(ProtocolOptionError)
  expect(() => builtInProtocol(name, { constructor: 1 })).toThrow(`${name}: there is no option "constructor"`)
})
