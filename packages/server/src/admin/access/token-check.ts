import type { Secret } from '../../config/secret.ts'
import { GuessLimit } from './guess-limit.ts'

/** `open`: no token is needed. `later`: too many wrong ones came from there; even a right one is not looked at. */
export type TokenVerdict =
  { readonly verdict: 'open' | 'right' | 'missing' | 'wrong' } | { readonly verdict: 'later'; readonly waitMs: number }

/** Compares the token of a request with the configured one. */
export class TokenCheck {
  readonly #token: Secret | undefined
  readonly #guesses = new GuessLimit()

  constructor(token: Secret | undefined) {
    this.#token = token
  }

  /** `authorization` is the header's value. A wrong token is counted; none at all is not a guess. */
  judge(authorization: string | undefined, address: string, now: number): TokenVerdict {
    if (this.#token === undefined) return { verdict: 'open' }
    if (authorization === undefined) return { verdict: 'missing' }
    const waitMs = this.#guesses.waitMs(address, now)
    if (waitMs > 0) return { verdict: 'later', waitMs }
    const token = bearerOf(authorization)
    if (token !== '' && this.#token.equals(token)) return { verdict: 'right' }
    this.#guesses.failed(address, now)
    return { verdict: 'wrong' }
  }
}

/** The token in `Bearer TOKEN`, empty where there is none; the word may be written in any case. */
function bearerOf(authorization: string): string {
  const scheme = 'bearer '
  return authorization.toLowerCase().startsWith(scheme) ? authorization.slice(scheme.length).trim() : ''
}
