/**
 * Commands that leave something behind on their connection, block it, turn it into a stream, or close it. Whoever sends one
 * keeps a connection for itself.
 */
export const OWN_COMMANDS: ReadonlySet<string> = new Set([
  // Who speaks, in what version and about which database.
  ...['AUTH', 'HELLO', 'SELECT', 'CLIENT', 'RESET', 'QUIT'],
  // Transactions.
  ...['MULTI', 'EXEC', 'DISCARD', 'WATCH', 'UNWATCH'],
  // Subscriptions and other streams.
  ...['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE', 'UNSUBSCRIBE', 'PUNSUBSCRIBE', 'SUNSUBSCRIBE', 'MONITOR'],
  // Replication: streams, and what was last written here.
  ...['SYNC', 'PSYNC', 'REPLCONF', 'WAIT', 'WAITAOF'],
  // Cluster: how the next command is to be taken.
  ...['ASKING', 'READONLY', 'READWRITE'],
  // Blocking until there is something.
  ...['BLPOP', 'BRPOP', 'BLMOVE', 'BLMPOP', 'BRPOPLPUSH', 'BZPOPMIN', 'BZPOPMAX', 'BZMPOP'],
  // Block or end the server, so that no reply may come.
  ...['DEBUG', 'SHUTDOWN'],
  // Redis takes these for HTTP and hangs up.
  ...['POST', 'HOST:'],
])

/** Commands of which only some forms are like that: those that have this word before `STREAMS`, or first. */
export const OWN_WITH_WORD: ReadonlyMap<string, string> = new Map([
  ['XREAD', 'BLOCK'],
  ['XREADGROUP', 'BLOCK'],
  ['SCRIPT', 'DEBUG'],
  ['CLUSTER', 'SYNCSLOTS'],
])
