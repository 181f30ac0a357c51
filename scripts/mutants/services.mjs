/** Bugs in what stands around sessions: the guard of a protocol, the probe of an upstream, and a reload. */

/** @import { Mutant } from './copy.mjs' */

const GUARD = 'packages/server/src/protocols/guarded-protocol.ts'
const PROBE = 'packages/server/src/upstreams/probe-of.ts'
const RELOAD = 'packages/server/src/reload.ts'
const UPSTREAM = 'packages/server/src/upstreams/named-upstream.ts'

/** @type {readonly Mutant[]} */
export const services = [
  {
    breaks: 'a file that refuses connections is removed like a socket that was left behind',
    file: 'packages/server/src/listener/stale-socket.ts',
    find: '(await isSocket(path)) && (await isRefused(path))',
    put: 'await isRefused(path)',
    killers: ['staleSocket'],
  },
  {
    breaks: 'guard: who knows nothing of a request lets it share a connection',
    file: GUARD,
    find: `?? 'share', 'own')`,
    put: `?? 'share', 'share')`,
    killers: ['guardedProtocol'],
  },
  {
    breaks: 'guard: a reply that nobody knows of is not waited for',
    file: GUARD,
    find: '?? true, true)',
    put: '?? true, false)',
    killers: ['guardedProtocol'],
  },
  {
    breaks: 'guard: questions that fail are told to nobody',
    file: GUARD,
    find: 'this.#failed(error) return careful',
    put: 'return careful',
    killers: ['guardedProtocol'],
  },
  {
    breaks: 'guard: a scanner may stand still',
    file: GUARD,
    find: 'end > start &&',
    put: 'end >= start &&',
    killers: ['guardedProtocol'],
  },
  {
    breaks: 'guard: a scanner may go beyond the bytes',
    file: GUARD,
    find: '&& end <= bytes.length',
    put: '',
    killers: ['guardedProtocol'],
  },
  {
    breaks: 'guard: bytes that a scanner refuses are a failure of the protocol',
    file: GUARD,
    find: 'if (error instanceof ProtocolError) throw error',
    put: '',
    killers: ['guardedProtocol'],
  },
  {
    breaks: 'guard: the limit of a request is lost on the way',
    file: GUARD,
    find: 'this.#protocol.requests(limit)',
    put: 'this.#protocol.requests()',
    killers: ['guardedProtocol'],
  },
  {
    breaks: 'guard: a refusal may be anything',
    file: GUARD,
    find: 'if (given instanceof Uint8Array) return given',
    put: 'return given',
    killers: ['guardedProtocol'],
  },
  {
    breaks: 'probe: what others than the first listener speak does not count',
    file: PROBE,
    find: ' && protocols.every(({ name }) => name === first.name)',
    put: '',
    killers: ['probeOf', 'probes'],
  },
  {
    breaks: 'probe: listeners of another upstream count',
    file: PROBE,
    find: '.filter((each) => each.upstream === upstream)',
    put: '',
    killers: ['probeOf'],
  },
  {
    breaks: 'probe: a connection that has just served is probed',
    file: PROBE,
    find: 'probeAfterIdleMs: PROBE_AFTER_IDLE_MS',
    put: 'probeAfterIdleMs: 0',
    killers: ['probeOf'],
  },
  {
    breaks: 'reload: sessions stay with the upstream that was replaced',
    file: RELOAD,
    find: 'lending.upstream = upstream',
    put: '',
    killers: ['reload'],
  },
  {
    breaks: 'reload: more connections serve no more of those who wait',
    file: RELOAD,
    find: 'queue.setCapacity(upstream.capacity)',
    put: '',
    killers: ['reload'],
  },
  {
    breaks: 'reload: the upstream that was replaced keeps its connections',
    file: UPSTREAM,
    find: 'void before.close(graceMs)',
    put: '',
    killers: ['reload'],
  },
  {
    breaks: 'reload: the upstream that is removed keeps its connections',
    file: RELOAD,
    find: 'for (const upstream of removed) void upstream.close(drainTimeoutMs)',
    put: '',
    killers: ['reload'],
  },
  {
    breaks: 'reload: an upstream has connections before it has taken the place of another',
    file: UPSTREAM,
    find: 'if (this.#before !== undefined) this.#holdBack()',
    put: '',
    killers: ['reload'],
  },
  {
    breaks: 'reload: an upstream has all connections while the one before has some',
    file: UPSTREAM,
    find: 'const room = this.#capacity - (this.#before?.connections ?? 0)',
    put: 'const room = this.#capacity',
    killers: ['reload'],
  },
  {
    breaks: 'reload: an upstream takes what the one before gives back only once',
    file: UPSTREAM,
    find: 'this.#look = this.#clock.wakeAt(this.#clock.now() + LOOK_MS, () => this.#takeWhatIsFree())',
    put: '',
    killers: ['reload'],
  },
  {
    breaks: 'reload: an upstream that takes the place of a paused one is not paused',
    file: UPSTREAM,
    find: 'if (before.isPaused) this.pause()',
    put: '',
    killers: ['reload'],
  },
  {
    breaks: 'reload: one that failed leaves its upstreams',
    file: RELOAD,
    find: 'for (const upstream of fresh.values()) void upstream.close(0)',
    put: '',
    killers: ['reload'],
  },
  {
    breaks: 'reload: one that failed leaves its addresses open',
    file: RELOAD,
    find: 'for (const { name } of opened) await acceptors?.close(name)',
    put: '',
    killers: ['reload'],
  },
  {
    breaks: 'reload: one that failed leaves an address closed that was open',
    file: RELOAD,
    find: 'for (const { name } of listeners.reopened) await reopenOld(acceptors, services.get(name)?.listener.settings)',
    put: '',
    killers: ['reload'],
  },
  {
    breaks: 'reload: a listener that is gone goes on accepting',
    file: RELOAD,
    find: 'await acceptors?.close(name) service?.listener.drain()',
    put: 'service?.listener.drain()',
    killers: ['reload'],
  },
  {
    breaks: 'reload: sessions of before are forgotten',
    file: RELOAD,
    find: 'leaving.add(service)',
    put: '',
    killers: ['reload'],
  },
]
