/** PROXY headers: however they are cut they say the same, and what they say is what a second reading finds. */
import assert from 'node:assert/strict'
import { isIP, SocketAddress } from 'node:net'

import { ProxyHeaderParser } from '../../packages/server/dist/listener/proxy-protocol/proxy-header-parser.js'
import { ProxyHeaderError } from '../../packages/server/dist/listener/proxy-protocol/proxy-header.js'
import { proxyHeaderV1, proxyHeaderV2 } from '../../packages/server/dist/listener/proxy-protocol/write-proxy-header.js'
import { pieceUp } from './framing.mjs'
import { chanceOf } from './random.mjs'

/** @import { FuzzTarget } from './targets.mjs' */
/** @import { ProxyHeader } from '../../packages/server/dist/listener/proxy-protocol/proxy-header.js' */

/** @typedef {{ header: ProxyHeader, rest: string }} ParsedProxyHeader with a character for each byte of the rest */

const V1 = /^PROXY (?:UNKNOWN(?: [^\r\n]*)?|TCP([46]) ([\da-fA-F.:]+) ([\da-fA-F.:]+) (\d{1,5}) (\d{1,5}))\r\n/
const SIGNATURE = '0d0a0d0a000d0a515549540a'
const ADDRESS_BYTES = new Map([
  [0x11, 12],
  [0x12, 12],
  [0x21, 36],
  [0x22, 36],
  [0x31, 216],
  [0x32, 216],
])

const PAIRS = [
  [
    { address: '192.0.2.1', port: 1 },
    { address: '255.255.255.255', port: 65_535 },
  ],
  [
    { address: '::1', port: 0 },
    { address: '2001:db8::ffff:1', port: 443 },
  ],
  [undefined, undefined],
].map(([source, destination]) => ({ source, destination }))

/** @type {readonly FuzzTarget[]} */
export const proxyHeaders = [
  {
    name: 'proxy-v1',
    samples: [
      ...PAIRS.map(({ source, destination }) => Buffer.from(proxyHeaderV1(source, destination))),
      Buffer.from('PROXY UNKNOWN anything at all\r\n'),
    ],
    pieces: [
      '\r\n',
      '\r',
      '\n',
      ' ',
      '0',
      '65536',
      ':',
      '::',
      '.',
      '%eth0',
      '::ffff:1.2.3.4',
      'UNKNOWN',
      'TCP6',
      '256',
    ].map((text) => Buffer.from(text)),
    run: (input) => check(input, expectedV1),
  },
  {
    name: 'proxy-v2',
    samples: [
      ...PAIRS.map(({ source, destination }) => Buffer.from(proxyHeaderV2(source, destination))),
      Buffer.from(`${SIGNATURE}21110013c0000201c6336407dc0401bb02000161040001ff`, 'hex'),
      Buffer.from(`${SIGNATURE}213100d8${'2f61'.padEnd(432, '0')}`, 'hex'),
      Buffer.from(`${SIGNATURE}21120013c0000201c6336407dc0401bb03000400000000`, 'hex'),
    ],
    pieces: ['00', '21', '20', '11', '31', '000c', '0024', 'ffff', '03000400000000', '02000161'].map((hex) =>
      Buffer.from(hex, 'hex'),
    ),
    run: (input) => check(input, expectedV2),
  },
]

/**
 * @param {Buffer} input
 * @param {(input: Buffer, parsed: ParsedProxyHeader) => void} isRight
 */
function check(input, isRight) {
  const whole = parse([input])
  const cut = parse(pieceUp(input, chanceOf(input)))
  assert.equal(JSON.stringify(cut), JSON.stringify(whole), 'cut, it says something else')
  if (typeof whole === 'string') {
    assert.ok(whole !== 'refused' || !V1.test(input.toString('latin1')) || !isSoundV1(input), 'a sound line is refused')
    return whole
  }
  isRight(input, whole)
  return whole.header.addresses === undefined ? 'header' : 'header with addresses'
}

/**
 * @param {readonly Buffer[]} pieces
 * @returns {ParsedProxyHeader | 'more' | 'refused'}
 */
function parse(pieces) {
  const parser = new ProxyHeaderParser()
  try {
    for (const [index, piece] of pieces.entries()) {
      const parsed = parser.push(piece)
      if (parsed === 'more') continue
      const rest = Buffer.concat([parsed.rest, ...pieces.slice(index + 1)]).toString('latin1')
      return { header: parsed.header, rest }
    }
  } catch (error) {
    if (error instanceof ProxyHeaderError) return 'refused'
    throw error
  }
  return 'more'
}

/**
 * @param {Buffer} input
 * @returns {(string | undefined)[]}
 */
function partsOf(input) {
  return V1.exec(input.toString('latin1')) ?? []
}

/** @param {Buffer} input */
function isSoundV1(input) {
  const [line = '', family, source = '', destination = '', ...ports] = partsOf(input)
  if (line.length > 107) return false
  if (family === undefined) return line !== ''
  const areAddresses = isIP(source) === Number(family) && isIP(destination) === Number(family)
  return areAddresses && ports.every((port) => Number(port) <= 65_535 && String(Number(port)) === port)
}

/**
 * @param {Buffer} input
 * @param {ParsedProxyHeader} parsed
 */
function expectedV1(input, { header, rest }) {
  if (header.version === 'v2') return expectedV2(input, { header, rest })
  assert.ok(isSoundV1(input), 'an unsound line is taken')
  const [line = '', family, source = '', destination = '', sourcePort, destinationPort] = partsOf(input)
  assert.equal(rest.length, input.length - line.length)
  if (family === undefined) return assert.equal(header.addresses, undefined)
  assert.deepEqual(header.addresses, {
    transport: 'stream',
    source: { address: canonical(source), port: Number(sourcePort) },
    destination: { address: canonical(destination), port: Number(destinationPort) },
  })
}

/** @param {string} address */
function canonical(address) {
  return new SocketAddress({ address, family: address.includes(':') ? 'ipv6' : 'ipv4' }).address
}

/**
 * @param {Buffer} input
 * @param {ParsedProxyHeader} parsed
 */
function expectedV2(input, { header, rest }) {
  if (header.version === 'v1') return expectedV1(input, { header, rest })
  assert.equal(input.toString('hex', 0, 12), SIGNATURE)
  const length = input.readUInt16BE(14)
  assert.equal(rest.length, input.length - 16 - length)
  const command = input.readUInt8(12)
  const family = input.readUInt8(13)
  assert.ok(command === 0x20 || command === 0x21)
  if (command === 0x20 || family === 0) return assert.equal(header.addresses, undefined)
  const addressBytes = ADDRESS_BYTES.get(family) ?? Infinity
  const tlvBytes = header.tlvs.reduce((sum, { value }) => sum + 3 + value.length, 0)
  assert.equal(addressBytes + tlvBytes, length, 'addresses and TLVs are not all of it')
  assert.equal(header.addresses?.transport, family % 16 === 1 ? 'stream' : 'datagram')
  if (addressBytes === 12) assert.deepEqual(header.addresses?.source, ipv4At(input))
}

/** @param {Buffer} input */
function ipv4At(input) {
  return { address: [...input.subarray(16, 20)].join('.'), port: input.readUInt16BE(24) }
}
