import { expect, test } from 'vitest'

import { resolveConfig } from '../../config/resolve-config.ts'
import { startErrorLine } from './start-error.ts'

const settings = resolveConfig({
  listeners: [
    { name: 'a', listen: '127.0.0.1:1', protocol: 'tcp', upstream: 'u' },
    { name: 'b', listen: 'unix:/run/none/b.sock', protocol: 'tcp', upstream: 'u' },
    { name: 'c', listen: 'none.invalid:2', protocol: 'tcp', upstream: 'u' },
  ],
  upstreams: { u: { endpoints: ['127.0.0.1:9'] } },
})

const failed = (facts: object): Error => Object.assign(new Error('listen failed'), facts)

test.each<[object, string, string]>([
  [
    { code: 'EADDRINUSE', address: '127.0.0.1', port: 1 },
    'listeners[0].listen',
    'cannot listen on 127.0.0.1:1: somebody else listens there (EADDRINUSE)',
  ],
  [
    { code: 'EACCES', address: '/run/none/b.sock', port: -1 },
    'listeners[1].listen',
    'cannot listen on /run/none/b.sock: its directory is not there, or this user may not write to it (EACCES)',
  ],
  [
    { code: 'EADDRINUSE', address: '/run/none/b.sock' },
    'listeners[1].listen',
    'cannot listen on /run/none/b.sock: somebody else listens there, or it is no socket (EADDRINUSE)',
  ],
  [
    { code: 'ENOTFOUND', hostname: 'none.invalid' },
    'listeners[2].listen',
    'cannot listen on none.invalid: the name has no address (ENOTFOUND)',
  ],
])('%o names the key or the flag', (facts, key, line) => {
  expect(startErrorLine(failed(facts), settings)).toBe(`${key}: ${line}`)
  expect(startErrorLine(failed(facts), undefined)).toBe(`--listen: ${line}`)
})

test.each([{}, { code: 'EOTHER', address: '127.0.0.1' }, { code: 'EACCES' }])('%o is told as it is', (facts) => {
  expect(startErrorLine(failed(facts), settings)).toBe('listen failed')
})
