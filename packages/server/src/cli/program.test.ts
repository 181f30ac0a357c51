import { describe, expect, test } from 'vitest'

import type { Commands } from './commands.ts'
import { EXIT_STATUS, type ExitStatus } from './exit-status.ts'
import { runProgram } from './program.ts'

interface Run {
  readonly status: ExitStatus
  readonly asked: readonly unknown[]
  readonly said: string
  readonly complained: string
}

/** Runs a command line with commands that only remember what they were asked. */
async function run(...argv: readonly string[]): Promise<Run> {
  const asked: unknown[] = []
  const said: string[] = []
  const complained: string[] = []
  const remember = (...what: readonly unknown[]): Promise<ExitStatus> => {
    asked.push(...what)
    return Promise.resolve(EXIT_STATUS.bad)
  }
  const commands: Commands = { serve: remember, check: remember, bench: remember }
  const terminal = {
    say: (line: string) => void said.push(line),
    complain: (line: string) => void complained.push(line),
  }
  const status = await runProgram(argv, { commands, terminal, version: '1.2.3' })
  return { status, asked, said: said.join('\n'), complained: complained.join('\n') }
}

describe('a command line', () => {
  test('of serve is flags and a file', async () => {
    const { asked, status } = await run('serve', 'c.yaml', '--workers', 'auto', '--log-level=warn')

    expect(asked).toEqual([{ workers: 'auto', logLevel: 'warn' }, 'c.yaml'])
    expect(status).toBe(EXIT_STATUS.bad)
  })

  test('of serve may name several backends', async () => {
    const { asked } = await run('serve', '--listen', 'l:1', '--backend', 'a:1', '--backend', 'b:1', '--demo')

    expect(asked).toEqual([{ listen: 'l:1', backend: ['a:1', 'b:1'], demo: true }, undefined])
  })

  test('of check is a file', async () => {
    expect((await run('check', 'c.yaml')).asked).toEqual(['c.yaml'])
  })

  test('of bench has every bound', async () => {
    expect((await run('bench', 'a:1', '--yes')).asked).toEqual([
      'a:1',
      { protocol: 'redis', requests: '10000', duration: '5s', concurrency: '50', maxSize: '10', yes: true },
    ])
  })
})

describe('a command line that makes no sense', () => {
  test.each([
    [['sevre'], 'Did you mean serve?'],
    [['serve', '--bakend', 'a:1'], 'Did you mean --backend?'],
    [['serve', 'a.yaml', 'b.yaml'], 'too many arguments'],
    [['serve', '--listen'], "option '--listen <address>' argument missing"],
    [['check'], "missing required argument 'config.yaml'"],
    [['bench'], "missing required argument 'endpoint'"],
    [['--sevre'], "unknown option '--sevre'"],
    [[], 'Usage: connpool'],
  ])('as %j is refused', async (argv, message) => {
    const { status, asked, complained } = await run(...argv)

    expect(complained).toContain(message)
    expect([status, asked]).toEqual([EXIT_STATUS.unusable, []])
  })
})

describe('help', () => {
  test.each([
    [['--help'], 'connpool serve --demo'],
    [['help', 'serve'], 'SIGHUP'],
    [['serve', '--help'], '--backend <endpoint>'],
    [['check', '-h'], 'begins with ok or FAIL'],
    [['bench', '-h'], 'say --yes'],
    [['--version'], '1.2.3'],
  ])('is said for %j', async (argv, text) => {
    const { status, said, complained } = await run(...argv)

    expect(said).toContain(text)
    expect([status, complained]).toEqual([EXIT_STATUS.good, ''])
  })

  test.each(['--help', 'serve -h', 'check -h', 'bench -h'])('%s tells every exit status', async (argv) => {
    const { said } = await run(...argv.split(' '))

    expect(Object.values(EXIT_STATUS).every((status) => said.includes(`\n  ${status}  `))).toBe(true)
  })
})

test('what a command throws is thrown on', async () => {
  const commands: Commands = {
    serve: () => Promise.reject(new Error('bug')),
    check: () => Promise.resolve(0),
    bench: () => Promise.resolve(0),
  }
  const terminal = { say: (): void => {}, complain: (): void => {} }

  await expect(runProgram(['serve'], { commands, terminal, version: '1' })).rejects.toThrow('bug')
})
