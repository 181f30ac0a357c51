import { expect, test } from 'vitest'

import { guardedLog } from './guarded-log.ts'
import type { ServerLog } from './server-log.ts'

test.each<[unknown, string]>([
  [console, 'an object of a class'],
  [{ event: () => undefined }, 'a mapping'],
  [null, 'nothing'],
  [5, '5'],
])('%o is no log', (given, what) => {
  const rule = 'log must have the methods event, refused, sessionEnded, flush; got '

  expect(() => guardedLog(given as ServerLog)).toThrow(rule + what)
})

test('a log that throws is reported once, and nobody has to do with it', async () => {
  const warnings: string[] = []
  const listener = (warning: Error): void => void warnings.push(warning.message)
  process.on('warning', listener)
  const fail = (): never => {
    throw new Error('the disk is full')
  }
  const log = guardedLog({ event: fail, refused: fail, sessionEnded: fail, flush: fail })

  log.event({ event: 'started', tookMs: 1 })
  log.refused({ listener: 'a', reason: 'not-allowed', remoteAddress: undefined })
  log.flush()
  await new Promise(setImmediate)
  process.off('warning', listener)

  expect(warnings).toEqual(['The log of a front server threw: the disk is full'])
})

test('a log is told in its own name', () => {
  class Counting implements ServerLog {
    lines = 0

    event(): void {
      this.lines++
    }

    refused(): void {
      this.lines++
    }

    sessionEnded(): void {
      this.lines++
    }

    flush(): void {
      this.lines++
    }
  }
  const counting = new Counting()
  const log = guardedLog(counting)

  log.event({ event: 'started', tookMs: 1 })
  log.flush()

  expect(counting.lines).toBe(2)
})
