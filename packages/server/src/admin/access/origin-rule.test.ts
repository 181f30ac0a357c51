import { expect, test } from 'vitest'

import { isForeign } from './origin-rule.ts'

const HOST = '127.0.0.1:9900'
const visit = (given: { origin?: string; secFetchSite?: string }) =>
  isForeign({ host: HOST, origin: undefined, secFetchSite: undefined, ...given })

test.each([{}, { secFetchSite: 'none' }, { secFetchSite: 'same-origin' }, { origin: `http://${HOST}` }])(
  'a program, a person or our own page may ask: %j',
  (given) => {
    expect(visit(given)).toBe(false)
  },
)

test.each([
  { secFetchSite: 'cross-site' },
  { secFetchSite: 'same-site' },
  { secFetchSite: '' },
  { origin: 'null' },
  { origin: '' },
  { origin: 'http://evil.example' },
  { origin: `https://${HOST}` },
  { origin: 'http://127.0.0.1' },
  { origin: 'http://127.0.0.1:3000' },
  { origin: `http://${HOST}.evil.example` },
  { origin: `http://${HOST}`, secFetchSite: 'cross-site' },
  { origin: 'http://evil.example', secFetchSite: 'same-origin' },
])('another page may not: %j', (given) => {
  expect(visit(given)).toBe(true)
})

test('the case of letters does not matter', () => {
  expect(isForeign({ host: 'LocalHost:1', origin: 'http://localhost:1', secFetchSite: undefined })).toBe(false)
})
