/** A feed as metrics. */
import type { Telemetry } from '@k2/service/telemetry.ts'
import { ASSET_CLASS } from './core/subject.ts'

export const RECONNECTS = ['lost', 'renewed', 'silent', 'home'] as const
export const ERRORS = ['connection', 'request', 'message', 'append', 'spool', 'foreign'] as const
export type Reconnect = (typeof RECONNECTS)[number]
export type ErrorKind = (typeof ERRORS)[number]

export function feedMetrics(telemetry: Telemetry, exchange: string) {
  const feed = { component: 'gateway', exchange, asset_class: ASSET_CLASS }
  const received = (kind: string) => telemetry.counter('k2_binance_messages_received_total', { ...feed, kind })
  const latency = (kind: string) => telemetry.histogram('k2_binance_receive_to_log_seconds', { ...feed, kind })
  const requests = (outcome: string) => telemetry.counter('k2_binance_refill_requests_total', { ...feed, outcome })
  const buffered = (kind: string) => telemetry.gauge('k2_binance_buffered_bytes', { ...feed, kind })
  const reconnects = new Map(
    RECONNECTS.map((reason) => [reason, telemetry.counter('k2_binance_reconnects_total', { ...feed, reason })]),
  )
  const errors = new Map(ERRORS.map((kind) => [kind, telemetry.counter('k2_binance_errors_total', { ...feed, kind })]))
  return {
    status: telemetry.gauge('k2_binance_connection_status', feed),
    trades: received('trade'),
    quotes: received('quote'),
    others: received('other'),
    reconnected: (reason: Reconnect) => reconnects.get(reason)!.add(),
    failed: (kind: ErrorKind) => errors.get(kind)!.add(),
    heartbeats: telemetry.counter('k2_binance_heartbeats_total', feed),
    lastMessage: telemetry.gauge('k2_binance_last_message_seconds', feed),
    lastPong: telemetry.gauge('k2_binance_last_pong_seconds', feed),
    lifetime: telemetry.gauge('k2_binance_connection_lifetime_seconds', feed),
    tradeLatency: latency('trade'),
    quoteLatency: latency('quote'),
    liveSymbols: telemetry.gauge('k2_binance_live_symbols', feed),
    repeated: telemetry.counter('k2_binance_repeated_trades_total', feed),
    refilled: telemetry.counter('k2_binance_refilled_trades_total', feed),
    requestsAnswered: requests('answered'),
    requestsFailed: requests('failed'),
    missing: telemetry.gauge('k2_binance_missing_trades', feed),
    forgotten: telemetry.counter('k2_binance_forgotten_trades_total', feed),
    conflated: telemetry.counter('k2_binance_conflated_quotes_total', feed),
    inMemory: buffered('memory'),
    onDisk: buffered('disk'),
    skew: telemetry.gauge('k2_binance_clock_skew_seconds', feed),
  }
}

export type FeedMetrics = ReturnType<typeof feedMetrics>
