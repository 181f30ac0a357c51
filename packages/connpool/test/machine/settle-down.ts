/** The end of a life: the faults stop, everybody is served, and the pool is closed. */
import { checkEverything } from './checks.ts'
import type { EventName } from './events.ts'
import { EVENT_KINDS } from './events.ts'
import type { Life } from './life.ts'
import { violated } from './violation.ts'

/** No life of a few events takes longer to come to rest. */
const MOST_EVENTS = 100

const GOOD_NEWS: readonly EventName[] = ['polled', 'closed', 'sound', 'dialed', 'release']

export function settleDown(life: Life): void {
  if (life.account.isPaused) happen(life, 'resume', 0)
  while (life.account.isolations > 0) happen(life, 'endIsolation', 0)
  if (!life.account.isDraining) heal(life)
  close(life)
}

/** L1, L5: with good news only, nobody waits for ever and nothing goes on for ever. */
function heal(life: Life): void {
  for (let count = 0; count < MOST_EVENTS; count++) {
    if (bringGoodNews(life)) continue
    if (life.account.waiting === 0 && life.account.total >= Math.min(life.account.floor, life.account.maxSize)) return
    if (life.account.armedFor === Infinity) violated('L1', 'somebody waits for ever')
    happen(life, 'tick', 0)
  }
  violated('L5', 'it does not come to rest')
}

/** L2. */
function close(life: Life): void {
  if (!life.account.isDrained) happen(life, 'destroy', 0)
  for (let count = 0; count < MOST_EVENTS && !life.account.isDrained; count++) bringGoodNews(life)
  if (!life.account.isDrained) violated('L2', 'it never drains')
}

function bringGoodNews(life: Life): boolean {
  for (const name of GOOD_NEWS) {
    const [target] = EVENT_KINDS[name].targets(life)
    if (target === undefined) continue
    happen(life, name, target)
    return true
  }
  return false
}

function happen(life: Life, name: EventName, target: number): void {
  life.epilogue.push(`then ${name} ${target === 0 ? '' : target}`)
  life.account.begin()
  EVENT_KINDS[name].happen(life, target)
  checkEverything(life)
}
