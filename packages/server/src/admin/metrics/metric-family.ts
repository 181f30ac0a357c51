import type { HistogramSnapshot } from 'connpool'
import type { Metric } from 'prom-client'

/** Labels come from configuration and closed sets only: what clients send must never make a series. */
export type Labels = Readonly<Record<string, string>>

interface Sample {
  readonly metricName: string
  readonly labels: Labels
  readonly value: number
}

/** A metric with its values at one moment, in the form in which prom-client's `Registry` asks for it. */
export class MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly values: Sample[] = []

  constructor(type: MetricFamily['type'], name: string, help: string) {
    this.type = type
    this.name = name
    this.help = help
  }

  add(labels: Labels, value: number): this {
    this.values.push({ metricName: this.name, labels, value })
    return this
  }

  /** One series for each name. */
  addEach(labels: Labels, label: string, counts: Readonly<Record<string, number | undefined>>): this {
    for (const [name, count] of Object.entries(counts)) this.add({ ...labels, [label]: name }, count ?? 0)
    return this
  }

  /** Milliseconds become seconds, and buckets cumulative: Prometheus counts what is at most `le`. */
  addHistogram(labels: Labels, { boundsMs, counts, count, sumMs }: HistogramSnapshot): this {
    let atMost = 0
    for (const [bucket, boundMs] of boundsMs.entries()) {
      atMost += counts[bucket] ?? 0
      this.#addPart('_bucket', { ...labels, le: String(boundMs / 1_000) }, atMost)
    }
    this.#addPart('_bucket', { ...labels, le: '+Inf' }, count)
    this.#addPart('_sum', labels, sumMs / 1_000)
    this.#addPart('_count', labels, count)
    return this
  }

  get(): Promise<this> {
    return Promise.resolve(this)
  }

  /** The registry wants one of its own classes, and uses `name` and `get()` of it. */
  asMetric(): Metric {
    return this as unknown as Metric
  }

  #addPart(suffix: string, labels: Labels, value: number): void {
    this.values.push({ metricName: `${this.name}${suffix}`, labels, value })
  }
}

export function counter(name: string, help: string): MetricFamily {
  return new MetricFamily('counter', name, help)
}

export function gauge(name: string, help: string): MetricFamily {
  return new MetricFamily('gauge', name, help)
}

export function histogram(name: string, help: string): MetricFamily {
  return new MetricFamily('histogram', name, help)
}
