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
  requestQueue: `${SOURCE}/dispatch/request-queue-machine.test.ts`,
  queueLives: `${SOURCE}/dispatch/request-queue-machine.exhaustive.test.ts`,
  queueCrowd: `${SOURCE}/dispatch/request-queue-machine.simulation.test.ts`,
  overloadJudge: `${SOURCE}/dispatch/overload-judge.test.ts`,
  dispatch: `${SOURCE}/dispatch/dispatch-machine.test.ts`,
  dispatchWorld: `${SOURCE}/dispatch/dispatch-machine.simulation.test.ts`,
  shareMachine: `${SOURCE}/dispatch/share-machine.test.ts`,
  shareWorld: `${SOURCE}/dispatch/share-machine.simulation.test.ts`,
  fairParts: `${SOURCE}/dispatch/fair-parts.test.ts`,
  recentPeak: `${SOURCE}/dispatch/recent-peak.test.ts`,
  admission: `${SOURCE}/listener/admission-machine.test.ts`,
  addresses: `${SOURCE}/listener/address-list.test.ts`,
  fdBudget: `${SOURCE}/listener/fd-budget.test.ts`,
  overloadOrders: `${SOURCE}/monitors/overload-machine.test.ts`,
  overloadMonitor: `${SOURCE}/monitors/overload-monitor.test.ts`,
  fileDescriptors: `${SOURCE}/monitors/file-descriptors.test.ts`,
  processReadings: `${TEST}/integration/process-readings.test.ts`,
}
