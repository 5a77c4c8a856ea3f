/**
 * What memory has no room for, in the store that processes share. It holds the ids of records that are decided on, and a
 * position for each partition that says from where to where: what was lost, or written by nobody, is read from the log
 * again before the store is believed to lack an id. Filters in front of it spare asking for ids that it surely lacks.
 *
 *   landed    ids ─► store, then position
 *   asked     ids ─► filter ─► store ─► places in the log, to be confirmed there as memory's are
 *
 *   errors  none: a store that does not answer is told of, left alone for AWAY_MS, and memory judges alone until it does
 */

import { codeOf } from '@k2/contracts/codes.ts'
import type { TopicPartition } from '@k2/lake/table.ts'
import { ID_BYTES, type Position, type SharedStore } from '@k2/shared-store/store.ts'
import type { SeenBatch } from './confirm.ts'
import { Filter } from './filter.ts'
import { type Ids, WORDS } from './ids.ts'
import { idsOf, type Place, type ReadingPorts, read } from './reading.ts'
import type { Candidate, Followed, Sightings } from './sightings.ts'
import { Spans } from './spans.ts'
import type { Window } from './window.ts'

export interface OlderPorts extends ReadingPorts {
  readonly store: SharedStore
  readonly nowMs: () => number
  readonly told: (event: OlderEvent) => void
}

export type OlderEvent =
  | { readonly kind: 'store away'; readonly partition: TopicPartition; readonly reason: string }
  /** The store lacked what it should have, and has it from the log now. */
  | { readonly kind: 'refilled'; readonly partition: TopicPartition; readonly records: number }

/** Records with an id, in the order of their offsets. */
export interface Noted {
  readonly offsets: readonly bigint[]
  readonly timesMs: readonly number[]
  readonly words: Uint32Array
}

/** As a load was judged: where it begins, and the first offset that was remembered there. */
export interface Landed extends Noted {
  readonly from: bigint
  readonly floor: bigint
}

const SLICES_PER_WINDOW = 4
/** Each of its budgets is seconds, and loads of many partitions must not wait for one after the other. */
const AWAY_MS = 60_000
const NO_IDS = { ids: new Uint8Array(), offsets: [] }

/** Others keep theirs in the same store. */
const scopeOf = (partition: TopicPartition): string => `dedup/${partition}`

interface Coverage {
  from: bigint
  to: bigint
  /** With the last offset that each has an id of: one that lies below the floor is of no use. */
  readonly slices: Map<number, bigint>
  /** Of the partition, when it was written: what is no hole any more is not in the store. */
  holes: Spans
  readonly filter: Filter
  /** The filter has all from there on. */
  filterFrom: bigint
}

export class Older {
  private readonly ports: OlderPorts
  private readonly sliceMs: number
  private readonly known = new Map<TopicPartition, Coverage>()
  private writing: Promise<void> = Promise.resolve()
  private awayUntilMs = Number.NEGATIVE_INFINITY

  constructor(ports: OlderPorts, windowMs: number) {
    this.ports = ports
    this.sliceMs = Math.ceil(windowMs / SLICES_PER_WINDOW)
  }

  /** Records of the partition are in the table up to `to`, but for its holes. */
  landed(partition: TopicPartition, noted: Landed, to: bigint, holes: Spans): void {
    this.writing = this.writing.then(() =>
      this.guarded(partition, async () => {
        const coverage = this.known.get(partition) ?? (await this.coverageOf(partition))
        // What lies between is read once somebody asks.
        if (coverage === undefined || coverage.to !== noted.from) return
        await this.write(partition, coverage, noted.floor, to, noted, holes)
      }),
    )
  }

