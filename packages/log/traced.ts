/**
 * Traces through the log: what is appended within a span has its context in the header of each key's first record, for
 * whoever reads the partition that it lies in. Where no span is kept nothing is added.
 */
import { isTracing, TRACEPARENT, traced, traceparent } from '@k2/service/tracing.ts'
import type { Log, LogBatch, NewRecord, OffsetRange } from './log.ts'

/** Keys of an append that get a header each: a batch has few, and one that has many needs no more. */
const KEYS_MAX = 100
/** A larger one stays as it is: with a header it might be more than a log takes. */
const VALUE_BYTES_MAX = 2 ** 16

export function tracedAppend(log: Log, topic: string, records: readonly NewRecord[]): Promise<OffsetRange[]> {
  if (traceparent() === undefined) return log.append(topic, records)
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'messaging.batch.message_count': records.length,
  }
  return traced('log.append', () => log.append(topic, marked(records, traceparent())), { attributes })
}

function marked(records: readonly NewRecord[], parent: string | undefined): readonly NewRecord[] {
  if (parent === undefined) return records
  const seen = new Set<unknown>()
  return records.map((record) => {
    const isLarge = (record.value?.length ?? 0) > VALUE_BYTES_MAX
    if (seen.size >= KEYS_MAX || isLarge || seen.has(record.key)) return record
    seen.add(record.key)
    return { ...record, headers: { ...record.headers, [TRACEPARENT]: parent } }
  })
}

/** Contexts that a batch carries, each once, with the offset of the first record that has it. */
export function traceparentsOf({ headers, from, offsetDeltas }: LogBatch): { parent: string; offset: bigint }[] {
  if (headers === undefined || !isTracing()) return []
  const offsets = new Map<string, bigint>()
  for (const [i, one] of headers.entries()) {
    const parent = one?.[TRACEPARENT]
    if (parent !== undefined && !offsets.has(parent)) offsets.set(parent, from + BigInt(offsetDeltas[i]!))
  }
  return [...offsets].map(([parent, offset]) => ({ parent, offset }))
}
