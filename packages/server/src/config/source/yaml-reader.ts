import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml'

import { type ConfigProblem, type PathStep, pathText } from '../problem.ts'
import { type Environment, interpolate } from './interpolate.ts'
import { Written } from './written.ts'
import type { YamlText } from './yaml-text.ts'

/** Aliases of aliases would make few lines into more values than any machine can hold. */
const MOST_VALUES = 100_000

/** The sections of a configuration are five deep. */
const DEEPEST = 20

/** Turns the nodes of a YAML text into mappings, lists and `Written` values, with the environment put in. */
export class YamlReader {
  readonly problems: ConfigProblem[] = []
  readonly #text: YamlText
  readonly #environment: Environment
  #values = 0

  constructor(text: YamlText, environment: Environment) {
    this.#text = text
    this.#environment = environment
  }

  read(node: unknown, path: readonly PathStep[] = []): unknown {
    this.#values++
    if (path.length > DEEPEST) return this.#refuse(node, path, 'is nested too deeply, or in itself')
    if (this.#values > MOST_VALUES) return this.#refuseOnce(node, path)
    if (isAlias(node)) return this.#readAlias(node, path)
    if (isMap(node)) return this.#readMap(node, path)
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index]))
    return isScalar(node) ? this.#readScalar(node) : new Written(null, '')
  }

  #readAlias(alias: Alias, path: readonly PathStep[]): unknown {
    const node = alias.resolve(this.#text.document)
    return node === undefined ? this.#refuse(alias, path, 'is an alias of nothing') : this.read(node, path)
  }

  /** Without a prototype, so that no key means more than a key. */
  #readMap(map: YAMLMap, path: readonly PathStep[]): unknown {
    const read: Record<string, unknown> = Object.create(null) as Record<string, unknown>
    for (const { key, value } of map.items) {
      if (!isScalar(key) || typeof key.value !== 'string') this.#refuse(key, path, 'must have texts as its keys')
      else if (Object.hasOwn(read, key.value)) this.#refuse(key, [...path, key.value], 'is there twice')
      else read[key.value] = this.read(value, [...path, key.value])
    }
    return read
  }

  #readScalar({ value, source }: Scalar): Written {
    if (typeof value !== 'string') return new Written(value, source ?? String(value))
    const { text, ...environment } = interpolate(value, this.#environment)
    return new Written(text, value, environment)
  }

  #refuseOnce(node: unknown, path: readonly PathStep[]): undefined {
    if (this.#values === MOST_VALUES + 1) this.#refuse(node, path, `has more than ${MOST_VALUES} values`)
  }

  #refuse(node: unknown, path: readonly PathStep[], message: string): undefined {
    const offset = (node as Pick<Node, 'range'> | null)?.range?.[0] ?? 0
    this.problems.push(this.#text.problemAt(offset, message, pathText(path)))
  }
}
