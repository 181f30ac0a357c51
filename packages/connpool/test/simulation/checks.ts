/**
 * The invariants, looked at after every event. Every number here is counted where things happen (see `ledger.ts`); the
 * pool's own numbers are only what is compared.
 */
import type { PoolStats } from '../../src/index.ts'
import type { SimulatedConnection } from '../../src/testing.ts'
import type { ConnectionRecord, Standing } from './connection-record.ts'
import { noteTakenBack } from './holders.ts'
import { nameOf } from './inspect-grant.ts'
import { must } from './violation.ts'
import type { World } from './world.ts'

type Census = Record<Standing, number>

export function checkEverything(world: World): void {
  const stats = world.pool.stats()
  for (const tenancy of [...world.ledger.held]) noteTakenBack(world, tenancy)
  const census = takeCensus(world)
  if (!isBorderline(world)) {
    checkCapacity(world, stats, census)
    checkPlaces(world, stats, census)
  }
  checkCounts(world, stats)
  checkClosed(world, stats, census)
  checkSightings(world, stats)
  checkCallers(world)
  if (!world.isEnding) checkService(world, stats, census)
  checkQueue(world, stats)
  noteSituations(world, stats, census)
}

/** Where every connection stands now. Those that are gone are not looked at again. */
function takeCensus(world: World): Census {
  const census: Census = { dialing: 0, idle: 0, probing: 0, leased: 0, going: 0, gone: 0, detached: 0 }
  for (const record of world.ledger.present) {
    const standing = record.standing(world.hasLostPlace, world.now)
    census[standing]++
    if (standing === 'going' && record.lentCount === 0) world.ledger.lostUnused(record)
    if (standing === 'idle') mustBeQuiet(world, record)
    if (standing === 'gone' && !record.isOver) world.met('a closing connection is cut off after its time')
    if (record.isOver && (standing === 'gone' || standing === 'detached')) world.ledger.present.delete(record)
  }
  return census
}

/** S4: bytes or an end that come while nobody has a connection close it at once. */
function mustBeQuiet(world: World, record: ConnectionRecord): void {
  const { socket } = record
  if (socket === undefined || !world.isMomentOver) return
  const unread = socket.readableLength + socket.arrivedBytes
  must('S4', unread === 0, () => `${nameOf(record)} idles with ${unread} unread bytes`)
  must('S4', !socket.readableEnded, () => `${nameOf(record)} idles though the server has ended it`)
}

/** The time of a closing connection is up at this very moment, and the pool may know it already, or not yet. */
function isBorderline(world: World): boolean {
  if (world.isMomentOver) return false
  const since = world.now - world.plan.closeTimeoutMs
  return [...world.ledger.present].some(({ goingSince }) => goingSince === since)
}

/** S1, by the pool's account, by ours, and by the server's. */
function checkCapacity(world: World, stats: PoolStats, census: Census): void {
  const occupied = census.dialing + census.idle + census.probing + census.leased + census.going
  world.allowance = Math.max(world.maxSize, Math.min(world.allowance, occupied))
  const { allowance } = world
  must('S1', occupied <= allowance, () => `${occupied} connections where ${allowance} are allowed`)
  const said = stats.total + stats.dialing + stats.closing
  must('S1', said <= allowance, () => `the pool says that it has ${said} connections where ${allowance} are allowed`)
  const atServer = openAtServer(world)
  // What the pool has given up a moment ago may still be there, or even be about to arrive.
  const most = Math.max(world.maxSize, world.occupiedLately.most(occupied, world.now))
  must('S1', atServer <= most, () => {
    return `the server has ${atServer} connections where ${most} are allowed: ${whatServerHas(world)}; ${whereabouts(world)}`
  })
}

function whatServerHas({ server }: World): string {
  return server.connections.map(({ id, hasClientEnded }) => `${id}${hasClientEnded ? ' (ended)' : ''}`).join(', ')
}

/**
 * As counted by the server, without those the pool can do nothing about: connections whose user took them, those of
 * dialers that connect though they were given up, and those whose farewell was lost or is not answered.
 */
function openAtServer(world: World): number {
  const excused = new Set<number>()
  const mute = new Set<number>()
  for (const record of world.ledger.connections) {
    const { socket } = record
    if (socket === undefined) continue
    const { goingSince } = record
    if (record.isDetached || (record.givenUpAt !== undefined && !record.isReady)) excused.add(socket.id)
    else if (socket.closed || (goingSince !== undefined && world.hasLostPlace(goingSince))) mute.add(socket.id)
  }
  const counts = ({ id, hasClientEnded, isSevered }: SimulatedConnection): boolean =>
    !excused.has(id) && !(mute.has(id) && (hasClientEnded || isSevered || world.isServerBusy))
  return world.server.connections.filter(counts).length
}

/** S3 and S17: every connection is where the pool says it is. */
function checkPlaces(world: World, stats: PoolStats, census: Census): void {
  const { idle, leased, probing, dialing, closing, total } = stats
  must(
    'S3',
    total === idle + leased + probing,
    () => `total ${total} is not idle ${idle} + leased ${leased} + probing ${probing}`,
  )
  const said = { dialing, idle, probing, leased, going: closing }
  for (const place of ['leased', 'probing', 'idle', 'dialing', 'going'] as const) {
    must(
      'S3',
      said[place] === census[place],
      () => `the pool says ${said[place]} ${place}, and there are ${census[place]}: ${whereabouts(world)}`,
    )
  }
  const waiting = world.ledger.waiting.size
  must('S17', stats.waiting === waiting, () => `the pool says that ${stats.waiting} wait, and ${waiting} do`)
}

function whereabouts(world: World): string {
  const { present } = world.ledger
  return [...present].map((each) => `${nameOf(each)} ${each.standing(world.hasLostPlace, world.now)}`).join(', ')
}

