/** What happened in a life, line by line, and one number that differs when anything did. */
export class Story {
  readonly #now: () => number
  readonly #lines: string[] = []
  #hash = 0x811c9dc5

  constructor(now: () => number) {
    this.#now = now
  }

  get length(): number {
    return this.#lines.length
  }

  /** A fingerprint of all lines (FNV-1a): the same seed gives the same, or something is not deterministic. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }

  tell(what: string): void {
    const line = `${String(this.#now()).padStart(8)} ms  ${what}`
    this.#lines.push(line)
    for (let index = 0; index < line.length; index++) {
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(index), 0x01000193)
    }
  }

  /** The last `count` lines, oldest first. */
  last(count: number): string[] {
    return this.#lines.slice(-count)
  }
}
