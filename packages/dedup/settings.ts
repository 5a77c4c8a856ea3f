/** What is de-duplicated, and how far back. The same for every process that lands: a sink, and a replay of dead letters. */
import { defineSettings } from '@k2/service/settings.ts'
import { sharedStoreSettings } from '@k2/shared-store/settings.ts'

export const dedupSettings = {
  ...sharedStoreSettings,
  ...defineSettings({
    dedupTopics: {
      env: 'K2_DEDUP_TOPICS',
      kind: 'list',
      unit: 'topics',
      default: ['market.crypto.*'],
      matches: /^(none|[\w.*-]+)$/,
      doc: 'Where a record whose message_id has landed is passed over; * stands for any text, none for no topic. By default live feeds, which send again what a broken connection left in doubt; files are not, for their loader asks log and lake before it sends, and a bulk load would fill the memory.',
    },
    dedupWindowMs: {
      env: 'K2_DEDUP_WINDOW',
      kind: 'duration',
      unit: 'ms',
      default: 3_600_000,
      min: 60_000,
      max: 604_800_000,
      doc: 'How far back, by the times of the records. A start reads as much of the log, 200,000 records a second or so, before it judges; its retention is to be longer than this and the lag of the sink together.',
    },
    dedupMemoryBytesMax: {
      env: 'K2_DEDUP_MEMORY',
      kind: 'bytes',
      unit: 'bytes',
      default: 512 * 2 ** 20,
      min: 16 * 2 ** 20,
      max: 2 ** 40,
      doc: 'Of message ids, over all tables, each by its share; the last eight commits are held whatever they take. An id takes 11 bytes: 2GiB hold an hour of 50,000 records a second, for which the process takes about a quarter more.',
    },
  }),
}

/** Whether a topic is one of those patterns. */
export function topicsLike(patterns: readonly string[]): (topic: string) => boolean {
  const known = patterns
    .filter((pattern) => pattern !== 'none')
    .map((pattern) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`))
  return (topic) => known.some((one) => one.test(topic))
}
