/** Bugs in ports: whose bytes are kept, sent and read, and what a pool is told of them. */

/** @import { Mutant } from './copy.mjs' */

const SESSION = 'packages/server/src/session'
const PORT = `${SESSION}/handle-port.ts`
const WRITER = `${SESSION}/handle-writer.ts`
const CALL = `${SESSION}/backend-call.ts`
const SOCKET = `${SESSION}/socket-port.ts`
const KEEPER = `${SESSION}/port-keeper.ts`
const GATHERED = `${SESSION}/gathered-bytes.ts`
const FLUSHES = `${SESSION}/flush-list.ts`
const BUFFER = `${SESSION}/read-buffer.ts`
const PING = 'packages/server/src/upstreams/ping-backend.ts'
const DIAL_ANY = 'packages/server/src/upstreams/dial-backend.ts'
const DIAL = 'packages/server/src/upstreams/dial-handle.ts'

/** @type {readonly Mutant[]} */
export const ports = [
  {
    breaks: 'port: what is sent on is read over before it has gone out',
    file: BUFFER,
    find: 'return bytes.buffer === READ_BUFFER.buffer ? Buffer.from(bytes) : bytes',
    put: 'return bytes',
    killers: ['ports'],
  },
  {
    breaks: 'port: a write overtakes those that wait',
    file: WRITER,
    find: 'if (this.unsentBytes === 0 && bytes.length >= AT_ONCE_BYTES)',
    put: 'if (this.#underWayBytes === 0 && bytes.length >= AT_ONCE_BYTES)',
    killers: ['ports'],
  },
  {
    breaks: 'port: what waits is sent once and stays',
    file: GATHERED,
    find: '    this.#buffer = undefined\n    this.length = 0',
    put: '    this.#buffer = undefined',
    killers: ['gatheredBytes'],
  },
  {
    breaks: 'port: what waits is not copied',
    file: GATHERED,
    find: 'this.#buffer = Buffer.from(bytes)',
    put: 'this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)',
    killers: ['ports'],
  },
  {
    breaks: 'port: what waits for the end of the turn is lost by a close',
    file: PORT,
    find: '  destroy(): void {\n    this.#writer.flush()',
    put: '  destroy(): void {',
    killers: ['ports'],
  },
  {
    breaks: 'port: what waits for the end of the turn is lost by a reset',
    file: PORT,
    find: '  reset(): void {\n    this.#writer.flush()',
    put: '  reset(): void {',
    killers: ['ports'],
  },
  {
    breaks: 'port: its end goes out before what was written',
    file: WRITER,
    find: `    this.isEnding = true
    this.flush()`,
    put: `    this.isEnding = true
    this.#sayEnd()`,
    killers: ['ports'],
  },
  {
    breaks: 'port: its end overtakes what is written when it can be written to again',
    file: WRITER,
    find: 'if (isLast) this.#sayEnd()',
    put: 'if (this.isEnding) this.#sayEnd()',
    killers: ['ports'],
  },
  {
    breaks: 'port: what is under way can be taken back',
    file: WRITER,
    find: 'if (this.#underWayBytes > 0 || this.unsentBytes === 0) return false',
    put: 'if (this.unsentBytes === 0) return false',
    killers: ['ports'],
  },
  {
    breaks: 'port: what was taken back goes out',
    file: WRITER,
    find: '    this.#unsent?.take()\n    const sent',
    put: '    const sent',
    killers: ['ports', 'withdrawnRequests'],
  },
  {
    breaks: 'call: what comes before the request has gone out is its reply',
    file: CALL,
    find: 'if (this.#withdraws()) return true',
    put: '',
    killers: ['withdrawnRequests'],
  },
  {
    breaks: 'call: a connection that is lost before the request has gone out fails it',
    file: CALL,
    find: `  closed(): void {
    if (this.#withdraws()) return`,
    put: '  closed(): void {',
    killers: ['withdrawnRequests'],
  },
  {
    breaks: 'call: a request whose client goes before it has gone out goes out',
    file: CALL,
    find: "if (this.#backend?.withdraw() === true) return void this.#release('clean')",
    put: '',
    killers: ['withdrawnRequests'],
  },
  {
    breaks: 'ping: what comes before the question has gone out is its answer',
    file: PING,
    find: 'if (!this.#isOver && this.#port.withdraw()) this.#answer(false)',
    put: '',
    killers: ['pingBackend'],
  },
  {
    breaks: 'flush list: who was flushed is flushed again and again',
    file: FLUSHES,
    find: '    this.#waiting = []\n',
    put: '',
    killers: ['flushList'],
  },
  {
    breaks: 'flush list: those who wait have no bound',
    file: FLUSHES,
    find: 'if (this.#waiting.length >= MOST_WAITING) this.#flush()',
    put: 'if (this.#waiting.length >= 1e9) this.#flush()',
    killers: ['flushList'],
  },
  {
    breaks: 'port: nobody is told that it can be written to again',
    file: WRITER,
    find: 'if (wasFull) this.#owner.drained()',
    put: '',
    killers: ['ports'],
  },
  {
    breaks: 'port: it is full no more though nobody was told',
    file: WRITER,
    find: 'if (this.unsentBytes >= MOST_UNSENT_BYTES) this.isFull = true',
    put: 'this.isFull = this.unsentBytes >= MOST_UNSENT_BYTES',
    killers: ['handlePort', 'portLives'],
  },
  {
    breaks: 'port: who is told of what was taken back hears that it has gone out',
    file: WRITER,
    find: 'const sent = this.#sent ?? []\n    this.#sent = undefined',
    put: 'const sent = []',
    killers: ['portLives'],
  },
  {
    breaks: 'port: a reset behind bytes is an end',
    file: PORT,
    find: 'if (comesAlone || this.#handle.getpeername?.({}) === 0) return this.#peerEnded()',
    put: 'return this.#peerEnded()',
    killers: ['handlePort', 'relay'],
  },
  {
    breaks: 'port: nobody knows whose bytes came last',
    file: PORT,
    find: 'lastHeard = this.#handle',
    put: '',
    killers: ['handlePort', 'relay'],
  },
  {
    breaks: 'port: it does not close though both have said their end',
    file: PORT,
    find: 'if (this.#writer.hasSaidEnd) this.destroy()',
    put: '',
    killers: ['handlePort'],
  },
  {
    breaks: 'port: a reset behind bytes of a socket is an end',
    file: SOCKET,
    find: 'if (!hasLostPeer(this)) return this',
    put: 'return this',
    killers: ['ports'],
  },
  {
    breaks: 'port: a reset after an end that has not gone out is an end',
    file: PORT,
    find: 'const errno = this.#writer.hasSaidEnd ? undefined',
    put: 'const errno = this.#writer.isEnding ? undefined',
    killers: ['handlePort'],
  },
  {
    breaks: 'port: writing to a socket that has ended destroys it',
    file: SOCKET,
    find: 'if (!this.isWritable) return this.#writeInVain(sent)',
    put: '',
    killers: ['ports'],
  },
  {
    breaks: 'session: what a slow client has not read yet is cut off',
    file: 'packages/server/src/session/session.ts',
    find: 'if (!this.#isLeaving()) return this.port.destroy()',
    put: 'if (this.#goodbyeAt !== undefined) return this.port.destroy()',
    killers: ['relayEnds'],
  },
  {
    breaks: 'session: a client that never reads is waited for without end',
    file: 'packages/server/src/session/session.ts',
    find: 'if (clock.now() - (this.#goodbyeAt ?? 0) < deadlines.idle.durationMs)',
    put: 'if (deadlines.idle.durationMs > 0)',
    killers: ['relayEnds'],
  },
  {
    breaks: 'port: it reads on though its user has enough',
    file: PORT,
    find: 'if (!this.#user.take(bytes)) this.pause()',
    put: 'this.#user.take(bytes)',
    killers: ['ports'],
  },
  {
    breaks: 'port: bytes that come between two users are lost',
    file: PORT,
    find: 'this.#kept.append(bytes)',
    put: '',
    killers: ['ports', 'pooledPorts'],
  },
  {
    breaks: 'port: what nobody takes has no bound',
    file: PORT,
    find: 'if (this.#kept.length >= MOST_KEPT_BYTES) this.pause()',
    put: '',
    killers: ['ports'],
  },
  {
    breaks: 'port: an error of the connection is no error',
    file: PORT,
    find: 'this.error ??= Object.assign(new Error(`${syscall} ${code}`), { code, errno, syscall })',
    put: '',
    killers: ['ports', 'pooledPorts'],
  },
  {
    breaks: 'keeper of a port: unread bytes are no flaw',
    file: KEEPER,
    find: 'port.isWritable && port.keptBytes === 0 && port.unsentBytes === 0',
    put: 'port.isWritable && port.unsentBytes === 0',
    killers: ['pooledPorts'],
  },
  {
    breaks: 'keeper of a port: unsent bytes are no flaw',
    file: KEEPER,
    find: 'port.isWritable && port.keptBytes === 0 && port.unsentBytes === 0',
    put: 'port.isWritable && port.keptBytes === 0',
    killers: ['pooledPorts'],
  },
  {
    breaks: 'keeper of a port: one that somebody still uses is lent again',
    file: KEEPER,
    find: 'if (this.#port.isUsed) return false',
    put: '',
    killers: ['pooledPorts'],
  },
  {
    breaks: 'keeper of a port: bytes at rest are no loss',
    file: KEEPER,
    find: `if (this.#state === 'resting') this.#lose('idle-data')`,
    put: '',
    killers: ['pooledPorts'],
  },
  {
    breaks: 'keeper of a port: the end of its peer at rest is no loss',
    file: KEEPER,
    find: `if (this.#state === 'resting') this.#lose('peer-closed')`,
    put: '',
    killers: ['pooledPorts'],
  },
  {
    breaks: 'keeper of a port: the loss of one that is lent is not told',
    file: KEEPER,
    find: `    if (this.#state === 'closing') this.#finish()
    else this.#lose()`,
    put: `    if (this.#state === 'closing') this.#finish()`,
    killers: ['pooledPorts'],
  },
  {
    breaks: 'keeper of a port: it closes without a goodbye',
    file: KEEPER,
    find: '    this.#port.attach(this)\n    this.#port.end()',
    put: '    this.#port.attach(this)\n    this.#port.reset()',
    killers: ['pooledPorts'],
  },
  {
    breaks: 'dial: a connection that was given up stays open',
    file: DIAL,
    find: 'this.#handle.close()',
    put: '',
    killers: ['pooledPorts'],
  },
  {
    breaks: 'port: a connection that cannot be deciphered any more stays open',
    file: SOCKET,
    find: 'if (!this.destroyed) this.destroy(error)',
    put: 'void error',
    killers: ['entrance', 'tlsBackends'],
  },
  {
    breaks: 'dial: a backend behind TLS is spoken to in plain words',
    file: DIAL_ANY,
    find: 'if (endpoint.tls !== undefined) return dialTls(endpoint, endpoint.tls, tuning, context)',
    put: '',
    killers: ['tlsBackends'],
  },
  {
    breaks: 'dial: the name in the certificate of a backend is the host whatever was asked for',
    file: DIAL_ANY,
    find: 'tls.servername ?? serverNameOf(endpoint)',
    put: 'serverNameOf(endpoint)',
    killers: ['tlsBackends'],
  },
  {
    breaks: 'dial: a handshake that was given up goes on',
    file: DIAL_ANY,
    find: `      if (isSettled) return
      socket.destroy()`,
    put: '      if (isSettled) return',
    killers: ['tlsBackends'],
  },
  {
    breaks: 'ping: more than the reply is healthy',
    file: PING,
    find: 'if (end < bytes.length) return this.#answer(false)',
    put: '',
    killers: ['pingBackend'],
  },
  {
    breaks: 'ping: it stays on the connection when it is over',
    file: PING,
    find: 'this.#port.detach()',
    put: '',
    killers: ['pingBackend'],
  },
  {
    breaks: 'ping: what the protocol throws ends the process',
    file: PING,
    find: 'else this.#guard(() => this.#conclude())',
    put: 'else this.#conclude()',
    killers: ['pingCall'],
  },
]
