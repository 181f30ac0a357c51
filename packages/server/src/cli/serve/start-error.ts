import type { ListenAddress, ServerSettings } from '../../config/settings.ts'

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'somebody else listens there',
  EACCES: 'this user may not; ports from 1024 on are free to all',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENOTFOUND: 'the name has no address',
}

/** Why a server could not start, with the flag or the key to change. `settings` are undefined without a file. */
export function startErrorLine(error: Error, settings: ServerSettings | undefined): string {
  const { code = '', address, port }: NodeJS.ErrnoException & { address?: string; port?: number } = error
  const why = WHY[code]
  if (why === undefined || address === undefined) return error.message
  const index = settings?.listeners.findIndex(({ listen }) => isAt(listen, address, port)) ?? -1
  const place = settings === undefined ? '--listen' : index === -1 ? 'a listener' : `listeners[${index}].listen`
  return `${place}: cannot listen on ${port === undefined ? address : `${address}:${port}`}: ${why} (${code})`
}

function isAt(listen: ListenAddress, address: string, port: number | undefined): boolean {
  if ('path' in listen) return listen.path === address
  return 'port' in listen && listen.port === port
}
