/** Lives every life that a world has room for, depth first; each is lived again from its beginning. */
import { checkEverything } from './checks.ts'
import { EVENT_KINDS } from './events.ts'
import { Life } from './life.ts'
import { settleDown } from './settle-down.ts'
import type { World } from './world.ts'

export interface Exploration {
  readonly lives: number
  readonly events: number
  /** One story for each way to fail, the shortest; the shortest of all first. */
  readonly failures: readonly Failure[]
}

export interface Failure {
  readonly story: readonly string[]
  readonly error: Error
}

/** How long lives are, and what comes after: nothing, or a good end to which each must come. */
export interface Extent {
  readonly depth: number
  readonly ending: 'open' | 'good'
}

/** What happens next: the number of an event kind of the world, and of whom it happens to. */
interface Step {
  readonly kind: number
  readonly target: number
}

export function explore(world: World, extent: Extent): Exploration {
  return new Explorer(world, extent).explore()
}

class Explorer {
  readonly #world: World
  readonly #extent: Extent
  /** What may happen at each point of the present life, and which of it does. */
  readonly #choices: Step[][] = []
  readonly #chosen: number[] = []
  readonly #failures = new Map<string, Failure>()
  #lives = 0
  #events = 0

  constructor(world: World, extent: Extent) {
    this.#world = world
    this.#extent = extent
  }

  explore(): Exploration {
    do this.#live()
    while (this.#hasAnother())
    const failures = [...this.#failures.values()].toSorted((one, other) => one.story.length - other.story.length)
    return { lives: this.#lives, events: this.#events, failures }
  }

  /** From the beginning to the full depth; what earlier lives have seen already is not checked again. */
  #live(): void {
    this.#lives++
    const known = this.#chosen.length - 1
    const life = new Life(this.#world)
    let point = 0
    try {
      for (; point < this.#extent.depth && this.#mayGoOn(life, point); point++) {
        this.#events++
        take(life, this.#stepAt(point))
        if (point >= known) checkEverything(life)
      }
      if (this.#extent.ending === 'good') settleDown(life)
    } catch (error) {
      this.#note(point, life, error as Error)
    }
  }

  /** Whether anything may happen at this point; if nobody has been there before, the first thing is chosen. */
  #mayGoOn(life: Life, point: number): boolean {
    if (point < this.#choices.length) return true
    const choices = choicesOf(life)
    if (choices.length === 0) return false
    this.#choices.push(choices)
    this.#chosen.push(0)
    return true
  }

  /** Goes back to the last point where something else might have happened. */
  #hasAnother(): boolean {
    for (;;) {
      const last = this.#chosen.length - 1
      if (last < 0) return false
      const next = (this.#chosen[last] ?? 0) + 1
      if (next < (this.#choices[last]?.length ?? 0)) {
        this.#chosen[last] = next
        return true
      }
      this.#choices.pop()
      this.#chosen.pop()
    }
  }

  #note(point: number, life: Life, error: Error): void {
    const story = this.#chosen.slice(0, point + 1).map((_, at) => this.#nameOf(this.#stepAt(at)))
    story.push(...life.epilogue)
    const way = error.message.replaceAll(/\d+/gu, 'n')
    const known = this.#failures.get(way)
    if (known === undefined || known.story.length > story.length) this.#failures.set(way, { story, error })
  }

  #stepAt(point: number): Step | undefined {
    return this.#choices[point]?.[this.#chosen[point] ?? 0]
  }

  #nameOf(step: Step | undefined): string {
    const name = this.#world.events[step?.kind ?? 0] ?? ''
    return step === undefined || step.target === 0 ? name : `${name} ${step.target}`
  }
}

function choicesOf(life: Life): Step[] {
  const steps: Step[] = []
  for (const [kind, name] of life.account.world.events.entries()) {
    for (const target of EVENT_KINDS[name].targets(life)) steps.push({ kind, target })
  }
  return steps
}

function take(life: Life, step: Step | undefined): void {
  const name = step && life.account.world.events[step.kind]
  if (name === undefined) return
  life.account.begin()
  EVENT_KINDS[name].happen(life, step?.target ?? 0)
}
