/** Replies as RESP2 writes them. */
export type Reply = Buffer

export const OK: Reply = simple('OK')
export const NIL: Reply = Buffer.from('$-1\r\n')

export function simple(text: string): Reply {
  return Buffer.from(`+${text}\r\n`)
}

/** `ERR` or another word in capitals comes first. */
export function failure(text: string): Reply {
  return Buffer.from(`-${text}\r\n`)
}

export function integer(value: number): Reply {
  return Buffer.from(`:${value}\r\n`)
}

export function bulk(value: Buffer | string | undefined): Reply {
  if (value === undefined) return NIL
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')])
}

export function array(replies: readonly Reply[]): Reply {
  return Buffer.concat([Buffer.from(`*${replies.length}\r\n`), ...replies])
}
