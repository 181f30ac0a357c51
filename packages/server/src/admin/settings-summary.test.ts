import { expect, test } from 'vitest'

import { serverSettings } from '../../test/fixtures/settings.ts'
import type { ListenerSettings, ServerSettings, UpstreamSettings } from '../config/settings.ts'
import { addressText, settingsSummary } from './settings-summary.ts'

test.each([
  [{ host: '127.0.0.1', port: 6380 }, '127.0.0.1:6380'],
  [{ host: '::1', port: 6380 }, '[::1]:6380'],
  [{ path: '/run/x.sock' }, 'unix:/run/x.sock'],
  [{ systemd: 'redis' }, 'systemd:redis'],
])('the address %j is %s', (address, text) => {
  expect(addressText(address)).toBe(text)
})

test('what is not named in the summary is not shown: it may be a secret', () => {
  const listener = {
    ...{ name: 'cache', listen: { host: '127.0.0.1', port: 6380 }, protocol: { name: 'redis' }, upstream: 'redis' },
    ...{ queue: { limit: 5 }, tls: { cert: 'canary', key: 'canary' }, handle: undefined },
    ...{ maxClients: 10, requestTimeoutMs: 5_000, proxyProtocol: { accept: ['canary'] } },
  } as unknown as ListenerSettings
  const upstream = {
    ...{ name: 'redis', minSize: 1, maxSize: 16, maxPaused: 100 },
    options: { endpoints: ['tls://canary@a:1'], pool: { tls: { key: 'canary' } } },
  } as unknown as UpstreamSettings
  const settings: ServerSettings = serverSettings({ listeners: [listener], upstreams: [upstream] })

  const summary = settingsSummary(settings)

  expect(JSON.stringify(summary)).not.toContain('canary')
  expect(summary).toMatchObject({
    listeners: [{ name: 'cache', listen: '127.0.0.1:6380', protocol: 'redis', hasTls: true, takesProxyProtocol: true }],
    upstreams: [{ name: 'redis', minSize: 1, maxSize: 16, maxPaused: 100 }],
  })
})
