import { quoted } from './source/describe.ts'

/** Something that is wrong with a configuration, and where. */
export interface ConfigProblem {
  /** As the message says it: `listeners[0].maxClients`; empty for the configuration as a whole. */
  readonly path: string
  /** What is wrong: the rule, and what was found instead. */
  readonly message: string
  /** Where it stands in a file, counted from 1; undefined for a configuration object. */
  readonly position: { readonly file: string; readonly line: number; readonly column: number } | undefined
}

/** One line: where, what, and the rule. */
export function textOf({ path, message, position }: ConfigProblem): string {
  const said = path === '' ? `the configuration ${message}` : `${path} ${message}`
  return position === undefined ? said : `${position.file}:${position.line}:${position.column}: ${said}`
}

/** How a path is written in a message. Keys that are no plain words are quoted. */
export function pathText(path: readonly PathStep[]): string {
  let text = ''
  for (const step of path) text += stepText(step, text === '')
  return text
}

/** A key or the index of a list. */
export type PathStep = string | number

function stepText(step: PathStep, isFirst: boolean): string {
  if (typeof step === 'number') return `[${step}]`
  if (!/^[A-Za-z_][\w-]{0,63}$/.test(step)) return `[${quoted(step)}]`
  return isFirst ? step : `.${step}`
}
