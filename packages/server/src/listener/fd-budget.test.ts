import { expect, test } from 'vitest'

import { fdShortage, neededFds } from './fd-budget.ts'

test('a client and a backend connection need one each, and the rest 64', () => {
  expect(neededFds({ maxClients: 1_000, backends: 16 })).toBe(1_080)
})

test.each([
  ['just enough', 1_080],
  ['no limit', Infinity],
  ['a limit nobody knows', undefined],
])('%s is no shortage', (_, limit) => {
  expect(fdShortage({ maxClients: 1_000, backends: 16 }, limit)).toBeUndefined()
})

test('a shortage is told with both numbers and the ways out', () => {
  const told = fdShortage({ maxClients: 10_000, backends: 16 }, 1_024)

  expect(told).toBe(
    '10080 file descriptors are needed (maxClients 10000, backend connections 16, 64 for the rest), but this process ' +
      'may open 1024: raise the limit (ulimit -n 10080; LimitNOFILE=10080 in a systemd unit; --ulimit nofile=10080 with ' +
      'docker), or lower maxClients to 944',
  )
})

test('a limit below what a server without clients needs is told too', () => {
  expect(fdShortage({ maxClients: 10, backends: 16 }, 32)).toContain('or lower maxClients to 0')
})
