import { crc32c } from './crc32c.ts'
import { ProxyHeaderError, type ProxyTlv } from './proxy-header.ts'
import { CRC32C_TYPE } from './v2-layout.ts'

/** Of a TLV's type and length. */
const HEAD_BYTES = 3

/**
 * All TLVs from `start` to the end of a header. A checksum among them is verified.
 *
 * @throws ProxyHeaderError where they do not fill that exactly, or the checksum is another.
 */
export function readTlvs(header: Uint8Array, start: number): ProxyTlv[] {
  const tlvs: ProxyTlv[] = []
  for (let at = start; at < header.length;) {
    const end = at + HEAD_BYTES + ((header[at + 1] ?? 0) << 8) + (header[at + 2] ?? 0)
    if (at + HEAD_BYTES > header.length || end > header.length) {
      throw new ProxyHeaderError('a PROXY header (v2) with a TLV that goes beyond its end')
    }
    if (header[at] === CRC32C_TYPE) checkSum(header, at + HEAD_BYTES, end)
    tlvs.push({ type: header[at] ?? 0, value: Uint8Array.from(header.subarray(at + HEAD_BYTES, end)) })
    at = end
  }
  return tlvs
}

/** The checksum is that of the header with zeros in its place. */
function checkSum(header: Uint8Array, start: number, end: number): void {
  if (end - start !== 4) throw new ProxyHeaderError('a PROXY header (v2) with a checksum that has not 4 bytes')
  const said = new DataView(header.buffer, header.byteOffset + start, 4).getUint32(0)
  const blanked = Uint8Array.from(header).fill(0, start, end)
  if (crc32c(blanked) !== said) throw new ProxyHeaderError('a PROXY header (v2) with a wrong checksum')
}