  /** Where the ids of those records were seen in [floor, below); by the number of the record. */
  async ask(
    partition: TopicPartition,
    place: Place,
    [floor, below]: readonly [bigint, bigint],
    noted: Noted,
    holes: Spans,
  ): Promise<ReadonlyMap<number, readonly bigint[]>> {
    const found = new Map<number, readonly bigint[]>()
    await this.writing
    await this.guarded(partition, async () => {
      const coverage = await this.covering(partition, place, floor, below, holes)
      const isFiltered = coverage.filterFrom <= floor
      const asked = noted.offsets
        .map((_, i) => i)
        .filter((i) => !isFiltered || coverage.filter.mayHave(noted.words, i * WORDS))
      const ids = new Uint8Array(asked.length * ID_BYTES)
      for (const [n, i] of asked.entries()) ids.set(idAt(noted.words, i), n * ID_BYTES)
      const answers = await this.ports.store.seen(scopeOf(partition), [...coverage.slices.keys()], ids)
      for (const [n, offsets] of answers.entries()) if (offsets.length > 0) found.set(asked[n]!, offsets)
    })
    return found
  }

  get filterBytes(): number {
    return [...this.known.values()].reduce((sum, { filter }) => sum + filter.bytes, 0)
  }

  private async covering(
    partition: TopicPartition,
    place: Place,
    floor: bigint,
    below: bigint,
    holes: Spans,
  ): Promise<Coverage> {
    // Asked each time: a store that was lost while nobody looked has no position.
    const stands = await this.coverageOf(partition)
    const isWhole =
      stands !== undefined &&
      stands.from <= floor &&
      stands.to >= below &&
      !stands.holes.hasBeyond(holes, floor, stands.to)
    return isWhole ? stands : this.refill(partition, place, floor, below, holes)
  }

  private async coverageOf(partition: TopicPartition): Promise<Coverage | undefined> {
    const [position] = await this.ports.store.positions([scopeOf(partition)])
    if (position === undefined) {
      this.known.delete(partition)
      return undefined
    }
    const known = this.known.get(partition)
    if (known?.to === position.offset) return known
    const stands = coverageFrom(position)
    if (stands === undefined) this.known.delete(partition)
    else this.known.set(partition, stands)
    return stands
  }

  private async refill(
    partition: TopicPartition,
    place: Place,
    floor: bigint,
    below: bigint,
    holes: Spans,
  ): Promise<Coverage> {
    await this.ports.store.drop([scopeOf(partition)])
    const begun = { from: floor, to: floor, filterFrom: floor }
    const coverage: Coverage = { ...begun, slices: new Map(), holes, filter: new Filter() }
    this.known.set(partition, coverage)
    let records = 0
    for await (const batch of read(this.ports, { ...place, from: floor, to: below })) {
      const noted = notedOf(batch, await idsOf(this.ports, batch), (offset) => !holes.has(offset))
      await this.write(partition, coverage, floor, batch.to, noted, holes)
      records += noted.offsets.length
    }
    this.ports.told({ kind: 'refilled', partition, records })
    return coverage
  }

  private async write(
    partition: TopicPartition,
    coverage: Coverage,
    floor: bigint,
    to: bigint,
    noted: Noted,
    holes: Spans,
  ): Promise<void> {
    const { store } = this.ports
    const alive = () => [...coverage.slices.keys()]
    const bySlice = Map.groupBy(noted.offsets.keys(), (i) => Math.floor(noted.timesMs[i]! / this.sliceMs))
    for (const [slice, of] of bySlice) coverage.slices.set(slice, noted.offsets[of.at(-1)!]!)
    const gone = [...coverage.slices].flatMap(([slice, last]) => (last < floor ? [slice] : []))
    for (const [slice, of] of bySlice) {
      const ids = new Uint8Array(of.length * ID_BYTES)
      for (const [n, i] of of.entries()) {
        ids.set(idAt(noted.words, i), n * ID_BYTES)
        coverage.filter.add(slice, noted.words, i * WORDS)
      }
      const offsets = of.map((i) => noted.offsets[i]!)
      await store.remember(scopeOf(partition), slice, { ids, offsets }, alive())
    }
    for (const slice of gone) coverage.slices.delete(slice)
    if (gone.length > 0) {
      coverage.filter.forget(gone)
      await store.forget(scopeOf(partition), gone)
    }
    const [any] = coverage.slices.keys()
    // Its position lasts anew, and so must the ids that it tells of, also where it brings none.
    if (bySlice.size === 0 && any !== undefined) await store.remember(scopeOf(partition), any, NO_IDS, alive())
    const slices = [...coverage.slices].map(([slice, last]) => [slice, String(last)])
    const value = JSON.stringify({ from: String(coverage.from), slices, holes: holes.texts() })
    await store.advance([{ key: scopeOf(partition), offset: to, value }])
    coverage.to = to
    coverage.holes = holes
  }

