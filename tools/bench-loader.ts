/**
 * `npm run bench -- loader [ROWS]`: generated ASX files to an embedded log, without sink and query; each run in a
 * process of its own (bench-loader-run.ts), and all of them in turn, so that a noisy minute is everybody's.
 */
import { execFileSync } from 'node:child_process'
import { appendFile, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sample, seeded } from '@k2/embedded/sample.ts'
import type { Figures } from './bench-loader-run.ts'

const ROUNDS = 3
const QUOTE_STEP_MS = 40
const DAY_MS = 57_000_000
const DAYS = ['03/10/2014', '03/11/2014', '03/12/2014', '03/13/2014', '03/14/2014']

export async function loaderBench(rows: number): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-bench-loader-'))
  try {
    const trades = join(folder, 'trades.csv')
    const again = join(folder, 'again.csv')
    const quotes = join(folder, 'quotes.csv')
    await writeFile(trades, sample(1, rows).find(({ name }) => name === 'trades/9001.csv')!.text)
    await writeFile(quotes, quotesText(rows))
    // One row more is another file, whose other rows are all held.
    await copyFile(trades, again)
    await appendFile(again, '03/12/2014,23:00:00.000,1,1,0,,\r\n')
    const runs: Record<string, Figures[]> = {
      trades: [],
      trades_again: [],
      quotes: [],
      stages_trades: [],
      stages_quotes: [],
    }
    for (let round = 0; round < ROUNDS; round++) {
      const data = join(folder, String(round))
      runs.trades!.push(figuresOf(data, 'trades', 'whole', trades))
      runs.trades_again!.push(figuresOf(data, 'trades', 'whole', again))
      runs.quotes!.push(figuresOf(data, 'quotes', 'whole', quotes))
      runs.stages_trades!.push(figuresOf(data, 'trades', 'stages', trades))
      runs.stages_quotes!.push(figuresOf(data, 'quotes', 'stages', quotes))
      await rm(data, { recursive: true })
    }
    return { bench: 'loader', ...Object.fromEntries(Object.entries(runs).map(([name, one]) => [name, summary(one)])) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function figuresOf(folder: string, kind: string, run: string, path: string): Figures {
  const args = [fileURLToPath(new URL('./bench-loader-run.ts', import.meta.url)), folder, kind, run, path]
  const out = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  return JSON.parse(out.trim().split('\n').at(-1)!)
}

/** Medians of the rounds. */
function summary(runs: readonly Figures[]): object {
  const { rows, skipped, stages } = runs[0]!
  const middle = (of: (one: Figures) => number): number =>
    runs.map(of).sort((a, b) => a - b)[Math.floor(runs.length / 2)]!
  const micros = (of: (one: Figures) => number): number => Math.round((middle(of) / rows) * 1e8) / 100
  const names = Object.keys(stages)
  if (names.length > 0) {
    return Object.fromEntries(names.map((name) => [`${name}_cpu_micros_per_row`, micros((one) => one.stages[name]!)]))
  }
  return {
    rows,
    skipped,
    rows_per_second: Math.round(rows / middle(({ seconds }) => seconds)),
    rows_per_cpu_second: Math.round(rows / middle(({ cpuSeconds }) => cpuSeconds)),
    cpu_micros_per_row: micros(({ cpuSeconds }) => cpuSeconds),
    peak_memory_mb: middle(({ peakMemoryMb }) => peakMemoryMb),
  }
}

/** As many as there are trades: the sample has fewer. */
function quotesText(rows: number): string {
  const random = seeded(1)
  const whole = (below: number): number => Math.floor(random() * below)
  const perDay = Math.ceil(rows / DAYS.length)
  const stepMs = Math.min(QUOTE_STEP_MS, DAY_MS / perDay)
  return Array.from({ length: rows }, (_, i) => {
    const clock = new Date(21_600_000 + Math.floor((i % perDay) * stepMs)).toISOString().slice(11, 23)
    const bid = 36_000 + whole(900)
    const sizes =
      whole(50) === 0
        ? `${bid / 1000},0.0,${whole(9_000)},0`
        : `${bid / 1000},${(bid + whole(20)) / 1000},${whole(9_000)},${whole(9_000)}`
    return `${DAYS[Math.floor(i / perDay)]},${clock},${sizes}\r\n`
  }).join('')
}
