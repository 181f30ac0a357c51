const ZERO = 0x30
const NINE = 0x39

/** Digits and nothing else, as a number from 0 to `greatest`. Undefined: it is something else. */
export function readDecimal(text: string, greatest: number): number | undefined {
  if (text === '' || text.length > 20) return undefined
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) ?? 0
    if (code < ZERO || code > NINE) return undefined
  }
  const number = Number(text)
  return number <= greatest ? number : undefined
}
