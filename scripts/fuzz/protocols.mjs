/** One target for each direction of each framing. */
import { lengthPrefixed } from '../../packages/server/dist/protocols/length-prefixed.js'
import { lines } from '../../packages/server/dist/protocols/lines.js'
import { memcached } from '../../packages/server/dist/protocols/memcached.js'
import { redis } from '../../packages/server/dist/protocols/redis.js'
import { framing } from './framing.mjs'
import {
  readLine,
  readMemcachedReply,
  readMemcachedRequest,
  readPrefixed,
  readRedisReply,
  readRedisRequest,
} from './plain-readings.mjs'

/** @import { FuzzTarget } from './targets.mjs' */

const LINES = ['GET a\n', 'GET a\r\n', '\n', `${'x'.repeat(300)}\n`]
const ENDS = ['\r', '\n', '\r\n', '\0', ' ', '\x80']

/** @typedef {{ bytes: 1 | 2 | 4 | 8, endian: 'big' | 'little', includesLength: boolean }} Prefix */

/** @type {readonly Prefix[]} */
const PREFIXES = [
  { bytes: 1, endian: 'big', includesLength: false },
  { bytes: 2, endian: 'little', includesLength: true },
  { bytes: 4, endian: 'big', includesLength: true },
  { bytes: 8, endian: 'little', includesLength: false },
]

const REDIS_REQUESTS = [
  '*1\r\n$4\r\nPING\r\n',
  '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$2\r\n\r\n\r\n',
  '*2\r\n$0\r\n\r\n$5\r\nhello\r\n',
  '*0\r\n',
  '*-1\r\n',
  'PING\r\n',
  ' set a "b c"\n',
  '\r\n',
  '*6\r\n$5\r\nxread\r\n$5\r\nBLOCK\r\n$1\r\n0\r\n$7\r\nSTREAMS\r\n$1\r\ns\r\n$1\r\n$\r\n',
]

const REDIS_REPLIES = [
  ...[
    '+OK\r\n',
    '-ERR no\r\n',
    ':17\r\n',
    '$-1\r\n',
    '$0\r\n\r\n',
    '$5\r\nh\r\nlo\r\n',
    '*-1\r\n',
    '*0\r\n',
    '_\r\n',
    '#t\r\n',
  ],
  ...[
    ',1.5\r\n',
    '(12345678901234567890\r\n',
    '!5\r\nERR x\r\n',
    '=7\r\ntxt:a\r\n\r\n',
    '*2\r\n:1\r\n*1\r\n+a\r\n',
    '~1\r\n+a\r\n',
  ],
  ...[
    '%1\r\n+a\r\n:1\r\n',
    '|1\r\n+ttl\r\n:1\r\n+OK\r\n',
    '>2\r\n+message\r\n+a\r\n+OK\r\n',
    '$?\r\n;1\r\na\r\n;0\r\n',
    '*?\r\n:1\r\n.\r\n',
  ],
  ...['%?\r\n+a\r\n+b\r\n.\r\n', `${'*1\r\n'.repeat(128)}:1\r\n`],
]

const REDIS_PIECES = [
  ...'+-:$*%~|>.;!=_#,(?0129'.split(''),
  '\r\n',
  '1\r\n',
  '?\r\n',
  '-1\r\n',
  '00',
  '*1\r\n',
  '$1\r\na\r\n',
  '\r',
  '\n',
  '\0',
]

const MEMCACHED_REQUESTS = [
  ...[
    'get k\r\n',
    'gets k j\n',
    'set k 0 0 5\r\nhello\r\n',
    'add k 1 -1 0\r\n\r\n',
    'cas k 0 0 2 17\r\n\r\n\r\n',
    'append k 0 0 1\nx\r\n',
  ],
  ...[
    'set k 0 0 1 noreply\r\nx\r\n',
    'mg k v q\r\n',
    'delete k\r\n',
    'incr k 1\r\n',
    'stats\r\n',
    `set ${'k'.repeat(250)} 4294967295 2147483647 1\r\nx\r\n`,
  ],
]

