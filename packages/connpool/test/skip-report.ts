/**
 * The last lines of a run: which tests were skipped because something they need is not on this machine, and one plain
 * line of counts. Printed when the process ends, so that nothing another reporter says comes after it.
 */
import { writeSync } from 'node:fs'
import type { Reporter, SerializedError, TestModule } from 'vitest/node'
import { howToGet } from './requirements.ts'
import type { Requirement } from './requirements.ts'

export class SkipReport implements Reporter {
  #lines: readonly string[] = []

  onInit(): void {
    process.once('exit', () => {
      if (this.#lines.length > 0) writeSync(1, `\n${this.#lines.join('\n')}\n`)
    })
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    const missing = new Map<string, number>()
    let missingCount = 0

    for (const module of modules) {
      // A file that throws while its tests are declared has no failed test, and is a failure all the same.
      count.failed += module.errors().length
      for (const suite of module.children.allSuites()) count.failed += suite.errors().length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') count.passed += 1
        else if (state === 'failed') count.failed += 1
        else {
          count.skipped += 1
          const reason = test.meta().missing ?? module.meta().missing
          if (reason === undefined) continue
          missingCount += 1
          const key = reason.join(' + ')
          missing.set(key, (missing.get(key) ?? 0) + 1)
        }
      }
    }

    const lines: string[] = []
    if (missingCount > 0) {
      lines.push(`${missingCount} tests skipped because something they need is not here:`)
      for (const [key, tests] of missing) {
        const cure = (key.split(' + ') as Requirement[]).map((requirement) => howToGet[requirement]).join('; ')
        lines.push(`  ${tests} need ${key}: ${cure}`)
      }
    }
    lines.push(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
    this.#lines = lines
  }
}
