/** An error of the system when the admin listener was to listen, in words that say which setting to look at. */
export function adminListenError(error: unknown, host: string, port: number): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return new Error(
    `admin.listen (--admin): cannot listen on ${address}: ${WHY[code] ?? 'the system refused'} (${code})`,
    {
      cause: error,
    },
  )
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken; choose another, or port 0 for any free one',
  EACCES: 'this user may not use the port; choose one from 1024 on',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENOTFOUND: 'the name has no address',
}
