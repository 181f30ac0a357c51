import type { ListenAddress, ServerSettings } from '../../config/settings.ts'

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'somebody else listens there',
  EACCES: 'this user may not; ports from 1024 on are free to all',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENOTFOUND: 'the name has no address',
  EAI_AGAIN: 'the name cannot be looked up now',
}

/** Node says EACCES where a directory is missing, too. */
const WHY_OF_PATH: Readonly<Record<string, string>> = {
  EADDRINUSE: 'somebody else listens there, or it is no socket',
  EACCES: 'its directory is not there, or this user may not write to it',
}

interface ListenError extends NodeJS.ErrnoException {
  readonly address?: string
  readonly hostname?: string
  /** -1 of a path. */
  readonly port?: number
}

/** Why a server could not start, with the flag or the key to change. `settings` are undefined without a file. */
export function startErrorLine(error: Error, settings: ServerSettings | undefined): string {
  const { code = '', hostname, address = hostname, port = -1 }: ListenError = error
  const why = (address?.includes('/') === true ? WHY_OF_PATH : WHY)[code]
  if (why === undefined || address === undefined) return error.message
  const index = settings?.listeners.findIndex(({ listen }) => isAt(listen, address, port)) ?? -1
  const place = settings === undefined ? '--listen' : index === -1 ? 'a listener' : `listeners[${index}].listen`
  return `${place}: cannot listen on ${port === -1 ? address : `${address}:${port}`}: ${why} (${code})`
}

/** A name that is looked up in vain has no port yet. */
function isAt(listen: ListenAddress, address: string, port: number): boolean {
  if ('path' in listen) return listen.path === address
  return 'port' in listen && (port === -1 ? listen.host === address : listen.port === port)
}
