import type { ListenerSettings, ServerSettings, UpstreamSettings } from '../../config/settings.ts'
import type { StartAdmin, StartFacts, StartListener } from '../../demo/start-screen.ts'
import type { FrontServer } from '../../front-server.ts'
import { endpointText } from '../../endpoint-text.ts'
import { ownVersion } from '../own-version.ts'

type Started = Pick<FrontServer, 'settings' | 'listening' | 'adminUrl'>

/** What is to be said of a server that has just started. `demoEndpoint` is where the embedded backend is. */
export function startFacts(server: Started, demoEndpoint: string | undefined): StartFacts {
  const { settings, adminUrl } = server
  return {
    version: ownVersion(),
    workers: settings.workers,
    listeners: settings.listeners.map((each) => listenerFacts(each, server, demoEndpoint)),
    admin: adminUrl === undefined ? undefined : adminFacts(adminUrl, settings),
  }
}

function listenerFacts(
  { name, protocol, upstream }: ListenerSettings,
  { settings, listening }: Started,
  demoEndpoint: string | undefined,
): StartListener {
  const at = listening.find(({ listener }) => listener === name)
  const servedBy = backendTexts(settings.upstreams.find((each) => each.name === upstream))
  return {
    name,
    protocol: protocol.name,
    address: at?.address ?? '',
    port: at?.port,
    servedBy,
    isDemo: demoEndpoint !== undefined && servedBy.includes(demoEndpoint),
  }
}

function backendTexts(upstream: UpstreamSettings | undefined): readonly string[] {
  if (upstream === undefined) return ['a handler']
  const { endpoints } = upstream.options
  if (upstream.discovery !== undefined || !Array.isArray(endpoints)) return [upstream.discovery?.dns ?? upstream.name]
  return endpoints.map(endpointText)
}

/** A default port that was taken has been replaced by another. */
function adminFacts(url: string, { admin }: ServerSettings): StartAdmin {
  const wanted = admin?.listen.port ?? 0
  return wanted === 0 || Number(new URL(url).port) === wanted ? { url } : { url, takenPort: wanted }
}
