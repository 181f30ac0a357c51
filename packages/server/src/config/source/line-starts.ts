/** Where the lines of a text begin, to tell people where in it a place is. */
export class LineStarts {
  readonly #starts: readonly number[]

  constructor(text: string) {
    this.#starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  }

  /** Line and column of the character at `offset`, both counted from 1. */
  positionAt(offset: number): { readonly line: number; readonly column: number } {
    const line = this.#linesUpTo(offset)
    return { line, column: offset - (this.#starts[line - 1] ?? 0) + 1 }
  }

  /** How many lines begin at `offset` or before it. */
  #linesUpTo(offset: number): number {
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#starts[middle] ?? 0) <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
