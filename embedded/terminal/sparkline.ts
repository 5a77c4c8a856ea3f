/**
 * Prices as a line of blocks, one a price, or one a group of neighbours where they are more than its cells.
 *
 *   shape   (prices in their order, cells) -> the line, and the prices at its foot and its top
 *   units   prices as numbers: a picture needs no exact decimals
 */
const BLOCKS = '▁▂▃▄▅▆▇█'

export interface Sparkline {
  readonly line: string
  readonly low: number
  readonly high: number
}

/** undefined where there are too few to see anything. */
export function sparkline(prices: readonly number[], cells: number): Sparkline | undefined {
  if (prices.length < 2 || cells < 2) return undefined
  const [low, high] = scaleOf(prices)
  const each = Math.ceil(prices.length / cells)
  const points = Array.from({ length: Math.ceil(prices.length / each) }, (_, i) => {
    const group = prices.slice(i * each, (i + 1) * each)
    return group[group.length - 1]!
  })
  const level = (price: number): number =>
    high === low ? 3 : Math.max(0, Math.min(7, Math.floor(((price - low) / (high - low)) * 8)))
  return { line: points.map((price) => BLOCKS[level(price)]).join(''), low, high }
}

/** One print far from the market must not flatten all others: a fiftieth at each end may lie beyond. */
function scaleOf(prices: readonly number[]): [low: number, high: number] {
  const sorted = [...prices].sort((a, b) => a - b)
  const beyond = Math.ceil(sorted.length / 50)
  const kept = sorted.length > 10 ? sorted.slice(beyond, -beyond) : sorted
  return [kept[0]!, kept.at(-1)!]
}
