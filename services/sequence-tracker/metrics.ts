/** What is judged, as metrics. */
import { marketTopic } from '@k2/contracts/topics.ts'
import type { LogBatch } from '@k2/log/log.ts'
import type { CounterHandle, HistogramHandle, Telemetry } from '@k2/service/telemetry.ts'
import { type Judge, OUTCOMES } from './core/judge.ts'
import { TRADE_TOPICS } from './core/numbers.ts'

const COMPONENT = 'sequence'

interface OfTopic {
  readonly outcomes: readonly CounterHandle[]
  readonly refused: CounterHandle
  readonly gaps: CounterHandle
  readonly seconds: CounterHandle
}

export interface TrackerMetrics {
  /** A batch has been judged: the judge's counts are told, and begin again at 0. */
  judged(batch: LogBatch, refused: number, judge: Judge, seconds: number): void
  readonly flushed: HistogramHandle
  /** Streams that the shared store had further. */
  readonly overtaken: CounterHandle
}

export function trackerMetrics(telemetry: Telemetry): TrackerMetrics {
  const topics = new Map(TRADE_TOPICS.map(({ name }) => [name, ofTopic(telemetry, name)]))
  return {
    judged({ topic }, refused, judge, seconds) {
      const of = topics.get(topic)!
      judge.counts.forEach((count, i) => {
        of.outcomes[i]!.add(count)
      })
      of.refused.add(refused)
      of.gaps.add(judge.gapsFound)
      of.seconds.add(seconds)
      judge.counts.fill(0)
      judge.gapsFound = 0
    },
    flushed: telemetry.histogram('k2_sequence_flush_duration_seconds', { component: COMPONENT }),
    overtaken: telemetry.counter('k2_sequence_overtaken_streams_total', { component: COMPONENT }),
  }
}

function ofTopic(telemetry: Telemetry, topic: string): OfTopic {
  const { exchange, assetClass } = marketTopic(topic)!
  const labels = { component: COMPONENT, exchange, asset_class: assetClass, topic }
  const outcome = (name: string) => telemetry.counter('k2_sequence_records_total', { ...labels, outcome: name })
  return {
    outcomes: OUTCOMES.map(outcome),
    refused: outcome('refused'),
    gaps: telemetry.counter('k2_sequence_gaps_detected_total', labels),
    seconds: telemetry.counter('k2_sequence_judge_seconds_total', labels),
  }
}

/** What is in memory, at each scrape. */
export function watchStreams(telemetry: Telemetry, judge: Judge, stored: () => number): void {
  const labels = { component: COMPONENT }
  const streams = telemetry.gauge('k2_sequence_memory_streams', labels)
  const ranges = telemetry.gauge('k2_sequence_open_ranges', labels)
  const positions = telemetry.gauge('k2_sequence_stored_positions', labels)
  const evictions = telemetry.counter('k2_sequence_evictions_total', labels)
  let told = 0
  telemetry.onScrape(() => {
    streams.set(judge.streams.size)
    ranges.set(judge.streams.ranges)
    positions.set(stored())
    evictions.add(judge.streams.evictions - told)
    told = judge.streams.evictions
  })
}

/** 1 where it is there, and has what the log has. */
export function watchShared(telemetry: Telemetry, trouble: () => string | undefined): void {
  const well = telemetry.gauge('k2_sequence_shared_store_status', { component: COMPONENT })
  telemetry.onScrape(() => well.set(trouble() === undefined ? 1 : 0))
}
