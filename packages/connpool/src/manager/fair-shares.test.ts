import { describe, expect, test } from 'vitest'

import { SeededRandom } from '../testing/seeded-random.ts'
import { FairShares, type Sharer } from './fair-shares.ts'

/** A pool in numbers: it dials at once, closes what it may at once or when told, and serves whoever waits. */
class Model implements Sharer {
  readonly name: string
  leased = 0
  idle = 0
  closing = 0
  dialing = 0
  waiting = 0
  maxSize = Infinity
  minSize = 0
  isDown = false
  allowance = Infinity
  readonly #shares: FairShares<Model>

  constructor(name: string, shares: FairShares<Model>) {
    this.name = name
    this.#shares = shares
    shares.join(this)
  }

  get size(): number {
    return this.leased + this.idle + this.closing + this.dialing
  }

  get isInUse(): boolean {
    return this.leased + this.waiting > 0
  }

  get unserved(): number {
    return Math.max(0, this.waiting - this.dialing)
  }

  get growth(): number {
    return this.isDown ? 0 : this.maxSize - this.size
  }

  get isBelowFloor(): boolean {
    return this.leased + this.idle + this.dialing < this.minSize
  }

  /** So many more callers come. */
  come(count: number): void {
    this.waiting += count
    this.look()
    this.#shares.settle()
  }

  /** A dial ends well, or a lease ends and its connection goes to the next, rests, or is closed. */
  dialed(): void {
    this.dialing--
    this.#comeBack()
    this.#shares.settle()
  }

  release(): void {
    this.leased--
    this.#comeBack()
    this.#shares.settle()
  }

  closed(): void {
    this.closing--
    this.#shares.gaveBack()
    this.look()
    this.#shares.settle()
  }

  limitTo(count: number): void {
    this.allowance = count
    while (this.#isTooLarge && this.idle > 0) {
      this.idle--
      this.closing++
    }
  }

  look(): void {
    this.#serve()
    while ((this.unserved > 0 || this.isBelowFloor) && this.growth > 0 && this.#shares.mayTake(this)) {
      this.dialing++
      this.#shares.took()
    }
  }

  get #isTooLarge(): boolean {
    return this.size - this.closing > this.allowance
  }

  #comeBack(): void {
    this.idle++
    if (this.#isTooLarge) {
      this.idle--
      this.closing++
    }
    this.look()
  }

  #serve(): void {
    while (this.waiting > 0 && this.idle > 0) {
      this.waiting--
      this.idle--
      this.leased++
    }
  }
}

interface World {
  readonly shares: FairShares<Model>
  readonly pools: readonly [Model, Model, Model]
}

function given(limit: number): World {
  const shares = new FairShares<Model>(limit)
  return { shares, pools: [new Model('a', shares), new Model('b', shares), new Model('c', shares)] }
}

const MOST_MOVES = 10_000

/** All dials end well and all closing sockets are gone, until nothing is under way. */
function calm(pools: readonly Model[]): void {
  for (let moves = 0; moves < MOST_MOVES; moves++) {
    const pool = pools.find(({ dialing, closing }) => dialing + closing > 0)
    if (pool === undefined) return
    if (pool.dialing > 0) pool.dialed()
    else pool.closed()
  }
  throw new Error('slots go round and round')
}

const sizes = (pools: readonly Model[]): number[] => pools.map(({ size }) => size)

describe('what nobody else needs', () => {
  test('may be had by one', () => {
    const { shares, pools } = given(10)
    const [a] = pools

    a.come(20)
    calm(pools)

    expect(a.leased).toBe(10)
    expect(shares.taken).toBe(10)
  })

  test('is had by all that there is no limit for', () => {
    const { pools } = given(Infinity)
    for (const pool of pools) pool.come(100)
    calm(pools)

    expect(sizes(pools)).toEqual([100, 100, 100])
  })

  test('may be kept for nobody, after all who wait', () => {
    const { pools } = given(4)
    const [a, b] = pools
    a.minSize = 4
    a.look()
    calm(pools)

    b.come(3)
    calm(pools)

    expect([a.idle, b.leased]).toEqual([1, 3])
  })
})

