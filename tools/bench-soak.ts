/**
 * `npm run bench -- soak [MINUTES [ROWS_PER_SECOND]]`: mixed questions at a steady rate while rows load, commits land, files
 * are compacted and snapshots dropped. Prints memory and handles over time, after a collection each. Fails where they
 * grow: the last third against the one before; the first is for warming up. Fails where an answer does.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from './bench-child.ts'
import type { LiveSent, Looked } from './bench-live-serve.ts'

const APPENDS_PER_SECOND = 5
const QUESTIONS_PER_SECOND = 10
const LOOK_MS = 5_000
const DAY = 'start_time=2014-03-09&end_time=2014-03-11'

type Grown = 'rss' | 'heapUsed' | 'external' | 'handles'
/** Growth of a median that is no noise: by this share of it, and by this much. */
const GROWTH_MAX: Readonly<Record<Grown, readonly [share: number, amount: number]>> = {
  rss: [0.1, 64 * 2 ** 20],
  heapUsed: [0.1, 8 * 2 ** 20],
  external: [0.2, 32 * 2 ** 20],
  handles: [0.1, 8],
}

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

export async function soakBench(minutes = 5, rowsPerSecond = 1_000): Promise<object> {
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
      steadily(1_000 / QUESTIONS_PER_SECOND, ask),
      steadily(LOOK_MS, look),
    ])
  } finally {
    child.process.disconnect()
    await child.ended
    await rm(folder, { recursive: true })
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
  const medianOf = (some: readonly Looked[], name: Grown) =>
    some.map((look) => look[name]).toSorted((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0
  return (Object.keys(GROWTH_MAX) as Grown[]).flatMap((name) => {
    const [before, after] = [medianOf(looks.slice(third, 2 * third), name), medianOf(looks.slice(2 * third), name)]
    const [share, amount] = GROWTH_MAX[name]
    return after - before > Math.max(amount, before * share) ? [`${name} grew from ${before} to ${after}`] : []
  })
}

function lineOf(ms: number, rows: number, questions: number, seen: Looked): string {
  const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`
  const memory = `RSS ${megabytes(seen.rss)}, heap ${megabytes(seen.heapUsed)}, outside ${megabytes(seen.external)}`
  const lake = `${seen.files} files, ${seen.snapshots} snapshots`
  return `${Math.round(ms / 1000)} s: ${rows} rows, ${questions} questions; ${memory}, ${seen.handles} handles; ${lake}`
}
