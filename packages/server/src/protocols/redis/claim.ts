import { latin1 } from '../latin1.ts'
import type { Claim } from '../protocol.ts'
import { OWN_COMMANDS, OWN_WITH_WORD } from './own-commands.ts'
import { isArrayForm, Words } from './words.ts'

/** Whether a whole command may share a connection with those of others. */
export function claimOf(frame: Uint8Array): Claim {
  return isArrayForm(frame) ? claimOfWords(new Words(frame)) : claimOfLine(latin1(frame, 0, frame.length))
}

interface WordSource {
  /** In capitals. Undefined: there are no more. */
  next(): string | undefined
}

function claimOfWords(words: WordSource): Claim {
  const command = words.next() ?? ''
  if (OWN_COMMANDS.has(command)) return 'own'
  const owning = OWN_WITH_WORD.get(command)
  return owning !== undefined && isAmong(words, owning) ? 'own' : 'share'
}

/** After `STREAMS` come names, which may be any word. */
function isAmong(words: WordSource, wanted: string): boolean {
  for (let word = words.next(); word !== undefined && word !== 'STREAMS'; word = words.next()) {
    if (word === wanted) return true
  }
  return false
}

/** Quotes can write any command in many ways: with them it gets a connection of its own. */
function claimOfLine(line: string): Claim {
  if (/["'\\]/.test(line)) return 'own'
  const words = line
    .toUpperCase()
    .split(/[ \t\r\n]+/)
    .filter((word) => word !== '')
  let at = 0
  return claimOfWords({ next: () => words[at++] })
}
