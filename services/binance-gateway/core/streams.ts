/** How streams are asked for: the first by the address, the rest by messages, since addresses have an end. */
const IN_ADDRESS_MAX = 200
const IN_MESSAGE_MAX = 100
/** Of one connection, by the venue's rules. */
export const STREAMS_MAX = 1_024

export function subscriptions(streams: readonly string[], timeUnit: string | null): { path: string; asks: string[] } {
  const named = streams.slice(0, IN_ADDRESS_MAX).map(encodeURIComponent).map(keepAt)
  const unit = timeUnit === null ? '' : `&timeUnit=${timeUnit}`
  const asks: string[] = []
  for (let at = IN_ADDRESS_MAX; at < streams.length; at += IN_MESSAGE_MAX) {
    const params = streams.slice(at, at + IN_MESSAGE_MAX)
    asks.push(JSON.stringify({ method: 'SUBSCRIBE', params, id: asks.length + 1 }))
  }
  return { path: `/stream?streams=${named.join('/')}${unit}`, asks }
}

/** As the venue writes it in its own addresses. */
const keepAt = (text: string): string => text.replaceAll('%40', '@')

export const streamNames = (symbol: string, tradeKind: string): string[] => {
  const lower = symbol.toLowerCase()
  return [`${lower}@${tradeKind}`, `${lower}@bookTicker`]
}