describe('when another comes', () => {
  test('idle connections of those who do not need them are given up at once, one for each caller', () => {
    const { pools } = given(4)
    const [a, b] = pools
    a.come(4)
    calm(pools)
    for (let lease = 0; lease < 4; lease++) a.release()

    b.come(2)
    calm(pools)

    expect([a.idle, b.leased]).toEqual([2, 2])
  })

  test('whoever has most to spare gives, and nobody else', () => {
    const { pools } = given(4)
    const [a, b, c] = pools
    a.come(1)
    c.come(3)
    calm(pools)
    a.release()
    for (let lease = 0; lease < 3; lease++) c.release()

    b.come(1)
    calm(pools)

    expect([a.idle, b.leased, c.idle]).toEqual([1, 1, 2])
  })

  test('leases that were borrowed are given back as they end, and those of the share are kept', () => {
    const { pools } = given(10)
    const [a, b] = pools
    a.come(100)
    calm(pools)
    b.come(100)

    const story: number[] = []
    for (let lease = 0; lease < 7; lease++) {
      a.release()
      calm(pools)
      story.push(a.leased)
    }

    expect(story).toEqual([9, 8, 7, 6, 5, 5, 5])
    expect(b.leased).toBe(5)
  })

  test('each gets its share, whoever came first', () => {
    const { pools } = given(10)
    const [a] = pools
    a.come(100)
    calm(pools)
    for (const pool of pools.slice(1)) pool.come(100)

    for (let lease = 0; lease < 20; lease++) {
      a.release()
      calm(pools)
    }

    expect(pools.map(({ leased }) => leased)).toEqual([4, 3, 3])
  })

  test('nothing is closed while enough is free or about to be', () => {
    const { pools } = given(4)
    const [a, b] = pools
    a.come(3)
    calm(pools)
    for (let lease = 0; lease < 3; lease++) a.release()

    b.come(1)

    expect([a.idle, a.closing, b.dialing]).toEqual([3, 0, 1])
  })

  test('one whose endpoint is down neither claims nor keeps anything from others', () => {
    const { pools } = given(4)
    const [a, b] = pools
    b.isDown = true
    a.come(4)
    calm(pools)

    b.come(10)
    a.release()
    a.come(1)
    calm(pools)

    expect([a.leased, a.closing, b.size]).toEqual([4, 0, 0])
  })

  test('one that wants no more than it has claims nothing', () => {
    const { pools } = given(4)
    const [a, b] = pools
    b.maxSize = 1
    b.come(10)
    calm(pools)
    a.come(10)
    calm(pools)

    a.release()
    calm(pools)

    expect([a.leased, b.leased]).toEqual([3, 1])
  })

  test('those who have to give go on lending as soon as nobody needs it any more', () => {
    const { pools } = given(2)
    const [a, b] = pools
    a.come(5)
    calm(pools)
    b.come(1)

    b.waiting = 0 // gives up
    b.look()
    a.come(0)
    a.release()
    calm(pools)

    expect([a.leased, a.allowance, b.size]).toEqual([2, Infinity, 0])
  })
})

describe('when there are more who need one than slots', () => {
  test('they take turns', () => {
    const { pools } = given(1)
    const turns: string[] = []
    for (const pool of pools) pool.come(10)

    for (let turn = 0; turn < 9; turn++) {
      calm(pools)
      const holder = pools.find(({ leased }) => leased > 0)
      turns.push(holder?.name ?? 'nobody')
      holder?.release()
    }

    expect(turns.join('')).toBe('abcabcabc')
  })
})

test('one that holds more than its share for long does not keep the others from taking turns', () => {
  const { pools } = given(2)
  const [a, b, c] = pools
  a.come(2)
  calm(pools)
  b.come(10)
  c.come(10)
  a.release() // keeps the other one
  calm(pools)

  for (let turn = 0; turn < 4; turn++) {
    for (const pool of [b, c]) if (pool.leased > 0) pool.release()
    calm(pools)
  }

  expect(a.leased).toBe(1)
  expect(b.waiting + c.waiting).toBe(15)
  expect(Math.abs(b.waiting - c.waiting)).toBeLessThanOrEqual(1)
})

test('one that is over gives back what it has not', () => {
  const { shares, pools } = given(3)
  const [a, b] = pools
  a.come(3)
  calm(pools)
  b.come(3)

  shares.leave(a)
  shares.settle()
  calm(pools)

  expect(shares.taken).toBe(3)
  expect(b.leased).toBe(3)
})

test('several slots that become free at once go to all who can use them', () => {
  const { shares, pools } = given(3)
  const [a, b, c] = pools
  a.come(3)
  calm(pools)
  b.come(2)
  c.come(1)
  a.leased = 0
  for (let slot = 0; slot < 3; slot++) shares.gaveBack()

  shares.settle()
  calm(pools)

  expect([a.leased, b.leased, c.leased]).toEqual([0, 2, 1])
})

test('in long lives the limit holds, and whoever waits for its share gets it', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = new SeededRandom(seed)
    const limit = random.whole(1, 6)
    const shares = new FairShares<Model>(limit)
    const pools = Array.from({ length: random.whole(2, 5) }, (_, index) => new Model(`p${index}`, shares))
    for (const pool of pools) pool.maxSize = random.whole(1, 8)
    for (let step = 0; step < 200; step++) {
      const pool = pools[random.whole(0, pools.length - 1)] as Model
      const draw = random.next()
      if (draw < 0.3) pool.come(random.whole(1, 3))
      else if (draw < 0.5 && pool.leased > 0) pool.release()
      else if (draw < 0.7 && pool.dialing > 0) pool.dialed()
      else if (draw < 0.9 && pool.closing > 0) pool.closed()
      else pool.isDown = random.chance(0.1)

      const taken = pools.reduce((sum, { size }) => sum + size, 0)
      expect(taken, `seed ${seed}`).toBe(shares.taken)
      expect(taken, `seed ${seed}`).toBeLessThanOrEqual(limit)
    }

    for (const pool of pools) {
      pool.isDown = false
      pool.waiting = Math.min(pool.waiting, 20)
      pool.come(0)
    }
    for (let turn = 0; turn < 1_000 && pools.some(({ waiting }) => waiting > 0); turn++) {
      calm(pools)
      for (const pool of pools) if (pool.leased > 0) pool.release()
    }
    const served = pools.filter(({ waiting }) => waiting === 0)
    expect(served, `seed ${seed}`).toEqual(pools)
  }
})
