type Method = (...given: unknown[]) => unknown

/** Bytes that count how often they are looked at, one by one or by a search. */
export class CountedBytes {
  looks = 0

  /** The same bytes; every look at them counts. */
  of(bytes: Buffer): Uint8Array {
    return new Proxy(bytes, {
      get: (target, key) => {
        if (key === 'indexOf') return (value: number, from: number) => this.#search(target, value, from)
        if (typeof key === 'string' && /^\d+$/.test(key)) this.looks += 1
        const found: unknown = Reflect.get(target, key, target)
        return typeof found === 'function' ? this.#counting(target, found as Method) : found
      },
    })
  }

  #search(target: Buffer, value: number, from: number): number {
    const at = target.indexOf(value, from)
    this.looks += (at === -1 ? target.length : at + 1) - from
    return at
  }

  /** What else is done with a part of them looks at each once: `subarray`, `toString`. */
  #counting(target: Buffer, method: Method): Method {
    return (...given) => {
      const [start = 0, end = target.length] = given.filter((argument) => typeof argument === 'number')
      this.looks += end - start
      return method.apply(target, given)
    }
  }
}
