/**
 * A K2 that does a little of everything that it has a metric for, in one process with the exchange's stand-in and Redis:
 * answers at both doors, refusals, rows that are rejected, a level that rises and falls, upkeep.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Asked, k2 } from './k2.ts'
import { type Serving, serve } from './serve.ts'

/** Any lag is pressure, so that records are deferred and filled in again; slow is what takes longer than a millisecond. */
const SETTINGS = {
  K2_SINK_COMMIT_AGE: '1500',
  K2_SINK_UPKEEP_INTERVAL: '2000',
  K2_SINK_PRESSED_FILES_MAX: '1',
  K2_QUERY_SLOW: '1',
  K2_DEGRADATION_LAG: '1,5,10,100000',
  K2_DEGRADATION_COOLDOWN: '500',
  K2_BINANCE_SYMBOLS: 'BTCUSDT,ETHUSDT,K2TUSDT',
}

export interface Busy {
  readonly url: string
  /** Asks once at each door, well and badly. */
  turn(): Promise<void>
  /** Again: nothing. */
  stop(): Promise<void>
}

export async function busy(folder: string, redisUrl: string): Promise<Busy> {
  await mkdir(folder, { recursive: true })
  const data = join(folder, 'data')
  const serving: Serving = await serve(['--data', data, '--plain'], { ...SETTINGS, REDIS_URL: redisUrl })
  let hasEnded = false
  const follower: Asked = k2(['follow', 'BTCUSDT', '--start-time', '2014-01-01'], serving.grpcAddress, {}, 600_000)
  return {
    url: serving.url,
    async turn() {
      const paths = [
        '/v1/trades?symbol=BTCUSDT&limit=100',
        '/v1/trades?symbol=K2TUSDT&limit=1000',
        '/v1/ohlcv/1m?symbol=ETHUSDT',
        '/v1/trades?symbol=BTCUSDT&as_of=1',
        '/v1/trades?wrong=1',
        '/health/ready',
      ]
      for (const path of paths) await (await fetch(`${serving.url}${path}`)).arrayBuffer()
      await k2(['quotes', 'BTCUSDT', '--limit', '5'], serving.grpcAddress).ended
    },
    async stop() {
      if (hasEnded) return
      hasEnded = true
      follower.kill('SIGTERM')
      await follower.ended
      await serving.stop()
    },
  }
}
