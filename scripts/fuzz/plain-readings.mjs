/** Each format read a second time, by other means: on a whole text, with patterns and recursion. */

const MOST_DEPTH = 128

/**
 * @param {string} text
 * @param {number} at
 */
export function readLine(text, at) {
  return text.indexOf('\n', at) + 1 || -1
}

/** @param {{ bytes: 1 | 2 | 4 | 8, endian: 'big' | 'little', includesLength: boolean }} options */
export function readPrefixed({ bytes, endian, includesLength }) {
  /**
   * @param {string} text
   * @param {number} at
   */
  return (text, at) => {
    const prefix = text.slice(at, at + bytes)
    if (prefix.length < bytes) return -1
    const digits = Array.from(prefix, (sign) => sign.charCodeAt(0).toString(16).padStart(2, '0'))
    const length = BigInt(`0x${(endian === 'big' ? digits : digits.toReversed()).join('')}`)
    const end = BigInt(at) + length + (includesLength ? 0n : BigInt(bytes))
    const isSound = length >= (includesLength ? bytes : 0) && end <= text.length
    return isSound ? Number(end) : -1
  }
}

/**
 * @param {string} text
 * @param {number} at
 */
export function readRedisRequest(text, at) {
  if (text[at] !== '*') {
    const end = match(/[\t\x20-\xff]*\r?\n/y, text, at)?.end ?? -1
    return end - at <= 65_536 ? end : -1
  }
  const head = match(/\*(-1|0|[1-9]\d{0,9})\r\n/y, text, at)
  if (head === undefined || head.number > 2 ** 31 - 1) return -1
  let end = head.end
  for (let words = head.number; words > 0 && end !== -1; words--) end = readBlob(/\$(0|[1-9]\d{0,14})\r\n/y, text, end)
  return end
}

/**
 * A reply and what goes before it.
 *
 * @param {string} text
 * @param {number} at
 */
export function readRedisReply(text, at) {
  let from = at
  for (let push = match(/>(0|[1-9]\d{0,14})\r\n/y, text, from); push !== undefined;) {
    from = readValues(text, push.end, push.number, 1)
    if (from === -1) return -1
    from = readAttributes(text, from, 0)
    if (from === -1) return -1
    push = match(/>(0|[1-9]\d{0,14})\r\n/y, text, from)
  }
  const behind = readAttributes(text, from, 0)
  if (behind !== -1 && behind > from && text[behind] === '>') return readRedisReply(text, behind)
  return readValue(text, from, 0)
}

/**
 * @param {string} text
 * @param {number} at
 * @param {number} depth
 * @returns {number}
 */
function readAttributes(text, at, depth) {
  let end = at
  for (let found = match(/\|(0|[1-9]\d{0,14})\r\n/y, text, end); found !== undefined;) {
    end = readValues(text, found.end, 2 * found.number, depth + 1)
    if (end === -1) return -1
    found = match(/\|(0|[1-9]\d{0,14})\r\n/y, text, end)
  }
  return end
}

/**
 * @param {string} text
 * @param {number} at
 * @param {number} depth how many others it is in
 * @returns {number}
 */
