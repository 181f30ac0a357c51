import type { ErrorText } from './messages.ts'

/** An error for another process: nothing but what is known to be text. */
export function errorText(error: unknown): ErrorText {
  if (!(error instanceof Error)) return { message: String(error) }
  const { message, code, address, port } = error as NodeJS.ErrnoException & { address?: unknown; port?: unknown }
  return {
    message,
    ...(typeof code === 'string' && { code }),
    ...(typeof address === 'string' && { address }),
    ...(typeof port === 'number' && { port }),
  }
}

/** The error that another process has had. */
export function errorOf({ message, ...facts }: ErrorText): Error {
  return Object.assign(new Error(message), facts)
}
