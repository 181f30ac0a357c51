import { inspect } from 'node:util'

/** Bytes that are never shown, as those of a private key; to what takes bytes they are bytes as any. */
export class SecretBytes extends Uint8Array {
  static {
    Object.defineProperty(SecretBytes.prototype, inspect.custom, { value: (): string => '[redacted]' })
  }

  override toString(): string {
    return '[redacted]'
  }

  toJSON(): string {
    return '[redacted]'
  }
}
