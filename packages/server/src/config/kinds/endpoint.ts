import { libraryRefusal } from '../library-refusal.ts'
import { kind, type Kind, Unfit } from './kind.ts'

/** Where a backend is, as the library takes it; the library itself is the judge. */
export const ENDPOINT: Kind<string> = kind({
  says: "an endpoint, as '127.0.0.1:6379', '[::1]:6379', 'tls://host:port' or 'unix:/run/x.sock'",
  read: (given) => {
    if (typeof given !== 'string') return undefined
    const refusal = libraryRefusal({ endpoints: [given] })
    return refusal === undefined ? given : new Unfit(ruleOf(refusal))
  },
  json: { type: 'string', pattern: '^((tcp://|tls://)?(\\[[^\\]]+\\]|[^:/\\[\\]]+):\\d{1,5}|unix:/.+)$' },
})

/** Of "endpoints[0] must have a port; got 5" what is between: the rest is told by whoever knows the place. */
function ruleOf(message: string): string {
  return message.slice(message.indexOf('must')).replace(/; got .*$/s, '')
}
