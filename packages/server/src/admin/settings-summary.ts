import type { ListenAddress, ListenerSettings, ServerSettings, UpstreamSettings } from '../config/settings.ts'

/** What the admin pages show of the settings. Everything is named here: what is not can be a secret. */
export function settingsSummary(settings: ServerSettings): object {
  const { workers, dispatch, drainTimeoutMs, listeners, upstreams } = settings
  return {
    ...{ workers, dispatch, drainTimeoutMs },
    listeners: listeners.map((listener) => listenerSummary(listener)),
    upstreams: upstreams.map((upstream) => upstreamSummary(upstream)),
  }
}

/** An address for people: `HOST:PORT`, `unix:PATH` or `systemd:NAME`. */
export function addressText(address: ListenAddress): string {
  if ('path' in address) return `unix:${address.path}`
  if ('systemd' in address) return `systemd:${address.systemd}`
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

function listenerSummary(listener: ListenerSettings): object {
  const { name, upstream, maxClients, maxClientsPerAddress } = listener
  const { acceptTimeoutMs, requestTimeoutMs, idleTimeoutMs, maxRequestBytes } = listener
  return {
    name,
    listen: addressText(listener.listen),
    protocol: listener.protocol.name,
    ...{ upstream, maxClients, maxClientsPerAddress },
    ...{ acceptTimeoutMs, requestTimeoutMs, idleTimeoutMs, maxRequestBytes },
    queueLimit: listener.queue.limit,
    hasTls: listener.tls !== undefined,
    takesProxyProtocol: listener.proxyProtocol !== undefined,
  }
}

function upstreamSummary({ name, minSize, maxSize, proxyProtocol, maxPaused }: UpstreamSettings): object {
  return { name, minSize, maxSize, maxPaused, ...(proxyProtocol !== undefined && { proxyProtocol }) }
}
