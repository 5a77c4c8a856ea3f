/**
 * More than a sink can land: trades of 200 symbols on a live feed's topic at a steady rate, some of them sent twice, of which
 * those of tier 1 are a twenty-fifth and those of tier 2 a fifth.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { numberedTrade } from '@k2/contracts/records/trade.fixture.ts'
import { bucketOf } from '@k2/lake/iceberg/bucket.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import type { KafkaLog } from '@k2/log/kafka/kafka.ts'
import type { NewRecord, SchemaRegistry } from '@k2/log/log.ts'

/** Its repeats are judged, by default. */
export const TOPIC = 'market.crypto.trades.binance'
/** A commit is a few files. */
const BUCKETS = 3
const SYMBOLS = Array.from({ length: 2_000 }, (_, i) => `S${String(i).padStart(4, '0')}`)
  .filter((symbol) => bucketOf(symbol) < BUCKETS)
  .slice(0, 200)
export const CRITICAL = SYMBOLS.slice(0, 8)
export const HIGH = SYMBOLS.slice(8, 48)
export const NORMAL = SYMBOLS.slice(48)
export const RULES = { tiers: { BINANCE: { critical: CRITICAL, high: HIGH } } }

const REPEAT_SHARE = 0.01
/** Of the last so many records one is sent again. */
const RECENT = 5_000
const EVERY_MS = 50
const APPENDS_MAX = 100

export class Overload {
  private readonly log: KafkaLog
  private readonly schemaId: number
  private readonly random: () => number
  private readonly recent: NewRecord[] = []
  private readonly numbers = new Map<string, number>()
  sent = 0
  repeated = 0

  private constructor(log: KafkaLog, schemaId: number, random: () => number) {
    this.log = log
    this.schemaId = schemaId
    this.random = random
  }

  static async open(log: KafkaLog, registry: SchemaRegistry, random: () => number): Promise<Overload> {
    return new Overload(log, await registry.register(`${TOPIC}-value`, SCHEMAS.trades), random)
  }

  /** Resolves when all of it is in the log: as many as the rate says, however slow the machine is. */
  async run(perSecond: number, seconds: number): Promise<void> {
    const startMs = performance.now()
    const appends = new Set<Promise<unknown>>()
    const total = perSecond * seconds
    for (let given = 0; given < total; ) {
      const due = Math.min(total, Math.ceil(((performance.now() - startMs) / 1_000) * perSecond))
      if (due > given && appends.size < APPENDS_MAX) {
        const append = this.log.append(
          TOPIC,
          Array.from({ length: due - given }, () => this.next()),
        )
        given = due
        appends.add(append)
        append.then(
          () => appends.delete(append),
          () => {}, // heard below
        )
      }
      await sleep(EVERY_MS)
    }
    await Promise.all(appends)
  }

  private next(): NewRecord {
    this.sent++
    const { recent, random } = this
    if (recent.length === RECENT && random() < REPEAT_SHARE) {
      this.repeated++
      return recent[Math.floor(random() * RECENT)]!
    }
    const symbol = SYMBOLS[Math.floor(random() * SYMBOLS.length)]!
    const number = (this.numbers.get(symbol) ?? 0) + 1
    this.numbers.set(symbol, number)
    const trade = {
      ...numberedTrade(symbol, number),
      exchange: 'BINANCE',
      assetClass: 'crypto',
      currency: 'USDT',
    } as const
    const value = encodeRecord('trades', trade, FRAME_BYTES)
    writeFrame(value, 0, this.schemaId)
    const record = { key: symbol, value }
    if (recent.length < RECENT) recent.push(record)
    else recent[this.sent % RECENT] = record
    return record
  }
}
