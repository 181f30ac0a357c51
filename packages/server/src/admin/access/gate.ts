import type { Secret } from '../../config/secret.ts'
import { type AdminReply, refused } from '../admin-reply.ts'
import { hostOf, isHostMeant } from './host-rule.ts'
import { isForeign } from './origin-rule.ts'
import { TokenCheck, type TokenVerdict } from './token-check.ts'

/** What the gate looks at: header values as they came, undefined where there was none. */
export interface Visit {
  /** All `Host` headers. */
  readonly hosts: readonly string[]
  readonly origin: string | undefined
  readonly secFetchSite: string | undefined
  readonly authorization: string | undefined
  readonly remoteAddress: string
  /** What is asked for is for everybody, as `/healthz`. */
  readonly isPublic: boolean
  readonly hasBody: boolean
}

/** Decides who may ask the admin listener. */
export class Gate {
  readonly #bound: string
  readonly #tokens: TokenCheck

  /** `bound` is the host that is listened on. */
  constructor(bound: string, token: Secret | undefined) {
    this.#bound = bound
    this.#tokens = new TokenCheck(token)
  }

  /** The refusal, or undefined: come in. `isTrusted` says whether the visitor may see more than the public. */
  judge(visit: Visit, now: number): { readonly refusal?: AdminReply; readonly isTrusted: boolean } {
    const token = this.#tokens.judge(visit.authorization, visit.remoteAddress, now)
    const isTrusted = token.verdict === 'open' || token.verdict === 'right'
    const refusal = this.#refusalOf(visit, token)
    return { isTrusted, ...(refusal !== undefined && { refusal }) }
  }

  #refusalOf(visit: Visit, token: TokenVerdict): AdminReply | undefined {
    if (visit.hasBody) return refused(413, 'no request here has a body', { connection: 'close' })
    const [header, ...others] = visit.hosts
    const host = header === undefined || others.length > 0 ? undefined : hostOf(header)
    if (header === undefined || host === undefined) return refused(400, 'one valid Host header is needed')
    // A page whose name was made to point here has no token, so whoever has one may call this machine as they like.
    if (token.verdict !== 'right' && !isHostMeant(host, this.#bound)) {
      return refused(403, 'this Host is not one of the admin listener')
    }
    if (isForeign({ ...visit, host: header })) return refused(403, 'requests from other pages are refused')
    return visit.isPublic ? undefined : tokenRefusal(token)
  }
}

function tokenRefusal(token: TokenVerdict): AdminReply | undefined {
  switch (token.verdict) {
    case 'open':
    case 'right':
      return undefined
    case 'missing':
      return refused(401, 'a token is needed: Authorization: Bearer TOKEN', { 'www-authenticate': 'Bearer' })
    case 'wrong':
      return refused(401, 'the token is wrong', { 'www-authenticate': 'Bearer error="invalid_token"' })
    case 'later':
      return refused(429, 'too many wrong tokens', { 'retry-after': String(Math.ceil(token.waitMs / 1_000)) })
  }
}
