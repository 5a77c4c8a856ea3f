/** What passes through a service's log, as metrics: the observer that log/measured.ts asks for. */
import type { Code } from '@k2/contracts/codes.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import type { Telemetry } from './telemetry.ts'

export function logMetrics(telemetry: Telemetry, component: string) {
  const labelsOf = (topic: string) => {
    const market = marketTopic(topic)
    const other = topic === 'all' ? 'all' : 'none'
    return { component, exchange: market?.exchange ?? other, asset_class: market?.assetClass ?? other, topic }
  }
  const appendsFailed = (topic: string, code: Code) =>
    telemetry.counter('k2_kafka_produce_errors_total', { ...labelsOf(topic), code })
  const readsFailed = (topic: string, code: Code) =>
    telemetry.counter('k2_kafka_consume_errors_total', { ...labelsOf(topic), code })
  const produced = remembered((topic) => {
    const labels = labelsOf(topic)
    // From the start, so that a rate sees the first; so below.
    appendsFailed(topic, 'LOG_UNAVAILABLE')
    return {
      records: telemetry.counter('k2_kafka_produced_records_total', labels),
      bytes: telemetry.counter('k2_kafka_produced_bytes_total', labels),
      seconds: telemetry.histogram('k2_kafka_produce_duration_seconds', labels),
    }
  })
  const consumed = remembered((topic) => {
    const labels = labelsOf(topic)
    readsFailed(topic, 'LOG_UNAVAILABLE')
    return {
      records: telemetry.counter('k2_kafka_consumed_records_total', labels),
      bytes: telemetry.counter('k2_kafka_consumed_bytes_total', labels),
    }
  })
  return {
    appended(topic: string, records: number, bytes: number, seconds: number): void {
      const series = produced(topic)
      series.records.add(records)
      series.bytes.add(bytes)
      series.seconds.observe(seconds)
    },
    appendFailed(topic: string, code: Code): void {
      appendsFailed(topic, code).add()
    },
    read(topic: string, records: number, bytes: number): void {
      const series = consumed(topic)
      series.records.add(records)
      series.bytes.add(bytes)
    },
    readFailed(topic: string, code: Code): void {
      readsFailed(topic, code).add()
    },
  }
}

/** Makes a topic's handles when it is first seen, and once. */
function remembered<T>(make: (topic: string) => T): (topic: string) => T {
  const made = new Map<string, T>()
  return (topic) => {
    const known = made.get(topic) ?? make(topic)
    made.set(topic, known)
    return known
  }
}
