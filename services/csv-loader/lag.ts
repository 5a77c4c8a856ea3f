/** How far the lake is behind the log: what a loader goes by that has no sink beside it. */
import { MARKET_TOPICS } from '@k2/contracts/topics.ts'
import { type Table, topicPartition } from '@k2/lake/table.ts'
import type { Log } from '@k2/log/log.ts'

/** Records of that table's topics that no commit has decided on. */
export async function lagRecords(log: Log, table: Table): Promise<bigint> {
  const topics = MARKET_TOPICS.filter((topic) => topic.table.name === table.spec.name).map(({ name }) => name)
  const [{ progress }, ranges] = await Promise.all([table.head(), log.ranges(topics)])
  return ranges.reduce((lag, { topic, partition, from, to }) => {
    const landed = progress.offsets.get(topicPartition(topic, partition)) ?? from
    return lag + (landed < to ? to - landed : 0n)
  }, 0n)
}
