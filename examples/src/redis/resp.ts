/** What a Redis server can answer, as RESP2 says it. An error reply is a value here: what it means is the caller's to say. */
export type Reply = string | number | null | Error | readonly Reply[]

/** A reply read from the front of some bytes, and where it ends. */
export interface ReadReply {
  readonly reply: Reply
  readonly end: number
}

/** A command as bytes: an array of bulk strings. */
export function encodeCommand(words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  return Buffer.from(`*${words.length}\r\n${parts.join('')}`)
}

/** The reply that begins at `start`; undefined while bytes are missing. Throws where no reply can begin like that. */
export function readReply(bytes: Buffer, start = 0): ReadReply | undefined {
  const lineEnd = bytes.indexOf('\r\n', start)
  if (lineEnd === -1) return undefined
  const kind = String.fromCharCode(bytes[start] ?? 0)
  const line = bytes.toString('utf8', start + 1, lineEnd)
  const end = lineEnd + 2
  switch (kind) {
    case '+':
      return { reply: line, end }
    case '-':
      return { reply: new Error(line), end }
    case ':':
      return { reply: Number(line), end }
    case '$':
      return readBulk(bytes, Number(line), end)
    case '*':
      return readArray(bytes, Number(line), end)
    default:
      throw new Error('the server does not speak the Redis protocol')
  }
}

function readBulk(bytes: Buffer, length: number, start: number): ReadReply | undefined {
  if (length === -1) return { reply: null, end: start }
  const end = start + length + 2
  return bytes.length < end ? undefined : { reply: bytes.toString('utf8', start, end - 2), end }
}

function readArray(bytes: Buffer, length: number, start: number): ReadReply | undefined {
  if (length === -1) return { reply: null, end: start }
  const replies: Reply[] = []
  let end = start
  while (replies.length < length) {
    const next = readReply(bytes, end)
    if (next === undefined) return undefined
    replies.push(next.reply)
    end = next.end
  }
  return { reply: replies, end }
}
