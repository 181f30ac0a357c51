/** What the log does to a program whose standard error is read late, or by nobody. Runs against the build. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

import { afterEach, describe, expect, test } from 'vitest'

/** Writes 40 MB of lines in pieces, tells how much memory that took, and ends. */
const PROGRAM = `
  import { JsonLog } from ${JSON.stringify(new URL('../../../dist/log/json-log.js', import.meta.url).href)}
  const log = new JsonLog({ level: 'info', accessRatio: 0 })
  const address = 'x'.repeat(280)
  for (let line = 0; line < 100_000; line++) {
    log.event({ event: 'listening', listener: String(line), address, protocol: 'redis' })
    if (line % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  process.stdout.write(\`done with \${Math.round(process.memoryUsage().rss / 1024 / 1024)} MiB\\n\`)
`

let child: ChildProcessByStdio<null, Readable, Readable> | undefined

afterEach(() => {
  child?.kill('SIGKILL')
})

function start(): ChildProcessByStdio<null, Readable, Readable> {
  child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], { stdio: ['ignore', 'pipe', 'pipe'] })
  return child
}

function mebibytesOf(output: string): number {
  return Number(/done with (\d+) MiB/.exec(output)?.[1] ?? Infinity)
}

describe('when nobody reads standard error any more', () => {
  test('the program does its work, and ends well', async () => {
    const program = start()
    program.stderr.destroy()

    const [output] = await Promise.all([text(program.stdout), once(program, 'exit')])

    expect([mebibytesOf(output) < 200, program.exitCode]).toEqual([true, 0])
  })
})

describe('when standard error is read late', () => {
  test('the program goes on in bounded memory, and whole lines are lost, not parts', async () => {
    const program = start()
    const [first] = (await once(program.stdout, 'data')) as [Buffer]

    const [errors] = await Promise.all([text(program.stderr), once(program, 'exit')])

    expect(mebibytesOf(first.toString())).toBeLessThan(200)
    const lines = errors.trimEnd().split('\n')
    expect(lines.length).toBeLessThan(50_000)
    expect(
      lines.map((line) => (JSON.parse(line) as { event: string }).event).every((each) => each === 'listening'),
    ).toBe(true)
  })
})
