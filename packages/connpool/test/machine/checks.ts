/** What must be so after every event, by the account that is kept of a life. */
import type { CloseReason } from '../../src/metrics/stats.ts'
import { Counts } from '../../src/pool/counts.ts'
import { statsOf } from '../../src/pool/pool-stats.ts'
import type { Life } from './life.ts'
import { STALE_MS } from './lending.ts'
import type { ConnectionRecord } from './records.ts'
import { violated } from './violation.ts'

/** How long the pacer may hold back a dial at most, and the wait that keeps the last attempt apart. */
const PATIENCE = 2.5

export function checkEverything(life: Life): void {
  checkPlaces(life)
  checkNumbers(life)
  checkService(life)
  if (life.account.polls === 0) {
    checkAlarm(life)
    checkDeadlines(life)
    checkDials(life)
  }
  checkDrain(life)
}

/** S3: every connection is where we think it is, and no other. */
function checkPlaces(life: Life): void {
  for (const connection of life.account.connections) {
    const { state } = connection.entry
    const expected = STATE_OF[connection.standing]
    if (state !== expected) violated('S3', `${connection.name} is ${state}, expected ${expected}`)
  }
  const { size } = life.machine.roster
  if (size !== life.account.present) violated('S3', `it knows ${size} connections, expected ${life.account.present}`)
}

const STATE_OF = {
  dialing: 'dialing',
  resting: 'idle',
  examined: 'probing',
  leased: 'leased',
  closing: 'closing',
  gone: 'gone',
} as const

const REASONS = Object.keys(new Counts().closed) as CloseReason[]

/** S17. */
function checkNumbers(life: Life): void {
  const stats = statsOf(life.machine)
  const { tally } = life.account
  same('idle', stats.idle, life.account.count('resting'))
  same('probing', stats.probing, life.account.count('examined'))
  same('leased', stats.leased, life.account.count('leased'))
  same('dialing', stats.dialing, life.account.count('dialing'))
  same('closing', stats.closing, life.account.count('closing'))
  same('total', stats.total, life.account.total)
  same('waiting', stats.waiting, life.account.waiting)
  same('maxSize', stats.maxSize, life.account.maxSize)
  same('acquired', stats.acquired, tally.acquired)
  same('misses', stats.misses, tally.misses)
  same('hits', stats.hits, tally.acquired - tally.misses)
  same('timeouts', stats.timeouts, tally.timeouts)
  same('dials', stats.dials, tally.dials)
  same('dialFailures', stats.dialFailures, tally.dialFailures)
  same('probes', stats.probes, tally.probes)
  same('probesPassed', stats.probesPassed, tally.probesPassed)
  same('probeFailures', stats.probeFailures, tally.probeFailures)
  for (const reason of REASONS) same(reason, stats.closed[reason], tally.closed[reason])
}

function same(what: string, told: number, counted: number): void {
  if (told !== counted) violated('S17', `stats().${what} is ${told}, expected ${counted}`)
}

/** S10: nobody waits while a connection idles that could serve. */
function checkService(life: Life): void {
  if (life.account.isDraining || life.account.isPaused || life.account.waiting === 0) return
  const examined = life.account.count('examined')
  for (const connection of life.account.connections) {
    if (connection.standing !== 'resting') continue
    if (isFit(life, connection)) violated('S10', `${connection.name} idles while somebody waits`)
    if (examined < life.account.waiting) violated('S10', `${connection.name} is not examined while somebody waits`)
  }
}

/** Nothing has to be done with it before it may be lent. */
function isFit(life: Life, connection: ConnectionRecord): boolean {
  const { rules, isStream } = life.account.world
  if (connection.flaw !== undefined || life.account.now >= connection.expiresAt) return false
  if (isStream && life.account.now >= connection.seenAt + STALE_MS) return false
  return !rules.hasProbe || life.account.now < connection.provenAt + rules.probeAfterIdleMs
}

/** S11: it will be woken for whatever is due next. */
function checkAlarm(life: Life): void {
  if (life.account.isDrained) return
  for (const caller of life.account.callers) {
    const { state, waiter } = caller
    if (state === 'waiting' && waiter.deadline < life.account.armedFor) {
      violated('S11', `nothing wakes it for the deadline of ${caller.name}`)
    }
  }
  const surroundings = { total: life.account.total, background: backgroundProbes(life) }
  for (const connection of life.account.connections) {
    const due = dueAt(life, connection, surroundings)
    // What is overdue is seen to at once.
    if (Math.max(due, life.account.now) < life.account.armedFor) {
      violated('S11', `nothing wakes it for ${connection.name}, ${connection.standing}, due at ${due}`)
    }
  }
  if (
    life.account.isDraining &&
    life.account.count('leased') > 0 &&
    life.account.drainDeadline < life.account.armedFor
  ) {
    violated('S11', 'nothing wakes it for the end of the grace')
  }
}

