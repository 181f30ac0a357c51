/** Whether what the machine does is for the reason that it gives. */
import type { CloseReason } from '../../src/metrics/stats.ts'
import type { Entry } from '../../src/pool/entry.ts'
import type { Refusal } from '../../src/pool/pool-effects.ts'
import type { Account } from './account.ts'
import type { CallerRecord, ConnectionRecord, Thing } from './records.ts'

/** Somebody has nobody else to hope for, or the pool is to have more connections than it has. */
export function isDialNeeded(account: Account, entry: Entry<Thing>): boolean {
  if (entry.replaces !== undefined || account.floor > account.total + account.count('dialing')) return true
  let needy = 0
  for (const { state, waiter } of account.callers) {
    if (state === 'waiting' && waiter.deadline > account.now) needy++
  }
  return needy > account.count('dialing') + account.count('examined')
}

/** What a caller is told is so. */
export function isRefusalHonest(account: Account, caller: CallerRecord, refusal: Refusal): boolean {
  switch (refusal) {
    case 'POOL_CLOSED':
      return account.isDraining
    case 'ACQUIRE_TIMEOUT':
      return caller.waiter.deadline <= account.now
    case 'QUEUE_FULL':
      return account.isQueueFull && caller === account.callers.at(-1)
    case 'DIAL_FAILED':
      return account.isolations === 0 && account.breaker !== 'closed' && account.failuresInARow > 0
    case 'CIRCUIT_OPEN':
      return account.isolations > 0 || (account.breaker !== 'closed' && caller === account.callers.at(-1))
  }
}

/** A connection is closed for a reason that is so. */
export function isCloseHonest(
  account: Account,
  connection: ConnectionRecord,
  reason: CloseReason | undefined,
): boolean {
  const { standing, examination } = connection
  const { rules } = account.world
  const isUnsound = connection.isUnsound || isExaminationOver(account, connection)
  switch (reason) {
    case undefined:
      return standing === 'dialing'
    case 'pool-closed':
      return account.isDraining && standing !== 'leased'
    case 'cleared':
      return connection.isCleared && standing === 'resting'
    case 'lifetime':
      return standing === 'resting' && account.now >= connection.expiresAt
    case 'max-uses':
      return standing === 'resting' && connection.uses >= rules.maxUses
    case 'idle-timeout':
      return (
        standing === 'resting' &&
        account.now >= connection.idleSince + rules.idleTimeoutMs &&
        account.total > account.floor
      )
    case 'shrunk':
      return standing === 'resting' && account.present - account.count('closing') > account.maxSize
    case 'probe-failed':
      return standing === 'examined' && examination !== 'reset' && examination !== 'flush' && isUnsound
    case 'reset-failed':
      return standing === 'examined' && examination === 'reset' && isUnsound
    case 'taken-back':
      return connection.isTakenBack
    case 'dirty':
      return connection.flaw === reason || (standing === 'examined' && examination === 'flush' && isUnsound)
    case 'peer-closed':
    case 'socket-error':
    case 'idle-data':
    case 'discarded':
    case 'dropped':
      return connection.flaw === reason
  }
}

function isExaminationOver(account: Account, { examination, since }: ConnectionRecord): boolean {
  const { resetTimeoutMs, probeTimeoutMs } = account.world.rules
  return account.now >= since + (examination === 'reset' ? resetTimeoutMs : probeTimeoutMs)
}

/** One connection more is probed in the background: at most a tenth are, or one. */
export function isProbeModest(account: Account): boolean {
  let others = -1
  for (const { standing, examination } of account.connections) {
    if (standing === 'examined' && examination === 'background') others++
  }
  return others === 0 || others * 10 < account.total
}
