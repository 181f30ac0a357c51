/** Bugs in sessions: whose bytes go where, what is given back, and how it ends. */

/** @import { Mutant } from './copy.mjs' */

const SESSION = 'packages/server/src/session'
const CALL = `${SESSION}/backend-call.ts`
const FRAMED = `${SESSION}/framed-conversation.ts`
const RELAY = `${SESSION}/relay.ts`
const TURN = `${SESSION}/turn.ts`
const INBOX = `${SESSION}/frame-inbox.ts`
const HANDLER = `${SESSION}/handler-call.ts`
const OUTAGE = 'packages/server/src/upstreams/outage.ts'
const BUDGET = 'packages/server/src/upstreams/retry-budget.ts'

/** @type {readonly Mutant[]} */
export const sessions = [
  {
    breaks: 'session: a connection is lent again with bytes that nobody asked for',
    file: CALL,
    find: `this.#answered(end < bytes.length ? 'broken' : 'clean')`,
    put: `this.#answered('clean')`,
    killers: ['exchange'],
  },
  {
    breaks: 'session: bytes that nobody asked for reach the client',
    file: CALL,
    find: 'this.#hasRoom = (end === 0 ? undefined : this.#caller?.reply(bytes.subarray(0, end))) ?? true',
    put: 'this.#hasRoom = this.#caller?.reply(bytes) ?? true',
    killers: ['exchange'],
  },
  {
    breaks: 'session: replies ahead of a malformed one are lost',
    file: CALL,
    find: 'if (end > 0) this.#caller?.reply(bytes.subarray(0, end))',
    put: '',
    killers: ['exchange'],
  },
  {
    breaks: 'session: an error is written into the middle of a reply',
    file: CALL,
    find: 'this.#isTorn = true',
    put: '',
    killers: ['exchange'],
  },
  {
    breaks: 'session: a client that has gone leaves its connection for ever',
    file: CALL,
    find: 'deadlines.enter(this.#orphan)',
    put: '',
    killers: ['exchange'],
  },
  {
    breaks: 'session: replies that need no answer are given back unsent',
    file: CALL,
    find: 'else backend.write(bytes, (error) => this.#sent(error))',
    put: `else { backend.write(bytes); this.#answered('clean') }`,
    killers: ['backendCall', 'exchange'],
  },
  {
    breaks: 'session: what a client sends ahead of its replies is read without a bound',
    file: FRAMED,
    find: 'if (this.#hasRoom) this.#session.port.resume()',
    put: 'this.#session.port.resume()',
    killers: ['exchange'],
  },
  {
    breaks: 'session: a connection that is dead is written to',
    file: CALL,
    find: 'if (!backend.isWritable) return this.#tryAgain()',
    put: '',
    killers: ['backendCall'],
  },
  {
    breaks: 'session: a request takes one dead connection after the other',
    file: CALL,
    find: '++this.#tries === MOST_TRIES ||',
    put: '',
    killers: ['backendCall'],
  },
  {
    breaks: 'session: a request tries again beyond the budget of all',
    file: CALL,
    find: '|| !this.#lending.mayRetry()',
    put: '',
    killers: ['backendCall'],
  },
  {
    breaks: 'session: whose time is up while it connects waits on',
    file: CALL,
    find: `this.#turn.leave('timeout') this.#failed('timeout')`,
    put: `this.#turn.leave('timeout')`,
    killers: ['backendCall'],
  },
  {
    breaks: 'session: a connection is granted to who has left',
    file: TURN,
    find: 'if (abort.signal.aborted) this.#giveUp(grant) else this.#take(grant)',
    put: 'this.#take(grant)',
    killers: ['turn'],
  },
  {
    breaks: 'session: who leaves while it connects keeps its slot',
    file: TURN,
    find: 'if (abort.signal.aborted) return this.#lending.queue.finished(this)',
    put: 'if (abort.signal.aborted) return',
    killers: ['turn'],
  },
  {
    breaks: 'session: who is refused keeps its slot',
    file: TURN,
    find: 'this.#lending.queue.finished(this) this.#taker.refused(reasonOf(error), error)',
    put: 'this.#taker.refused(reasonOf(error), error)',
    killers: ['turn'],
  },
  {
    breaks: 'session: what was granted is given back twice',
    file: TURN,
    find: 'this.#grant = undefined this.#lending.giveBack(grant, how, reason)',
    put: 'this.#lending.giveBack(grant, how, reason)',
    killers: ['turn'],
  },
  {
    breaks: 'session: a packet of small requests becomes a crowd of buffers',
    file: INBOX,
    find: '&& ends.length < MOST_FRAMES',
    put: '',
    killers: ['inbox', 'exchange'],
  },
  {
    breaks: 'session: what was not looked at is put behind what came later',
    file: INBOX,
    find: 'else this.#backlog[--this.#first] = rest',
    put: 'else this.#backlog.push(rest)',
    killers: ['inbox', 'exchange'],
  },
  {
    breaks: 'session: what is kept is not copied',
    file: INBOX,
    find: 'return this.#readFrom(bytes, (rest) => Buffer.from(rest))',
    put: 'return this.#readFrom(bytes, (rest) => rest)',
    killers: ['inbox', 'exchange'],
  },
  {
    breaks: 'session: the deadline of a request is that of the one before',
    file: FRAMED,
    find: 'if (this.#frames.length > 0 || this.#inbox.isInFrame) this.#start()',
    put: '',
    killers: ['exchange'],
  },
  {
    breaks: 'session: a client that ends while it waits keeps its place',
    file: FRAMED,
    find: `if (phase === 'queued') this.#leaveQueue()`,
    put: `if (phase === 'queued') return`,
    killers: ['exchange'],
  },
  {
    breaks: 'session: after its replies a half-closed client waits for the end',
    file: FRAMED,
    find: 'if (this.#hasClientEnded) return this.#session.finish(this.#endAtRest())',
    put: '',
    killers: ['exchange'],
  },
  {
    breaks: 'session: a drain lets sessions go on after their reply',
    file: FRAMED,
    find: `if (this.#session.host.isDraining) return this.#session.finish('K-')`,
    put: '',
    killers: ['drain'],
  },
  {
    breaks: 'session: a handler keeps what it has forgotten',
    file: HANDLER,
    find: 'const reply = await handle(payload, context) end()',
    put: 'const reply = await handle(payload, context)',
    killers: ['handlers'],
  },
  {
    breaks: 'session: a relay holds a connection for a client that is silent',
    file: RELAY,
    find: 'if (this.#options.serverSpeaksFirst || this.#early !== undefined) this.#ask()',
    put: 'if (this.#session.id > 0) this.#ask()',
    killers: ['relay'],
  },
  {
    breaks: 'session: the end of a client is not passed on',
    file: RELAY,
    find: 'else this.#backend?.end()',
    put: '',
    killers: ['relay'],
  },
  {
    breaks: 'session: the last bytes for the backend are lost when both have ended',
    file: RELAY,
    find: 'if (isDone && this.#hasBackendEnded) this.#flush() else this.#letGo()',
    put: 'this.#letGo()',
    killers: ['relayEnds', 'relay'],
  },
  {
    breaks: 'session: a client is not read while it waits, so that its leaving is not seen',
    file: RELAY,
    find: 'return this.#earlyBytes < MOST_EARLY_BYTES',
    put: 'return this.#backend !== undefined',
    killers: ['relay'],
  },
  {
    breaks: 'session: a cut leaves what was under way',
    file: `${SESSION}/session.ts`,
    find: 'conversation?.clientClosed() return conversation !== undefined',
    put: 'return conversation !== undefined',
    killers: ['handlers', 'drain'],
  },
  {
    breaks: 'session: what a handler writes into its last answer is sent',
    file: HANDLER,
    find: 'return framed.buffer === answer.buffer ? Buffer.from(framed) : framed',
    put: 'return framed',
    killers: ['handlers'],
  },
  {
    breaks: 'session: a socket is reset that has said its end',
    file: `${SESSION}/socket-port.ts`,
    find: '&& !hasSaidEnd',
    put: '',
    killers: ['ports'],
  },
  {
    breaks: 'outage: all go on trying as long as one does',
    file: OUTAGE,
    find: `return part === 'try' || !this.isLong(now)`,
    put: `return this.#isTrying || !this.isLong(now)`,
    killers: ['outage'],
  },
  {
    breaks: 'outage: every failure begins it anew',
    file: OUTAGE,
    find: 'this.#since ??= now',
    put: 'this.#since = now',
    killers: ['outage'],
  },
  {
    breaks: 'retries: there is no end of them',
    file: BUDGET,
    find: 'this.#saved--',
    put: '',
    killers: ['retryBudget'],
  },
  {
    breaks: 'TLS: who leaves during the handshake is waited for',
    file: 'packages/server/src/listener/tls-phase.ts',
    find: 'plain.allowHalfOpen = false',
    put: '',
    killers: ['entrance'],
  },
  {
    breaks: 'TLS: who ends first is not answered any more',
    file: 'packages/server/src/listener/tls-phase.ts',
    find: 'socket.allowHalfOpen = true',
    put: '',
    killers: ['entrance'],
  },
]
