import os from 'node:os'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

/** What the numbers depend on besides the code. */
export interface Machine {
  readonly date: string
  readonly node: string
  readonly v8: string
  readonly os: string
  readonly cpu: string
  readonly cpus: number
  readonly memoryGiB: number
  /** Over one minute, when the run began: what else the machine was doing. */
  readonly loadAverage: number
  readonly versions: Readonly<Record<string, string>>
}

/** The packages' versions, and those of what else is measured. */
export function describeMachine(packages: readonly string[], programs: Machine['versions'] = {}): Machine {
  const cpus = os.cpus()
  return {
    date: new Date().toISOString(),
    node: process.version,
    v8: process.versions.v8,
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    cpu: cpus[0]?.model ?? 'unknown',
    cpus: cpus.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    loadAverage: os.loadavg()[0] ?? NaN,
    versions: { ...Object.fromEntries(packages.map((name) => [name, versionOf(name)])), ...programs },
  }
}

/** Read from the folder that Node finds, as not every package exports its package.json. */
function versionOf(name: string): string {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? []
  for (const folder of folders) {
    const manifest = readManifest(`${folder}/${name}/package.json`)
    if (manifest !== undefined) return manifest
  }
  return 'not installed'
}

function readManifest(path: string): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version)
  } catch {
    // Not in this folder: the next one up is asked.
  }
  return undefined
}
