/** Bounds are left alone while a weight is at least this part of its own: so three of four draws may be in vain. */
const LEAST_OF_BOUND = 0.25

/** So many draws in vain are not chance: `random` is not. */
const MOST_DRAWS = 64

/**
 * Draws places of an array in proportion to weights, in constant time mostly, and exactly.
 *
 * Each place has a bound that its weight does not exceed. Places are drawn in proportion to bounds, by their running
 * sums, and accepted in proportion to weight / bound. So a weight may change by little, as it does in a slow start, and
 * nothing needs to be summed up anew; when it outgrows its bound the bound is doubled, which does not happen often.
 */
export class WeightedDraw {
  /** What {@link pair} has drawn. */
  first = 0
  second = 0
  #length = 0
  #weights = new Float64Array(0)
  #bounds = new Float64Array(0)
  /** The sum of all bounds up to each place, its own included. */
  #ends = new Float64Array(0)
  /** The sums cut into as many equal parts as there are places: the place in which each part begins. One more at the end. */
  #guide = new Int32Array(0)
  #end = 0
  #partsPerWeight = 0
  /** All bounds are equal, as mostly: then the parts are the places. */
  #isEven = true
  #total = 0
  #isStale = false

  /** The sum of all weights. */
  get total(): number {
    return this.#total
  }

  refill(weighted: readonly { readonly weight: number }[]): void {
    this.#length = weighted.length
    this.#weights = Float64Array.from(weighted, ({ weight }) => weight)
    this.#bounds = this.#weights.slice()
    this.#ends = new Float64Array(weighted.length)
    this.#guide = new Int32Array(weighted.length + 1)
    this.#sum()
  }

  change(place: number, weight: number): void {
    const bound = this.#bounds[place] ?? 0
    this.#total += weight - (this.#weights[place] ?? 0)
    this.#weights[place] = weight
    if (weight <= bound && weight >= bound * LEAST_OF_BOUND) return
    this.#bounds[place] = weight > bound ? weight * 2 : weight
    this.#isStale = true
  }

  /**
   * Draws two places that differ, `first` in proportion to the weights and `second` likewise among the others. Where all
   * weigh the same, one random number is enough for both.
   */
  pair(random: () => number): void {
    if (this.#isStale) this.#sum()
    if (!this.#isEven || this.#total !== this.#end) {
      this.first = this.place(random)
      this.second = this.placeBut(this.first, random)
      return
    }
    const others = this.#length - 1
    const drawn = Math.trunc(random() * this.#length * others)
    const first = Math.trunc(drawn / others)
    const second = drawn - first * others
    this.first = first
    this.second = second < first ? second : second + 1
  }

  /** A place, by chance. */
  place(random: () => number): number {
    if (this.#isStale) this.#sum()
    let place = 0
    for (let draws = 0; draws < MOST_DRAWS; draws++) {
      place = this.#placeOf(random() * this.#end)
      if (this.#isAccepted(place, random)) break
    }
    return place
  }

  /** A place but this one, by chance, the others keeping their proportions. There must be two at least. */
  placeBut(excluded: number, random: () => number): number {
    if (this.#isStale) this.#sum()
    const bound = this.#bounds[excluded] ?? 0
    const before = (this.#ends[excluded] ?? 0) - bound
    let place = 0
    for (let draws = 0; draws < MOST_DRAWS; draws++) {
      const point = random() * (this.#end - bound)
      place = this.#placeOf(point < before ? point : point + bound)
      // Only where rounding puts the point upon the edge of what is excluded.
      if (place === excluded) place = (place + 1) % this.#length
      if (this.#isAccepted(place, random)) break
    }
    return place
  }

  #isAccepted(place: number, random: () => number): boolean {
    const weight = this.#weights[place] ?? 0
    const bound = this.#bounds[place] ?? 0
    return weight === bound || random() * bound < weight
  }

  /** The place whose part of the sum this point is in: the guide says where to look, so that little is left to halve. */
  #placeOf(point: number): number {
    const part = Math.min(this.#length - 1, Math.trunc(point * this.#partsPerWeight))
    if (this.#isEven) return part
    let first = this.#guide[part] ?? 0
    let last = this.#guide[part + 1] ?? 0
    while (first < last) {
      const middle = (first + last) >> 1
      if (point < (this.#ends[middle] ?? 0)) last = middle
      else first = middle + 1
    }
    return first
  }

  #sum(): void {
    this.#isStale = false
    this.#total = 0
    let end = 0
    for (let place = 0; place < this.#length; place++) {
      this.#total += this.#weights[place] ?? 0
      end += this.#bounds[place] ?? 0
      this.#ends[place] = end
    }
    this.#end = end
    this.#isEven = this.#bounds.every((bound) => bound === this.#bounds[0])
    this.#partsPerWeight = this.#length / end
    this.#makeGuide(end / this.#length)
  }

  #makeGuide(partSize: number): void {
    let place = 0
    for (let part = 0; part <= this.#length; part++) {
      while (place < this.#length - 1 && (this.#ends[place] ?? 0) <= part * partSize) place++
      this.#guide[part] = place
    }
  }
}
