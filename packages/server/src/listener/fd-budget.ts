/** For what is neither client nor backend: listeners, admin, logs, the runtime itself. */
const OTHERS = 64

/** What one process will need at most. */
export interface FdNeeds {
  /** Of all listeners. */
  readonly maxClients: number
  /** Backend connections of all upstreams. */
  readonly backends: number
}

/** How many file descriptors one process needs at most: one a client, one a backend connection, 64 for the rest. */
export function neededFds({ maxClients, backends }: FdNeeds): number {
  return maxClients + backends + OTHERS
}

/**
 * Why a process cannot have as many clients as it is configured for; undefined: it can, or the limit is not known. It is
 * for people, and names both numbers and the ways out.
 */
export function fdShortage(needs: FdNeeds, limit: number | undefined): string | undefined {
  const needed = neededFds(needs)
  if (limit === undefined || needed <= limit) return undefined
  const { maxClients, backends } = needs
  return (
    `${needed} file descriptors are needed (maxClients ${maxClients}, backend connections ${backends}, ${OTHERS} for the rest), ` +
    `but this process may open ${limit}: raise the limit (ulimit -n ${needed}; LimitNOFILE=${needed} in a systemd unit; ` +
    `--ulimit nofile=${needed} with docker), or lower maxClients to ${Math.max(0, limit - backends - OTHERS)}`
  )
}
