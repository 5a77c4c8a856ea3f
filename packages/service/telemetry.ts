/**
 * Metrics of one service in one process. What exists is contracts/metrics.ts; a name or a label that is not there is a
 * type error, and throws. Each instance has its own registry, since several services may share a process.
 *
 *   const rows = telemetry.counter('k2_sink_rows_total', { component: 'sink', exchange, asset_class, table })
 *   rows.add(batch.count)                     // the handle is made once, outside the hot path
 */
import {
  type COMMON_LABELS,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  METRICS,
  type Metric,
  type MetricName,
  SECONDS_BUCKETS,
} from '@k2/contracts/metrics.ts'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export interface CounterHandle {
  /** By 1, or by `amount`, which is never negative. */
  add(amount?: number): void
}

export interface GaugeHandle {
  set(value: number): void
  add(amount: number): void
  /** Ends the series: of a partition that moved away, say. The next `set` begins it again. */
  remove(): void
}

export interface HistogramHandle {
  observe(value: number): void
  /** Starts now; the function that it gives observes the seconds since, and returns them. */
  time(): () => number
}

export interface Telemetry {
  readonly service: string
  counter<N extends CounterName>(name: N, labels: LabelsOf<N>): CounterHandle
  gauge<N extends GaugeName>(name: N, labels: LabelsOf<N>): GaugeHandle
  histogram<N extends HistogramName>(name: N, labels: LabelsOf<N>): HistogramHandle
  /** Called before each scrape, to set gauges that are cheaper to ask for than to keep. */
  onScrape(read: () => void | Promise<void>): void
  /** The body of /metrics, in Prometheus' text format. */
  text(): Promise<string>
}

export interface TelemetryOptions {
  readonly service: string
  readonly environment: string
}

export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE

type Registered = Counter | Gauge | Histogram

/** The metrics of one service, each made once, without series until its first handle. */
export function createTelemetry({ service, environment }: TelemetryOptions): Telemetry {
  const registry = new Registry()
  registry.setDefaultLabels({ service, environment } satisfies Record<(typeof COMMON_LABELS)[number], string>)
  const metrics = new Map<string, Registered>()
  for (const [name, metric] of Object.entries<Metric>(METRICS)) metrics.set(name, register(registry, name, metric))
  const readers: (() => void | Promise<void>)[] = []

  function find(name: MetricName, type: Metric['type'], labels: Readonly<Record<string, string | number>>): Registered {
    const metric = metrics.get(name)
    if (!metric || METRICS[name].type !== type) throw new Error(`there is no ${type} ${name} in contracts/metrics.ts`)
    const wanted: readonly string[] = METRICS[name].labels
    if (Object.keys(labels).length !== wanted.length || !wanted.every((label) => Object.hasOwn(labels, label))) {
      throw new Error(`${name} has the labels ${wanted.join(', ')}, not ${Object.keys(labels).join(', ')}`)
    }
    return metric
  }

  return {
    service,
    counter(name, labels) {
      const series = (find(name, 'counter', labels) as Counter).labels(labels)
      series.inc(0) // so that a rate sees the first increase
      return { add: (amount = 1) => series.inc(amount) }
    },
    gauge(name, labels) {
      const metric = find(name, 'gauge', labels) as Gauge
      const series = metric.labels(labels)
      return {
        set: (value) => series.set(value),
        add: (amount) => series.inc(amount),
        remove: () => metric.remove(labels),
      }
    },
    histogram(name, labels) {
      const series = (find(name, 'histogram', labels) as Histogram).labels(labels)
      return { observe: (value) => series.observe(value), time: () => startTimer(series) }
    },
    onScrape: (read) => void readers.push(read),
    async text() {
      await Promise.all(readers.map((read) => read()))
      return await registry.metrics()
    },
  }
}

/** One body of /metrics for several services of one process: each metric's series together, as the format demands. */
export async function joinedText(telemetries: readonly Telemetry[]): Promise<string> {
  const families = new Map<string, { head: string[]; series: string[] }>()
  for (const text of await Promise.all(telemetries.map((telemetry) => telemetry.text()))) {
    let family = { head: [] as string[], series: [] as string[] }
    for (const line of text.split('\n')) {
      if (line.startsWith('# HELP ')) {
        const name = line.split(' ', 3)[2]!
        family = families.get(name) ?? { head: [], series: [] }
        families.set(name, family)
      }
      if (!line.startsWith('#')) line !== '' && family.series.push(line)
      else if (family.head.length < 2) family.head.push(line)
    }
  }
  return [...families.values()].map(({ head, series }) => `${[...head, ...series].join('\n')}\n`).join('')
}

function register(
  registry: Registry,
  name: string,
  { type, help, labels, buckets = SECONDS_BUCKETS }: Metric,
): Registered {
  const common = { name, help, labelNames: [...labels], registers: [registry] }
  if (type === 'counter') return new Counter(common)
  return type === 'gauge' ? new Gauge(common) : new Histogram({ ...common, buckets: [...buckets] })
}

function startTimer(series: { observe(value: number): void }): () => number {
  const startMs = performance.now()
  return () => {
    const seconds = (performance.now() - startMs) / 1000
    series.observe(seconds)
    return seconds
  }
}
