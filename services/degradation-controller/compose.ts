/**
 * degradation-controller: reports in, one level for the platform out.
 *
 *   services ─► reports ─► worst ─► step ─► decide ─► log(k2.degradation.state) ─► every service's view
 *                                     people ─► override ─┘
 *
 * Of several replicas one leads: whose claim is the last on the topic. Its epoch is the offset of that claim, so everybody who
 * reads the topic sees the same leader, and what an older one still says is not heard. Every replica hears the reports; a
 * new leader goes on at the level that was said last.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { LEVEL_MAX, type Level, levelName } from '@k2/contracts/degradation.ts'
import { DEGRADATION_STATE } from '@k2/contracts/topics.ts'
import type { Log } from '@k2/log/log.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import type { Service } from '@k2/service/run.ts'
import type { Telemetry } from '@k2/service/telemetry.ts'
import { mayPass } from '@k2/service/wait.ts'
import {
  LEADER_KEY,
  type Override,
  STATE_KEY,
  type Standing,
  type State,
  toJson,
  transitionKey,
} from '@k2/shedding/state.ts'
import type { LevelView } from '@k2/shedding/view.ts'
import { type Decided, decide, inForce, isNews } from './core/decide.ts'
import { START, step, type Thresholds } from './core/level.ts'
import { type Report, Reports, type ReportTimes, type Worst } from './core/reports.ts'
import { type Low, lowOf, stuckAlert } from './core/stuck.ts'

export interface Ports {
  readonly log: Log
  readonly view: LevelView
  readonly clock: Clock
  readonly logger: Logger
  readonly telemetry: Telemetry
  /** A name that no other has. */
  readonly replica: string
}

export interface Settings extends ReportTimes {
  readonly thresholds: Thresholds
  readonly tickMs: number
  /** So often the leader says where things stand, though nothing has changed. */
  readonly heartbeatMs: number
  /** Silence after which another one claims to lead. */
  readonly leaseMs: number
  /** Lag that has not fallen for so long is told of. */
  readonly stuckMs: number
  /** Nobody else can lead: no silence is waited for. */
  readonly isAlone: boolean
}

export interface Wish {
  readonly level: number
  readonly seconds: number
  readonly reason: string
  readonly by: string
}

const OVERRIDE_SECONDS_MAX = 86_400
const COMPONENT = 'controller'

export class DegradationController implements Service {
  readonly name = 'degradation-controller'
  private readonly ports: Ports
  private readonly settings: Settings
  private readonly reports: Reports
  private claimed: bigint | undefined
  private standing: Standing | undefined
  /** undefined: what was said last holds. */
  private set: Override | null | undefined
  private trouble: string | undefined
  private low: Low | undefined
  private alerted: readonly string[] = []
  private turn: Promise<unknown> = Promise.resolve()

  constructor(ports: Ports, settings: Settings) {
    this.ports = ports
    this.settings = settings
    this.reports = new Reports(settings)
    watch(this, ports.telemetry)
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.ports
    while (!signal.aborted) {
      try {
        await this.inTurn(() => this.tick())
        this.trouble = undefined
      } catch (error) {
        if (!mayPass(error)) throw error
        if (this.trouble === undefined) logger.warn({ code: error.code }, `the level cannot be said: ${error.message}`)
        this.trouble = error.message
      }
      await clock.sleep(this.settings.tickMs, signal).catch(() => {})
    }
  }

  ready(): string | undefined {
    return this.trouble ?? (this.ports.view.heard().leader === undefined ? 'nobody leads yet' : undefined)
  }

  report(report: Report): void {
    if (this.reports.take(report, this.ports.clock.nowMs())) return
    const sentence = 'Too many services report: names of instances must stay the same over restarts.'
    throw new K2Error('OVERLOADED', sentence)
  }

  worst(): Worst {
    return this.reports.worst(this.ports.clock.nowMs())
  }

  /** As it was said last; undefined before anybody has said anything. */
  state(): State | undefined {
    return this.ports.view.heard().state
  }

  leads(): boolean {
    return this.claimed !== undefined && this.ports.view.heard().leader?.epoch === this.claimed
  }

  /** INVALID_ARGUMENT, or NOT_READY where another replica leads. */
  async override(wish: Wish): Promise<void> {
    checkWish(wish)
    const { view, clock } = this.ports
    await this.inTurn(async () => {
      if (!this.leads()) throw notHere(view.heard().leader?.replica)
      const { seconds, reason, by } = wish
      this.set =
        seconds === 0 ? null : { level: wish.level as Level, reason, by, untilMs: clock.nowMs() + seconds * 1_000 }
      await this.lead(this.claimed!)
    })
  }

  private async tick(): Promise<void> {
    if (this.leads()) return this.lead(this.claimed!)
    if (this.isVacant()) await this.claim()
  }

  private isVacant(): boolean {
    const { view, clock } = this.ports
    const lastMs = view.heardMs()
    if (this.settings.isAlone || view.heard().leader === undefined || lastMs === undefined) return true
    return clock.nowMs() - lastMs >= this.settings.leaseMs
  }

  private async claim(): Promise<void> {
    const { log, logger, replica } = this.ports
    const [range] = await log.append(DEGRADATION_STATE, [{ key: LEADER_KEY, value: toJson({ replica }) }])
    this.claimed = range!.from
    this.standing = undefined
    this.set = undefined
    logger.info({ replica, epoch: String(this.claimed) }, 'it claims to lead')
    await this.heardTo(range!.to)
  }

