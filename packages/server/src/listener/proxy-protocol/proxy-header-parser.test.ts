import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { cut, sizes } from '../../../test/frames.ts'
import { ipPairs, parsePieces, tlv, v2 } from '../../../test/proxy-headers.ts'
import { ProxyHeaderParser } from './proxy-header-parser.ts'
import { proxyHeaderV1, proxyHeaderV2 } from './write-proxy-header.ts'

describe('a header that was written', () => {
  test.each([
    ['v1', proxyHeaderV1],
    ['v2', proxyHeaderV2],
  ] as const)('says what it was written from, however it is cut (%s)', (version, write) => {
    fc.assert(
      fc.property(ipPairs(), fc.uint8Array(), sizes(), ([source, destination], rest, sizes) => {
        const parsed = parsePieces(cut(Buffer.concat([write(source, destination), rest]), sizes))

        const addresses = { transport: 'stream', source, destination }
        expect(parsed).toEqual({ header: { version, addresses, tlvs: [] }, rest })
      }),
    )
  })
})

test('TLVs of any size come through, however they are cut', () => {
  const values = fc.array(fc.tuple(fc.integer({ min: 0x20, max: 0xff }), fc.uint8Array({ maxLength: 200 })), {
    maxLength: 10,
  })
  fc.assert(
    fc.property(values, sizes(), (values, sizes) => {
      const header = v2(0x21, 0x11, new Uint8Array(12), ...values.map(([type, value]) => tlv(type, value)))

      expect(parsePieces(cut(header, sizes))).toMatchObject({
        header: { tlvs: values.map(([type, value]) => ({ type, value })) },
      })
    }),
  )
})

test('what follows on the header is the very memory that was pushed, even when it is long', () => {
  const parser = new ProxyHeaderParser()
  const header = proxyHeaderV2({ address: '192.0.2.1', port: 1 }, { address: '192.0.2.2', port: 2 })
  parser.push(header.subarray(0, 20))
  const piece = Buffer.concat([header.subarray(20), Buffer.alloc(100_000, 'x')])
  const parsed = parser.push(piece)

  expect(parsed).not.toBe('more')
  if (parsed === 'more') return
  expect(parsed.rest).toHaveLength(100_000)
  expect(parsed.rest.buffer).toBe(piece.buffer)
})
