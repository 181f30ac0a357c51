import type { ListenAddress } from '../settings.ts'

/** The same for the same address. Undefined for one that is another each time: any free port. */
export function addressText(listen: ListenAddress): string | undefined {
  if ('path' in listen) return `unix:${listen.path}`
  if ('systemd' in listen) return `systemd:${listen.systemd}`
  return listen.port === 0 ? undefined : `${listen.host} ${listen.port}`
}
