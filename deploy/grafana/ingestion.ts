import { ask, type Dashboard, OF_EXCHANGE, percentile, rate } from './panel.ts'

export const ingestion: Dashboard = {
  uid: 'k2-ingestion',
  title: 'K2 Ingestion',
  help: 'From the sources into the log: the live feed, files, the log itself.',
  refresh: '10s',
  from: 'now-1h',
  chosenBy: 'exchange',
  // biome-ignore format: a table reads by its columns
  rows: [
    { title: 'Live feed', panels: [
      { title: 'Connected', help: 'Every connection of the feed is live.', unit: 'short', show: 'number', words: { 0: 'down', 1: 'live' }, isLowBad: true, warn: 1, ask: [ask(`min by (exchange) (k2_binance_connection_status{${OF_EXCHANGE}})`, '{{exchange}}')] },
      { title: 'Last message', help: 'How long ago.', unit: 's', show: 'number', warn: 30, bad: 60, ask: [ask(`time() - max by (exchange) (k2_binance_last_message_seconds{${OF_EXCHANGE}} > 0)`, '{{exchange}}')] },
      { title: 'Last pong', help: 'How long ago a ping was answered.', unit: 's', show: 'number', warn: 60, ask: [ask(`time() - max by (exchange) (k2_binance_last_pong_seconds{${OF_EXCHANGE}} > 0)`, '{{exchange}}')] },
      { title: 'Live symbols', help: 'That are received and not silent.', unit: 'short', show: 'number', ask: [ask(`sum by (exchange) (k2_binance_live_symbols{${OF_EXCHANGE}})`, '{{exchange}}')] },
      { title: 'Oldest connection', help: 'Binance cuts at 24 h; it is renewed before.', unit: 's', show: 'number', warn: 86_400, ask: [ask(`max by (exchange) (k2_binance_connection_lifetime_seconds{${OF_EXCHANGE}})`, '{{exchange}}')] },
      { title: 'Clock', help: 'How far ours is ahead of the venue’s.', unit: 's', show: 'number', ask: [ask(`max by (exchange) (k2_binance_clock_skew_seconds{${OF_EXCHANGE}})`, '{{exchange}}')] },
      { title: 'Messages', help: 'Received, by kind.', unit: 'reqps', ask: [ask(rate('k2_binance_messages_received_total', ['exchange', 'kind'], OF_EXCHANGE), '{{exchange}} {{kind}}')] },
      { title: 'Received to logged', help: 'From the first message of a batch to its acknowledgement.', unit: 's', ask: [
        ask(percentile(0.5, 'k2_binance_receive_to_log_seconds', ['kind'], OF_EXCHANGE), 'p50 {{kind}}'),
        ask(percentile(0.99, 'k2_binance_receive_to_log_seconds', ['kind'], OF_EXCHANGE), 'p99 {{kind}}') ] },
      { title: 'Waiting for the log', help: 'Records in memory and on disk.', unit: 'bytes', ask: [ask(`sum by (exchange, kind) (k2_binance_buffered_bytes{${OF_EXCHANGE}})`, '{{exchange}} {{kind}}')] },
      { title: 'Connections made anew', help: 'lost, renewed, silent, or home again.', unit: 'reqps', ask: [ask(rate('k2_binance_reconnects_total', ['exchange', 'reason'], OF_EXCHANGE), '{{exchange}} {{reason}}')] },
      { title: 'Failures', help: 'By what failed; foreign: another gateway wrote.', unit: 'reqps', ask: [ask(rate('k2_binance_errors_total', ['exchange', 'kind'], OF_EXCHANGE), '{{exchange}} {{kind}}')] },
      { title: 'Trades asked for again', help: 'Missing ones that came, repeats that were dropped, requests, and those not asked for any more.', unit: 'reqps', ask: [
        ask(rate('k2_binance_refilled_trades_total', ['exchange'], OF_EXCHANGE), 'refilled {{exchange}}'),
        ask(rate('k2_binance_repeated_trades_total', ['exchange'], OF_EXCHANGE), 'repeated {{exchange}}'),
        ask(rate('k2_binance_refill_requests_total', ['exchange', 'outcome'], OF_EXCHANGE), 'requests {{outcome}}'),
        ask(rate('k2_binance_forgotten_trades_total', ['exchange'], OF_EXCHANGE), 'forgotten {{exchange}}') ] },
      { title: 'Quotes dropped for later ones', help: 'While the log was slow, or the level deferred the symbol.', unit: 'reqps', ask: [ask(rate('k2_binance_conflated_quotes_total', ['exchange'], OF_EXCHANGE), '{{exchange}}')] },
      { title: 'Heartbeats', help: 'One each 30 s, or the gateway hangs.', unit: 'reqps', ask: [ask(rate('k2_binance_heartbeats_total', ['exchange'], OF_EXCHANGE), '{{exchange}}')] },
    ] },
    { title: 'Files', panels: [
      { title: 'Rows', help: 'Read, and sent to the log.', unit: 'rowsps', ask: [
        ask(rate('k2_loader_read_rows_total', ['exchange', 'kind'], OF_EXCHANGE), 'read {{exchange}} {{kind}}'),
        ask(rate('k2_loader_sent_records_total', ['topic'], OF_EXCHANGE), 'sent {{topic}}') ] },
      { title: 'Rows not sent', help: 'Rejected, by reason; skipped, since they are there.', unit: 'rowsps', ask: [
        ask(rate('k2_loader_rejected_rows_total', ['kind', 'reason'], OF_EXCHANGE), 'rejected {{kind}} {{reason}}'),
        ask(rate('k2_loader_skipped_rows_total', ['kind', 'reason'], OF_EXCHANGE), 'skipped {{kind}} {{reason}}') ] },
      { title: 'Files', help: 'Come to an end, by outcome.', unit: 'short', show: 'bars', ask: [ask(`sum by (kind, outcome) (increase(k2_loader_files_total{${OF_EXCHANGE}}[$__rate_interval]))`, '{{kind}} {{outcome}}')] },
      { title: 'Waiting for the sink', help: 'Share of the time that a load waits for lag to fall.', unit: 'percentunit', ask: [ask(rate('k2_loader_pause_seconds_total', ['topic'], OF_EXCHANGE), '{{topic}}')] },
    ] },
    { title: 'The log', panels: [
      { title: 'Records appended', help: 'Acknowledged, those of the platform included.', unit: 'rowsps', ask: [ask(rate('k2_kafka_produced_records_total', ['topic']), '{{topic}}')] },
      { title: 'Bytes appended', help: 'Before compression.', unit: 'Bps', ask: [ask(rate('k2_kafka_produced_bytes_total', ['topic']), '{{topic}}')] },
      { title: 'Append to acknowledgement', help: 'p99, by service.', unit: 's', ask: [ask(percentile(0.99, 'k2_kafka_produce_duration_seconds', ['service']), '{{service}}')] },
      { title: 'Records read', help: 'By service.', unit: 'rowsps', ask: [ask(rate('k2_kafka_consumed_records_total', ['service']), '{{service}}')] },
      { title: 'Bytes read', help: 'By service.', unit: 'Bps', ask: [ask(rate('k2_kafka_consumed_bytes_total', ['service']), '{{service}}')] },
      { title: 'Failures', help: 'Appends and reads that failed, by error code.', unit: 'reqps', ask: [
        ask(rate('k2_kafka_produce_errors_total', ['service', 'code']), 'append {{service}} {{code}}'),
        ask(rate('k2_kafka_consume_errors_total', ['service', 'code']), 'read {{service}} {{code}}') ] },
    ] },
  ],
}
