/**
 * All plain connections of the process read into this one: each reads when it is its turn, and what was read is used up or
 * copied before the next one's. So a thousand idle clients cost no buffers, and reading allocates none.
 */
export const READ_BUFFER: Buffer = Buffer.allocUnsafeSlow(64 * 1024)

/** The same bytes where nobody reads over them. */
export function kept(bytes: Uint8Array): Uint8Array {
  return bytes.buffer === READ_BUFFER.buffer ? Buffer.from(bytes) : bytes
}
