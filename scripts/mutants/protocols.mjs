/** Bugs in what finds the ends of requests and replies, and in what says who needs a connection of their own. */

/** @import { Mutant } from './copy.mjs' */

const PROTOCOLS = 'packages/server/src/protocols'
const LINE = `${PROTOCOLS}/line-scanner.ts`
const PREFIX = `${PROTOCOLS}/length-prefixed/length-prefix.ts`
const PREFIXED = `${PROTOCOLS}/length-prefixed/prefixed-scanner.ts`
const BLOB = `${PROTOCOLS}/blob.ts`
const COUNT = `${PROTOCOLS}/redis/count-line.ts`
const TEXT = `${PROTOCOLS}/redis/text-line.ts`
const INLINE = `${PROTOCOLS}/redis/inline-line.ts`
const REQUEST = `${PROTOCOLS}/redis/request-scanner.ts`
const REPLY = `${PROTOCOLS}/redis/reply-scanner.ts`
const NESTING = `${PROTOCOLS}/redis/nesting.ts`
const CLAIM = `${PROTOCOLS}/redis/claim.ts`
const COMMAND = `${PROTOCOLS}/memcached/command.ts`
const CUT = `${PROTOCOLS}/memcached/cut-line.ts`
const BLOCK = `${PROTOCOLS}/memcached/block-scanner.ts`

