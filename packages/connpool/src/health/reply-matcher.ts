/** Is the reply still incomplete, complete with exactly these bytes, or already wrong? */
export type Verdict = 'incomplete' | 'complete' | 'wrong'

/**
 * What a reply must look like, decided byte by byte: any cutting into chunks gives the same answer, each byte is looked
 * at once, and nothing is kept.
 */
export interface ReplyMatcher {
  /** Takes the next bytes. Once a reply is complete, any more make it wrong; once it is wrong, do not ask again. */
  take(bytes: Uint8Array): Verdict
}

/** The reply is these bytes and nothing after them. */
export function exactly(expected: Uint8Array): ReplyMatcher {
  let matched = 0
  return {
    take(bytes) {
      if (bytes.length > expected.length - matched) return 'wrong'
      for (const byte of bytes) {
        if (byte !== expected[matched++]) return 'wrong'
      }
      return matched === expected.length ? 'complete' : 'incomplete'
    },
  }
}

const CR = 0x0d
const LF = 0x0a

/** The reply is one line that begins with `prefix`, says something printable, and ends in CR LF with nothing after it. */
export function lineBeginningWith(prefix: Uint8Array, maxBytes: number): ReplyMatcher {
  let position = 0
  let sawCr = false
  let sawLf = false
  const fits = (byte: number): boolean => {
    const at = position++
    if (sawLf) return false
    if (at < prefix.length) return byte === prefix[at]
    if (sawCr) return (sawLf = byte === LF)
    if (byte !== CR) return byte >= 0x20 && byte < 0x7f && position < maxBytes
    sawCr = true
    return at > prefix.length
  }
  return {
    take(bytes) {
      for (const byte of bytes) {
        if (!fits(byte)) return 'wrong'
      }
      return sawLf ? 'complete' : 'incomplete'
    },
  }
}
