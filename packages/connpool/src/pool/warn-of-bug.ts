/** Says that a rule of ours was broken and `what` has stopped for it. `what` begins the sentence: "A pool". */
export function warnOfBug(what: string, bug: Error): void {
  process.emitWarning(`${what} has stopped: ${bug.stack ?? bug.message}`, {
    type: 'ConnpoolWarning',
    code: 'CONNPOOL_BUG',
  })
}
