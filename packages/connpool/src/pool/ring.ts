const SMALLEST = 16

/** A queue in a circular array whose size is a power of two: nothing is allocated a push, nothing is moved a shift. */
export class Ring<T extends object> {
  #slots: (T | undefined)[] = new Array<T | undefined>(SMALLEST).fill(undefined)
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  get first(): T | undefined {
    return this.#slots[this.#head]
  }

  push(item: T): void {
    if (this.#length === this.#slots.length) this.#resize(this.#slots.length * 2)
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = item
    this.#length++
  }

  shift(): T | undefined {
    const item = this.#slots[this.#head]
    if (item === undefined) return undefined
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#slots.length - 1)
    this.#length--
    if (this.#isMostlyEmpty) this.#resize(this.#slots.length / 2)
    return item
  }

  /** Drops all but those worth keeping, in order. */
  keep(isWorthKeeping: (item: T) => boolean): void {
    const kept = [...this].filter((item) => isWorthKeeping(item))
    let size = SMALLEST
    while (size < kept.length) size *= 2
    this.#slots = new Array<T | undefined>(size).fill(undefined)
    for (const [place, item] of kept.entries()) this.#slots[place] = item
    this.#head = 0
    this.#length = kept.length
  }

  *[Symbol.iterator](): Generator<T> {
    for (let place = 0; place < this.#length; place++) {
      const item = this.#slots[(this.#head + place) & (this.#slots.length - 1)]
      if (item !== undefined) yield item
    }
  }

  get #isMostlyEmpty(): boolean {
    return this.#slots.length > SMALLEST * 64 && this.#length * 8 < this.#slots.length
  }

  #resize(size: number): void {
    const slots = new Array<T | undefined>(size).fill(undefined)
    for (let place = 0; place < this.#length; place++) {
      slots[place] = this.#slots[(this.#head + place) & (this.#slots.length - 1)]
    }
    this.#slots = slots
    this.#head = 0
  }
}
