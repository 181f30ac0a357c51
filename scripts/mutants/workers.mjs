/** Bugs in processes: who is started, replaced and waited for, what each may have, and what they say to each other. */

/** @import { Mutant } from './copy.mjs' */

const WORKERS = 'packages/server/src/workers'
const CREW = `${WORKERS}/crew.ts`
const SHARES = `${WORKERS}/upstream-shares.ts`
const KEEPER = `${WORKERS}/share-keeper.ts`
const BACKOFF = `${WORKERS}/restart-backoff.ts`
const REPORTER = `${WORKERS}/load-reporter.ts`
const PARTS = `${WORKERS}/worker-settings.ts`
const SENDABLE = `${WORKERS}/sendable-source.ts`
const SILENCES = `${WORKERS}/silences.ts`
const FLAGS = `${WORKERS}/worker-flags.ts`
const PRIMARY = `${WORKERS}/with-primary.ts`
const ADDRESSES = 'packages/server/src/dispatch/address-counts.ts'
const DISPATCH = 'packages/server/src/dispatch/dispatch-machine.ts'
const ADMISSION = 'packages/server/src/listener/admission-machine.ts'
const OVERLOAD = 'packages/server/src/monitors/overload-machine.ts'

/** @type {readonly Mutant[]} */
export const workers = [
  {
    breaks: 'a worker begins before it may have a connection of each upstream',
    file: SHARES,
    find: 'if (begin === undefined || Object.values(shares).includes(0)) return',
    put: 'if (begin === undefined) return',
    killers: ['upstreamShares'],
  },
  {
    breaks: 'a share is given to another worker before it was given back',
    file: SHARES,
    find: 'if (!isNew) return this.#options.order(worker, { upstream, share, order })',
    put: 'if (!isNew) this.#options.order(worker, { upstream, share, order })',
    killers: ['upstreamShares'],
  },
  {
    breaks: 'the share of a dead worker is taken back by nobody',
    file: SHARES,
    find: 'for (const machine of this.#machines.values()) machine.died(worker, this.#now)',
    put: '',
    killers: ['upstreamShares'],
  },
  {
    breaks: 'others take the share of a dead worker before its successor has it',
    file: SHARES,
    find: 'machine.replaced(dead, next, this.#now)',
    put: '{\nmachine.died(dead, this.#now)\nmachine.joined(next, this.#now)\n}',
    killers: ['upstreamShares'],
  },
  {
    breaks: 'workers that run have no share of an upstream that is new',
    file: SHARES,
    find: 'for (const worker of this.#members) machine.joined(worker, this.#now)',
    put: '',
    killers: ['upstreamShares'],
  },
  {
    breaks: 'workers confirm their first share of an upstream that they do not know yet',
    file: SHARES,
    find: 'this.#newcomers.has(worker) || this.#fresh.has(upstream)',
    put: 'this.#newcomers.has(worker)',
    killers: ['upstreamShares'],
  },
  {
    breaks: 'a lower limit of connections is not told to workers that run',
    file: SHARES,
    find: 'else machine.setLimit(maxSize, this.#now)',
    put: '',
    killers: ['upstreamShares'],
  },
  {
    breaks: 'one more worker is started than there are connections for',
    file: SHARES,
    find: 'limit >= workers',
    put: 'limit >= workers - 1',
    killers: ['upstreamShares'],
  },
  {
    breaks: 'a share is confirmed while there are more connections than it allows',
    file: KEEPER,
    find: 'if (this.#options.connections(upstream) > share) continue',
    put: '',
    killers: ['shareKeeper'],
  },
  {
    breaks: 'a share that could not be confirmed at once never is',
    file: KEEPER,
    find: 'if (this.#open.size > 0) this.#lookLater()',
    put: '',
    killers: ['shareKeeper'],
  },
  {
    breaks: 'a worker that dies is started again without a wait',
    file: CREW,
    find: 'place.restart = clock.wakeAt(clock.now() + waitMs, () => this.#startAgain(place))',
    put: 'this.#startAgain(place)',
    killers: ['crew'],
  },
  {
    breaks: 'a worker that ends because the server stops is replaced',
    file: CREW,
    find: 'return this.#replaces ? this.#restartLater(place, worker) : undefined',
    put: 'return this.#restartLater(place, worker)',
    killers: ['crew'],
  },
  {
    breaks: 'a worker that had died before the server stops is started after it',
    file: CREW,
    find: 'for (const { restart } of this.#places) restart?.[Symbol.dispose]()',
    put: '',
    killers: ['crew'],
  },
  {
    breaks: 'a server that stops waits for no worker',
    file: CREW,
    find: 'if (this.#alive.size > 0) await new Promise<void>((resolve) => this.#emptied.push(resolve))',
    put: '',
    killers: ['crew'],
  },
  {
    breaks: 'a server that stops waits for the first worker only',
    file: CREW,
    find: 'if (this.#alive.size === 0) for (const emptied of this.#emptied.splice(0)) emptied()',
    put: 'for (const emptied of this.#emptied.splice(0)) emptied()',
    killers: ['crew'],
  },
  {
    breaks: 'a restart closes each old worker before the new one serves',
    file: CREW,
    find: `if (old !== undefined && order === 'old first') await close(old)`,
    put: 'if (old !== undefined) await close(old)',
    killers: ['crew'],
  },
  {
    breaks: 'a restart goes on to the next worker before the old one has ended',
    file: CREW,
    find: '} await closeOld()',
    put: '}\nvoid closeOld()',
    killers: ['crew'],
  },
  {
    breaks: 'a worker that is to start anew waits as one that crashes does',
    file: CREW,
    find: 'const waitMs = this.#outdated.has(worker)',
    put: 'const waitMs = false',
    killers: ['crew'],
  },
  {
    breaks: 'a restart asks a worker to close that does not hear it yet',
    file: CREW,
    find: 'if (current === undefined || !this.#starting.has(current)) return current',
    put: 'if (current !== undefined) return current',
    killers: ['crew'],
  },
  {
    breaks: 'a worker that is about to serve is not told of a pause',
    file: CREW,
    find: 'this.#starting.get(worker)?.hasBegun ?? true',
    put: '!this.#starting.has(worker)',
    killers: ['crew'],
  },
  {
    breaks: 'a restart waits without end for connections that old workers have',
    file: CREW,
    find: 'clock.wakeAt(clock.now() + PATIENCE_MS, () => void closeOld())',
    put: 'clock.wakeAt(clock.now() + 2 ** 30, () => void closeOld())',
    killers: ['crew'],
  },
  {
    breaks: 'a worker whose successor does not start is not replaced when it dies',
    file: CREW,
    find: 'if (old !== undefined && this.#alive.has(old)) place.current = old else',
    put: 'if (old === undefined || !this.#alive.has(old))',
    killers: ['crew'],
  },
  {
    breaks: 'a restart that the end of the server cuts short counts as done',
    file: CREW,
    find: `if (!this.#replaces) throw new Error('Not all workers were restarted: the server is to stop')`,
    put: 'if (!this.#replaces) return',
    killers: ['crew'],
  },
  {
    breaks: 'a worker that never gets ready is waited for without end',
    file: CREW,
    find: 'const start: Start = { timer: this.#startTimer(worker),',
    put: 'const start: Start = {\ntimer: undefined,',
    killers: ['crew'],
  },
  {
    breaks: 'a worker that waits for its first connections is killed for it',
    file: CREW,
    find: 'this.#starting.get(worker)?.timer?.[Symbol.dispose]()',
    put: '',
    killers: ['crew'],
  },
  {
    breaks: 'a worker that dies again and again is started as often as can be',
    file: BACKOFF,
    find: 'this.#quickDeaths = Math.min(this.#quickDeaths + 1, 16)',
    put: '',
    killers: ['restartBackoff', 'crew'],
  },
  {
    breaks: 'a worker that lived long is waited for as one that never did',
    file: BACKOFF,
    find: 'if (livedMs >= GOOD_LIFE_MS) this.#quickDeaths = 0',
    put: '',
    killers: ['restartBackoff'],
  },
  {
    breaks: 'clients are acknowledged with every message anew',
    file: REPORTER,
    find: 'this.#acknowledged = [] this.#returned = []',
    put: 'this.#returned = []',
    killers: ['loadReporter'],
  },
  {
    breaks: 'clients are acknowledged without the number of clients that counts them',
    file: REPORTER,
    find: 'const hasMoved = this.#acknowledged.length > 0 || Object.keys(addresses).length > 0',
    put: 'const hasMoved = Object.keys(addresses).length > 0',
    killers: ['loadReporter'],
  },
  {
    breaks: 'workers do not say where their clients come from',
    file: REPORTER,
    find: 'changedAddresses === undefined ? load : { ...load, changedAddresses }',
    put: 'changedAddresses === undefined ? load : { ...load }',
    killers: ['loadReporter'],
  },
  {
    breaks: 'what cannot be divided evenly by the workers is nobody’s',
    file: PARTS,
    find: 'Math.floor(total / workers) + (place <= total % workers ? 1 : 0)',
    put: 'Math.floor(total / workers)',
    killers: ['workerSettings'],
  },
  {
    breaks: 'a handler is lost on its way to the workers without a word',
    file: SENDABLE,
    find: `if (typeof value === 'function') return path`,
    put: '',
    killers: ['sendableSource'],
  },
  {
    breaks: 'a worker that says nothing is reported every second',
    file: SILENCES,
    find: 'this.#reported.add(worker)',
    put: '',
    killers: ['silences'],
  },
  {
    breaks: 'a worker runs the program that was typed on the command line',
    file: FLAGS,
    find: `&& !TYPED.has(flags[place - 1] ?? '')`,
    put: '',
    killers: ['workerFlags'],
  },
  {
    breaks: 'clients whom the primary refuses are in no sum',
    file: PRIMARY,
    find: 'sumRecords([listener.refused, primary.refused(name)])',
    put: 'sumRecords([listener.refused])',
    killers: ['withPrimary'],
  },
  {
    breaks: 'a client who is acknowledged counts twice for its address when it is reported',
    file: ADDRESSES,
    find: 'for (const [address, count] of since) this.#add(address, -count)',
    put: '',
    killers: ['addressCounts', 'dispatchWorld'],
  },
  {
    breaks: 'a session counts for the address at the worker that it had before',
    file: ADDRESSES,
    find: 'const change = count - (reported.get(address) ?? 0)',
    put: 'const change = count - (this.#all.get(address) ?? 0)',
    killers: ['addressCounts'],
  },
  {
    breaks: 'the clients of a dead worker count for their address for ever',
    file: DISPATCH,
    find: 'this.#addresses.died(worker)',
    put: '',
    killers: ['dispatch', 'dispatchWorld'],
  },
  {
    breaks: 'who waits for a worker does not count for its address',
    file: DISPATCH,
    find: 'this.#addresses.came(connection.address)',
    put: '',
    killers: ['dispatch', 'dispatchWorld'],
  },
  {
    breaks: 'who waited in vain counts for its address for ever',
    file: DISPATCH,
    find: 'this.#addresses.went(connection.address)',
    put: '',
    killers: ['dispatch', 'dispatchWorld'],
  },
  {
    breaks: 'a process that is overloaded accepts for its workers',
    file: DISPATCH,
    find: `if (this.#isOverloaded) return this.#refuse(connection, 'overloaded')`,
    put: '',
    killers: ['dispatch'],
  },
  {
    breaks: 'an address is not told that had its clients before it was limited',
    file: ADMISSION,
    find: 'else if (!told) for (const address of this.#perAddress.keys()) this.#changed.add(address)',
    put: '',
    killers: ['admission'],
  },
  {
    breaks: 'other thresholds leave an order in force for ever',
    file: OVERLOAD,
    find: 'for (const each of this.#watches) each.threshold = each.thresholdIn(settings)',
    put: 'for (const each of this.#watches) {\neach.threshold = each.thresholdIn(settings)\neach.level = 0\n}\nthis.#level = 0',
    killers: ['overloadOrders'],
  },
  {
    breaks: 'crew: a reload meanwhile ends a restart of the workers',
    file: 'packages/server/src/workers/crew.ts',
    find: 'if (this.#replaces && this.#outdated.has(worker)) return false',
    put: 'if (this.#replaces && !this.#alive.has(worker) && worker.place < 0) return false',
    killers: ['crew'],
  },
  {
    breaks: 'a process that goes before it has said anything takes what was counted of endpoints with it',
    file: 'packages/server/src/stats/stats-over-time.ts',
    find: 'if (present === undefined) return upstream',
    put: '',
    killers: ['statsOverTime'],
  },
]
