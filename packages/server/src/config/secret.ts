import { createHash, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

const HIDDEN = '[redacted]'

/**
 * A text that is never shown: printing, inspecting, serializing or joining it shows `[redacted]`. Who needs what it holds
 * says so by {@link reveal}.
 */
export class Secret {
  static {
    Object.defineProperty(Secret.prototype, inspect.custom, { value: (): string => HIDDEN })
  }

  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** Asks: is this the secret? Takes the same time for every answer, so that nobody can guess it letter by letter. */
  equals(candidate: string): boolean {
    return timingSafeEqual(digest(candidate), digest(this.#text))
  }

  /** What it holds. Never for a message, a log or a page. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return HIDDEN
  }

  toJSON(): string {
    return HIDDEN
  }
}

/** Digests are of one length, which `timingSafeEqual` needs and which tells nothing of the secret's. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
