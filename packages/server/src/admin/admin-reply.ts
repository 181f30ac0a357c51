/** What is answered to one request. */
export interface AdminReply {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Numbers that JSON does not know, as `Infinity`, are written as their names: `null` would say that there is none. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): AdminReply {
  const body = JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'number' && !Number.isFinite(each) ? String(each) : each,
  )
  return { status, type: 'application/json; charset=utf-8', body: `${body}\n`, headers }
}

/** A refusal: `error` is a sentence for people. */
export function refused(status: number, error: string, headers: Readonly<Record<string, string>> = {}): AdminReply {
  return json(status, { error }, headers)
}