function backgroundProbes(life: Life): number {
  return life.account.connections.filter(
    ({ standing, examination }) => standing === 'examined' && examination === 'background',
  ).length
}

function dueAt(life: Life, connection: ConnectionRecord, pool: { total: number; background: number }): number {
  const { rules } = life.account.world
  const { standing, since } = connection
  switch (standing) {
    case 'dialing':
      return since + rules.dialTimeoutMs
    case 'resting':
      return idleDueAt(life, connection, pool)
    case 'examined':
      return since + (connection.examination === 'reset' ? rules.resetTimeoutMs : rules.probeTimeoutMs)
    case 'leased':
      return since + Math.min(rules.maxLeaseMs, connection.hasWarned ? Infinity : rules.leakWarnMs)
    case 'closing':
      return since + rules.closeTimeoutMs
    case 'gone':
      return Infinity
  }
}

function idleDueAt(life: Life, connection: ConnectionRecord, pool: { total: number; background: number }): number {
  const { rules } = life.account.world
  const mayProbe =
    rules.hasProbe && !life.account.isPaused && (pool.background === 0 || pool.background * 10 < pool.total)
  const isBeingReplaced = connection.replacement?.standing === 'dialing'
  return Math.min(
    isBeingReplaced ? Infinity : connection.expiresAt,
    pool.total > life.account.floor ? connection.idleSince + rules.idleTimeoutMs : Infinity,
    mayProbe ? connection.provenAt + rules.probeIntervalMs : Infinity,
  )
}

/** S7: who is still waiting still may. */
function checkDeadlines(life: Life): void {
  for (const caller of life.account.callers) {
    const { state, waiter } = caller
    if (state === 'waiting' && waiter.deadline <= life.account.now && life.account.armedFor > life.account.now) {
      violated('S7', `${caller.name} still waits though its time is up`)
    }
  }
}

/** S11: a dial that is needed is under way, or something is known to hold it back and for how long. */
function checkDials(life: Life): void {
  if (life.account.isDraining || life.account.isPaused || life.account.present >= life.account.maxSize) return
  const dialing = life.account.count('dialing')
  const isNeeded =
    life.account.waiting > dialing + life.account.count('examined') || life.account.floor > life.account.total + dialing
  if (!isNeeded || dialing >= life.machine.dialLimit) return
  const isHeldBack = life.machine.retryAt > life.account.now || isHeldBackByBreaker(life, dialing)
  if (!isHeldBack) violated('S11', 'a dial that is needed is not under way')
  if (dialing > 0 || life.account.isolations > 0) return
  const { backoff, breaker } = life.account.world.rules
  const longestMs = Math.max(backoff.maxMs, PATIENCE * backoff.baseMs, breaker?.maxOpenMs ?? 0)
  if (life.account.armedFor > life.account.now + longestMs) violated('S11', 'nothing wakes it for the next dial')
}

function isHeldBackByBreaker(life: Life, dialing: number): boolean {
  const { breaker } = life.account.world.rules
  if (breaker === undefined || life.account.breaker === 'closed') return false
  return dialing >= breaker.halfOpenProbes || life.machine.retryAfterMs(life.account.now) > 0
}

/** S19. */
function checkDrain(life: Life): void {
  if (!life.account.isDraining) return
  for (const connection of life.account.connections) {
    const { standing } = connection
    if (standing === 'resting' || standing === 'dialing' || standing === 'examined') {
      violated('S19', `${connection.name} is ${standing} while it drains`)
    }
  }
  if (life.account.waiting > 0) violated('S19', 'somebody waits while it drains')
  if (life.account.present === 0 && !life.account.isDrained) {
    violated('S19', 'the last connection is gone, but it does not say so')
  }
  if (
    life.account.polls === 0 &&
    life.account.now >= life.account.drainDeadline &&
    life.account.count('leased') > 0 &&
    life.account.armedFor > life.account.now
  ) {
    violated('S19', 'somebody holds a connection after the grace')
  }
}
