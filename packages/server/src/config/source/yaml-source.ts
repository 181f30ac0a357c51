import { dirname, resolve } from 'node:path'

import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml'

import { ConfigError } from '../config-error.ts'
import type { ConfigProblem, PathStep } from '../problem.ts'
import type { GivenConfig } from './given-config.ts'
import type { Environment } from './interpolate.ts'
import { YamlReader } from './yaml-reader.ts'
import { YamlText } from './yaml-text.ts'

/** A configuration in a YAML file. */
export class YamlSource implements GivenConfig {
  readonly root: unknown
  readonly directory: string
  readonly #text: YamlText

  /** @throws ConfigError when the text is not YAML, or is so in a way that is not allowed here. */
  constructor(text: string, file: string, environment: Environment) {
    this.#text = new YamlText(text, file)
    this.directory = dirname(resolve(file))
    const reader = new YamlReader(this.#text, environment)
    this.root = reader.read(this.#text.document.contents)
    if (reader.problems.length > 0) throw new ConfigError(reader.problems)
  }

  position(path: readonly PathStep[], of: 'key' | 'value'): ConfigProblem['position'] {
    let node: unknown = this.#text.document.contents
    let offset = offsetOf(node)
    for (const [index, step] of path.entries()) {
      const pair = pairAt(this.#resolved(node), step)
      if (pair === undefined) break
      const isLast = index === path.length - 1
      node = pair.value
      offset = (isLast && of === 'key' ? undefined : offsetOf(node)) ?? offsetOf(pair.key) ?? offset
    }
    return this.#text.positionAt(offset ?? 0)
  }

  #resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#text.document) : node
  }
}

/** The key and the value that stand at `step` of a node. An item of a list has no key. */
function pairAt(node: unknown, step: PathStep): { readonly key: unknown; readonly value: unknown } | undefined {
  if (isSeq(node)) return typeof step === 'number' && step < node.items.length ? item(node.items[step]) : undefined
  if (!isMap(node)) return undefined
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
}

function item(value: unknown): { readonly key: unknown; readonly value: unknown } {
  return { key: value, value }
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0]
}