  /** Where things stand now, said where that is news or the last word is old. */
  private async lead(epoch: bigint): Promise<void> {
    const { view, clock } = this.ports
    const nowMs = clock.nowMs()
    const said = view.heard().state
    // A new leader goes on where the last one was; what was calm then must be calm anew.
    this.standing ??= said === undefined ? { ...START, sinceMs: nowMs } : { ...said.bySignals, calmSinceMs: null }
    this.set = inForce(this.set === undefined ? (said?.override ?? null) : this.set, nowMs)
    const worst = this.worst()
    this.standing = step(this.standing, worst, this.settings.thresholds, nowMs)
    const alerts = this.alerts(worst, nowMs)
    const decided = decide({ epoch, said, standing: this.standing, override: this.set, worst, alerts, nowMs })
    if (isNews(decided, said) || nowMs - (said?.toldMs ?? 0) >= this.settings.heartbeatMs) await this.say(decided)
  }

  /** Each is in the log once, for as long as it holds. */
  private alerts({ lagRecords, lagOf }: Worst, nowMs: number): readonly string[] {
    const { thresholds, stuckMs } = this.settings
    this.low = lowOf(this.low, lagRecords, thresholds.lagRecords[0]!, nowMs)
    const alerts = [stuckAlert(this.low, lagOf, stuckMs, nowMs) ?? [], this.reports.alerts()].flat()
    for (const alert of alerts) if (!this.alerted.includes(alert)) this.ports.logger.warn(alert)
    this.alerted = alerts
    return alerts
  }

  /** For how long lag has not fallen; 0 where there is none to speak of. */
  stuckSeconds(): number {
    return this.low === undefined ? 0 : Math.max(0, this.ports.clock.nowMs() - this.low.atMs) / 1_000
  }

  private async say({ state, transition }: Decided): Promise<void> {
    const { log, logger, telemetry } = this.ports
    const records = [{ key: STATE_KEY, value: toJson(state) }]
    if (transition !== undefined) records.push({ key: transitionKey(transition), value: toJson(transition) })
    const [range] = await log.append(DEGRADATION_STATE, records)
    await this.heardTo(range!.to)
    if (transition === undefined) return
    const { from, to, cause } = transition
    const kind = to > from ? 'up' : 'down'
    telemetry.counter('k2_degradation_transitions_total', { component: COMPONENT, kind }).add()
    const facts = { level: to, epoch: String(state.epoch) }
    const sentence = `${levelName(from)} to ${levelName(to)}: ${cause}`
    if (kind === 'up') logger.warn(facts, sentence)
    else logger.info(facts, sentence)
  }

  /** What is decided next must know of what was said. */
  private async heardTo(next: bigint): Promise<void> {
    const { view, clock } = this.ports
    const untilMs = clock.nowMs() + this.settings.leaseMs
    while (view.heard().next < next && clock.nowMs() < untilMs) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const over = new AbortController()
      const forget = view.onChange(resolve)
      const late = clock.sleep(this.settings.tickMs, over.signal).catch(() => {})
      await Promise.race([promise, late])
      over.abort()
      forget()
    }
  }

  /** One after the other: an override and a tick both decide on what was said last. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work)
    this.turn = mine.catch(() => {})
    return mine
  }
}

function watch(controller: DegradationController, telemetry: Telemetry): void {
  const lag = telemetry.gauge('k2_degradation_lag_records', { component: COMPONENT })
  const heap = telemetry.gauge('k2_degradation_heap_ratio', { component: COMPONENT })
  const stuck = telemetry.gauge('k2_degradation_stuck_seconds', { component: COMPONENT })
  const leading = telemetry.gauge('k2_degradation_leading_replicas', { component: COMPONENT })
  for (const kind of ['up', 'down'])
    telemetry.counter('k2_degradation_transitions_total', { component: COMPONENT, kind })
  telemetry.onScrape(() => {
    const { lagRecords, heapShare } = controller.worst()
    lag.set(lagRecords)
    heap.set(heapShare)
    stuck.set(controller.stuckSeconds())
    leading.set(controller.leads() ? 1 : 0)
  })
}

function notHere(leader: string | undefined): K2Error {
  const whom = leader === undefined ? 'nobody leads yet' : `${leader} leads, not this replica`
  return new K2Error('NOT_READY', `The level is set by the replica that leads: ${whom}. Ask that one.`)
}

function checkWish({ level, seconds, reason, by }: Wish): void {
  const faults = [
    ...(Number.isInteger(level) && level >= 0 && level <= LEVEL_MAX ? [] : [`level must be 0 to ${LEVEL_MAX}`]),
    ...(Number.isInteger(seconds) && seconds >= 0 && seconds <= OVERRIDE_SECONDS_MAX
      ? []
      : [`seconds must be 0 to ${OVERRIDE_SECONDS_MAX}: an override that nobody ends must end by itself`]),
    ...(reason.trim() === '' ? ['reason must say why'] : []),
    ...(by.trim() === '' ? ['by must say who'] : []),
  ]
  if (faults.length > 0) throw new K2Error('INVALID_ARGUMENT', `${faults.join('; ')}.`)
}
