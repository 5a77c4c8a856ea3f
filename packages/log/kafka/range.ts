/** One range of one partition, in no group: the next request is on its way while what came is worked on. */

import { trimBatch } from '../batches.ts'
import type { LogBatch, OffsetRange } from '../log.ts'
import type { PartitionName } from '../recordbatch.ts'
import { type Client, partitionMissing } from './client.ts'
import { Refused } from './errors.ts'
import { FetchedBatches } from './fetched.ts'
import { typeOf } from './kafkajs.ts'
import { outOfRange, rangeOf } from './offsets.ts'
import type { ReadLimits } from './reader.ts'
import { fetch } from './wire.ts'

const WAIT_MS = 500
const OUT_OF_RANGE = 1

export async function* readRange(
  client: Client,
  range: OffsetRange,
  limits: ReadLimits,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogBatch> {
  const { topic, partition, from, to } = range
  const { length: found } = await client.leaders(topic)
  if (!(partition >= 0 && partition < found)) throw partitionMissing(topic, partition, found)
  const whole = await rangeOf(client, range)
  for (const offset of [from, to]) if (offset < whole.from || offset > whole.to) throw outOfRange(whole, offset)
  if (from > to) throw outOfRange(whole, from)
  let asked = from < to ? ahead(fetched(client, range, from, limits, signal)) : undefined
  for (let at = from; at < to; ) {
    signal?.throwIfAborted()
    const batches = await asked!
    for (let batch = batches.next(at); batch !== undefined && at < to; batch = batches.next(at)) {
      const cut = batch.to > to ? trimBatch(batch, at, to) : batch
      at = cut.to
      if (at < to && !batches.hasMore) asked = ahead(fetched(client, range, at, limits, signal))
      yield cut
      signal?.throwIfAborted()
    }
  }
  signal?.throwIfAborted()
}

/** Nobody may be there to hear that it failed. */
function ahead<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}

/** What a broker sends from there on: a record batch at least. */
async function fetched(
  client: Client,
  name: PartitionName,
  offset: bigint,
  { partitionBytesMax }: ReadLimits,
  signal: AbortSignal | undefined,
): Promise<FetchedBatches> {
  const { topic, partition } = name
  return client.trying({ doing: `read ${topic}/${partition}`, ...(signal && { signal }) }, async () => {
    const broker = await client.broker(await client.leader(topic, partition))
    const limits = { waitMs: WAIT_MS, bytesMax: partitionBytesMax, partitionBytesMax }
    const { errorCode, parts } = await fetch(broker, [{ topic, partition, offset }], limits, client.options.requestMs)
    const part = parts[0]
    const fault = errorCode || part?.errorCode
    if (fault === OUT_OF_RANGE) throw outOfRange(await rangeOf(client, name), offset)
    if (fault || part === undefined) throw new Refused(typeOf(fault || -1))
    const batches = new FetchedBatches(part)
    // An end that this replica has not heard of yet.
    if (!batches.hasMore) throw new Refused('OFFSET_NOT_AVAILABLE')
    return batches
  })
}
