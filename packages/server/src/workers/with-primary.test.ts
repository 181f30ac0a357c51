import { expect, test } from 'vitest'

import { dispatchStats, listenerStats, serverStats, upstreamReport, workerStats } from '../../test/fixtures/stats.ts'
import { withPrimary } from './with-primary.ts'

const SUM = serverStats({
  state: 'running',
  listeners: { main: listenerStats({ refused: { overloaded: 2, timeout: 1 } }), other: listenerStats() },
  workers: [workerStats({ id: 1 }), workerStats({ id: 2 })],
})

const nobody = (): object => ({})

test('what the primary has refused is added to what its workers have', () => {
  const refused = (listener: string): object => (listener === 'main' ? { overloaded: 3, draining: 1 } : {})

  const { listeners } = withPrimary(SUM, {
    state: 'running',
    dispatch: undefined,
    workerRestarts: 0,
    restartsOf: () => 0,
    limitOf: () => undefined,
    refused,
  })

  expect(listeners['main']?.refused).toEqual({ overloaded: 5, timeout: 1, draining: 1 })
  expect(listeners['other']?.refused).toEqual({})
})

test('it is the primary that knows how the server is, and which worker is not the first in its place', () => {
  const stats = withPrimary(SUM, {
    state: 'draining',
    dispatch: undefined,
    workerRestarts: 4,
    restartsOf: (place) => place + 1,
    limitOf: () => undefined,
    refused: nobody,
  })

  expect(stats.state).toBe('draining')
  expect(stats.workers.map(({ restarts }) => restarts)).toEqual([2, 3])
  expect(stats.dispatch.workerRestarts).toBe(4)
})

test('a primary that accepts has numbers of its own', () => {
  const dispatch = dispatchStats({ overflowLength: 3, workerRestarts: 1 })

  const stats = withPrimary(SUM, {
    state: 'running',
    dispatch,
    workerRestarts: 1,
    restartsOf: () => 0,
    limitOf: () => undefined,
    refused: nobody,
  })

  expect(stats.dispatch).toBe(dispatch)
})

test('the limit of an upstream is that of all workers, not the sum of shares that were said at different times', () => {
  const moving = serverStats({
    ...SUM,
    upstreams: { a: upstreamReport({ maxSize: 8 }), gone: upstreamReport({ maxSize: 3 }) },
  })

  const { upstreams } = withPrimary(moving, {
    state: 'running',
    dispatch: undefined,
    workerRestarts: 0,
    restartsOf: () => 0,
    limitOf: (name) => (name === 'a' ? 6 : undefined),
    refused: nobody,
  })

  expect(upstreams['a']?.pool.maxSize).toBe(6)
  expect(upstreams['gone']?.pool.maxSize).toBe(3)
})
