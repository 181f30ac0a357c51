import type { Account } from './account.ts'
import type { CallerRecord, ConnectionRecord } from './records.ts'
import { violated } from './violation.ts'

/** A wire that nobody has looked at for so long must be looked at. */
export const STALE_MS = 1_000

/** How a lease was got: in turn, or by somebody who cannot wait for one turn of the loop. */
export type Haste = 'none' | 'great'

/** A connection is lent: may it be, and to him? */
export function lend(account: Account, connection: ConnectionRecord, caller: CallerRecord, haste: Haste): void {
  const { standing } = connection
  if (standing === 'leased') violated('S2', `${connection.name} is lent twice`)
  if (standing !== 'resting') violated('S3', `${connection.name} is lent though it is ${standing}`)
  if (account.isPaused) violated('S10', `${connection.name} is lent though the pool is paused`)
  if (account.isDraining) violated('S19', `${connection.name} is lent though the pool is closed`)
  checkTurn(account, caller)
  checkTime(account, caller)
  checkFitness(account, connection)
  if (connection.provenIn !== account.eventNumber) checkProof(account, connection, haste)
  note(account, connection, caller)
}

function note(account: Account, connection: ConnectionRecord, caller: CallerRecord): void {
  account.tally.acquired++
  if (connection.dialedIn === account.eventNumber) account.tally.misses++
  connection.uses++
  connection.hasWarned = false
  connection.isRested = false
  connection.become('leased', account.now)
  caller.state = 'served'
}

function checkTurn(account: Account, caller: CallerRecord): void {
  if (caller.state !== 'waiting') violated('S5', `${caller.name} is served, but it is ${caller.state}`)
  for (const other of account.callers) {
    if (other === caller) return
    if (other.state === 'waiting') violated('S6', `${caller.name} is served before ${other.name}`)
  }
}

function checkTime(account: Account, caller: CallerRecord): void {
  const { waiter } = caller
  if (waiter.timeoutMs === 0 || waiter.deadline > account.now || account.isForgiven(waiter.deadline)) return
  violated('S7', `${caller.name} is served too late`)
}

function checkFitness(account: Account, connection: ConnectionRecord): void {
  const { flaw, expiresAt, uses, isCleared, needsReset, needsFlush } = connection
  if (flaw !== undefined) violated('S4', `${connection.name} is lent though it is ${flaw}`)
  if (account.now >= expiresAt) violated('S4', `${connection.name} is lent though it is too old`)
  if (uses >= account.world.rules.maxUses) violated('S4', `${connection.name} is lent too often`)
  if (isCleared) violated('S4', `${connection.name} is lent though it was cleared`)
  if (needsFlush) violated('S4', `${connection.name} is lent though bytes of its last holder are going out`)
  if (needsReset) violated('S4', `${connection.name} is lent though it was not reset`)
}

function checkProof({ now, world }: Account, connection: ConnectionRecord, haste: Haste): void {
  const { rules, isStream } = world
  const { provenAt, seenAt } = connection
  const needsProbe = rules.hasProbe && now >= provenAt + rules.probeAfterIdleMs
  if (needsProbe) violated('S4', `${connection.name} is lent without a probe`)
  if (isStream && haste === 'none' && now >= seenAt + STALE_MS) violated('S4', `${connection.name} is lent unseen`)
}
