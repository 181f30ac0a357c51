import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { resolveConfig } from '../config/resolve-config.ts'
import type { ServerConfig } from '../config/server-config.ts'
import type { ServerSettings } from '../config/settings.ts'
import { evenPart, workerSettings } from './worker-settings.ts'

function partsOf(config: Partial<ServerConfig>, workers: number): ServerSettings[] {
  const settings = resolveConfig({
    listeners: [{ listen: '127.0.0.1:0', protocol: 'lines', upstream: 'backend', maxClients: 10, queueLimit: 7 }],
    upstreams: { backend: { endpoints: ['127.0.0.1:1'], pool: { maxSize: 9, minSize: 4 } } },
    ...config,
  })
  return Array.from({ length: workers }, (_, index) => workerSettings(settings, { place: index + 1, workers }))
}

describe('the settings of a worker', () => {
  test('have an even part of clients with dispatch kernel, and all of them with balanced', () => {
    const kernel = partsOf({ dispatch: 'kernel' }, 3).map(({ listeners }) => listeners[0]?.maxClients)
    const balanced = partsOf({ dispatch: 'balanced' }, 3).map(({ listeners }) => listeners[0]?.maxClients)

    expect(kernel).toEqual([4, 3, 3])
    expect(balanced).toEqual([10, 10, 10])
  })

  test('have an even part of the queue', () => {
    expect(partsOf({}, 3).map(({ listeners }) => listeners[0]?.queue.limit)).toEqual([3, 2, 2])
  })

  test('keep open together what is to be kept open', () => {
    expect(partsOf({}, 3).map(({ upstreams }) => upstreams[0]?.options.pool.minSize)).toEqual([2, 2, 2])
  })

  test('have the whole limit of connections, of which a share is theirs', () => {
    expect(partsOf({}, 3).map(({ upstreams }) => upstreams[0]?.maxSize)).toEqual([9, 9, 9])
  })
})

test('even parts differ by one at most, and are together what there is', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 64 }), (total, workers) => {
      const parts = Array.from({ length: workers }, (_, index) => evenPart(total, { place: index + 1, workers }))

      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(total)
      expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(1)
    }),
  )
})

test('no limit stays none', () => {
  expect(evenPart(Infinity, { place: 2, workers: 3 })).toBe(Infinity)
})
