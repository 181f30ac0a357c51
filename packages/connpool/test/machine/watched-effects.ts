/** Takes the effects of a machine, checks each as it is told, and keeps the account. */
import type { BreakerState } from '../../src/breaker/breaker-rule.ts'
import type { CloseReason } from '../../src/metrics/stats.ts'
import type { Entry } from '../../src/pool/entry.ts'
import type { GivenUp, PoolEffects, Refusal, TakenBack } from '../../src/pool/pool-effects.ts'
import type { Account } from './account.ts'
import { isCloseHonest, isDialNeeded, isProbeModest, isRefusalHonest } from './honesty.ts'
import { lend } from './lending.ts'
import { type CallerRecord, ConnectionRecord, type Thing } from './records.ts'
import { violated } from './violation.ts'

export class WatchedEffects implements PoolEffects<Thing> {
  readonly #account: Account

  constructor(account: Account) {
    this.#account = account
  }

  dial(entry: Entry<Thing>): void {
    const account = this.#account
    account.told()
    if (account.isDraining) violated('S19', 'it dials while it drains')
    if (account.isPaused) violated('S11', 'it dials while it is paused')
    if (account.breaker === 'open') violated('S18', 'it dials while the breaker is open')
    if (entry.id !== account.connections.length + 1) violated('S3', `connection ${entry.id} is dialed again`)
    if (!isDialNeeded(account, entry)) violated('S11', 'it dials though nobody needs it')
    const connection = new ConnectionRecord(entry, account.now)
    account.connections.push(connection)
    account.tally.dials++
    if (account.present > account.maxSize) violated('S1', `there are ${account.present} connections`)
    if (!this.#isTrialModest) violated('S18', 'more dials try the endpoint than may')
    if (entry.replaces !== undefined) account.connection(entry.replaces.id).replacement = connection
  }

  /** While the endpoint is down, few dials try it. */
  get #isTrialModest(): boolean {
    const { world, breaker } = this.#account
    const most = world.rules.breaker?.halfOpenProbes ?? Infinity
    return breaker === 'closed' || this.#account.count('dialing') <= most
  }

