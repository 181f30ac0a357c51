export { ConfigError } from './config/config-error.ts'
export { type ConfigOrigin, parseConfig } from './config/parse-config.ts'
export type { ConfigProblem } from './config/problem.ts'
export { resolveConfig } from './config/resolve-config.ts'
export { Secret } from './config/secret.ts'
export type * from './config/server-config.ts'
export type * from './config/settings.ts'
export { FrontServer, type FrontServerOptions } from './front-server.ts'
export type { Handler, HandlerContext, HandlerReply, SessionInfo } from './handler.ts'
export type { ServerEvent, ServerEventName } from './log/server-event.ts'
export type { EndedSession, RefusedClient, ServerLog } from './log/server-log.ts'
export { silentLog } from './log/silent-log.ts'
export { lengthPrefixed, type LengthPrefixedOptions } from './protocols/length-prefixed.ts'
export { lines, type LinesOptions } from './protocols/lines.ts'
export { memcached } from './protocols/memcached.ts'
export {
  type Claim,
  type FramedProtocol,
  type FrameLimit,
  type FrameScanner,
  type OpaqueProtocol,
  type Protocol,
  ProtocolError,
} from './protocols/protocol.ts'
export { ProtocolOptionError } from './protocols/protocol-options.ts'
export { redis } from './protocols/redis.ts'
export { tcp, type TcpOptions } from './protocols/tcp.ts'
export type { Refusal, RefusalReason } from './refusal.ts'
export type { Listening } from './listener/acceptors.ts'
export type { DrainReport } from './engine.ts'
export type {
  DispatchStats,
  ListenerStats,
  QueueStats,
  ServerState,
  ServerStats,
  UpstreamReport,
  WorkerStats,
} from './server-stats.ts'
export type { SessionEnd } from './session/session-end.ts'
