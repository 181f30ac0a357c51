import type { Life } from './life.ts'
import type { ConnectionRecord } from './records.ts'

/** One kind of thing that may happen: to whom it may happen now, and how. */
interface EventKind {
  /** The numbers of those to whom it may happen; what happens to the pool itself happens to number 0. */
  readonly targets: (life: Life) => readonly number[]
  readonly happen: (life: Life, target: number) => void
}

const NOBODY: readonly number[] = []
const THE_POOL: readonly number[] = [0]

function poolIf(isPossible: boolean): readonly number[] {
  return isPossible ? THE_POOL : NOBODY
}

function connectionsThat(life: Life, may: (connection: ConnectionRecord) => boolean): readonly number[] {
  let targets: number[] | undefined
  for (const connection of life.account.connections) {
    if (may(connection)) (targets ??= []).push(connection.entry.id)
  }
  return targets ?? NOBODY
}

const dialing = (life: Life): readonly number[] => connectionsThat(life, ({ standing }) => standing === 'dialing')
const leased = (life: Life): readonly number[] => connectionsThat(life, ({ standing }) => standing === 'leased')
const examined = (life: Life): readonly number[] => connectionsThat(life, ({ standing }) => standing === 'examined')

const KINDS = {
  acquire: {
    targets: (life) => poolIf(life.account.waiting < life.account.world.mostWaiting),
    happen: (life) => life.acquire(),
  },
  try: {
    targets: (life) => poolIf(!life.account.isDraining && life.account.count('resting') > 0),
    happen: (life) => life.tryAcquire(),
  },
  cancel: {
    targets: ({ account }) => account.callers.filter(({ state }) => state === 'waiting').map(({ number }) => number),
    happen: (life, target) => life.cancel(life.account.caller(target)),
  },
  dialed: { targets: dialing, happen: (life, target) => life.dialed(life.account.connection(target)) },
  dialFailed: {
    targets: dialing,
    happen: (life, target) => life.dialFailed(life.account.connection(target), 'refused'),
  },
  setupFailed: {
    targets: dialing,
    happen: (life, target) => life.dialFailed(life.account.connection(target), 'setup'),
  },
  dialFailedHere: {
    targets: dialing,
    happen: (life, target) => life.dialFailed(life.account.connection(target), 'local'),
  },
  release: { targets: leased, happen: (life, target) => life.release(life.account.connection(target)) },
  releaseDirty: {
    targets: leased,
    happen: (life, target) => life.releaseDirty(life.account.connection(target)),
  },
  releaseWriting: { targets: leased, happen: (life, target) => life.releaseWriting(life.account.connection(target)) },
  discard: { targets: leased, happen: (life, target) => life.discard(life.account.connection(target)) },
  /** Discarded for a reason that is the endpoint's fault. */
  blame: {
    targets: leased,
    happen: (life, target) => {
      const connection = life.account.connection(target)
      const { since } = connection.entry
      life.discard(connection)
      life.endpointFailed(connection, since)
    },
  },
  detach: { targets: leased, happen: (life, target) => life.detach(life.account.connection(target)) },
  lost: {
    targets: (life) =>
      connectionsThat(
        life,
        ({ standing }) => standing === 'resting' || standing === 'leased' || standing === 'examined',
      ),
    happen: (life, target) => life.lost(life.account.connection(target)),
  },
  /** Its wire breaks, and nobody has been told yet. */
  break: {
    targets: (life) =>
      life.account.world.isStream
        ? connectionsThat(life, ({ standing, flaw }) => standing === 'resting' && flaw === undefined)
        : NOBODY,
    happen: (life, target) => {
      life.account.connection(target).flaw = 'peer-closed'
    },
  },
  sound: { targets: examined, happen: (life, target) => life.examined(life.account.connection(target), true) },
  unsound: {
    targets: examined,
    happen: (life, target) => life.examined(life.account.connection(target), false),
  },
  openedInVain: {
    targets: (life) => connectionsThat(life, ({ standing, mayLand }) => standing === 'closing' && mayLand),
    happen: (life, target) => life.openedInVain(life.account.connection(target)),
  },
  closed: {
    targets: (life) => connectionsThat(life, ({ standing }) => standing === 'closing'),
    happen: (life, target) => life.closed(life.account.connection(target)),
  },
  tick: {
    targets: (life) => poolIf(life.account.armedFor < Infinity),
    happen: (life) => life.tick(0),
  },
  lateTick: {
    targets: (life) => poolIf(life.account.armedFor < Infinity),
    happen: (life) => life.tick(30),
  },
  polled: { targets: (life) => poolIf(life.account.polls > 0), happen: (life) => life.polled() },
  /** Time passes without anything being due. */
  'time passes': {
    targets: (life) => poolIf(life.account.now + 1_200 < life.account.armedFor),
    happen: (life) => {
      life.account.now += 1_200
    },
  },
  turnEnds: {
    targets: (life) =>
      poolIf(life.account.connections.some(({ standing, isRested }) => standing === 'resting' && !isRested)),
    happen: (life) => life.turnEnds(),
  },
  isolate: {
    targets: (life) => poolIf(life.account.isolations < 2 && life.account.world.rules.breaker !== undefined),
    happen: (life) => life.isolate(),
  },
  endIsolation: { targets: (life) => poolIf(life.account.isolations > 0), happen: (life) => life.endIsolation() },
  clear: { targets: (life) => poolIf(life.account.present > 0), happen: (life) => life.clear() },
  grow: {
    targets: (life) => poolIf(life.account.maxSize < 2 && !life.account.isDrained),
    happen: (life) => life.resize(life.account.minSize, 2),
  },
  shrink: {
    targets: (life) => poolIf(life.account.maxSize > 1 && !life.account.isDrained),
    happen: (life) => life.resize(0, 1),
  },
  pause: { targets: (life) => poolIf(!life.account.isPaused), happen: (life) => life.pause() },
  resume: { targets: (life) => poolIf(life.account.isPaused), happen: (life) => life.resume() },
  warm: {
    targets: (life) => poolIf(life.account.warmTo === 0 && !life.account.isDraining),
    happen: (life) => life.warm(life.account.maxSize),
  },
  warmed: { targets: (life) => poolIf(life.account.warmTo > 0), happen: (life) => life.warm(0) },
  drain: {
    targets: (life) => poolIf(!life.account.isDraining),
    happen: (life) => life.drain(life.account.world.graceMs),
  },
  destroy: { targets: (life) => poolIf(!life.account.isDrained), happen: (life) => life.drain(0) },
} satisfies Record<string, EventKind>

export type EventName = keyof typeof KINDS

/** The same, for those who do not know which. */
export const EVENT_KINDS: Readonly<Record<EventName, EventKind>> = KINDS
