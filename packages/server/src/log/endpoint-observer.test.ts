import type { BreakerEvent } from 'connpool'
import { expect, test } from 'vitest'

import { RecordingLog } from '../../test/fixtures/recording-log.ts'
import { EndpointObserver } from './endpoint-observer.ts'

function told(...states: [string, BreakerEvent['state']][]): string[] {
  const log = new RecordingLog()
  const observer = new EndpointObserver('redis', log)
  for (const [endpoint, state] of states) observer.breaker({ pool: endpoint, endpoint, state })
  return log.events.map((event) => `${event.event} ${'endpoint' in event ? event.endpoint : ''}`)
}

test('an endpoint that goes down and comes back is told twice, whatever was tried between', () => {
  expect(told(['a:1', 'open'], ['a:1', 'half-open'], ['a:1', 'open'], ['a:1', 'half-open'], ['a:1', 'closed'])).toEqual(
    ['endpoint-down a:1', 'endpoint-up a:1'],
  )
})

test('an endpoint that was never down is not up again', () => {
  expect(told(['a:1', 'closed'])).toEqual([])
})

test('each endpoint is told by itself', () => {
  expect(told(['a:1', 'open'], ['b:1', 'open'], ['a:1', 'closed'])).toEqual([
    'endpoint-down a:1',
    'endpoint-down b:1',
    'endpoint-up a:1',
  ])
})

test('it says why', () => {
  const log = new RecordingLog()
  const error = new Error('connect ECONNREFUSED')

  new EndpointObserver('redis', log).breaker({ pool: 'a:1', endpoint: 'a:1', state: 'open', cause: error })

  expect(log.events).toEqual([{ event: 'endpoint-down', upstream: 'redis', endpoint: 'a:1', error }])
})

test('of endpoints that went away while they were down a thousand are remembered', () => {
  const names = Array.from({ length: 1_001 }, (_, i) => `host-${i}:1`)

  const lines = told(
    ...names.map((name): [string, 'open'] => [name, 'open']),
    ['host-0:1', 'closed'],
    ['host-1:1', 'closed'],
  )

  expect(lines.slice(1_001)).toEqual(['endpoint-up host-1:1'])
})
