/**
 * A drill: a platform of its own is driven into each level and back, until the lake has every record once.
 *
 *   market ─► log ─► sink ─► lake         lag ─► controller ─► level ─► sink: what is deferred; then filled in
 *     up to each level, held there ─► nothing more is sent ─► down, one at a time ─► filled in ─► checked
 *
 * Thresholds are scaled to it; all else is as it always is. Nothing of the environment is read: it works in a folder that goes
 * with it.
 *
 *   errors  DEADLINE_EXCEEDED where a level is not reached, or not left; the signal's reason
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import { LEVEL_MAX, type Level, levelName } from '@k2/contracts/degradation.ts'
import type { Head } from '@k2/lake/table.ts'
import { realClock } from '@k2/service/clock.ts'
import { createLogger } from '@k2/service/logger.ts'
import { runServices } from '@k2/service/run.ts'
import { readSettings } from '@k2/service/settings.ts'
import { type Embedded, embedded } from '../compose.ts'
import { embeddedSettings } from '../settings.ts'
import { type Counts, countsOf } from './counts.ts'
import type { DrillState } from './drawn.ts'
import { type Market, openMarket, TRADES } from './market.ts'
import { faultsOf, wayFaults } from './verdict.ts'

export interface DrillSettings {
  /** Lag at which SOFT begins. */
  readonly softRecords: number
  readonly cooldownMs: number
  /** For a level to be looked at. */
  readonly holdMs: number
}

export interface Drill {
  /** A few times a second. */
  shown(state: DrillState): void
  /** Whole lines that stay. */
  say(text: string): void
}

export interface Outcome {
  /** At the end, with the most that was deferred at any time. */
  readonly counts: readonly (Counts & { readonly deferredMost: number })[]
  readonly elapsedMs: number
  /** Sentences; none where all is well. */
  readonly faults: readonly string[]
}

/** Of SOFT's, those of all levels. */
const TIMES = [1, 2.5, 5, 10]
/** Memory of a small machine is no part of it. */
const HEAP = ['0.96', '0.97', '0.98', '0.99']
const LOOK_MS = 200
const LAGS_MAX = 120
/** Beyond a trigger, so that it is crossed, and below the next. */
const OVER = 1.2
const REACHED_MS_MAX = 60_000
const CLOSED_MS_MAX = 180_000

