/**
 * Where streams stand, in the store that a fleet shares. It does what the log cannot: a position is taken only where it is
 * ahead of the one that is there, so a member that acts for a partition which has gone to another hears of it before its
 * positions are in the log. And any program reads a stream by one key.
 *
 *   flush    events ─► compared and set here, in one pipeline ─► positions into the log
 *   mend     away, or with nothing in it: filled from the local store, which has what the log has; nobody waits for it
 *
 * The log counts where the two differ. While the store is away nothing is compared, and the log's own rules hold (ledger.ts).
 */
import { codeOf } from '@k2/contracts/codes.ts'
import { type Placed, type Position, streamKey } from '@k2/contracts/records/sequence.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import type { SharedStore } from '@k2/shared-store/store.ts'
import type { View } from './adapters/view.ts'
import { positionMessage } from './messages.ts'

const PAGE = 1_000
const MEND_PAUSE_MS = 5_000
/** It is there as long as others are: a store without it has lost everything, or never had anything. */
const MARK = { key: 'sequence', offset: 0n, value: 'its positions are here' }

export const sharedKey = (stream: string): string => `sequence/${stream}`

export interface SharedPorts {
  readonly store: SharedStore
  readonly view: Pick<View, 'positions'>
  readonly clock: Clock
  readonly logger: Logger
}

/** Nothing is written, and the next round begins where the log says. */
export class Overtaken extends Error {
  readonly streams: number

  constructor(streams: number) {
    super(`${streams} streams are further`)
    this.streams = streams
  }
}

export class SharedPositions {
  private readonly ports: SharedPorts
  private readonly ending = new AbortController()
  private away: string | undefined
  private mending: Promise<void> | undefined
  /** Streams that it may still have, though they are no more. */
  private gone = new Set<string>()

  constructor(ports: SharedPorts) {
    this.ports = ports
  }

  /** What it does not do now; undefined where all is well. */
  trouble(): string | undefined {
    return this.away ?? (this.mending && 'positions are being written to the shared store.')
  }

  /**
   * Puts them there. Of a partition that is ours nobody else can be further, unless it is ours no more. Or the store knows what
   * the log does not, of a flush that died: so it forgets, and whoever was further says so again.
   */
  async compare(positions: readonly Position[], assignment: readonly Placed[]): Promise<void> {
    const ours = new Set(assignment.map(({ topic, partition }) => `${topic}/${partition}`))
    const further = await this.advance(positions)
    const overtaken = further.filter(({ topic, partition }) => ours.has(`${topic}/${partition}`))
    if (overtaken.length === 0) return
    await this.drop(overtaken.map(streamKey))
    throw new Overtaken(overtaken.length)
  }

  /** Answers those that somebody else has brought further. */
  private async advance(positions: readonly Position[]): Promise<Position[]> {
    if (this.away !== undefined) return []
    try {
      const [mark, ...stand] = await this.ports.store.advance([MARK, ...positions.map(entryOf)])
      if (mark === undefined) this.mend()
      return positions.filter(({ offset }, i) => (stand[i]?.offset ?? -1n) > offset)
    } catch (error) {
      this.lost(error)
      return []
    }
  }

  /** They are as if they had never been, once the store is there. */
  async drop(streams: readonly string[]): Promise<void> {
    for (const stream of streams) this.gone.add(stream)
    if (this.away !== undefined) return
    try {
      await this.strike()
    } catch (error) {
      this.lost(error)
    }
  }

  async close(): Promise<void> {
    this.ending.abort()
    await this.ports.store.close()
    await this.mending
  }

  private lost(error: unknown): void {
    if (codeOf(error) !== 'STORE_UNAVAILABLE') throw error
    const { message } = error as Error
    if (this.away === undefined) this.ports.logger.warn(`positions are in the log alone: ${message}`)
    this.away = message
    this.mend()
  }

  private mend(): void {
    this.mending ??= this.mended().finally(() => {
      this.mending = undefined
    })
  }

  private async mended(): Promise<void> {
    const { clock, logger } = this.ports
    const { signal } = this.ending
    while (!signal.aborted) {
      try {
        await this.strike()
        await this.ports.store.advance([MARK])
        this.away = undefined
        const streams = await this.fill()
        logger.info({ streams }, 'the shared store has the positions that the log has')
        return
      } catch (error) {
        if (codeOf(error) !== 'STORE_UNAVAILABLE') throw error
        this.away = (error as Error).message
        await clock.sleep(MEND_PAUSE_MS, signal).catch(() => {})
      }
    }
  }

  private async strike(): Promise<void> {
    const gone = [...this.gone]
    if (gone.length === 0) return
    await this.ports.store.drop(gone.map(sharedKey))
    for (const stream of gone) this.gone.delete(stream)
  }

  private async fill(): Promise<number> {
    const { store, view } = this.ports
    let after = ''
    for (let streams = 0; ; ) {
      const page = view.positions({ symbols: [], after, limit: PAGE })
      await store.advance(page.map(({ value }) => entryOf(value)))
      streams += page.length
      if (page.length < PAGE) return streams
      after = page.at(-1)!.key
    }
  }
}

function entryOf(position: Position) {
  const key = sharedKey(streamKey(position))
  return { key, offset: position.offset, value: JSON.stringify(positionMessage(position)) }
}