const MEMCACHED_REPLIES = [
  ...[
    'STORED\r\n',
    'END\r\n',
    'VALUE k 0 5\r\nhello\r\nEND\r\n',
    'VALUE k 0 3 17\r\nEND\r\nVALUE j 0 0\r\n\r\nEND\r\n',
    '17\r\n',
  ],
  ...[
    'STAT pid 1\r\nSTAT x y\r\nEND\r\n',
    'VA 2 f0\r\nab\r\n',
    'HD\r\n',
    'SERVER_ERROR no\r\n',
    `VALUE ${'k'.repeat(500)} 0 1\r\nx\r\nEND\r\n`,
  ],
]

const MEMCACHED_PIECES = [
  ...ENDS,
  'VALUE ',
  'VA ',
  'STAT ',
  'END\r\n',
  ' 0',
  '-',
  ' 2147483645',
  ' 4294967296',
  ' noreply',
  'cas ',
  'q',
  'x'.repeat(260),
]

/** @type {readonly FuzzTarget[]} */
export const protocols = [
  framing({
    name: 'lines-requests',
    scanner: (limit) => lines().requests(limit),
    read: readLine,
    samples: LINES,
    pieces: ENDS,
  }),
  framing({
    name: 'lines-replies',
    scanner: () => lines().replies(),
    read: readLine,
    isLimited: false,
    samples: LINES,
    pieces: ENDS,
  }),
  eitherOf(
    'length-prefixed-requests',
    PREFIXES.map((options) => prefixed(options, 'requests')),
  ),
  eitherOf(
    'length-prefixed-replies',
    PREFIXES.map((options) => prefixed(options, 'replies')),
  ),
  framing({
    name: 'redis-requests',
    scanner: (limit) => redis().requests(limit),
    read: readRedisRequest,
    look: (frame) => [redis().claim?.(frame), redis().answer?.(frame)],
    samples: REDIS_REQUESTS,
    pieces: REDIS_PIECES,
  }),
  framing({
    name: 'redis-replies',
    scanner: () => redis().replies(),
    read: readRedisReply,
    isLimited: false,
    samples: REDIS_REPLIES,
    pieces: REDIS_PIECES,
  }),
  framing({
    name: 'memcached-requests',
    scanner: (limit) => memcached().requests(limit),
    read: readMemcachedRequest,
    look: (frame) => memcached().claim?.(frame),
    samples: MEMCACHED_REQUESTS,
    pieces: MEMCACHED_PIECES,
  }),
  framing({
    name: 'memcached-replies',
    scanner: () => memcached().replies(),
    read: readMemcachedReply,
    isLimited: false,
    samples: MEMCACHED_REPLIES,
    pieces: MEMCACHED_PIECES,
  }),
]

/**
 * @param {Prefix} options
 * @param {'requests' | 'replies'} direction
 */
function prefixed(options, direction) {
  const protocol = lengthPrefixed(options)
  return framing({
    name: direction,
    scanner: (limit) => (direction === 'requests' ? protocol.requests(limit) : protocol.replies()),
    read: readPrefixed(options),
    isLimited: direction === 'requests',
    samples: [0, 1, 5, 40].map((length) => Buffer.from(protocol.frame(Buffer.alloc(length, 'x'))).toString('latin1')),
    pieces: ['\0', '\u0001', '\u0005', '\u00ff', '\0'.repeat(7), ' '],
  })
}

/**
 * The first byte of an input says which of them gets the rest.
 *
 * @param {string} name
 * @param {readonly FuzzTarget[]} variants
 * @returns {FuzzTarget}
 */
function eitherOf(name, variants) {
  return {
    name,
    samples: variants.flatMap(({ samples }, index) =>
      samples.map((sample) => Buffer.concat([Buffer.of(index), sample])),
    ),
    pieces: variants.flatMap(({ pieces }) => pieces),
    run: (input) => variants[(input[0] ?? 0) % variants.length]?.run(input.subarray(1)) ?? 'nothing',
  }
}
