/**
 * An as-of join, from the question to its answer and proof: two tables, seen at one moment.
 *
 *   views of trades and quotes ─► plan trades ─► span of the page (worker) ─► plan quotes around it ─► join (worker)
 *                                                └─ that of a short question: its own
 *
 * The page's trades are looked for first, so that of the quotes only the files of their symbols and times are read, back
 * to `max_age` before the first of them; and then the trades themselves are read where they lie.
 */
import { overFiles } from '@k2/lake/store/files.ts'
import type { Answer } from './answers.ts'
import { type AskPorts, expectedOf, metaOf, planOf, readingOf, readsFor, stagesOf } from './ask.ts'
import { type AsOfQuestion, quotesFor, spanSaid, within } from './core/as-of.ts'
import { checkCost } from './core/cost.ts'
import { inOrder } from './core/pages.ts'
import { checkWhole, type Part, prepare, release } from './prepare.ts'

/** Errors as `ask`. */
export async function askAsOf(ports: AskPorts, question: AsOfQuestion, signal: AbortSignal): Promise<Answer> {
  const startMs = performance.now()
  const { tables, files, worker } = ports
  const prepared = await prepare([tables.trades, tables.quotes], question, signal)
  const preparedMs = performance.now()
  const { asked, parts } = prepared
  const [trades, quotes] = parts as [Part, Part]
  try {
    const found = await planOf(trades, asked.filter, undefined)
    const tradesPlan = found && { ...found, files: inOrder(found.files, asked) }
    const expected = await expectedOf(ports, asked, trades, tradesPlan)
    checkCost(asked, expected, ports.readBytesMax)
    const { told, stages, filter, quotesPlan } = await overFiles(
      files,
      tradesPlan?.files ?? [],
      signal,
      async (paths) => {
        const tradesReading = readingOf(trades, paths)
        const span = spanSaid(asked) ?? (await worker.call('span', asked, tradesReading, signal))
        const filter = quotesFor(asked, span)
        const quotesPlan = await planOf(quotes, filter, undefined)
        // Which quotes, only its trades tell where it does not say its own times.
        checkCost(asked, [...expected, ...(quotesPlan?.files ?? [])], ports.readBytesMax)
        return overFiles(files, quotesPlan?.files ?? [], signal, async (others) => {
          const plannedMs = performance.now()
          const page = span === undefined ? asked : within(asked, span)
          const told = await worker.call('asOf', page, tradesReading, readingOf(quotes, others), filter, signal)
          return { told, filter, quotesPlan, stages: stagesOf(told, { startMs, preparedMs, plannedMs }) }
        })
      },
    )
    checkWhole(prepared)
    const looked = () => [
      { part: trades, filter: asked.filter, plan: tradesPlan, expected },
      { part: quotes, filter, plan: quotesPlan, expected: quotesPlan?.files ?? [] },
    ]
    const reads = await readsFor(ports, question, startMs, looked, signal)
    return { body: told.body, meta: metaOf(prepared, told, { startMs, stages }), ...(reads && { reads }) }
  } finally {
    release(prepared)
  }
}
