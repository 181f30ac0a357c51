const LOCAL_CODES: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM'])

/**
 * Whether a dial failed for want of something on this machine: file descriptors, local ports, memory. That says nothing
 * about the endpoint, so it must not count against it. Looks into `cause` and into the `errors` of an `AggregateError`,
 * which is what Node gives when several addresses of one host have failed.
 */
export function isLocalFailure(error: unknown): boolean {
  return isLocal(error, new Set())
}

function isLocal(error: unknown, seen: Set<object>): boolean {
  if (typeof error !== 'object' || error === null || seen.has(error)) return false
  seen.add(error) // a chain of causes may bite its own tail
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown }
  if (LOCAL_CODES.has(code) || isLocal(cause, seen)) return true
  return Array.isArray(errors) && errors.some((one) => isLocal(one, seen))
}
