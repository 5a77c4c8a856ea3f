/** What the benches of the sink read of a log of trades, in the portions that its commits have. */
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { type Schemas, schemaIds } from '@k2/contracts/records/decode.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import type { EmbeddedLog } from '@k2/log/embedded/embedded.ts'
import type { LogBatch } from '@k2/log/log.ts'

export const TOPIC = marketTopic('market.equities.trades.asx')!
/** The sink's own default. */
export const COMMIT_ROWS = 50_000

export async function* reading(log: EmbeddedLog): AsyncGenerator<LogBatch> {
  for (const range of await log.ranges([TOPIC.name])) yield* log.readRange(range)
}

/** As many as a commit takes. */
export async function take(batches: AsyncGenerator<LogBatch>, rowsMax = COMMIT_ROWS): Promise<LogBatch[]> {
  const taken: LogBatch[] = []
  for (let rows = 0; rows < rowsMax; ) {
    const { done, value } = await batches.next()
    if (done) break
    taken.push(value)
    rows += value.count
  }
  return taken
}

export async function schemasOf(log: EmbeddedLog): Promise<Schemas> {
  for await (const { values } of reading(log)) {
    const [id] = schemaIds(values)
    return new Map([[id!, { schema: await log.registry(incompatibility).schema(id!) }]])
  }
  return new Map()
}

export const seconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6
