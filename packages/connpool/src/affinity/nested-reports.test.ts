import { describe, expect, test } from 'vitest'

import { Escapes } from '../../test/fixtures/escapes.ts'
import { NestedReports } from './nested-reports.ts'

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** As if the use had been called at this line. */
function calledAtLine(line: number): Error {
  const error = new Error('used here')
  error.stack = `Error: used here\n    at outer (app.js:${line}:1)`
  return error
}

function acquireAt(line: number) {
  const outer = { id: 1, ageMs: 5, calledAt: calledAtLine(line) }
  return { endpoint: 'db:1', outer, calledAs: acquireAt }
}

describe('a warning of a nested acquire', () => {
  test('comes once for each pair of places', async () => {
    const escapes = Escapes.collect()
    const reports = new NestedReports('warn')

    for (const line of [1, 2, 1, 2]) reports.report(acquireAt(line))
    await nextTurn()

    expect(escapes.warnings.map(({ detail = '' }) => detail.match(/app\.js:\d/)?.[0])).toEqual(['app.js:1', 'app.js:2'])
  })

  test('comes for a hundred pairs at most, so that what must be remembered is bounded', async () => {
    const escapes = Escapes.collect()
    const reports = new NestedReports('warn')

    for (let line = 0; line < 150; line++) reports.report(acquireAt(line))
    await nextTurn()

    expect(escapes.warnings.length).toBe(100)
  })
})