export async function drill(settings: DrillSettings, told: Drill, signal: AbortSignal): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-demo-'))
  const triggers = TIMES.map((times) => Math.round(times * settings.softRecords))
  const own = {
    ...{ data: folder, httpPort: 0, grpcPort: 0, lagTriggers: triggers.join(), heapTriggers: HEAP.join() },
    ...{ cooldownMs: settings.cooldownMs, commitAgeMs: Math.max(1_000, settings.holdMs), backfillShare: 1 },
  }
  const logger = createLogger({ service: 'k2', environment: 'demo', level: 'error', to: { write: told.say } })
  const ending = new AbortController()
  const stop = AbortSignal.any([signal, ending.signal])
  try {
    const world = await embedded(readSettings(embeddedSettings, own, {}), { logger, reached: () => {} })
    const running = runServices(world.services, { logger, signal: stop })
    running.catch(() => ending.abort())
    try {
      return await new Play(world, settings, triggers, told, stop).run()
    } catch (error) {
      // Whatever ended the services is why the play could not go on.
      if (ending.signal.aborted) await running
      throw signal.aborted ? signal.reason : error
    } finally {
      ending.abort()
      await running.catch(() => {})
      await world.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

class Play {
  readonly #world: Embedded
  readonly #settings: DrillSettings
  readonly #triggers: readonly number[]
  readonly #told: Drill
  readonly #signal: AbortSignal
  readonly #startMs = performance.now()
  readonly #seen = new Set<Level>([0])
  readonly #most = new Map<string, number>()
  #lags: number[] = []
  #stage = 'starting'
  #level: Level = 0

  constructor(world: Embedded, settings: DrillSettings, triggers: readonly number[], told: Drill, signal: AbortSignal) {
    this.#world = world
    this.#settings = settings
    this.#triggers = triggers
    this.#told = told
    this.#signal = signal
  }

  async run(): Promise<Outcome> {
    const { log, registry, degradation, query } = this.#world
    const market = await openMarket(log, registry, realClock.nowMicros)
    await this.#until('somebody leads', REACHED_MS_MAX, market, async () => degradation.leads())
    for (let level = 1; level <= LEVEL_MAX; level++) await this.#upTo(level as Level, market)
    this.#stage = 'nothing more is sent: down, and filling in'
    await this.#until('all of it is in the lake', CLOSED_MS_MAX, market, async (state) => {
      return state.level === 0 && state.counts.every(({ waiting, deferred }) => waiting + deferred === 0)
    })
    this.#stage = 'asking the lake for every record'
    const { counts } = await this.#look(market)
    const faults = await faultsOf(market, this.#world.tables, query.http.url(), this.#signal)
    const most = counts.map((one) => ({ ...one, deferredMost: this.#most.get(one.priority) ?? 0 }))
    const way = most.map(({ priority, deferredMost: deferred }) => ({ priority, deferred }))
    return {
      counts: most,
      faults: [...faults, ...wayFaults(this.#seen, way)],
      elapsedMs: performance.now() - this.#startMs,
    }
  }

  /** Sends as much as it takes, and goes on a little for the level to be seen. */
  async #upTo(level: Level, market: Market): Promise<void> {
    const wanted = this.#triggers[level - 1]! * OVER
    const stocks = market.stocks.filter(({ topic }) => topic === TRADES).length
    this.#stage = `up to ${levelName(level)}`
    await this.#until(`the level is ${levelName(level)}`, REACHED_MS_MAX, market, async (state) => {
      if (state.level >= level) return true
      if (state.lagRecords < wanted) await market.send(Math.ceil((wanted - state.lagRecords) / stocks))
      return false
    })
    this.#stage = `held at ${levelName(level)}`
    const endMs = performance.now() + this.#settings.holdMs
    const few = Math.ceil(this.#settings.softRecords / stocks / 20)
    await this.#until('it was held', REACHED_MS_MAX, market, async () => {
      await market.send(few)
      return performance.now() >= endMs
    })
  }

  async #until(
    what: string,
    msMax: number,
    market: Market,
    holds: (state: DrillState) => Promise<boolean>,
  ): Promise<void> {
    for (const endMs = performance.now() + msMax; performance.now() < endMs; ) {
      this.#signal.throwIfAborted()
      if (await holds(await this.#look(market))) return
      await realClock.sleep(LOOK_MS, this.#signal)
    }
    throw new K2Error('DEADLINE_EXCEEDED', `It was waited ${msMax / 1_000} s for this, in vain: ${what}.`)
  }

  async #look(market: Market): Promise<DrillState> {
    const { tables, sink, degradation } = this.#world
    const heads = new Map<string, Head>()
    for (const table of tables) heads.set(table.spec.name, await table.head())
    const progressOf = (stock: Market['stocks'][number]) => heads.get(stock.topic.table.name)!.progress
    const counts = countsOf(market.stocks, market.sent, progressOf)
    for (const { priority, deferred } of counts)
      this.#most.set(priority, Math.max(deferred, this.#most.get(priority) ?? 0))
    const lagRecords = Number(await sink.lagRecords(TRADES.table.name))
    this.#lags = [...this.#lags, lagRecords].slice(-LAGS_MAX)
    this.#heard(degradation.state()?.level ?? 0, degradation.state()?.cause ?? '')
    const state = {
      ...{ stage: this.#stage, elapsedMs: performance.now() - this.#startMs, level: this.#level, lagRecords },
      ...{ lags: this.#lags, triggers: this.#triggers, counts },
    }
    this.#told.shown(state)
    return state
  }

  #heard(level: Level, cause: string): void {
    this.#seen.add(level)
    if (level === this.#level) return
    this.#told.say(`${levelName(this.#level)} → ${levelName(level)}: ${cause}\n`)
    this.#level = level
  }
}
