import { describe, expect, test } from 'vitest'

import { PoolError } from '../errors.ts'
import { sendExpect } from './send-expect.ts'

function refusalOf(options: unknown): { code: unknown; message: string } {
  try {
    sendExpect(options as Parameters<typeof sendExpect>[0])
  } catch (error) {
    if (error instanceof PoolError) return error
  }
  throw new Error('it was not refused')
}

describe('sendExpect refuses', () => {
  test.each([
    [undefined, 'options'],
    ['PING', 'options'],
    [{}, 'send'],
    [{ send: 'x' }, 'expect'],
    [{ send: '', expect: 'x' }, 'send'],
    [{ send: 'x', expect: '' }, 'expect'],
    [{ send: new Uint8Array(), expect: 'x' }, 'send'],
    [{ send: 'x', expect: /x/ }, 'expect'],
    [{ send: ['x'], expect: 'x' }, 'send'],
    [{ send: 7, expect: 'x' }, 'send'],
    [{ send: 'x', expect: 'x', timeoutMs: 1 }, 'timeoutMs'],
    [JSON.parse('{"send":"x","expect":"x","__proto__":{}}'), '__proto__'],
  ])('%o, naming the option', (options, named) => {
    const { code, message } = refusalOf(options)

    expect(code).toBe('INVALID_OPTIONS')
    expect(message).toContain(named)
  })
})