  private async guarded(partition: TopicPartition, work: () => Promise<void>): Promise<void> {
    if (this.ports.nowMs() < this.awayUntilMs) return
    try {
      await work()
    } catch (error) {
      if (codeOf(error) !== 'STORE_UNAVAILABLE') throw error
      this.known.delete(partition)
      this.awayUntilMs = this.ports.nowMs() + AWAY_MS
      this.ports.told({ kind: 'store away', partition, reason: (error as Error).message })
    }
  }
}

/** undefined: it is not as we write it, and says nothing. */
function coverageFrom({ offset, value }: Position): Coverage | undefined {
  try {
    const { from, slices, holes } = JSON.parse(value) as { from: string; slices: [number, string][]; holes: string[] }
    return {
      from: BigInt(from),
      to: offset,
      slices: new Map(slices.map(([slice, last]) => [slice, BigInt(last)])),
      holes: Spans.parse(holes),
      filter: new Filter(),
      filterFrom: offset,
    }
  } catch {
    return undefined
  }
}

const idAt = (words: Uint32Array, i: number): Uint8Array =>
  new Uint8Array(words.slice(i * WORDS, (i + 1) * WORDS).buffer)

/** Those records of a batch that have an id, as far as they are wanted. */
export function notedOf(
  batch: Pick<Followed, 'from' | 'offsetDeltas' | 'timesMs'>,
  { words, has }: Ids,
  isWanted: (offset: bigint) => boolean = () => true,
): Noted {
  const offsets: bigint[] = []
  const timesMs: number[] = []
  const kept: number[] = []
  for (let i = 0; i < batch.offsetDeltas.length; i++) {
    const offset = batch.from + BigInt(batch.offsetDeltas[i]!)
    if (has[i] === 0 || !isWanted(offset)) continue
    offsets.push(offset)
    timesMs.push(batch.timesMs[i]!)
    kept.push(i)
  }
  const own = new Uint32Array(kept.length * WORDS)
  for (const [n, i] of kept.entries()) own.set(words.subarray(i * WORDS, (i + 1) * WORDS), n * WORDS)
  return { offsets, timesMs, words: own }
}

export function joined(parts: readonly Noted[]): Noted {
  const words = new Uint32Array(parts.reduce((sum, part) => sum + part.words.length, 0))
  let at = 0
  for (const part of parts) {
    words.set(part.words, at)
    at += part.words.length
  }
  return { offsets: parts.flatMap(({ offsets }) => offsets), timesMs: parts.flatMap(({ timesMs }) => timesMs), words }
}

/** What the store has, as far as it is remembered at each record; `window`: as it stood before the first batch. */
export function rememberedOf(
  older: ReadonlyMap<number, readonly bigint[]>,
  noted: Noted,
  batches: readonly SeenBatch[],
  sightings: Sightings,
  window: Window,
): Candidate[] {
  const earlierOf = new Map([...older].map(([i, offsets]) => [noted.offsets[i]!, offsets]))
  const candidates: Candidate[] = []
  for (const { from, all } of batches) {
    for (let i = 0; i < all.offsetDeltas.length; i++) {
      const offset = from + BigInt(all.offsetDeltas[i]!)
      window.see(sightings.relativeOf(offset), all.timesMs[i]!)
      const floor = sightings.offsetOf(window.floor)
      for (const earlier of earlierOf.get(offset) ?? [])
        if (earlier >= floor && earlier < batches[0]!.from) candidates.push({ offset, earlier })
    }
  }
  return candidates
}
