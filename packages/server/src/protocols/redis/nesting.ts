import { ProtocolError } from '../protocol.ts'

/** Deeper replies are refused: no server sends them, and what is open is remembered. */
const DEEPEST = 128

/** What a value with others in it is for: to be one itself, to go before one, or to be a string in parts. */
export type Holding = 'value' | 'aside' | 'parts'

interface Open {
  readonly holding: Holding
  /** How many values are still to come in it; Infinity: until its end is said. */
  left: number
}

/** Which values with others in them are open, and how much of each is still to come. */
export class Nesting {
  readonly #open: Open[] = []

  get isEmpty(): boolean {
    return this.#open.length === 0
  }

  /** Asks: is a string in parts open, which can have nothing but parts in it? */
  get isInParts(): boolean {
    return this.#open.at(-1)?.holding === 'parts'
  }

  open(holding: Holding, values: number): void {
    if (this.#open.length === DEEPEST) throw new ProtocolError(`a reply nested deeper than ${DEEPEST}`)
    this.#open.push({ holding, left: values })
  }

  /** A value has ended. Answers whether nothing is open any more and the outermost was a value itself. */
  valueEnded(): boolean {
    for (let open = this.#open.at(-1); open !== undefined; open = this.#open.at(-1)) {
      if (--open.left > 0) return false
      this.#open.pop()
      if (open.holding === 'aside') return false
    }
    return true
  }

  /** The end of something without a count is said. Answers as {@link valueEnded}. */
  endSaid(holding: 'value' | 'parts'): boolean {
    const open = this.#open.pop()
    if (open?.holding !== holding || open.left !== Infinity) throw new ProtocolError('an end of nothing')
    return this.valueEnded()
  }
}
