/** What stands below the flags in the help of each command. */

const STATUS = `
Exit status:
  0  drained, or all backends were reached
  1  something was cut, or a backend could not be reached
  2  the command line or the configuration is wrong, or the server could not start`

export const PROGRAM_HELP: string = `
To begin with:
  connpool serve --demo                      serves an embedded backend on 127.0.0.1:6380
  connpool serve --listen 127.0.0.1:6380 --backend 10.0.0.5:6379 --protocol redis
  connpool check config.yaml && connpool serve config.yaml
${STATUS}
`

export const SERVE_HELP: string = `
Examples:
  connpool serve config.yaml
  connpool serve config.yaml --workers auto --log-level warn
  connpool serve --listen 0.0.0.0:6380 --backend 10.0.0.5:6379 --backend 10.0.0.6:6379 --protocol redis
  connpool serve --listen unix:/run/db.sock --backend db.internal:5432 --max-size 20

Signals:
  SIGTERM, SIGINT  drain: accept nothing more, let requests finish, then exit; a second one cuts now
  SIGHUP           read the configuration file again; connections that need not change stay (without a file: drain)
  SIGUSR2          replace the workers one after the other; nothing with one worker
${STATUS}
`

export const CHECK_HELP: string = `
A line begins with ok or FAIL and names the upstream and the backend. Where the protocol has a health check, as
redis has, the backend must pass it.
${STATUS}
`

export const BENCH_HELP: string = `
It ends after --requests or --duration, whatever comes first. Only loopback and private addresses are loaded,
unless you say --yes: do not load what is not yours.

Example:
  connpool bench 127.0.0.1:6379 --concurrency 100
${STATUS}
`
