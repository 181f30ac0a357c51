import { PoolError } from '../src/errors.ts'

/** The message with which the act is refused as `INVALID_OPTIONS`; anything else it does fails the test. */
export function refusalOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof PoolError && error.code === 'INVALID_OPTIONS') return error.message
    throw error
  }
  throw new Error('it was not refused')
}

/** A proxy that throws at every touch, as one does whose maker has revoked it. */
export function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
