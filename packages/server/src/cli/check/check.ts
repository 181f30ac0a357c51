import { ConfigError } from '../../config/config-error.ts'
import { parseConfig } from '../../config/parse-config.ts'
import type { ServerSettings, UpstreamSettings } from '../../config/settings.ts'
import { endpointText } from '../../endpoint-text.ts'
import { EXIT_STATUS, type ExitStatus } from '../exit-status.ts'
import { problemLines } from '../flag-names.ts'
import { readConfigFile } from '../read-config-file.ts'
import type { Terminal } from '../terminal.ts'
import { backendsOf } from './backends.ts'
import { dialBackend, type DialReport } from './dial-backend.ts'

/** Reads a configuration and dials every backend it names, one after the other: a line for each. */
export async function check(file: string, terminal: Terminal): Promise<ExitStatus> {
  const settings = settingsOf(file, terminal)
  if (settings === undefined) return EXIT_STATUS.unusable
  const { listeners, upstreams } = settings
  terminal.say(`ok    ${file}: ${counted(listeners.length, 'listener')}, ${counted(upstreams.length, 'upstream')}`)
  let failed = 0
  for (const upstream of upstreams) failed += await checkUpstream(upstream, settings, terminal)
  return failed === 0 ? EXIT_STATUS.good : EXIT_STATUS.bad
}

function settingsOf(file: string, terminal: Terminal): ServerSettings | undefined {
  try {
    return parseConfig(readConfigFile(file), { file })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const line of problemLines(error)) terminal.complain(line)
    return undefined
  }
}

/** How many of its backends failed; an upstream whose backends are not found counts as one. */
async function checkUpstream(
  upstream: UpstreamSettings,
  settings: ServerSettings,
  terminal: Terminal,
): Promise<number> {
  const backends = await backendsOf(upstream, settings).catch((error: Error) => error)
  if (backends instanceof Error) {
    sayReport(terminal, `${upstream.name} ${upstream.discovery?.dns}`, { isGood: false, what: backends.message })
    return 1
  }
  let failed = 0
  for (const backend of backends) {
    const report = await dialBackend(backend)
    sayReport(terminal, `${upstream.name} ${endpointText(backend.endpoint)}`, report)
    if (!report.isGood) failed++
  }
  return failed
}

function sayReport(terminal: Terminal, who: string, { isGood, what }: DialReport): void {
  terminal.say(`${isGood ? 'ok   ' : 'FAIL '} ${who}: ${what}`)
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
