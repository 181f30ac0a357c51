/** Those of the front server. */

const SOURCE = 'packages/server/src'
const TEST = 'packages/server/test'

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
}
