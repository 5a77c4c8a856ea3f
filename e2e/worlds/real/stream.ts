/**
 * A known stream: numbered trades and quotes of many symbols, appended by our own producer at a steady pace. Each number is
 * the end of its record's message_id, so that whoever reads the log or the table sees which are there.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { incompatibility, SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { MARKET_TOPICS, TOPICS } from '@k2/contracts/topics.ts'
import { bucketOf } from '@k2/lake/iceberg/bucket.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import { type KafkaLog, openKafkaLog } from '@k2/log/kafka/kafka.ts'
import { openRegistry } from '@k2/log/registry/registry.ts'
import { kafkaOptions } from './kafka.ts'
import { recordOf } from './records.ts'

export const STREAMED = [
  { kind: 'trades', topic: 'market.equities.trades.asx', table: 'trades_v2' },
  { kind: 'quotes', topic: 'market.equities.quotes.asx', table: 'quotes_v2' },
] as const
export type Streamed = (typeof STREAMED)[number]['kind']

const DAY = '2026-02-27'
/** Many partitions and few buckets: a commit is a few files. */
const BUCKETS = 3
const SYMBOLS = Array.from({ length: 400 }, (_, i) => `S${i}`).filter((symbol) => bucketOf(symbol) < BUCKETS)
const REGISTRY_MS = 20_000
const APPENDS_MAX = 400
const EVERY_MS = 20

export class Stream {
  readonly #log: KafkaLog
  readonly #schemaIds: Readonly<Record<Streamed, number>>
  readonly #appends = new Set<Promise<unknown>>()
  /** So many of each kind were given to the producer. */
  readonly sent: Record<Streamed, number> = { trades: 0, quotes: 0 }

  private constructor(log: KafkaLog, schemaIds: Readonly<Record<Streamed, number>>) {
    this.#log = log
    this.#schemaIds = schemaIds
  }

  /** Waits for as long as a broker may be away. */
  static async open(address: string, registryUrl: string): Promise<Stream> {
    const options = kafkaOptions(address)
    const log = openKafkaLog({ ...options, producer: { ...options.producer, deadlineMs: 300_000 } })
    await log.createTopics(TOPICS)
    const registry = openRegistry({ url: registryUrl, deadlineMs: REGISTRY_MS, incompatibility })
    const register = (kind: Streamed) =>
      registry.register(`${STREAMED.find((one) => one.kind === kind)!.topic}-value`, SCHEMAS[kind])
    return new Stream(log, { trades: await register('trades'), quotes: await register('quotes') })
  }

  /** Records of a kind; `padBytes` makes each so much larger. */
  send(kind: Streamed, count: number, padBytes = 0): Promise<unknown> {
    const { topic } = STREAMED.find((one) => one.kind === kind)!
    const records = Array.from({ length: count }, () => {
      const number = this.sent[kind]++
      const symbol = SYMBOLS[(Math.imul(number, 2_654_435_761) >>> 8) % SYMBOLS.length]!
      const { record } = recordOf(kind, symbol, DAY, number)
      const padded = padBytes === 0 ? record : { ...record, vendorData: { pad: padding(number, padBytes) } }
      const value = encodeRecord(kind, padded as never, FRAME_BYTES)
      writeFrame(value, 0, this.#schemaIds[kind])
      return { key: symbol, value }
    })
    const append = this.#log.append(topic, records)
    this.#appends.add(append)
    append.then(
      () => this.#appends.delete(append),
      () => {}, // settled() says so
    )
    return append
  }

  /** So many of both kinds a second, a quote to four trades, until the signal; as long as the log is away it waits. */
  async run(perSecond: number, signal: AbortSignal): Promise<void> {
    let owed = 0
    for (let round = 0; !signal.aborted; round++) {
      owed += (perSecond * EVERY_MS) / 1_000
      const count = Math.floor(owed)
      owed -= count
      if (count > 0) this.send(round % 5 === 0 ? 'quotes' : 'trades', count).catch(() => {})
      await sleep(EVERY_MS, undefined, { signal }).catch(() => {})
      while (this.#appends.size >= APPENDS_MAX && !signal.aborted) await sleep(EVERY_MS)
    }
  }

  /** All that was sent is in the log; throws where an append failed. */
  async settled(): Promise<void> {
    await Promise.all(this.#appends)
  }

  /** Next offset of each partition. */
  async ends(topic: string): Promise<ReadonlyMap<number, number>> {
    return new Map((await this.#log.ranges([topic])).map(({ partition, to }) => [partition, Number(to)]))
  }

  /** Joins the groups of those who land it, takes what it is dealt, and leaves. */
  async intrude(forMs: number): Promise<void> {
    const signal = AbortSignal.timeout(forMs)
    await Promise.all(
      STREAMED.map(async ({ table }) => {
        const topics = MARKET_TOPICS.filter((topic) => topic.table.name === table).map(({ name }) => name)
        for await (const _ of this.#log.subscribe(`k2.iceberg-sink.${table}`, topics, { signal }));
      }),
    )
  }

  close(): Promise<void> {
    return this.#log.close()
  }
}

/** Bytes that compress badly. */
function padding(number: number, bytes: number): string {
  let text = ''
  for (let state = number + 1; text.length < bytes; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    text += state.toString(36)
  }
  return text.slice(0, bytes)
}
