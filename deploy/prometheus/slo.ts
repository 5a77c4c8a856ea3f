/**
 * What users are promised, as rules: the share of what went wrong, over windows, and alerts on how fast that uses up what
 * may go wrong in 30 days.
 *
 *   availability   of requests to query-service 99.9 % are not failed by us
 *   latency        of questions 99 % are answered within 0.5 s
 *   freshness      99 % of the time no record has waited for its commit for more than 20 s
 */
import type { Alerting, Group, Recording } from './rule.ts'

interface Objective {
  readonly name: string
  readonly title: string
  /** Share that may go wrong. */
  readonly budget: number
  /** The share that went wrong in a window. */
  readonly wrong: (window: string) => string
}

/** Grafana asks p99 for this. */
const FRESH_SECONDS = 20
const ANSWERED_SECONDS = 0.5
/** Of status codes of gRPC, those that are of our making. */
const GRPC_FAULTS = 'UNKNOWN|DEADLINE_EXCEEDED|INTERNAL|UNAVAILABLE|DATA_LOSS|UNIMPLEMENTED'
const ASKED = 'component="rest", route!~"/health.*|/metrics"'

const orNone = (expr: string): string => `(${expr} or vector(0))`
const http = (more: string, window: string) => orNone(`sum(rate(k2_http_requests_total{${ASKED}${more}}[${window}]))`)
const grpc = (where: string, window: string) =>
  orNone(`sum(rate(k2_grpc_requests_total{service="query-service"${where}}[${window}]))`)

export const OBJECTIVES: readonly Objective[] = [
  {
    name: 'availability_errors',
    title: 'Availability',
    budget: 0.001,
    wrong: (window) =>
      `(${http(', status=~"5.."', window)} + ${grpc(`, code=~"${GRPC_FAULTS}"`, window)}) / clamp_min(${http('', window)} + ${grpc('', window)}, 1e-9)`,
  },
  {
    name: 'latency_slow',
    title: 'Latency',
    budget: 0.01,
    wrong: (window) => {
      const all = `sum(rate(k2_query_duration_seconds_count[${window}]))`
      const fast = `sum(rate(k2_query_duration_seconds_bucket{le="${ANSWERED_SECONDS}"}[${window}]))`
      return `(${all} - ${fast}) / clamp_min(${all}, 1e-9)`
    },
  },
  {
    name: 'freshness_late',
    title: 'Freshness',
    budget: 0.01,
    wrong: (window) => `avg_over_time(k2:freshness_late[${window}])`,
  },
]

const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const
type Window = (typeof WINDOWS)[number]

export const recorded = (name: string, window: string): string => `k2:${name}:ratio_${window}`

export const SLO_RECORDINGS: readonly Group<Recording>[] = [
  {
    name: 'k2-slo',
    rules: [
      { record: 'k2:freshness_seconds:max', expr: 'max(k2_sink_lag_seconds)' },
      { record: 'k2:freshness_late', expr: `max(k2_sink_lag_seconds) > bool ${FRESH_SECONDS}` },
      {
        record: 'k2:query_duration_seconds:p99_5m',
        expr: 'histogram_quantile(0.99, sum by (le) (rate(k2_query_duration_seconds_bucket[5m])))',
      },
      {
        record: 'k2:http_request_duration_seconds:p99_5m',
        expr: `histogram_quantile(0.99, sum by (le) (rate(k2_http_request_duration_seconds_bucket{component="rest", route!~"/health.*|/metrics"}[5m])))`,
      },
      ...OBJECTIVES.flatMap(({ name, wrong }) =>
        WINDOWS.map((window) => ({ record: recorded(name, window), expr: wrong(window) })),
      ),
    ],
  },
]

interface Burn {
  readonly speed: 'Fast' | 'Slow'
  readonly severity: Alerting['severity']
  /** Both must burn: the long one says that it matters, the short one that it still goes on. */
  readonly pairs: readonly { readonly long: Window; readonly short: Window; readonly factor: number }[]
}

// 14.4 uses up 2 % of 30 days in an hour, 6 5 % in 6 hours, 3 10 % in a day, 1 10 % in 3 days.
const BURNS: readonly Burn[] = [
  {
    speed: 'Fast',
    severity: 'page',
    pairs: [
      { long: '1h', short: '5m', factor: 14.4 },
      { long: '6h', short: '30m', factor: 6 },
    ],
  },
  {
    speed: 'Slow',
    severity: 'ticket',
    pairs: [
      { long: '1d', short: '2h', factor: 3 },
      { long: '3d', short: '6h', factor: 1 },
    ],
  },
]

export const SLO_ALERTS: Group<Alerting> = {
  name: 'k2-slo-alerts',
  rules: OBJECTIVES.flatMap(({ name, title, budget }) =>
    BURNS.map(({ speed, severity, pairs }) => ({
      alert: `K2${title}Burn${speed}`,
      severity,
      expr: pairs
        .map(({ long, short, factor }) => {
          const limit = Number((factor * budget).toPrecision(6))
          return `(${recorded(name, long)} > ${limit} and ${recorded(name, short)} > ${limit})`
        })
        .join(' or '),
      summary: `${title}: what may go wrong in 30 days is used up ${speed === 'Fast' ? 'within days' : 'before they are over'}`,
    })),
  ),
}
