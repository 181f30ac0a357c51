import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => {
  vi.restoreAllMocks()
})

test('the example of the README runs, and reuses a connection for its last question', async () => {
  const log = vi.spyOn(console, 'log').mockReturnValue()

  await import('./readme.ts')

  expect(log.mock.calls[0]).toEqual([['one', 'two', 'three']])
  expect(log.mock.calls[1]).toEqual(['four', expect.objectContaining({ acquired: 4, hits: 1, leased: 0 })])
})
