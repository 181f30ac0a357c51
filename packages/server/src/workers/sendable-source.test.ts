import { describe, expect, test } from 'vitest'

import type { ServerConfig } from '../config/server-config.ts'
import { Secret } from '../config/secret.ts'
import { lines } from '../protocols/lines.ts'
import { tcp } from '../protocols/tcp.ts'
import { sendableSource } from './sendable-source.ts'

const listener = { listen: '127.0.0.1:0', protocol: 'lines', upstream: 'u' } as const
const upstreams = { u: { endpoints: ['127.0.0.1:1'] } }

function sent(config: ServerConfig): ServerConfig {
  const source = sendableSource({ config })
  if (!('config' in source)) throw new Error('an object is expected')
  return structuredClone(source.config)
}

describe('a configuration for workers', () => {
  test('is what it was, but for the admin listener and its token', () => {
    const config = { listeners: [listener], upstreams, admin: { token: new Secret('hush') } }

    expect(sent(config)).toEqual({ listeners: [listener], upstreams, admin: 'off' })
  })

  test('may have a protocol that is nothing but data', () => {
    expect(sent({ listeners: [{ ...listener, protocol: tcp() }], upstreams }).listeners[0]?.protocol).toEqual(tcp())
  })

  test('must not have a handler, nor a protocol of the program', () => {
    const handled: ServerConfig = { listeners: [listener, { ...listener, handle: () => 'x' }], upstreams }
    const spoken: ServerConfig = { listeners: [{ ...listener, protocol: lines() }], upstreams }

    expect(() => sendableSource({ config: handled })).toThrow('listeners[1].handle must not be an object or a function')
    expect(() => sendableSource({ config: spoken })).toThrow('listeners[0].protocol must not be')
  })

  test('is the text of a file as it is', () => {
    const source = { text: 'listeners: []', file: 'connpool.yaml' }

    expect(sendableSource(source)).toBe(source)
  })
})
