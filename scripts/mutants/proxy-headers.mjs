/** Bugs in what a proxy says of the client. */

/** @import { Mutant } from './copy.mjs' */

const HEADERS = 'packages/server/src/listener/proxy-protocol'
const PARSER = `${HEADERS}/proxy-header-parser.ts`
const V1 = `${HEADERS}/v1-parser.ts`
const V2 = `${HEADERS}/v2-parser.ts`
const TLVS = `${HEADERS}/tlvs.ts`
const IP = `${HEADERS}/ip-bytes.ts`

/** @type {readonly Mutant[]} */
export const proxyHeaders = [
  {
    breaks: 'PROXY: what follows on a header that came in pieces is cut at the wrong place',
    file: PARSER,
    find: 'rest: bytes.subarray(end - before)',
    put: 'rest: bytes.subarray(Math.min(end, bytes.length))',
    killers: ['proxyHeaders'],
  },
  {
    breaks: 'PROXY: more is copied than a header may have',
    file: PARSER,
    find: 'bytes.subarray(0, MOST_V2_BYTES - this.#keptBytes)',
    put: 'bytes',
    killers: ['proxyHeaders'],
  },
  {
    breaks: 'PROXY: a line may be longer than any that is well formed',
    file: V1,
    find: 'at < Math.min(bytes.length, MOST_BYTES)',
    put: 'at < bytes.length',
    killers: ['v1'],
  },
  {
    breaks: 'PROXY: a line may end with LF alone',
    file: V1,
    find: 'if (before !== CR && byte !== LF) return false',
    put: 'if (before !== CR) return byte === LF',
    killers: ['v1'],
  },
  {
    breaks: 'PROXY: a port may be written in many ways',
    file: V1,
    find: 'if (String(port) === text && Number.isInteger(port)',
    put: 'if (Number.isInteger(port)',
    killers: ['v1'],
  },
  {
    breaks: 'PROXY: something may follow on the ports',
    file: V1,
    find: 'if (more.length > 0)',
    put: 'if (false)',
    killers: ['v1'],
  },
  {
    breaks: 'PROXY: an address may have a zone',
    file: IP,
    find: `text.includes('%') ||`,
    put: '',
    killers: ['ipBytes', 'v1'],
  },
  {
    breaks: 'PROXY: an address is left as the proxy spells it, so that a client has many names',
    file: V1,
    find: 'return ipv6Text(bytes)',
    put: 'return text',
    killers: ['v1'],
  },
  {
    breaks: 'PROXY: a header too short for its addresses is taken',
    file: V2,
    find: 'if (header.length < tlvsAt)',
    put: 'if (false)',
    killers: ['v2'],
  },
  {
    breaks: 'PROXY: a header may be as long as it says',
    file: V2,
    find: 'if (end > MOST_V2_BYTES)',
    put: 'if (false)',
    killers: ['v2'],
  },
  {
    breaks: 'PROXY: any version is taken for the second',
    file: V2,
    find: 'if (version !== VERSION)',
    put: 'if (false)',
    killers: ['v2'],
  },
  {
    breaks: 'PROXY: what a proxy says of itself is taken for the client',
    file: V2,
    find: `if (command === LOCAL) return { version: 'v2', addresses: undefined, tlvs: [] }`,
    put: 'if (command === LOCAL) return parseProxied(header)',
    killers: ['v2'],
  },
  {
    breaks: 'PROXY: a TLV may go beyond the end of the header',
    file: TLVS,
    find: '|| end > header.length',
    put: '',
    killers: ['v2'],
  },
  {
    breaks: 'PROXY: a checksum is not verified',
    file: TLVS,
    find: 'if (crc32c(blanked) !== said)',
    put: 'if (false)',
    killers: ['v2'],
  },
  {
    breaks: 'PROXY: a TLV changes with the buffer it came in',
    file: TLVS,
    find: 'Uint8Array.from(header.subarray(at + HEAD_BYTES, end))',
    put: 'header.subarray(at + HEAD_BYTES, end)',
    killers: ['v2'],
  },
  {
    breaks: 'PROXY: an IPv4 address beside an IPv6 one is written as it is',
    file: `${HEADERS}/write-proxy-header.ts`,
    find: 'from: asIpv6(from), to: asIpv6(to)',
    put: 'from, to',
    killers: ['writeProxyHeader'],
  },
  {
    breaks: 'a client with IPv4 is told of as one with IPv6 where a listener takes both',
    file: 'packages/server/src/upstreams/preamble.ts',
    find: 'undefined : { address: plainAddress(address), port }',
    put: 'undefined : { address, port }',
    killers: ['preamble'],
  },
]