/** S17: what was done is what is counted. */
function checkCounts(world: World, stats: PoolStats): void {
  const { totals } = world.ledger
  for (const name of ['acquired', 'released', 'discarded', 'lateReleases', 'timeouts', 'dials', 'probes'] as const) {
    must(
      'S17',
      stats[name] === totals[name],
      () => `the pool counts ${stats[name]} ${name}, and there were ${totals[name]}`,
    )
  }
  must(
    'S17',
    stats.hits + stats.misses === stats.acquired,
    () => `${stats.hits} hits and ${stats.misses} misses are not ${stats.acquired}`,
  )
  must(
    'S17',
    stats.minSize === world.minSize && stats.maxSize === world.maxSize,
    () => 'the pool has other limits than it was given',
  )
  const { reused } = totals
  must(
    'S17',
    stats.hits >= reused,
    () => `${stats.hits} hits, though ${reused} leases were not the first of their connection`,
  )
}

function sumOf(counts: PoolStats['closed']): number {
  let sum = 0
  for (const reason in counts) sum += counts[reason as keyof PoolStats['closed']]
  return sum
}

/** S3: opened = present + closed + detached; and the reasons are those that happened. */
function checkClosed(world: World, stats: PoolStats, census: Census): void {
  const { totals } = world.ledger
  const opened = totals.dialsSucceeded
  const closed = sumOf(stats.closed)
  must('S3', opened === stats.total + closed + totals.detached, () => {
    return `${opened} were opened, and ${stats.total} are present, ${closed} closed, ${totals.detached} detached`
  })
  const failed = stats.dials - opened - census.dialing
  must(
    'S17',
    stats.dialFailures === failed,
    () => `the pool counts ${stats.dialFailures} failed dials, and ${failed} failed`,
  )
  const said = stats.closed
  must(
    'S17',
    said.discarded === totals.closedAsDiscarded,
    () => `${said.discarded} closed as discarded, not ${totals.closedAsDiscarded}`,
  )
  must(
    'S17',
    said.dropped === totals.closedAsDropped,
    () => `${said.dropped} closed as dropped, not ${totals.closedAsDropped}`,
  )
  must(
    'S17',
    said['taken-back'] === totals.closedAsTakenBack,
    () => `${said['taken-back']} taken back, not ${totals.closedAsTakenBack}`,
  )
  must('S17', said['pool-closed'] === 0 || world.isEnding, () => 'closed by the end of a pool that has not ended')
}

/** S17: the observer was told what the numbers say. */
function checkSightings(world: World, stats: PoolStats): void {
  if (!world.plan.hasObserver) return
  const { sightings } = world
  must(
    'S17',
    sightings.acquired === stats.acquired,
    () => `the observer saw ${sightings.acquired} leases of ${stats.acquired}`,
  )
  // Of a lost lease it has heard before, when the connection was lost.
  const released = stats.released - world.ledger.totals.releasedLost
  must('S17', sightings.released === released, () => `the observer saw ${sightings.released} releases of ${released}`)
  must('S17', sightings.dialFailures === stats.dialFailures, () => {
    return `the observer saw ${sightings.dialFailures} failed dials of ${stats.dialFailures}`
  })
  for (const [reason, count] of sightings.closed) {
    must(
      'S17',
      stats.closed[reason] === count,
      () => `the observer saw ${count} closed as ${reason}, of ${stats.closed[reason]}`,
    )
  }
}

/** S7: nobody waits past its deadline. S6: nobody waits who came before somebody who was served. */
function checkCallers(world: World): void {
  for (const caller of world.ledger.waiting) {
    const lateMs = world.now - caller.deadline
    must('S7', lateMs < 0 || !world.isMomentOver, () => `${caller.name} still waits ${lateMs} ms after its deadline`)
    must('S5', !caller.isAborted, () => `${caller.name} still waits though it has left`)
    const overtaker = world.ledger.lastServed
    must('S6', overtaker < caller.number, () => `caller ${overtaker} was served before ${caller.name}, who came first`)
  }
}

/** S10: no connection idles while somebody waits. S11: somebody who waits is being helped. */
function checkService(world: World, stats: PoolStats, census: Census): void {
  const waiting = world.ledger.waiting.size
  if (waiting === 0 || world.isPaused) return
  must('S10', census.idle === 0 || census.probing >= waiting, () => `${waiting} wait while ${census.idle} idle`)
  const hasRoom = stats.total + stats.dialing + stats.closing < world.maxSize
  if (!hasRoom || census.dialing + census.probing > 0) return
  // For one whose time is up at this moment no dial is started any more.
  const isInTime = [...world.ledger.waiting].some((caller) => caller.deadline > world.now)
  must('S11', world.mayBeBackingOff || !isInTime, () => `${waiting} wait, there is room, and nothing is done`)
  must('S11', world.simulation.clock.pendingCount > 0, () => `${waiting} wait, there is room, and nothing will be done`)
}

/** S13. */
function checkQueue(world: World, stats: PoolStats): void {
  const most = world.plan.maxWaiting + world.largestMaxSize
  must('S13', stats.waiting <= most, () => `${stats.waiting} wait, at most ${most} may`)
}

function noteSituations(world: World, stats: PoolStats, census: Census): void {
  if (census.leased === world.maxSize && stats.waiting > 0) world.met('every connection is leased and callers wait')
  const { closed } = stats
  if (closed['max-uses'] > 0) world.met('a connection has been used as often as it may')
  if (closed.lifetime > 0) world.met('a connection gets too old')
  if (closed['idle-timeout'] > 0) world.met('a connection idles for too long')
  if (closed['idle-data'] > 0) world.met('bytes arrive while a connection is idle')
}
