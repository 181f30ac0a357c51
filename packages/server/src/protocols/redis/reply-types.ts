/** How each type of RESP2 and RESP3 goes on after its first byte. */
export type ReplyForm =
  | 'line' // text up to the end of the line
  | 'blob' // a length, then so many bytes
  | 'part' // the same, of a string in parts
  | 'values' // a count, then so many values
  | 'pairs' // a count, then twice as many
  | 'attributes' // the same, and they say something of the value that follows
  | 'push' // a count, then so many values; then the reply
  | 'end' // of values without a count

const FORMS: Readonly<Record<string, ReplyForm>> = {
  '+': 'line', // simple string
  '-': 'line', // error
  ':': 'line', // integer
  _: 'line', // null
  '#': 'line', // boolean
  ',': 'line', // double
  '(': 'line', // big number
  $: 'blob', // bulk string
  '!': 'blob', // error
  '=': 'blob', // verbatim string
  ';': 'part',
  '*': 'values', // array
  '~': 'values', // set
  '%': 'pairs', // map
  '|': 'attributes',
  '>': 'push',
  '.': 'end',
}

const BY_BYTE: readonly (ReplyForm | undefined)[] = Array.from(
  { length: 256 },
  (_, byte) => FORMS[String.fromCodePoint(byte)],
)

/** Undefined: nothing begins with this byte. */
export function formOf(byte: number): ReplyForm | undefined {
  return BY_BYTE[byte]
}
