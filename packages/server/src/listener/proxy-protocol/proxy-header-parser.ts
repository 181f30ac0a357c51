import { type ProxyHeader, ProxyHeaderError } from './proxy-header.ts'
import { MOST_V2_BYTES, parseV2, v2End } from './v2-parser.ts'
import { parseV1, v1End } from './v1-parser.ts'

const P = 0x50
const CR = 0x0d

/** A header, and what came right behind it: the client's first bytes. A view into what was pushed. */
export interface ParsedProxyHeader {
  readonly header: ProxyHeader
  readonly rest: Uint8Array
}

/**
 * Reads the PROXY header at the start of one connection, v1 or v2, in pieces of any size. It keeps at most one header's
 * bytes, 4.6 KiB.
 */
export class ProxyHeaderParser {
  #kept: Uint8Array | undefined
  #keptBytes = 0

  /**
   * Takes what came next.
   *
   * @throws ProxyHeaderError as soon as it cannot be a header any more.
   */
  push(bytes: Uint8Array): ParsedProxyHeader | 'more' {
    const before = this.#keptBytes
    const all = before === 0 ? bytes : this.#keep(bytes)
    const end = headerEnd(all)
    if (end !== -1) return { header: parse(all.subarray(0, end)), rest: bytes.subarray(end - before) }
    if (before === 0) this.#keep(bytes)
    return 'more'
  }

  /** Answers all that is kept now. What is more than a header may be is left out; it is in `bytes`. */
  #keep(bytes: Uint8Array): Uint8Array {
    this.#kept ??= new Uint8Array(MOST_V2_BYTES)
    const taken = bytes.subarray(0, MOST_V2_BYTES - this.#keptBytes)
    this.#kept.set(taken, this.#keptBytes)
    this.#keptBytes += taken.length
    return this.#kept.subarray(0, this.#keptBytes)
  }
}

function headerEnd(bytes: Uint8Array): number {
  if (bytes.length === 0) return -1
  if (bytes[0] === P) return v1End(bytes)
  if (bytes[0] === CR) return v2End(bytes)
  throw new ProxyHeaderError('a PROXY header must come first')
}

function parse(header: Uint8Array): ProxyHeader {
  return header[0] === P ? parseV1(header) : parseV2(header)
}
