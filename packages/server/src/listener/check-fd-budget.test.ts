import { expect, test } from 'vitest'

import { serverSettings } from '../../test/fixtures/settings.ts'
import { resolveConfig } from '../config/resolve-config.ts'
import type { ServerSettings } from '../config/settings.ts'
import { checkFdBudget } from './check-fd-budget.ts'

function settings(maxClients: readonly (number | undefined)[], rest: Partial<ServerSettings> = {}): ServerSettings {
  const { listeners, upstreams } = resolveConfig({
    listeners: maxClients.map((most, index) => ({
      name: `l${index}`,
      listen: '127.0.0.1:0',
      protocol: 'tcp',
      upstream: 'u',
      ...(most !== undefined && { maxClients: most }),
    })),
    upstreams: { u: { endpoints: ['127.0.0.1:1'], maxSize: 6 } },
  })
  return serverSettings({ listeners, upstreams, ...rest })
}

test('all listeners and upstreams together need what they may have', () => {
  expect(() => checkFdBudget(settings([10, 20]), 100)).not.toThrow()
  expect(() => checkFdBudget(settings([10, 20]), 99)).toThrow('100 file descriptors are needed (maxClients 30,')
})

test('maxClients that nobody has asked for is counted once', () => {
  expect(() => checkFdBudget(settings([undefined, undefined, 30]), 10_100)).not.toThrow()
  expect(() => checkFdBudget(settings([undefined, undefined, 30]), 10_099)).toThrow('(maxClients 10030,')
})

test('workers that accept by themselves have a share each, those that are handed clients may have all', () => {
  expect(() => checkFdBudget(settings([40], { workers: 4 }), 80)).not.toThrow()
  expect(() => checkFdBudget(settings([40], { workers: 4, dispatch: 'balanced' }), 80)).toThrow('(maxClients 40,')
})

test('where the limit is not known nothing is refused', () => {
  expect(() => checkFdBudget(settings([1_000_000]), undefined)).not.toThrow()
})
