/**
 * `npm run bench -- soak [MINUTES [ROWS_PER_SECOND [QUESTIONS_PER_SECOND]]]`: mixed questions at a steady rate while rows load, commits land, files
 * are compacted and snapshots dropped. Prints memory and handles over time, after a collection each, and at the end what each
 * part holds. Fails where they grow: the last third against the one before; the first is for warming up. What the
 * query-service keeps for the next question follows the data up to a bound: it is held against that, and is no growth of the
 * thread that it lies in. Fails where an answer does.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HeldMemory } from '@k2/lake/memory.ts'
import { startChild } from './bench-child.ts'
import type { LiveSent, Looked } from './bench-live-serve.ts'

const APPENDS_PER_SECOND = 5
const LOOK_MS = 5_000
const DAY = 'start_time=2014-03-09&end_time=2014-03-11'

type Grown = 'rss' | 'heapUsed' | 'external' | 'handles'
/** Growth that is no noise: by this share, and by this much. */
type Growth = readonly [share: number, amount: number]
const MEBIBYTE = 2 ** 20
const GROWTH_MAX: Readonly<Record<Grown, Growth>> = {
  rss: [0.1, 64 * MEBIBYTE],
  heapUsed: [0.1, 4 * MEBIBYTE],
  external: [0.1, 3 * MEBIBYTE],
  handles: [0.1, 8],
}
/** Of parts that go up and down, such as threads, which nobody collects: of the least that they held. */
const PARTS_GROWTH_MAX: readonly (readonly [name: RegExp, Growth])[] = [
  [/^(?!main ).* (heap|outside)$/, [0.2, 6 * MEBIBYTE]],
  [/ but for what it keeps$/, [0.1, 6 * MEBIBYTE]],
  [/^small pieces$/, [0.15, 12 * MEBIBYTE]],
  [/^large pieces$/, [0.3, 48 * MEBIBYTE]],
]

const ENGINE = 'query-engine'
/** Kept in V8's heap and outside of it; bars are kept in DuckDB's memory. */
const KEPT_IN_ENGINE = ['columns', 'footers', 'checked', 'wanted']

// biome-ignore format: a list reads by its line
const PATHS: readonly ((symbol: string) => string)[] = [
  (symbol) => `/v1/trades?symbol=${symbol}&limit=100`,
  (symbol) => `/v1/ohlcv/1m?symbol=${symbol}&${DAY}&limit=1000`,
  (symbol) => `/v1/trades?symbol=${symbol}&${DAY}&order=asc&limit=5000`,
  (symbol) => `/v1/trades?symbol=${symbol}&limit=1000&format=csv`,
  (symbol) => `/v1/asof?symbol=${symbol}&limit=100`,
  (symbol) => `/v1/trades?symbol=${symbol}&limit=100&source=lake`,
  () => '/v1/stats', () => '/v1/symbols',
]

export async function soakBench(minutes = 5, rowsPerSecond = 1_000, questionsPerSecond = 10): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-bench-soak-'))
  const child = await startChild<LiveSent>('./bench-live-serve.ts', [folder], ['--expose-gc'])
  const { url } = child.first as { url: string }
  const startMs = performance.now()
  const ms: number[] = []
  const looks: Looked[] = []
  const failures: string[] = []
  let rows = 0
  const steadily = async (everyMs: number, work: (n: number) => Promise<void>): Promise<void> => {
    for (let n = 0; performance.now() - startMs < minutes * 60_000; n++) {
      await work(n)
      await sleep(Math.max(0, startMs + (n + 1) * everyMs - performance.now()))
    }
  }
  const append = async () => {
    const count = Math.round(rowsPerSecond / APPENDS_PER_SECOND)
    await child.ask({ kind: 'append', rows: count })
    rows += count
  }
  const ask = async (n: number) => {
    const askedMs = performance.now()
    const path = PATHS[n % PATHS.length]!(`S${String((n * 7) % 50).padStart(2, '0')}`)
    const answer = await fetch(`${url}${path}`)
    const body = await answer.bytes()
    if (answer.status !== 200) failures.push(`${path}: ${answer.status} ${Buffer.from(body)}`)
    ms.push(performance.now() - askedMs)
  }
  const look = async () => {
    const seen = await child.ask<Looked>({ kind: 'look' })
    looks.push(seen)
    process.stderr.write(`${lineOf(performance.now() - startMs, rows, ms.length, seen)}\n`)
  }
  try {
    await Promise.all([
      steadily(1_000 / APPENDS_PER_SECOND, append),
      steadily(1_000 / questionsPerSecond, ask),
      steadily(LOOK_MS, look),
    ])
  } finally {
    child.process.disconnect()
    await child.ended
    await rm(folder, { recursive: true })
  }
  for (const share of [1 / 3, 2 / 3, 1]) {
    const seen = looks[Math.ceil(looks.length * share) - 1]
    if (seen) process.stderr.write(partsLine(seen))
  }
  const grown = grownOf(looks)
  if (grown.length > 0 || failures.length > 0) process.exitCode = 1
  for (const failure of failures.slice(0, 5)) process.stderr.write(`${failure}\n`)
  const at = (share: number) => Math.round(ms.toSorted((a, b) => a - b)[Math.floor((ms.length - 1) * share)]!)
  const asked = { questions: ms.length, failed: failures.length, p50_ms: at(0.5), p99_ms: at(0.99) }
  return { bench: 'soak', minutes, rows, ...asked, first: looks[0], last: looks.at(-1), grown }
}

