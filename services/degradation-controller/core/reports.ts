/**
 * What services tell of themselves, and the worst of it. Who has fallen silent is still counted with its last word, and
 * keeps the level from falling, until it is forgotten: sooner where another one of its service has begun since.
 *
 *   shape   state moved forward by values; no clock, no I/O
 *   units   times: ms since the epoch
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { PressureReport } from '@k2/contracts/gen/k2/v1/PressureReport.ts'
import type { Signals } from '@k2/shedding/state.ts'

export interface Report {
  readonly service: string
  readonly instance: string
  readonly lags: readonly { readonly group: string; readonly lagRecords: number; readonly behindSeconds: number }[]
  readonly heapShare: number
  readonly alerts: readonly string[]
}

export interface Worst extends Signals {
  /** Whose the worst lag and the worst memory are; '' where nobody has any. */
  readonly lagOf: string
  readonly heapOf: string
}

export interface ReportTimes {
  readonly silentMs: number
  readonly forgetMs: number
}

/** More would be no services of ours. */
const INSTANCES_MAX = 1_000
/** The first few tell what is wrong. */
const ALERTS_MAX = 20
const ALERT_CHARS_MAX = 1_000

export class Reports {
  private readonly times: ReportTimes
  private readonly last = new Map<string, Told>()

  constructor(times: ReportTimes) {
    this.times = times
  }

  /** false: there are too many already. */
  take(report: Report, nowMs: number): boolean {
    const key = `${report.service} ${report.instance}`
    if (!this.last.has(key) && this.last.size >= INSTANCES_MAX) return false
    this.last.set(key, { report, atMs: nowMs, sinceMs: this.last.get(key)?.sinceMs ?? nowMs })
    return true
  }

  /** Each once, in order. */
  alerts(): string[] {
    const all = [...this.last.values()].flatMap(({ report }) => report.alerts)
    return [...new Set(all)].sort().slice(0, ALERTS_MAX)
  }

  worst(nowMs: number): Worst {
    for (const [key, told] of this.last) if (this.isForgotten(told, nowMs)) this.last.delete(key)
    const told = [...this.last.values()]
    const groups = new Map<string, number>()
    let [behindSeconds, heapShare, heapOf] = [0, 0, '']
    for (const { report } of told) {
      for (const lag of report.lags) {
        groups.set(lag.group, (groups.get(lag.group) ?? 0) + lag.lagRecords)
        behindSeconds = Math.max(behindSeconds, lag.behindSeconds)
      }
      if (report.heapShare <= heapShare) continue
      heapShare = report.heapShare
      heapOf = `${report.service} ${report.instance}`
    }
    const [lagOf, lagRecords] = [...groups].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0])
    const isPartial = told.length === 0 || told.some(({ atMs }) => nowMs - atMs > this.times.silentMs)
    return { lagRecords, lagOf, heapShare, heapOf, behindSeconds, isPartial }
  }

  /** A process that was killed comes back under another name. */
  private isForgotten({ report, atMs }: Told, nowMs: number): boolean {
    const silentMs = nowMs - atMs
    if (silentMs <= this.times.silentMs) return false
    const isFollowed = (one: Told) => one.report.service === report.service && one.sinceMs > atMs
    return silentMs > this.times.forgetMs || [...this.last.values()].some(isFollowed)
  }
}

interface Told {
  readonly report: Report
  readonly atMs: number
  /** Its first word. */
  readonly sinceMs: number
}

/** As it was sent. INVALID_ARGUMENT where it cannot be one. */
export function reportOf({
  service = '',
  instance = '',
  lags = [],
  heapShare = 0,
  alerts = [],
}: PressureReport): Report {
  if (service === '' || instance === '')
    throw new K2Error('INVALID_ARGUMENT', 'A report needs the names of its service and its instance.')
  const own = lags.map(({ group = '', lagRecords = 0, behindSeconds = 0 }) => {
    return { group, lagRecords: Number(lagRecords), behindSeconds: Number(behindSeconds) }
  })
  const isSound = own.every(({ lagRecords, behindSeconds }) => lagRecords >= 0 && behindSeconds >= 0)
  if (!isSound || !(Number(heapShare) >= 0)) {
    const sentence = 'Lag, seconds behind and memory of a report are numbers, and none is below 0.'
    throw new K2Error('INVALID_ARGUMENT', sentence)
  }
  const told = alerts.slice(0, ALERTS_MAX).map((alert) => alert.slice(0, ALERT_CHARS_MAX))
  return { service, instance, heapShare: Number(heapShare), lags: own, alerts: told }
}
