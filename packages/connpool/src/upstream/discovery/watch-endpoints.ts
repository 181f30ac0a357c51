/** The one way an upstream listens to a source of endpoints, whatever its kind: nothing reaches it unchecked or late. */
import { FUNCTION, isObject } from '../../options/kind-rules.ts'
import { invalidOptions, requireRule } from '../../options/rule.ts'
import { asError } from '../../pool/as-error.ts'
import type { Discovery, DiscoveryListener, EndpointSet, EndpointSource } from './discovery.ts'
import { readEndpoints, type ResolvedEndpoint } from './read-endpoints.ts'
import { readIterable } from './read-iterable.ts'

/** What an upstream is told: only sets that were checked. */
export interface EndpointsListener {
  endpoints(set: readonly ResolvedEndpoint[]): void
  failed(error: Error): void
}

/** Asks: is this a source of endpoints, and not a list of them? */
export function isEndpointSource(value: unknown): value is EndpointSource {
  return isDiscovery(value) || isAsyncIterable(value)
}

/**
 * Listens to a source until the answer is disposed. A set that is not valid is told as a failure and changes nothing; so
 * is a source that throws. The listener is never called after the end, nor before this has returned.
 */
export function watchEndpoints(source: EndpointSource, listener: EndpointsListener): Disposable {
  return new EndpointsWatch(source, listener)
}

class EndpointsWatch implements DiscoveryListener, Disposable {
  readonly #listener: EndpointsListener
  #hasEnded = false
  #watched: Disposable | undefined

  constructor(source: EndpointSource, listener: EndpointsListener) {
    this.#listener = listener
    queueMicrotask(() => this.#start(source))
  }

  /** Bound, as `failed` is: a source may pass it on by itself. */
  readonly endpoints = (set: EndpointSet): void => {
    if (this.#hasEnded) return
    const read = this.#checked(set)
    if (read !== undefined) this.#listener.endpoints(read)
  }

  readonly failed = (error: unknown): void => {
    if (!this.#hasEnded) this.#listener.failed(asError(error))
  };

  [Symbol.dispose](): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#watched?.[Symbol.dispose]()
  }

  #start(source: EndpointSource): void {
    if (this.#hasEnded) return
    try {
      const watched = isDiscovery(source) ? source.watch(this) : readIterable(source, this)
      requireDisposable(watched)
      this.#keep(watched)
    } catch (error) {
      this.failed(error)
    }
  }

  /** The listener may have ended it before there was anything to end. */
  #keep(watched: Disposable): void {
    if (this.#hasEnded) watched[Symbol.dispose]()
    else this.#watched = watched
  }

  #checked(set: EndpointSet): readonly ResolvedEndpoint[] | undefined {
    try {
      return readEndpoints(set)
    } catch (error) {
      this.failed(error)
      return undefined
    }
  }
}

function isDiscovery(value: unknown): value is Discovery {
  return isObject(value) && typeof value['watch'] === 'function'
}

function isAsyncIterable(value: unknown): value is AsyncIterable<never> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function requireDisposable(watched: unknown): asserts watched is Disposable {
  if (!isObject(watched)) throw invalidOptions('watch() of a discovery must return something to dispose')
  requireRule(
    '[Symbol.dispose] of what watch() has returned',
    (watched as Partial<Disposable>)[Symbol.dispose],
    FUNCTION,
  )
}
