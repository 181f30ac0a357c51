import { safeText } from './safe-text.ts'

/** What a line says about an error. */
export interface ErrorFacts {
  readonly message: string
  readonly code?: string
  readonly cause?: string
}

/** Its message, code and cause. No other property is looked at: it might hold a secret, or a socket. */
export function errorFacts(error: unknown): ErrorFacts {
  const code = codeOf(error)
  const cause = error instanceof Error ? error.cause : undefined
  return {
    message: messageOf(error),
    ...(code !== undefined && { code }),
    ...(cause !== undefined && { cause: messageOf(cause) }),
  }
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return safeText(error.message)
  return safeText(typeof error === 'string' ? error : `not an error but ${typeof error}`)
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? safeText(code) : undefined
}
