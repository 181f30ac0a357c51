// #region upstream-report
import type { EndpointStats, Upstream } from 'connpool'

/** One line for each endpoint: how it stands, what it carries, how it does. */
export function linesOf(upstream: Upstream): string[] {
  return upstream.stats().endpoints.map((each) => lineOf(each))
}

function lineOf({
  endpoint,
  state,
  weight,
  leased,
  total,
  waiting,
  latencyMs = 0,
  failureRatio,
}: EndpointStats): string {
  return [
    `${endpoint} is ${state}, weight ${weight.toFixed(1)}`,
    `leased ${leased} of ${total}, ${waiting} in line`,
    `${latencyMs.toFixed(0)} ms a lease, ${Math.round(failureRatio * 100)} % failed`,
  ].join('; ')
}
// #endregion
