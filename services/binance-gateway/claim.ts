/**
 * Which gateway records a feed, where several could: who claimed it last on the topic of positions. One partition has one order,
 * so all see the same holder. It says every 10 s that it lives; another waits until it has left, or was silent for 30 s.
 *
 *   take ─► look, before an append, so that what is known is a second old at most ─► renew ─► release
 *
 *   units   ms
 *   errors  LOG_IN_USE once another has claimed it; those of the log
 */
import { randomUUID } from 'node:crypto'
import { K2Error } from '@k2/contracts/codes.ts'
import { GATEWAY_POSITIONS } from '@k2/contracts/topics.ts'
import { sliceAt } from '@k2/log/batches.ts'
import type { Log } from '@k2/log/log.ts'
import type { Clock } from '@k2/service/clock.ts'

export interface ClaimParts {
  readonly log: Log
  readonly clock: Clock
  readonly exchange: string
  /** A name that no other gateway has, and this one again after a restart: it need not wait for itself. */
  readonly holder: string
}

const LOOK_MS = 1_000
const RENEW_MS = 10_000
const SILENT_MS = 30_000
const POLL_MS = 5_000

export class Claim {
  readonly #parts: ClaimParts
  readonly #key: string
  readonly #life = randomUUID()
  /** Behind what has been read of the topic. */
  #end = 0n
  #lookedMs = Number.NEGATIVE_INFINITY
  #saidMs = Number.NEGATIVE_INFINITY
  #isMine = false
  #lost: K2Error | undefined

  constructor(parts: ClaimParts) {
    this.#parts = parts
    this.#key = `${parts.exchange}/holder`
  }

  /** Waits until nobody else holds it. */
  async take(tell: (why: string) => void, signal: AbortSignal): Promise<void> {
    const { log, clock, exchange, holder } = this.#parts
    let [seen, sinceMs] = [-1n, clock.nowMs()]
    for (;;) {
      const last = (await log.latest(GATEWAY_POSITIONS)).find(({ key }) => key === this.#key)
      const by = last && readClaim(last.value)?.by
      if (last === undefined || by === holder) break
      if (last.offset === seen && clock.nowMs() - sinceMs >= SILENT_MS) break
      if (last.offset !== seen) [seen, sinceMs] = [last.offset, clock.nowMs()]
      tell(`${by ?? 'another gateway'} records ${exchange}: this one waits until it has ended`)
      await clock.sleep(POLL_MS, signal)
    }
    await this.#say()
  }

  /** What is known of other claims is no older than a second. */
  async held(): Promise<void> {
    if (this.#lost || this.#parts.clock.nowMs() - this.#lookedMs >= LOOK_MS) await this.look()
  }

  async look(): Promise<void> {
    if (this.#lost) throw this.#lost
    const { log, clock, exchange } = this.#parts
    const askedMs = clock.nowMs()
    const [range] = await log.ranges([GATEWAY_POSITIONS])
    if (range!.to > this.#end) {
      const from = range!.from > this.#end ? range!.from : this.#end
      for await (const batch of log.readRange({ ...range!, from })) {
        for (let i = 0; i < batch.count; i++) {
          const value = sliceAt(batch.values, i)
          if (value === null || Buffer.from(sliceAt(batch.keys, i) ?? []).toString() !== this.#key) continue
          const claim = readClaim(value)
          if (claim?.life !== this.#life) this.#lost = taken(exchange, claim?.by)
        }
      }
      this.#end = range!.to
    }
    if (this.#lost) throw this.#lost
    this.#lookedMs = askedMs
  }

  /** Called now and then: it lives. */
  async renew(): Promise<void> {
    if (this.#parts.clock.nowMs() - this.#saidMs < RENEW_MS) return
    await this.look()
    await this.#say()
  }

  /** Whoever waits need wait no longer. */
  async release(): Promise<void> {
    if (!this.#isMine || this.#lost) return
    await this.look()
    await this.#parts.log.append(GATEWAY_POSITIONS, [{ key: this.#key, value: null }])
  }

  async #say(): Promise<void> {
    const { log, clock, holder } = this.#parts
    const saidMs = clock.nowMs()
    const value = Buffer.from(JSON.stringify({ by: holder, life: this.#life }))
    const [range] = await log.append(GATEWAY_POSITIONS, [{ key: this.#key, value }])
    // Claims before the first one of ours are those that it takes the place of.
    if (!this.#isMine) this.#end = range!.to
    this.#isMine = true
    this.#saidMs = saidMs
  }
}

function readClaim(value: Uint8Array): { readonly by?: string; readonly life?: string } | undefined {
  try {
    return JSON.parse(Buffer.from(value).toString())
  } catch {
    return undefined
  }
}

const taken = (exchange: string, by = 'another gateway'): K2Error =>
  new K2Error(
    'LOG_IN_USE',
    `${by} has begun to record ${exchange}, and this gateway ends, so that no trade is recorded twice. Run one of each feed.`,
  )
