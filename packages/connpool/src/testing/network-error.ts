/** An error as Node's sockets make them: with `code` and `syscall`. */
export interface NetworkError extends Error {
  readonly code: string
  readonly syscall: string
}

/** What a failed system call looks like: `networkError('ECONNREFUSED', 'connect')`. */
export function networkError(code: string, syscall: string): NetworkError {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall })
}