/** @type {readonly Mutant[]} */
export const protocols = [
  {
    breaks: 'framing: what a line had before the cut does not count',
    file: LINE,
    find: 'checkLength(this.#seenBytes + at + 1 - start, this.#limit)',
    put: 'checkLength(at + 1 - start, this.#limit)',
    killers: ['lines', 'linesCut'],
  },
  {
    breaks: 'framing: a line without an end may grow for ever',
    file: LINE,
    find: 'if (this.#seenBytes > 0) checkLength(this.#seenBytes + 1, this.#limit)',
    put: '',
    killers: ['lines', 'linesCut'],
  },
  {
    breaks: 'framing: a message breaks its line, and so ends the reply',
    file: `${PROTOCOLS}/lines.ts`,
    find: `return message.replaceAll(/[\\r\\n]+/g, ' ')`,
    put: 'return message',
    killers: ['lines', 'redis', 'memcached'],
  },
  {
    breaks: 'framing: a length that counts itself may be shorter than itself',
    file: PREFIX,
    find: 'if (length < this.#own)',
    put: 'if (false)',
    killers: ['lengthPrefixed'],
  },
  {
    breaks: 'framing: a length beyond what can be counted is taken',
    file: PREFIX,
    find: 'if (length > Number.MAX_SAFE_INTEGER - this.bytes)',
    put: 'if (false)',
    killers: ['lengthPrefixed'],
  },
  {
    breaks: 'framing: a long frame is only refused when it has come',
    file: PREFIXED,
    find: 'checkLength(this.#prefix.bytes + payloadBytes, this.#limit)',
    put: '',
    killers: ['lengthPrefixed'],
  },
  {
    breaks: 'framing: the length of the last frame is added to',
    file: PREFIXED,
    find: 'this.#prefixBytes = 0 this.#length = 0',
    put: 'this.#prefixBytes = 0',
    killers: ['lengthPrefixed'],
  },
  {
    breaks: 'framing: what stands where a line break must be is not looked at',
    file: BLOB,
    find: 'this.#checkEnd(bytes, start, here)',
    put: '',
    killers: ['redisRequests', 'memcached'],
  },
  {
    breaks: 'framing: a count may have zeros in front',
    file: COUNT,
    find: `else if (byte === ZERO) this.#special(0, 'cr')`,
    put: '',
    killers: ['redisRequests', 'redisReplies'],
  },
  {
    breaks: 'framing: a count may have any number of digits',
    file: COUNT,
    find: 'if (++this.#digits > MOST_DIGITS)',
    put: 'if (false)',
    killers: ['redisRequests'],
  },
  {
    breaks: 'framing: a lone carriage return may stand in a reply',
    file: TEXT,
    find: 'if (byte !== LF || !this.#hasReturned)',
    put: 'if (!this.#hasReturned)',
    killers: ['redisReplies'],
  },
  {
    breaks: 'framing: a NUL may stand in a typed command',
    file: INLINE,
    find: '(byte < SPACE && byte !== TAB && byte !== CR)',
    put: '(byte < SPACE && byte !== TAB && byte !== CR && byte !== 0)',
    killers: ['redisRequests'],
  },
  {
    breaks: 'framing: a word that is too long is only refused when it has come',
    file: REQUEST,
    find: 'checkLength(at + before + this.#count.value + END_BYTES, this.#limit)',
    put: '',
    killers: ['redisRequests'],
  },
  {
    breaks: 'framing: a command counts the bytes before the cut twice',
    file: REQUEST,
    find: 'at = this.#step(bytes, at, this.#seenBytes - start)',
    put: 'at = this.#step(bytes, at, 2 * this.#seenBytes - start)',
    killers: ['redisRequests'],
  },
  {
    breaks: 'framing: a word may be something else than a bulk string',
    file: REQUEST,
    find: 'if (type !== DOLLAR)',
    put: 'if (false)',
    killers: ['redisRequests'],
  },
  {
    breaks: 'framing: a map has as many values as pairs',
    file: REPLY,
    find: 'return this.#beginValues(count, 2)',
    put: 'return this.#beginValues(count, 1)',
    killers: ['redisReplies'],
  },
  {
    breaks: 'framing: a push is taken for the reply',
    file: NESTING,
    find: `if (open.holding === 'aside') return false`,
    put: '',
    killers: ['redisReplies'],
  },
  {
    breaks: 'framing: a reply may be nested without end',
    file: NESTING,
    find: 'if (this.#open.length === DEEPEST)',
    put: 'if (false)',
    killers: ['redisReplies'],
  },
  {
    breaks: 'framing: an end ends what has a count',
    file: NESTING,
    find: '|| open.left !== Infinity',
    put: '',
    killers: ['redisReplies'],
  },
  {
    breaks: 'sharing: a command in small letters is another one',
    file: `${PROTOCOLS}/redis/words.ts`,
    find: '.toUpperCase()',
    put: '',
    killers: ['redis'],
  },
  {
    breaks: 'sharing: quotes hide a command',
    file: CLAIM,
    find: `if (/["'\\\\]/.test(line)) return 'own'`,
    put: '',
    killers: ['redis'],
  },
  {
    breaks: 'sharing: a stream called BLOCK is taken for the option',
    file: CLAIM,
    find: `&& word !== 'STREAMS'`,
    put: '',
    killers: ['redis'],
  },
  {
    breaks: 'sharing: what wants no reply shares a connection',
    file: COMMAND,
    find: `return text.includes('noreply') ? OWN : SHARE`,
    put: 'return SHARE',
    killers: ['memcached'],
  },
  {
    breaks: 'sharing: a key that memcached refuses shares a connection, and its block is read as commands',
    file: COMMAND,
    find: 'key.length > LONGEST_KEY',
    put: 'key.length > LONGEST_KEY + 1',
    killers: ['memcached'],
  },
  {
    breaks: 'sharing: flags that memcached refuses share a connection, and the block is read as commands',
    file: COMMAND,
    find: 'readDecimal(flags, GREATEST_FLAGS) === undefined ||',
    put: '',
    killers: ['memcached'],
  },
  {
    breaks: 'framing: of a line that is cut only the last piece is kept',
    file: CUT,
    find: 'MOST_BYTES - this.#seenBytes)), this.#seenBytes)',
    put: 'MOST_BYTES - this.#seenBytes)), 0)',
    killers: ['memcached'],
  },
  {
    breaks: 'framing: a long line says something else when it comes whole',
    file: CUT,
    find: 'return read(bytes, start, Math.min(end, start + MOST_BYTES))',
    put: 'return read(bytes, start, end)',
    killers: ['memcached'],
  },
  {
    breaks: 'framing: a reply ends with its first value',
    file: BLOCK,
    find: 'if (this.#isLast && !this.#isInBlock)',
    put: 'if (!this.#isInBlock)',
    killers: ['memcached'],
  },
  {
    breaks: 'framing: a block is looked through byte by byte, again with each piece',
    file: BLOB,
    find: 'for (let at = Math.max(start, end - END_BYTES); at < here; at++) {',
    put: 'for (let at = start; at < here; at++) {\nif (bytes[at] !== undefined && at < end - END_BYTES) continue\n',
    killers: ['linear'],
  },
]
