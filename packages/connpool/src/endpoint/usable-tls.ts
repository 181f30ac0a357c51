import { type ConnectionOptions, createSecureContext } from 'node:tls'

import { describeKind } from '../options/describe-value.ts'
import { BOOLEAN, FUNCTION, TEXT } from '../options/kind-rules.ts'
import { invalidOptions, type Rule } from '../options/rule.ts'

/** What Node would find wrong only when it connects, or never: to it, `rejectUnauthorized: 'no'` is a yes. */
const RULES = {
  servername: TEXT,
  rejectUnauthorized: BOOLEAN,
  checkServerIdentity: FUNCTION,
} as const satisfies Partial<Record<keyof ConnectionOptions, Rule>>

/**
 * Throws unless TLS can be set up with these options: a broken key or certificate is found when the pool is made, not
 * when it dials. Messages name no value, and Node's own error is not their cause: it may quote a passphrase.
 */
export function requireUsableTls(option: string, tls: ConnectionOptions): void {
  for (const name of ['servername', 'rejectUnauthorized', 'checkServerIdentity'] as const) {
    requireTlsRule(`${option}.${name}`, tls[name], RULES[name])
  }
  if (tls.secureContext === undefined) requireSecureContext(option, tls)
}

function requireTlsRule(option: string, value: unknown, rule: Rule): void {
  if (value === undefined || rule.allows(value)) return
  throw invalidOptions(`${option} must be ${rule.says}; got ${describeKind(value)}`)
}

function requireSecureContext(option: string, tls: ConnectionOptions): void {
  try {
    createSecureContext({ ...tls })
  } catch (error) {
    throw invalidOptions(`${option} must be options that tls.createSecureContext takes; got ${codeOf(error)}`)
  }
}

function codeOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? code : 'an error'
}