  giveUpDial(entry: Entry<Thing>, why: GivenUp): void {
    this.#account.told()
    const connection = this.#account.standing(entry, 'dialing')
    if (why === 'pool-closed' && !this.#account.isDraining) {
      violated('S19', `${connection.name} is given up though nobody closes`)
    }
    if (why !== 'pool-closed' && this.#account.now < connection.since + this.#account.world.rules.dialTimeoutMs) {
      violated('S7', `the dial of ${connection.name} is given up before its time`)
    }
    if (why === 'timeout') this.#account.failuresInARow++
    this.#account.tally.dialFailures++
    connection.mayLand = true
    connection.become('closing', this.#account.now)
  }

  grant(waiter: CallerRecord['waiter'], entry: Entry<Thing>): void {
    this.#account.told()
    lend(this.#account, this.#account.connection(entry.id), this.#account.callerOf(waiter), 'none')
  }

  refuse(waiter: CallerRecord['waiter'], refusal: Refusal): void {
    // Whoever comes to a pool that has drained is turned away at the door.
    if (!(this.#account.isDrained && refusal === 'POOL_CLOSED')) this.#account.told()
    const caller = this.#account.callerOf(waiter)
    if (caller.state !== 'waiting') violated('S5', `${caller.name} is refused, but it is ${caller.state}`)
    if (!isRefusalHonest(this.#account, caller, refusal)) {
      violated('S16', `${caller.name} is told ${refusal}, which is not so`)
    }
    if (refusal === 'ACQUIRE_TIMEOUT') this.#account.tally.timeouts++
    caller.state = 'refused'
  }

  flaw(entry: Entry<Thing>): CloseReason | undefined {
    return this.#account.standing(entry, 'resting').flaw
  }

  examine(entry: Entry<Thing>): void {
    const account = this.#account
    account.told()
    const connection = account.standing(entry, 'resting')
    const { examination } = entry
    if (account.isDraining) violated('S19', `${connection.name} is examined while the pool drains`)
    const isAfterUse = examination === 'reset' || examination === 'flush'
    if (account.isPaused && !isAfterUse) violated('S10', `${connection.name} is examined during a pause`)
    connection.examination = examination
    connection.become('examined', account.now)
    if (examination === 'probe' || examination === 'background') account.tally.probes++
    const isForSomebody = examination === 'probe' || examination === 'turn'
    if (isForSomebody && account.count('examined') > account.waiting) {
      violated('S10', `${connection.name} is examined for nobody`)
    }
    if (examination === 'background' && !isProbeModest(account)) {
      violated('S10', 'more than a tenth is out of service for background probes')
    }
  }

  close(entry: Entry<Thing>, reason: CloseReason | undefined): void {
    this.#account.told()
    const connection = this.#account.connection(entry.id)
    const { standing } = connection
    if (standing === 'gone' || standing === 'closing') violated('S3', `${connection.name} is closed twice`)
    if (!isCloseHonest(this.#account, connection, reason)) {
      violated('S17', `${connection.name}, ${standing}, is closed for reason ${reason}, which is not so`)
    }
    if (reason !== undefined) this.#account.tally.closed[reason]++
    if (reason === 'probe-failed') this.#account.tally.probeFailures++
    connection.become('closing', this.#account.now)
  }

  abandon(entry: Entry<Thing>): void {
    this.#account.told()
    const connection = this.#account.standing(entry, 'closing')
    if (this.#account.now < connection.since + this.#account.world.rules.closeTimeoutMs) {
      violated('S1', `${connection.name} is abandoned before its time`)
    }
    connection.become('gone', this.#account.now)
  }

  endLease(entry: Entry<Thing>, why: TakenBack): void {
    this.#account.told()
    const connection = this.#account.standing(entry, 'leased')
    if (why === 'lease-time' && this.#account.now < connection.since + this.#account.world.rules.maxLeaseMs) {
      violated('S2', `${connection.name} is taken back before its time`)
    }
    if (why === 'pool-closed' && !(this.#account.isDraining && this.#account.now >= this.#account.drainDeadline)) {
      violated('S19', `${connection.name} is taken back before the drain's deadline`)
    }
    if (why === 'lost' && connection.flaw === undefined) violated('S17', `${connection.name} is said to be lost`)
    connection.isTakenBack = true
    this.#account.tally.endedOtherwise++
  }

  warnOfLeak(entry: Entry<Thing>): void {
    this.#account.told()
    const connection = this.#account.standing(entry, 'leased')
    if (connection.hasWarned) violated('S17', `the leak of ${connection.name} is warned of twice`)
    if (this.#account.now < connection.since + this.#account.world.rules.leakWarnMs) {
      violated('S17', `${connection.name} is no leak yet`)
    }
    connection.hasWarned = true
  }

  wakeAt(time: number): void {
    if (this.#account.isDrained) violated('S19', 'it wants to be woken after it has drained')
    if (!(time < this.#account.armedFor)) {
      violated('S11', `it puts off its wake-up from ${this.#account.armedFor} to ${time}`)
    }
    this.#account.armedFor = time
  }

  afterPoll(): void {
    this.#account.told()
    if (this.#account.polls > 0) violated('S7', 'it grants a second turn of grace')
    this.#account.polls++
  }

  breakerChanged(state: BreakerState): void {
    this.#account.told()
    const isLegal = state === 'half-open' ? this.#account.breaker === 'open' : this.#account.breaker !== state
    if (!isLegal) violated('S18', `the breaker goes from ${this.#account.breaker} to ${state}`)
    if (state === 'open' && this.#account.failuresInARow === 0 && this.#account.isolations === 0) {
      violated('S18', 'the breaker opens though nothing failed')
    }
    if (state !== 'half-open') this.#account.oldUpTo = this.#account.connections.length
    this.#account.breaker = state
  }

  askRule(): void {
    violated('S18', 'it asks a rule that nobody has given')
  }

  drained(): void {
    this.#account.told()
    if (!this.#account.isDraining) violated('S19', 'it has drained though nobody closes')
    if (this.#account.present > 0) {
      violated('S19', `it has drained though ${this.#account.present} connections are left`)
    }
    this.#account.isDrained = true
    this.#account.armedFor = Infinity
  }
}
