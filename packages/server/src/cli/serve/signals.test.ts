import { afterEach, expect, test } from 'vitest'

import type { ConfigSource } from '../../config/config-source.ts'
import type { FrontServer } from '../../front-server.ts'
import { drainAtSignal } from './drain-at-signal.ts'
import { reloadAtSignal } from './reload-at-signal.ts'
import { restartAtSignal } from './restart-at-signal.ts'

const cleanups: (() => void)[] = []

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

const NOTHING_CUT = { finished: 0, cut: 0 }

const terminal = { say: (): void => {}, complain: (): void => {} }

/** A server that is about to start, and what it is asked to do. */
function starting(): { readonly asked: string[]; readonly startEnds: (isWell: boolean) => Promise<void> } {
  const asked: string[] = []
  let startEnds = (_isWell: boolean): void => {}
  const started = new Promise<boolean>((resolve) => (startEnds = resolve))
  const read = (): ConfigSource => ({ text: '', file: `read ${asked.length}` })
  const reload = (source: object): Promise<readonly string[]> => {
    asked.push('file' in source ? String(source.file) : 'an object')
    return Promise.resolve([])
  }
  const restartWorkers = (): Promise<void> => Promise.resolve(void asked.push('restart'))
  const close: FrontServer['close'] = (options) => {
    asked.push(options?.graceMs === 0 ? 'cut' : 'drain')
    return Promise.resolve(NOTHING_CUT)
  }
  void drainAtSignal(
    { close, closed: new Promise((resolve) => cleanups.push(() => resolve(NOTHING_CUT))) },
    ['SIGTERM'],
    started,
  )
  cleanups.push(reloadAtSignal({ reload }, read, { terminal, started }), restartAtSignal({ restartWorkers }, started))
  return {
    asked,
    startEnds: async (isWell) => {
      startEnds(isWell)
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    },
  }
}

test('a SIGHUP that comes while the server starts is met when it has, with what the file says then', async () => {
  const { asked, startEnds } = starting()

  process.emit('SIGHUP')
  process.emit('SIGHUP')
  const before = [...asked]
  await startEnds(true)

  expect([before, asked]).toEqual([[], ['read 0', 'read 1']])
})

test('a SIGHUP is of no use to a server that could not start', async () => {
  const { asked, startEnds } = starting()

  process.emit('SIGHUP')
  await startEnds(false)

  expect(asked).toEqual([])
})

test('a SIGUSR2 replaces workers that serve, and none that start', async () => {
  const { asked, startEnds } = starting()

  process.emit('SIGUSR2')
  await startEnds(true)
  process.emit('SIGUSR2')

  expect(asked).toEqual(['restart'])
})

test('a SIGTERM that comes while the server starts drains it when it has, and a second one cuts', async () => {
  const { asked, startEnds } = starting()

  process.emit('SIGTERM')
  process.emit('SIGTERM')
  const before = [...asked]
  await startEnds(true)

  expect([before, asked]).toEqual([[], ['drain', 'cut']])
})

test('a SIGTERM has nothing to drain where the server could not start', async () => {
  const { asked, startEnds } = starting()

  process.emit('SIGTERM')
  await startEnds(false)

  expect(asked).toEqual([])
})
