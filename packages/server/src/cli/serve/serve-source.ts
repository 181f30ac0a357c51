import type { ConfigSource } from '../../config/config-source.ts'
import type { ServeFlags } from '../commands.ts'
import { readConfigFile } from '../read-config-file.ts'
import { flagConfig, flagOverrides, refuseFlagsBesideFile } from './flag-config.ts'

/**
 * The configuration that a command line asks for: that of a file with some flags above it, or that of flags alone.
 *
 * @throws UsageError when flags contradict each other or the file, or the file cannot be read.
 */
export function serveSource(
  flags: ServeFlags,
  file: string | undefined,
  demoEndpoint: string | undefined,
): ConfigSource {
  if (file === undefined) return { config: flagConfig(flags, demoEndpoint) }
  refuseFlagsBesideFile(flags)
  return { text: readConfigFile(file), file, overrides: flagOverrides(flags) }
}
