import { expect, test } from 'vitest'

import { readConfig } from '../config/config-source.ts'
import type { ServerConfig } from '../config/server-config.ts'
import { lines } from '../protocols/lines.ts'
import { probeOf, type ProbeOptions } from './probe-of.ts'

type Protocol = ServerConfig['listeners'][number]['protocol']

/** That of upstream `u`, where these are spoken to it, and `redis` to another. */
function probed(...spoken: readonly Protocol[]): ProbeOptions {
  const listeners = spoken.map((protocol, index) => ({
    name: `to-u-${index}`,
    listen: `127.0.0.1:${4_000 + index}`,
    protocol,
    upstream: 'u',
  }))
  const other = { name: 'to-v', listen: '127.0.0.1:5000', protocol: 'redis', upstream: 'v' } as const
  const upstreams = { u: { endpoints: ['127.0.0.1:1'] }, v: { endpoints: ['127.0.0.1:2'] } }
  return probeOf('u', readConfig({ config: { listeners: [other, ...listeners], upstreams } }).listeners)
}

const PROBED = { probe: expect.any(Function) as unknown, probeAfterIdleMs: 500 }

test.each<[string, readonly Protocol[]]>([
  ['one listener', ['redis']],
  ['several listeners', ['memcached', 'memcached']],
])('an upstream is probed in the protocol of %s, unless a connection has just served', (_whose, spoken) => {
  expect(probed(...spoken)).toEqual(PROBED)
})

test.each<[string, readonly Protocol[]]>([
  ['nobody speaks to it', []],
  ['bytes are passed on unread', ['tcp']],
  ['bytes are passed on unread by one of them', ['redis', 'tcp']],
  ['the protocol has no probe', [lines()]],
  ['different protocols are spoken', ['redis', 'memcached']],
])('an upstream is not probed where %s', (_why, spoken) => {
  expect(probed(...spoken)).toEqual({})
})
