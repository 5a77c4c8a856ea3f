/** What became of every record of a drill: asked of the lake, once nothing is deferred any more. */
import { LEVEL_NAMES, type Level } from '@k2/contracts/degradation.ts'
import type { Table } from '@k2/lake/table.ts'
import type { Counts } from './counts.ts'
import { type Market, type Stock, TRADES, tradeIdOf } from './market.ts'

interface Page {
  readonly data: readonly { readonly message_id: string }[]
  readonly meta: { readonly complete: boolean; readonly has_more: boolean; readonly next_cursor: string }
}

/** Sentences, one a fault; none where each record is in once. */
export async function faultsOf(
  market: Market,
  tables: readonly Table[],
  url: string,
  signal: AbortSignal,
): Promise<string[]> {
  const faults: string[] = []
  for (const stock of market.stocks.filter(({ topic }) => topic === TRADES))
    faults.push(...idFaults(stock, market.sent(stock), await idsOf(stock, url, signal)))
  for (const { name } of new Set(market.stocks.map(({ topic }) => topic.table))) {
    const own = market.stocks.filter(({ topic }) => topic.table.name === name)
    const sent = own.reduce((sum, stock) => sum + market.sent(stock), 0)
    const table = tables.find(({ spec }) => spec.name === name)!
    const rows = Number((await table.snapshots()).at(-1)?.summary['total-records'] ?? 0)
    if (rows !== sent) faults.push(`${name} has ${rows} rows of ${sent} records`)
    const { holes } = (await table.head()).progress
    if (holes.length > 0) faults.push(`${name} still has ${holes.length} deferred ranges`)
  }
  return faults
}

export function idFaults({ symbol }: Pick<Stock, 'symbol'>, sent: number, ids: readonly string[]): string[] {
  const found = new Set(ids)
  const idOf = tradeIdOf(symbol)
  let missing = 0
  for (let number = 1; number <= sent; number++) if (!found.has(idOf(number))) missing++
  const faults: string[] = []
  if (missing > 0) faults.push(`${missing} trades of ${symbol} are missing`)
  if (ids.length > found.size) faults.push(`${ids.length - found.size} trades of ${symbol} are in more than once`)
  if (found.size > sent - missing) faults.push(`${found.size - sent + missing} trades of ${symbol} were never sent`)
  return faults
}

/** Of all its trades in the lake. */
async function idsOf({ symbol }: Stock, url: string, signal: AbortSignal): Promise<string[]> {
  const ids: string[] = []
  for (let cursor = ''; ; ) {
    const question = `symbol=${symbol}&source=lake&fields=message_id&limit=10000${cursor}`
    const response = await fetch(`${url}/v1/trades?${question}`, { signal })
    if (!response.ok) throw new Error(`the lake cannot be asked: ${response.status} ${await response.text()}`)
    const { data, meta } = (await response.json()) as Page
    for (const { message_id } of data) ids.push(message_id)
    if (!meta.has_more) return ids
    cursor = `&cursor=${encodeURIComponent(meta.next_cursor)}`
  }
}

/** Of the way there. */
export function wayFaults(
  seen: ReadonlySet<Level>,
  deferredMost: readonly Pick<Counts, 'priority' | 'deferred'>[],
): string[] {
  const unseen = LEVEL_NAMES.filter((_, level) => !seen.has(level as Level))
  return [
    ...unseen.map((name) => `${name} was never reached`),
    ...deferredMost.flatMap(({ priority, deferred }) => {
      if (priority === 'CRITICAL') return deferred > 0 ? ['records of CRITICAL symbols were deferred'] : []
      return deferred === 0 ? [`nothing of ${priority} was deferred: the drill has shown nothing`] : []
    }),
  ]
}
