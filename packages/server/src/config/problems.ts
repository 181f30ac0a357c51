import * as v from 'valibot'

import type { Kind } from './kinds/kind.ts'
import { type ConfigProblem, pathText, type PathStep } from './problem.ts'
import type { GivenConfig } from './source/given-config.ts'
import { describe } from './source/describe.ts'

/** Keys whose values are never shown, wherever they stand. */
const SECRET_KEYS: readonly PathStep[] = ['token']

/** Collects what is wrong with a configuration, so that all of it is told at once. */
export class Problems {
  readonly #source: GivenConfig
  readonly #found: ConfigProblem[] = []

  constructor(source: GivenConfig) {
    this.#source = source
  }

  get found(): readonly ConfigProblem[] {
    return this.#found
  }

  /** A value breaks a rule; what it is is told behind it. */
  value(path: readonly PathStep[], rule: string): void {
    this.#add(path, `${rule}; got ${this.#describe(path)}`, 'value')
  }

  /** A key is not known, is missing, or must not be there. */
  key(path: readonly PathStep[], message: string): void {
    this.#add(path, message, 'key')
  }

  /** What the value at `path` means, or undefined if it is not of this kind, which is a problem then. */
  read<T>(of: Kind<T>, given: unknown, path: readonly PathStep[]): T | undefined {
    const { success, output, issues } = v.safeParse(of, given)
    if (success) return output
    for (const issue of issues) this.#addIssue(issue, path)
    return undefined
  }

  #addIssue(issue: v.BaseIssue<unknown>, path: readonly PathStep[]): void {
    const { message, path: inside } = issue
    const whole = [...path, ...(inside ?? []).map(({ key }) => key as PathStep)]
    if (inside?.at(-1)?.origin === 'key') this.key(whole, message)
    else this.value(whole, message)
  }

  #add(path: readonly PathStep[], message: string, of: 'key' | 'value'): void {
    this.#found.push({ path: pathText(path), message, position: this.#source.position(path, of) })
  }

  #describe(path: readonly PathStep[]): string {
    const given = path.reduce<unknown>(stepInto, this.#source.root)
    return SECRET_KEYS.includes(path.at(-1) ?? '') && typeof given !== 'undefined' ? 'a value' : describe(given)
  }
}

function stepInto(value: unknown, step: PathStep): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
  return (value as Readonly<Record<PathStep, unknown>>)[step]
}
