/**
 * Requests to a venue over HTTPS, as bytes. Node's own fetch: TLS and SNI by the host's name.
 *
 *   errors  none: what cannot be reached is an answer of status 0, with the reason
 */
export interface Answer {
  /** 0: there was none. */
  readonly status: number
  readonly bytes: Uint8Array
  readonly usedWeight: number | undefined
  readonly retryAfterSeconds: number | undefined
  readonly why: string
}

/** Asks for path and query of a host: `https://api.binance.us`, `/api/v3/time`. */
export type Ask = (host: string, path: string, signal: AbortSignal) => Promise<Answer>

const BYTES_MAX = 64 * 2 ** 20

export function askHttps(deadlineMs: number, bytesMax = BYTES_MAX): Ask {
  return async (host, path, signal) => {
    try {
      const headers = { accept: 'application/json', 'x-mbx-time-unit': 'MICROSECOND' }
      const within = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])
      // Whoever answers in the venue's place is not followed to another.
      const response = await fetch(`${host}${path}`, { headers, signal: within, redirect: 'error' })
      const bytes = await bytesOf(response, bytesMax)
      const said = response.ok ? '' : ` ${Buffer.from(bytes.subarray(0, 200)).toString()}`
      return {
        status: response.status,
        bytes,
        usedWeight: numberOf(response.headers.get('x-mbx-used-weight-1m')),
        retryAfterSeconds: numberOf(response.headers.get('retry-after')),
        why: `${host} answered ${response.status}.${said}`,
      }
    } catch (error) {
      signal.throwIfAborted()
      const { message, cause } = error as Error
      const why = `${host} gave no answer: ${cause instanceof Error ? cause.message : message}.`
      return { status: 0, bytes: new Uint8Array(0), usedWeight: undefined, retryAfterSeconds: undefined, why }
    }
  }
}

/** No more is read than that: whoever sends without end is cut. */
async function bytesOf(response: Response, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    length += part.length
    if (length > bytesMax) throw new Error(`its answer is longer than ${bytesMax} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts, length)
}

function numberOf(text: string | null): number | undefined {
  const value = text === null ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : undefined
}