/** What grew, in words. */
export function grownOf(looks: readonly Looked[]): string[] {
  const third = Math.floor(looks.length / 3)
  const thirds = [looks.slice(third, 2 * third), looks.slice(2 * third)] as const
  const grown = (name: string, values: (look: Looked) => number | undefined, at: number, [share, amount]: Growth) => {
    const [before, after] = thirds.map((some) => {
      const sorted = some.map((look) => values(look) ?? 0).toSorted((a, b) => a - b)
      return sorted[Math.floor((sorted.length - 1) * at)] ?? 0
    }) as [number, number]
    return after - before > Math.max(amount, before * share) ? [`${name} grew from ${before} to ${after}`] : []
  }
  const parts = Object.keys(looks.length > 0 ? partsIn(looks.at(-1)!) : {}).flatMap((name) => {
    const max = PARTS_GROWTH_MAX.find(([pattern]) => pattern.test(name))?.[1]
    return max === undefined ? [] : grown(name, (look) => partsIn(look)[name], 0, max)
  })
  return [
    ...(Object.keys(GROWTH_MAX) as Grown[]).flatMap((name) => grown(name, (look) => look[name], 0.5, GROWTH_MAX[name])),
    ...parts,
    ...beyond(looks),
  ]
}

/** With one part for the query-service's thread: what it holds less what it says that it keeps. */
function partsIn({ parts, kept }: Looked): Looked['parts'] {
  const { [`${ENGINE} heap`]: heap, [`${ENGINE} outside`]: outside, ...others } = parts
  if (heap === undefined || outside === undefined) return parts
  const keeps = KEPT_IN_ENGINE.reduce((sum, kind) => sum + (kept[kind]?.bytes ?? 0), 0)
  return { ...others, [`${ENGINE} but for what it keeps`]: heap + outside - keeps }
}

/** What was ever kept beyond its bound. */
function beyond(looks: readonly Looked[]): string[] {
  const most = new Map<string, HeldMemory>()
  for (const { kept } of looks)
    for (const [kind, held] of Object.entries(kept))
      if (held.bytes > (most.get(kind)?.bytes ?? -1)) most.set(kind, held)
  return [...most].flatMap(([kind, { bytes, bytesMax }]) =>
    bytes <= bytesMax ? [] : [`kept ${kind} grew from ${bytesMax}, the most there may be, to ${bytes}`],
  )
}

function partsLine({ parts, kept }: Looked): string {
  const mebibytes = (bytes: number) => (bytes / MEBIBYTE).toFixed(1)
  const told = Object.entries(parts).map(([name, bytes]) => `${name} ${mebibytes(bytes)}`)
  for (const [kind, { bytes, bytesMax }] of Object.entries(kept))
    told.push(`kept ${kind} ${mebibytes(bytes)} of ${mebibytes(bytesMax)}`)
  return `MiB: ${told.join(', ')}\n`
}

function lineOf(ms: number, rows: number, questions: number, seen: Looked): string {
  const megabytes = (bytes: number) => `${Math.round(bytes / MEBIBYTE)} MiB`
  const memory = `RSS ${megabytes(seen.rss)}, heap ${megabytes(seen.heapUsed)}, outside ${megabytes(seen.external)}`
  const lake = `${seen.files} files, ${seen.snapshots} snapshots`
  return `${Math.round(ms / 1000)} s: ${rows} rows, ${questions} questions; ${memory}, ${seen.handles} handles; ${lake}`
}
