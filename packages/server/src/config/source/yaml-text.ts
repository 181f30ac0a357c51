import { type Document, parseDocument, type YAMLError } from 'yaml'

import { ConfigError } from '../config-error.ts'
import type { ConfigProblem } from '../problem.ts'
import { LineStarts } from './line-starts.ts'

/** A configuration that is longer was not written by people. */
const LONGEST = 1024 * 1024

/** A YAML text that has been parsed, and where everything in it stands. */
export class YamlText {
  readonly document: Document.Parsed
  readonly #lines: LineStarts
  readonly #file: string

  /** @throws ConfigError with all that is wrong with the text as YAML. */
  constructor(text: string, file: string) {
    this.#file = file
    this.#lines = new LineStarts(text)
    this.document = this.#parse(text)
    const { errors, warnings } = this.document
    // After the first slip the parser has lost its way.
    const problems = [...errors.slice(0, 1), ...warnings].map((error) => this.#problemOf(error, text))
    if (problems.length > 0) throw new ConfigError(problems)
  }

  /** Where a place in the text is, for people. */
  positionAt(offset: number): NonNullable<ConfigProblem['position']> {
    return { file: this.#file, ...this.#lines.positionAt(offset) }
  }

  problemAt(offset: number, message: string, path = ''): ConfigProblem {
    return { path, message, position: this.positionAt(offset) }
  }

  #parse(text: string): Document.Parsed {
    if (text.length > LONGEST) throw new ConfigError([this.problemAt(0, `must be at most ${LONGEST} characters long`)])
    try {
      // Keys that are there twice are found by who reads them: the parser compares each with each.
      return parseDocument(text, { prettyErrors: false, logLevel: 'error', version: '1.2', uniqueKeys: false })
    } catch (error) {
      // The parser calls itself for what is nested, and says so in no better way.
      if (error instanceof RangeError) throw new ConfigError([this.problemAt(0, 'is nested too deeply')])
      throw error
    }
  }

  /** The parser's own messages quote the text, which may hold a secret: what they quote is cut. */
  #problemOf({ message, pos: [offset] }: YAMLError, text: string): ConfigProblem {
    if (/stack (?:overflow|size)/i.test(message)) return this.problemAt(0, 'is nested too deeply')
    const said = message.replace(/[:;"'].*$/s, '').replaceAll(/\s+/g, ' ')
    return this.problemAt(offset, `cannot be read as YAML: ${said}${hintFor(text, offset)}`)
  }
}

/** In braces and brackets `${NAME}` is no plain text: the error of the parser would not say so. */
function hintFor(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset + 1)
  return line.includes('${') ? ' (inside {} and [] put quotes around "${NAME}")' : ''
}
