/**
 * Why a session ended, in two letters as HAProxy logs them. First who ended it: `-` nobody did wrong, `C` the client, `S` the
 * backend, `P` this server (a refusal or a limit), `c` the client was too slow, `s` the backend was too slow, `K` a drain or an
 * operator cut it. Then in which phase: `-` at rest or done, `R` while a request came in, `Q` while it waited in the queue, `C` while
 * it waited for a connection, `D` while the reply went out.
 */
export type SessionEnd = `${'-' | 'C' | 'S' | 'P' | 'c' | 's' | 'K'}${SessionPhase}`

/** Where a session stands, or stood when it ended: the second letter. */
export type SessionPhase = '-' | 'R' | 'Q' | 'C' | 'D'
