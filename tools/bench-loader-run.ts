/**
 * One run of `npm run bench -- loader`: FOLDER KIND RUN FILE. The last line is its figures.
 *
 *   whole    the loader as it runs, over an embedded log that nobody else reads; the folder's log goes on
 *   stages   its stages one after the other, batch by batch; CPU of each. Beside them what two of them cost where each
 *            row is an object: the parser and contracts' encoder, which take the rows that the columns leave
 */
import { join } from 'node:path'
import { incompatibility, SCHEMAS } from '@k2/contracts/records/avro.ts'
import { Outgoing } from '@k2/contracts/records/outgoing.ts'
import { marketTopic, TOPICS } from '@k2/contracts/topics.ts'
import { heldRows } from '@k2/csv-loader/adapters/held.ts'
import { linesOf, surveyOf } from '@k2/csv-loader/adapters/source.ts'
import { csvLoader } from '@k2/csv-loader/compose.ts'
import type { TimedRow } from '@k2/csv-loader/core/asx.ts'
import { Ids } from '@k2/csv-loader/core/ids.ts'
import { KINDS } from '@k2/csv-loader/core/kinds.ts'
import { lineAt } from '@k2/csv-loader/core/lines.ts'
import { numbering } from '@k2/csv-loader/core/number.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import { inPlace } from '@k2/lake/store/files.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { frame } from '@k2/log/framing.ts'
import { contentHash, identity } from '@k2/market/identity.ts'
import { venue } from '@k2/market/instrument.ts'
import { realClock } from '@k2/service/clock.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { createTelemetry } from '@k2/service/telemetry.ts'

export interface Figures {
  readonly rows: number
  readonly skipped: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMemoryMb: number
  /** CPU seconds. */
  readonly stages: Readonly<Record<string, number>>
}

const ASX = venue('ASX')!
const SUBJECT = { companyId: '7078', symbol: 'BHP' }
/** The loader's own default. */
const APPEND_ROWS = 5_000

const [folder, kind, run, path] = process.argv.slice(2) as [string, 'trades' | 'quotes', 'whole' | 'stages', string]
const topic = marketTopic(`market.equities.${kind}.asx`)!
const log = openEmbeddedLog(join(folder, 'log'), { now: realClock.nowMs })
await log.createTopics(TOPICS)
const registry = log.registry(incompatibility)
const startMs = performance.now()
const before = process.cpuUsage()
const done = await (run === 'whole' ? whole() : stages())
const figures: Figures = {
  ...done,
  seconds: (performance.now() - startMs) / 1000,
  cpuSeconds: secondsOf(process.cpuUsage(before)),
  peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
}
await log.close()
process.stdout.write(`${JSON.stringify(figures)}\n`)

function secondsOf({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6
}

async function whole(): Promise<Pick<Figures, 'rows' | 'skipped' | 'stages'>> {
  const catalog = localCatalog({ warehouse: join(folder, 'warehouse'), now: realClock.nowMs })
  const store = directoryStore()
  const table = await openTable({ spec: topic.table, catalog, store, now: realClock.nowMs, random: Math.random })
  const query = () => Promise.reject(new Error('the lake is empty'))
  const loader = csvLoader(
    {
      log,
      registry,
      held: heldRows({ files: inPlace, log, registry, table, topic, query }),
      clock: realClock,
      logger: silentLogger,
      telemetry: createTelemetry({ service: 'bench', environment: 'bench' }),
      lagRecords: async () => 0,
      reached: () => {},
    },
    { topic, venue: ASX, appendRows: APPEND_ROWS, lagRecordsMax: 1, check: true },
  )
  const [report] = await loader.load([{ path, kind, ...SUBJECT }], new AbortController().signal)
  return { rows: report!.read, skipped: report!.skipped, stages: {} }
}

async function stages(): Promise<Pick<Figures, 'rows' | 'skipped' | 'stages'>> {
  const spent: Record<string, number> = {}
  async function timed<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    const since = process.cpuUsage()
    const result = await work()
    spent[name] = (spent[name] ?? 0) + secondsOf(process.cpuUsage(since))
    return result
  }
  const rowKind = KINDS[kind]
  const scan = rowKind.columns!.scan(ASX.zone)
  const write = rowKind.columns!.writer({ venue: ASX, subject: SUBJECT })
  const reader = rowKind.reader(ASX.zone)
  const ids = identity(ASX.exchange, rowKind.type, SUBJECT.symbol)
  const numbers = numbering(ids)
  const schemaId = await registry.register(`${topic.name}-value`, SCHEMAS[kind])
  const out = new Outgoing(frame(schemaId, new Uint8Array(0))).keyed(SUBJECT.symbol)
  const held = new Ids()
  const { digest } = await timed('digest', () => surveyOf(path))
  const batches = linesOf(path, digest)
  let rows = 0
  let found = 0
  for (;;) {
    const { value: lines, done: isEnd } = await timed('read_and_split', () => batches.next())
    if (isEnd) break
    const { count } = lines
    const columns = await timed('parse', () => scan(lines))
    const given = new Int32Array(count)
    const words = Array.from({ length: count }, () => new Uint32Array(4))
    await timed('number_and_id', () => {
      for (let i = 0; i < count; i++) {
        const day = columns.tradingDay[i]!
        if (!numbers.isOpen(day)) numbers.open(day, new Ids())
        given[i] = numbers.number(day, columns.timestampMicros[i]!, columns.contentHash[i]!)
        words[i]!.set(numbers.id)
      }
    })
    for (let i = 0; i < count; i += 2) held.set(words[i]!, 1)
    await timed('check_held', () => {
      for (let i = 0; i < count; i++) if (held.has(words[i]!)) found++
    })
    for (let from = 0; from < count; from += APPEND_ROWS) {
      const to = Math.min(count, from + APPEND_ROWS)
      await timed('encode', () => {
        for (let i = from; i < to; i++) write(out, columns, i, lines.bytes, words[i]!, given[i]!, realClock.nowMicros())
      })
      await timed('append', async () => void (await log.append(topic.name, out.take())))
    }
    const parsed = await timed('parse_as_objects', () =>
      Array.from({ length: count }, (_, i) => {
        const row = reader.parse(lineAt(lines, i).text) as TimedRow
        contentHash(rowKind.content(row))
        return row
      }),
    )
    await timed('encode_objects', () => {
      const sending = { venue: ASX, subject: SUBJECT, messageId: ids.numbered(1n), ingestionMicros: 1 }
      for (let i = 0; i < count; i++) rowKind.encode(parsed[i]!, { ...sending, sequence: BigInt(given[i]!) })
    })
    rows += count
  }
  if (found * 2 < rows) throw new Error(`half of ${rows} rows are held, and ${found} were found`)
  return { rows, skipped: 0, stages: spent }
}