function readValue(text, at, depth) {
  const from = readAttributes(text, at, depth)
  if (from === -1) return -1
  const line = match(/[-+:_#,(][^\r\n]*\r\n/y, text, from) ?? match(/[$=!*~%]-1\r\n/y, text, from)
  if (line !== undefined) return line.end
  if ('$=!'.includes(text[from] ?? 'x')) return readString(text, from, depth)
  const counted = match(/[*~%](0|[1-9]\d{0,14})\r\n/y, text, from)
  if (counted !== undefined) {
    const each = text[from] === '%' ? 2 : 1
    return readValues(text, counted.end, each * counted.number, depth + 1)
  }
  const open = match(/[*~%]\?\r\n/y, text, from)
  return open === undefined || depth >= MOST_DEPTH ? -1 : readUntilEnd(text, open.end, depth + 1)
}

/**
 * @param {string} text
 * @param {number} at
 * @param {number} count
 * @param {number} depth
 */
function readValues(text, at, count, depth) {
  if (count > 0 && depth > MOST_DEPTH) return -1
  let end = at
  for (let left = count; left > 0 && end !== -1; left--) end = readValue(text, end, depth)
  return end
}

/**
 * @param {string} text
 * @param {number} at
 * @param {number} depth
 */
function readUntilEnd(text, at, depth) {
  let end = readAttributes(text, at, depth)
  while (end !== -1 && !text.startsWith('.', end)) {
    end = readValue(text, end, depth)
    if (end !== -1) end = readAttributes(text, end, depth)
  }
  return end !== -1 && text.startsWith('.\r\n', end) ? end + 3 : -1
}

/**
 * @param {string} text
 * @param {number} at
 * @param {number} depth
 */
function readString(text, at, depth) {
  const open = match(/[$=!]\?\r\n/y, text, at)
  if (open === undefined) return readBlob(/[$=!](0|[1-9]\d{0,14})\r\n/y, text, at)
  if (depth >= MOST_DEPTH) return -1
  let end = open.end
  while (end !== -1 && !text.startsWith(';0\r\n', end)) end = readBlob(/;([1-9]\d{0,14})\r\n/y, text, end)
  return end === -1 ? -1 : end + 4
}

/**
 * @param {string} text
 * @param {number} at
 */
export function readMemcachedRequest(text, at) {
  if (text[at] === '\x80') return -1
  const line = readLine(text, at)
  if (line === -1) return -1
  const numbers = numbersOf(text.slice(at, line))
  if (numbers === undefined) return line
  const [flags = 0n, exptime = 0n, bytes = 0n, unique = 0n] = numbers.split(' ').map(BigInt)
  if (flags >= 2n ** 32n || exptime >= 2n ** 31n || exptime <= -(2n ** 31n)) return line
  if (bytes > 2n ** 31n - 3n || Number(unique) > 2 ** 63) return line
  return readBlock(text, line, Number(bytes))
}

/**
 * The numbers of a storage command that is as it should be.
 *
 * @param {string} line
 * @returns {string | undefined}
 */
function numbersOf(line) {
  /** @type {(string | undefined)[]} */
  const found =
    /^(?:cas|set|add|replace|append|prepend) [^\0-\x20]{1,250} (\d{1,20} -?\d{1,20} \d{1,20}(?: \d{1,20})?)\r?\n$/.exec(
      line,
    ) ?? []
  const isCas = line.startsWith('cas ')
  return found[1]?.split(' ').length === (isCas ? 4 : 3) ? found[1] : undefined
}

/**
 * @param {string} text
 * @param {number} at
 */
export function readMemcachedReply(text, at) {
  let from = at
  for (;;) {
    const line = readLine(text, from)
    if (line === -1) return -1
    const words = text.slice(from, line).trimEnd().split(' ')
    if (words[0] === 'STAT') from = line
    else if (words[0] === 'VA') return readSized(text, from, line, words[1])
    else if (words[0] === 'VALUE') {
      from = readSized(text, from, line, words[3])
      if (from === -1) return -1
    } else return line
  }
}

/**
 * @param {string} text
 * @param {number} from
 * @param {number} line
 * @param {string} [bytes]
 */
function readSized(text, from, line, bytes = '') {
  if (line - from > 512 || !/^\d{1,20}$/.test(bytes) || Number(bytes) > 2 ** 31 - 1) return -1
  return readBlock(text, line, Number(bytes))
}

/**
 * @param {RegExp} head
 * @param {string} text
 * @param {number} at
 */
function readBlob(head, text, at) {
  const found = match(head, text, at)
  return found === undefined ? -1 : readBlock(text, found.end, found.number)
}

/**
 * @param {string} text
 * @param {number} at
 * @param {number} bytes
 */
function readBlock(text, at, bytes) {
  return text.slice(at + bytes, at + bytes + 2) === '\r\n' ? at + bytes + 2 : -1
}

/**
 * What a pattern finds right there: where that ends, and the number in it.
 *
 * @param {RegExp} pattern sticky
 * @param {string} text
 * @param {number} at
 */
function match(pattern, text, at) {
  pattern.lastIndex = at
  const found = pattern.exec(text)
  return found === null ? undefined : { end: pattern.lastIndex, number: Number(found[1]) }
}
