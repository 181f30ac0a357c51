/** Where a command says what it has to say. */
export interface Terminal {
  /** A line of what was asked for. */
  say(line: string): void
  /** A line of what went wrong. */
  complain(line: string): void
}

/**
 * The process's own streams. A reader that is gone, as in `connpool serve | head`, or a disk that is full costs what was to be
 * said, not the server.
 */
export const processTerminal: Terminal = {
  say: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
}

for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
