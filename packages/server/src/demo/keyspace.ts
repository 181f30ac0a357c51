/** What a key can hold. Members, fields and keys are texts with a character for each byte. */
export type Value =
  | { readonly type: 'string'; readonly bytes: Buffer }
  | { readonly type: 'list'; readonly items: Buffer[] }
  | { readonly type: 'set'; readonly members: Set<string> }
  | { readonly type: 'hash'; readonly fields: Map<string, Buffer> }
  | { readonly type: 'zset'; readonly scores: Map<string, number> }

export type ValueOf<T extends Value['type']> = Extract<Value, { readonly type: T }>

/** A command that cannot be done. The message is the reply. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** What is kept for an item besides its bytes. */
const ITEM_BYTES = 64

export interface KeyspaceLimits {
  readonly maxKeys: number
  readonly maxBytes: number
}

/** Keys and values, within limits: who counts what they add is `reserve`. */
export class Keyspace {
  readonly #limits: KeyspaceLimits
  readonly #values = new Map<string, { value: Value; bytes: number }>()
  #bytes = 0

  constructor(limits: KeyspaceLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#values.size
  }

  /** About how much memory the values take. */
  get bytes(): number {
    return this.#bytes
  }

  keys(): IterableIterator<string> {
    return this.#values.keys()
  }

  typeOf(key: string): Value['type'] | undefined {
    return this.#values.get(key)?.value.type
  }

  /** @throws CommandError when the key holds something else. */
  read<T extends Value['type']>(key: string, type: T): ValueOf<T> | undefined {
    const value = this.#values.get(key)?.value
    if (value !== undefined && value.type !== type) {
      throw new CommandError('WRONGTYPE Operation against a key holding the wrong kind of value')
    }
    return value as ValueOf<T> | undefined
  }

  /** Puts a string there, whatever was there before. */
  write(key: string, bytes: Buffer): void {
    const cost = costOf(key.length, bytes.length)
    this.#checkRoom(this.#values.has(key) ? 0 : 1, cost - (this.#values.get(key)?.bytes ?? 0))
    this.delete(key)
    this.#values.set(key, { value: { type: 'string', bytes: Buffer.from(bytes) }, bytes: cost })
    this.#bytes += cost
  }

  /** The value of this type, made by `empty` if there is none, with room for items of these lengths in all. */
  grow<T extends Value['type']>(key: string, empty: ValueOf<T>, lengths: readonly number[]): ValueOf<T> {
    const present = this.read<T>(key, empty.type)
    const cost = lengths.reduce((sum, length) => sum + costOf(length), present === undefined ? costOf(key.length) : 0)
    this.#checkRoom(present === undefined ? 1 : 0, cost)
    const entry = this.#values.get(key) ?? { value: empty, bytes: 0 }
    entry.bytes += cost
    this.#bytes += cost
    this.#values.set(key, entry)
    return present ?? empty
  }

  /** Items of these lengths were not added after all, or were taken out; a value without items is removed. */
  shrink(key: string, lengths: readonly number[]): void {
    const entry = this.#values.get(key)
    if (entry === undefined) return
    const cost = lengths.reduce((sum, length) => sum + costOf(length), 0)
    entry.bytes -= cost
    this.#bytes -= cost
    if (sizeOf(entry.value) === 0) this.delete(key)
  }

  delete(key: string): boolean {
    this.#bytes -= this.#values.get(key)?.bytes ?? 0
    return this.#values.delete(key)
  }

  clear(): void {
    this.#values.clear()
    this.#bytes = 0
  }

  #checkRoom(keys: number, bytes: number): void {
    const { maxKeys, maxBytes } = this.#limits
    if (this.#values.size + keys <= maxKeys && this.#bytes + bytes <= maxBytes) return
    throw new CommandError(
      `OOM the demo backend keeps ${maxKeys} keys and ${Math.floor(maxBytes / 1024 / 1024)} MiB; FLUSHALL makes room`,
    )
  }
}

function costOf(...lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length, ITEM_BYTES)
}

function sizeOf(value: Value): number {
  switch (value.type) {
    case 'string':
      return 1
    case 'list':
      return value.items.length
    case 'set':
      return value.members.size
    case 'hash':
      return value.fields.size
    case 'zset':
      return value.scores.size
  }
}
