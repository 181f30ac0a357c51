import type { Job, Load, Sample } from './loads/load.ts'

/** Opens a load where it is to run: in a process of its own, or here. */
export type StartLoad = (job: Job) => Promise<Load>

/** Opens a load that knows what it is to measure. */
export type OpenLoad = () => Promise<Load>

export interface Alternation {
  readonly rounds: number
  readonly start: StartLoad
}

/** Samples under the label of their job, in the order of the rounds. */
export type Samples<Label extends string = string> = Readonly<Record<Label, readonly Sample[]>>

/**
 * Every job, opened and warmed first, does one round, then every job the next: A B C, A B C. Whatever else the machine
 * does meanwhile falls on all of them.
 */
export function alternate<Label extends string>(
  jobs: Readonly<Record<Label, Job>>,
  { rounds, start }: Alternation,
): Promise<Samples<Label>> {
  const opened = entriesOf(jobs).map(([label, job]): [Label, OpenLoad] => [label, () => start(job)])
  return takeTurns(Object.fromEntries(opened) as Record<Label, OpenLoad>, rounds) // the labels are those of the jobs
}

/** As `alternate`, for loads that are not opened by a job. */
export async function takeTurns<Label extends string>(
  openers: Readonly<Record<Label, OpenLoad>>,
  rounds: number,
): Promise<Samples<Label>> {
  const loads: [Label, Load][] = []
  const samples = emptySamples(openers)
  try {
    for (const [label, open] of entriesOf(openers)) loads.push([label, await open()])
    for (let round = 0; round < rounds; round += 1) {
      for (const [label, load] of loads) samples[label].push(await load.round())
    }
  } finally {
    for (const [, load] of loads) await load.end()
  }
  return samples
}

/** As `alternate`, but every round of every job is the first in its process: for what a warm heap would hide. */
export async function alternateFresh<Label extends string>(
  jobs: Readonly<Record<Label, Job>>,
  { rounds, start }: Alternation,
): Promise<Samples<Label>> {
  const samples = emptySamples(jobs)
  for (let round = 0; round < rounds; round += 1) {
    for (const [label, job] of entriesOf(jobs)) {
      const load = await start(job)
      try {
        samples[label].push(await load.round())
      } finally {
        await load.end()
      }
    }
  }
  return samples
}

/** All jobs do each round at once: only for loads that wait for timers and leave the processor alone. */
export async function inParallel<Label extends string>(
  jobs: Readonly<Record<Label, Job>>,
  { rounds, start }: Alternation,
): Promise<Samples<Label>> {
  const samples = emptySamples(jobs)
  const loads = await Promise.all(entriesOf(jobs).map(async ([label, job]) => ({ label, load: await start(job) })))
  try {
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(loads.map(async ({ label, load }) => samples[label].push(await load.round())))
    }
  } finally {
    await Promise.all(loads.map(({ load }) => load.end()))
  }
  return samples
}

/** One number of every sample. */
export function valuesOf(samples: readonly Sample[], key: string): number[] {
  return samples.map((sample) => {
    const value = sample[key]
    if (value === undefined) throw new Error(`no ${key} in ${JSON.stringify(sample)}`)
    return value
  })
}

function entriesOf<Label extends string, T>(jobs: Readonly<Record<Label, T>>): [Label, T][] {
  return labelsOf(jobs).map((label) => [label, jobs[label]])
}

function emptySamples<Label extends string>(jobs: Readonly<Record<Label, unknown>>): Record<Label, Sample[]> {
  const samples: Partial<Record<Label, Sample[]>> = {}
  for (const label of labelsOf(jobs)) samples[label] = []
  return samples as Record<Label, Sample[]> // every label was just given its array
}

function labelsOf<Label extends string>(jobs: Readonly<Record<Label, unknown>>): Label[] {
  return Object.keys(jobs) as Label[] // the record is made of literals: it has no other keys
}
