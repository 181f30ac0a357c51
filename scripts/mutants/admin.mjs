/** Bugs in what the front server says of itself: sums over processes, metrics, logs; and in who may ask. */

/** @import { Mutant } from './copy.mjs' */

const SOURCE = 'packages/server/src'
const GATE = `${SOURCE}/admin/access/gate.ts`
const HOST = `${SOURCE}/admin/access/host-rule.ts`
const ORIGIN = `${SOURCE}/admin/access/origin-rule.ts`
const TOKEN = `${SOURCE}/admin/access/token-check.ts`
const GUESSES = `${SOURCE}/admin/access/guess-limit.ts`
const ROUTES = `${SOURCE}/admin/routes.ts`
const OVER_TIME = `${SOURCE}/stats/stats-over-time.ts`
const RETIRED = `${SOURCE}/stats/retired-stats.ts`
const POOLS = `${SOURCE}/stats/sum-pools.ts`
const HISTOGRAMS = `${SOURCE}/stats/sum-histograms.ts`
const FAMILY = `${SOURCE}/admin/metrics/metric-family.ts`
const POOL_METRICS = `${SOURCE}/admin/metrics/pool-metrics.ts`

/** @type {readonly Mutant[]} */
export const admin = [
  {
    breaks: 'a name that was made to point here is let in without a token',
    file: GATE,
    find: `token.verdict !== 'right' && !isHostMeant(host, this.#bound)`,
    put: `token.verdict === 'wrong' && !isHostMeant(host, this.#bound)`,
    killers: ['adminServer'],
  },
  {
    breaks: 'only the first of two Host headers is looked at',
    file: GATE,
    find: `header === undefined || others.length > 0 ? undefined : hostOf(header)`,
    put: `header === undefined || others.length > 9 ? undefined : hostOf(header)`,
    killers: ['adminServer'],
  },
  {
    breaks: 'what is public is not refused to other pages',
    file: GATE,
    find: `if (isForeign({ ...visit, host: header }))`,
    put: `if (!visit.isPublic && visit.secFetchSite !== 'cross-site' && isForeign({ ...visit, host: header }))`,
    killers: ['adminServer'],
  },
  {
    breaks: 'a request with a body goes on',
    file: GATE,
    find: `if (visit.hasBody)`,
    put: `if (visit.hasBody && visit.isPublic)`,
    killers: ['adminServer'],
  },
  {
    breaks: 'the token is not needed for what does not exist',
    file: ROUTES,
    find: `return route?.name === 'healthz' || route?.name === 'readyz'`,
    put: `return route === undefined || route.name === 'healthz' || route.name === 'readyz'`,
    killers: ['adminRoutes', 'adminServer'],
  },
  {
    breaks: 'a listener on loopback takes any address for its Host',
    file: HOST,
    find: `return !isLoopback(bound) && isIP(host) !== 0`,
    put: `return isIP(host) !== 0`,
    killers: ['adminHost'],
  },
  {
    breaks: 'a Host may have anything behind its port',
    file: HOST,
    find: String.raw`/^:\d{1,5}$/`,
    put: String.raw`/^:\d{1,5}/`,
    killers: ['adminHost'],
  },
  {
    breaks: 'a page of another port of this machine is not foreign',
    file: ORIGIN,
    find: `secFetchSite !== 'same-origin' && secFetchSite !== 'none'`,
    put: `secFetchSite !== 'same-origin' && secFetchSite !== 'none' && secFetchSite !== 'same-site'`,
    killers: ['adminOrigin'],
  },
  {
    breaks: 'an origin that only begins like ours is ours',
    file: ORIGIN,
    find: 'origin.toLowerCase() !== `http://${host.toLowerCase()}`',
    put: '!origin.toLowerCase().startsWith(`http://${host.toLowerCase()}`)',
    killers: ['adminOrigin'],
  },
  {
    breaks: 'an empty token opens where the configured one is empty',
    file: TOKEN,
    find: `if (token !== '' && this.#token.equals(token))`,
    put: `if (this.#token.equals(token))`,
    killers: ['adminToken'],
  },
  {
    breaks: 'the right token is looked at however often it was guessed',
    file: TOKEN,
    find: `if (waitMs > 0) return { verdict: 'later', waitMs }`,
    put: `if (waitMs > 0 && !this.#token.equals(bearerOf(authorization))) return { verdict: 'later', waitMs }`,
    killers: ['adminToken'],
  },
  {
    breaks: 'every guess starts the count of guesses anew',
    file: GUESSES,
    find: `Math.max(this.#fullAt.get(key) ?? now, now) + REFILL_MS`,
    put: `now + REFILL_MS`,
    killers: ['adminToken'],
  },
  {
    breaks: 'addresses that guess are remembered without bound',
    file: GUESSES,
    find: `this.#fullAt.has(key) || this.#fullAt.size < MOST_ADDRESSES ? key : OTHERS`,
    put: `this.#fullAt.has(key) || this.#fullAt.size < Infinity ? key : OTHERS`,
    killers: ['adminToken'],
  },
  {
    breaks: 'each address of an IPv6 network may guess',
    file: GUESSES,
    find: `.slice(0, 4).join(':')`,
    put: `.join(':')`,
    killers: ['adminToken'],
  },
  {
    breaks: 'a drain by GET is done',
    file: ROUTES,
    find: `case 'drain': case 'pause': case 'resume': return ['POST']`,
    put: `case 'drain': case 'pause': case 'resume': return ['POST', 'GET']`,
    killers: ['adminRoutes', 'adminServer'],
  },
  {
    breaks: 'a process that has gone takes its counters with it',
    file: OVER_TIME,
    find: `const past = sumServerStats([this.#past, retiredStats(last)])`,
    put: `const past = sumServerStats([this.#past])`,
    killers: ['statsOverTime'],
  },
  {
    breaks: 'a process that has gone is still heard',
    file: OVER_TIME,
    find: `if (this.#reports.has(key)) this.#reports.set(key, stats)`,
    put: `this.#reports.set(key, stats)`,
    killers: ['statsOverTime'],
  },
  {
    breaks: 'endpoints that nobody has any more are kept without end',
    file: OVER_TIME,
    find: `filter(({ endpoint }) => names.has(endpoint))`,
    put: `filter(({ endpoint }) => names.has(endpoint) || endpoint !== '')`,
    killers: ['statsOverTime'],
  },
  {
    breaks: 'a process that has gone still has its connections',
    file: RETIRED,
    find: `const open = { total: 0, idle: 0, leased: 0,`,
    put: `const open = { total: 0, leased: 0,`,
    killers: ['statsOverTime'],
  },
  {
    breaks: 'dials that a process did not finish have succeeded',
    file: RETIRED,
    find: `dials: stats.dials - stats.dialing`,
    put: `dials: stats.dials`,
    killers: ['statsOverTime'],
  },
  {
    breaks: 'an endpoint stands as the best of the processes says',
    file: POOLS,
    find: `['down', 'ejected', 'resting', 'draining', 'up']`,
    put: `['up', 'draining', 'resting', 'ejected', 'down']`,
    killers: ['serverSum'],
  },
  {
    breaks: 'histograms are added without their sum',
    file: HISTOGRAMS,
    find: `sumMs: a.sumMs + b.sumMs`,
    put: `sumMs: a.sumMs`,
    killers: ['serverSum'],
  },
  {
    breaks: 'buckets of a scrape are not cumulative',
    file: FAMILY,
    find: `atMost += counts[bucket] ?? 0`,
    put: `atMost = counts[bucket] ?? 0`,
    killers: ['adminMetrics'],
  },
  {
    breaks: 'dials that are under way have succeeded',
    file: POOL_METRICS,
    find: `ok: dials - dialing - dialFailures`,
    put: `ok: dials - dialFailures`,
    killers: ['adminMetrics'],
  },
  {
    breaks: 'lines about sessions have no bound',
    file: `${SOURCE}/log/line-budget.ts`,
    find: `if (this.#spent < this.#perSecond) this.#spent++`,
    put: `if (this.#spent < Infinity) this.#spent++`,
    killers: ['jsonLog'],
  },
  {
    breaks: 'what a key took is not given back when it is written again',
    file: `${SOURCE}/demo/keyspace.ts`,
    find: `this.delete(key) this.#values.set(key, {`,
    put: `this.#values.set(key, {`,
    killers: ['demoKeys'],
  },
]
