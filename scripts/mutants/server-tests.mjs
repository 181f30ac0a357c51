/** Those of the front server. */

const SOURCE = 'packages/server/src'
const TEST = 'packages/server/test'
const PROTOCOLS = `${SOURCE}/protocols`
const PROXY_HEADERS = `${SOURCE}/listener/proxy-protocol`

/** @type {Readonly<Record<string, string>>} */
export const SERVER_TESTS = {
  serverSum: `${SOURCE}/sum-server-stats.test.ts`,
  statsOverTime: `${SOURCE}/stats/stats-over-time.test.ts`,
  adminHost: `${SOURCE}/admin/access/host-rule.test.ts`,
  adminOrigin: `${SOURCE}/admin/access/origin-rule.test.ts`,
  adminToken: `${SOURCE}/admin/access/token-check.test.ts`,
  adminRoutes: `${SOURCE}/admin/routes.test.ts`,
  adminMetrics: `${SOURCE}/admin/metrics/expose-stats.test.ts`,
  adminServer: `${TEST}/integration/admin/admin-server.test.ts`,
  jsonLog: `${SOURCE}/log/json-log.test.ts`,
  demoKeys: `${SOURCE}/demo/keyspace.test.ts`,
  systemdSockets: `${SOURCE}/listener/systemd-sockets.test.ts`,
  lines: `${PROTOCOLS}/lines.test.ts`,
  linesCut: `${PROTOCOLS}/lines.property.test.ts`,
  lengthPrefixed: `${PROTOCOLS}/length-prefixed.test.ts`,
  redis: `${PROTOCOLS}/redis.test.ts`,
  redisRequests: `${PROTOCOLS}/redis/request-scanner.test.ts`,
  redisReplies: `${PROTOCOLS}/redis/reply-scanner.test.ts`,
  memcached: `${PROTOCOLS}/memcached.test.ts`,
  builtIn: `${PROTOCOLS}/built-in.test.ts`,
  linear: `${PROTOCOLS}/linear-time.test.ts`,
  crc32c: `${PROXY_HEADERS}/crc32c.test.ts`,
  ipBytes: `${PROXY_HEADERS}/ip-bytes.test.ts`,
  v1: `${PROXY_HEADERS}/v1-parser.test.ts`,
  v2: `${PROXY_HEADERS}/v2-parser.test.ts`,
  proxyHeaders: `${PROXY_HEADERS}/proxy-header-parser.test.ts`,
  writeProxyHeader: `${PROXY_HEADERS}/write-proxy-header.test.ts`,
}
