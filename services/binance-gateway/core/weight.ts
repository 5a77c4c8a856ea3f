/**
 * How much may be asked of a venue: its weights a minute, and the waits that it imposes. It counts what it sends, and believes
 * the venue where that counted more.
 *
 *   shape   no clock: told the time
 *   units   ms; weight: as the venue counts requests
 *   source  Binance spot, rest-api.md "IP Limits": X-MBX-USED-WEIGHT-1M, 429 and 418 with Retry-After
 */
const MINUTE_MS = 60_000
/** The rest is for others behind the same address. */
const SHARE = 0.8
const REFUSED_MS = 60_000

export class WeightBudget {
  readonly #max: number
  #minute = -1
  #used = 0
  #untilMs = 0

  constructor(weightMax: number) {
    this.#max = weightMax * SHARE
  }

  /** How long a request of that weight must wait; it is counted where that is 0. */
  take(weight: number, nowMs: number): number {
    if (nowMs < this.#untilMs) return this.#untilMs - nowMs
    const minute = Math.floor(nowMs / MINUTE_MS)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#used = 0
    }
    if (this.#used > 0 && this.#used + weight > this.#max) return (minute + 1) * MINUTE_MS - nowMs
    this.#used += weight
    return 0
  }

  /** What the venue says it has counted this minute. */
  counted(used: number): void {
    if (used > this.#used) this.#used = used
  }

  /** It said 429 or 418; `seconds` as it asks for, if it does. */
  refused(seconds: number | undefined, nowMs: number): void {
    const ms = seconds === undefined ? REFUSED_MS : seconds * 1_000
    this.#untilMs = Math.max(this.#untilMs, nowMs + ms)
  }
}
