/**
 * The gateway from socket to log: messages a second and CPU a message, as fast as they come and at 5,000 a second, beside its
 * decoder alone. The exchange has a process of its own; the log is the embedded one, in a folder.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Decoder } from '@k2/binance-gateway/core/decode.ts'
import { Subjects, subjectOf } from '@k2/binance-gateway/core/subject.ts'
import { gateway } from '@k2/binance-gateway/gateway.ts'
import { gatewaySettings } from '@k2/binance-gateway/settings.ts'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { Outgoing } from '@k2/contracts/records/outgoing.ts'
import { TOPICS } from '@k2/contracts/topics.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { realClock } from '@k2/service/clock.ts'
import { createHealth } from '@k2/service/health.ts'
import { createLogger } from '@k2/service/logger.ts'
import { readSettings } from '@k2/service/settings.ts'
import { createTelemetry, type Telemetry } from '@k2/service/telemetry.ts'

/** An order is 2.5 messages, of each of two symbols. */
const MESSAGES_PER_ORDER = 5
const SECONDS = 10
const WARM_UP_MS = 2_000

export async function gatewayBench(seconds = SECONDS): Promise<object> {
  const steady = await rateOf(5_000, seconds)
  const flooded = await rateOf(60_000, seconds)
  return {
    bench: 'gateway',
    decode_trade_micros: decodeMicros(TRADE, (decoder, out) => decoder.writeTrade(out, 1e15, false)),
    decode_quote_micros: decodeMicros(QUOTE, (decoder, out) => decoder.writeQuote(out, 1e15)),
    steady,
    flooded,
  }
}

const TRADE =
  '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}'
const QUOTE =
  '{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}'

/** From a message's bytes to a record's, in CPU. */
function decodeMicros(text: string, write: (decoder: Decoder, out: Outgoing) => void): number {
  const subject = subjectOf('BINANCE', 'trade', { symbol: 'BTCUSDT', currency: 'USDT' }, 0)
  const decoder = new Decoder(new Subjects([subject]), 'trade')
  const out = new Outgoing(new Uint8Array(5))
  const bytes = Buffer.from(text)
  const count = 500_000
  const work = () => {
    for (let i = 0; i < count; i++) {
      decoder.message(bytes)
      write(decoder, out.keyed('BTCUSDT'))
      if (out.count === 5_000) out.take()
    }
  }
  work()
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return round((user + system) / count)
}

async function rateOf(messagesPerSecond: number, seconds: number): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-bench-'))
  const exchange = await startExchange(messagesPerSecond / MESSAGES_PER_ORDER)
  const log = openEmbeddedLog(join(folder, 'log'), { now: Date.now })
  const stop = new AbortController()
  try {
    await log.createTopics(TOPICS)
    const { telemetry, latencies, count } = measuring()
    const settings = readSettings(
      gatewaySettings,
      { streamHosts: exchange.streams, requestHosts: exchange.requests, usWhen: 'never' },
      {},
    )
    const service = gateway(
      {
        log,
        registry: log.registry(incompatibility),
        clock: realClock,
        random: Math.random,
        logger: createLogger({ service: 'bench', environment: 'bench', level: 'warn' }),
        telemetry,
        reached: () => {},
        health: createHealth('bench'),
        folder,
      },
      settings,
    )
    const ended = service.run!(stop.signal).catch(() => {})
    await realClock.sleep(WARM_UP_MS)
    const before = { cpu: process.cpuUsage(), count: count(), ms: performance.now() }
    latencies.length = 0
    await realClock.sleep(seconds * 1_000)
    const { user, system } = process.cpuUsage(before.cpu)
    const messages = count() - before.count
    const figures = {
      messages_per_second: Math.round((messages * 1_000) / (performance.now() - before.ms)),
      cpu_micros_per_message: round((user + system) / messages),
      messages_per_cpu_second: Math.round((messages * 1e6) / (user + system)),
      receive_to_log_p99_ms: round(percentile(latencies, 0.99) * 1_000),
      peak_memory_mb: Math.round(process.resourceUsage().maxRSS / 1_024),
    }
    stop.abort()
    await ended
    return figures
  } finally {
    stop.abort()
    exchange.child.kill()
    await log.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Telemetry that keeps each latency, and counts what was received. */
function measuring() {
  const real = createTelemetry({ service: 'bench', environment: 'bench' })
  const latencies: number[] = []
  let received = 0
  const telemetry: Telemetry = {
    ...real,
    counter(name, labels) {
      const handle = real.counter(name, labels)
      if (name !== 'k2_binance_messages_received_total') return handle
      return {
        add(amount = 1) {
          received += amount
        },
      }
    },
    histogram(name, labels) {
      const handle = real.histogram(name, labels)
      if (name !== 'k2_binance_receive_to_log_seconds') return handle
      return { ...handle, observe: (value) => void latencies.push(value) }
    },
  }
  return { telemetry, latencies, count: () => received }
}

async function startExchange(ordersPerSecond: number) {
  const path = fileURLToPath(new URL('bench-gateway-exchange.ts', import.meta.url))
  const child: ChildProcess = spawn(process.execPath, [path, String(ordersPerSecond)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface({ input: child.stdout! }), 'line')
  return { child, ...(JSON.parse(line) as { streams: string[]; requests: string[] }) }
}

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN
}

const round = (value: number): number => Math.round(value * 100) / 100
