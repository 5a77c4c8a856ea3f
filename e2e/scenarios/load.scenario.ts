/**
 * Files in, exact rows out: each row once, whatever the files are called, packed in, or cut into. The generated sample
 * always; the real files where they are.
 */
import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { writeSample } from '@k2/embedded/sample.ts'
import { asxFiles, ofRealFiles } from '../worlds/samples.ts'
import { inWorld, landedRows, type MakeWorld, reportsOf, type Work, type World } from '../worlds/world.ts'

const SEED = 7

interface Dataset {
  readonly name: string
  readonly table: 'trades_v2' | 'quotes_v2'
  /** Paths of the files, the largest first. */
  readonly files: (folder: string) => Promise<string[]>
  readonly rows: number | null
  readonly duplicates: number | null
}

async function generatedQuotes(folder: string): Promise<string[]> {
  const trades = await writeSample(folder, SEED)
  return trades.map((path) => join(folder, 'quotes', basename(path)))
}

// biome-ignore format: a table reads by its columns
const datasets: readonly Dataset[] = [
  { name: `generated trades, seed ${SEED}`, table: 'trades_v2', files: (folder) => writeSample(folder, SEED), rows: null,   duplicates: null },
  { name: `generated quotes, seed ${SEED}`, table: 'quotes_v2', files: generatedQuotes,                       rows: null,   duplicates: null },
  ...ofRealFiles((real): Dataset[] => [
    { name: 'real ASX trades', table: 'trades_v2', files: async () => asxFiles(real, 'trades'), rows: 91_874, duplicates: 3_196 },
    { name: 'real ASX quotes', table: 'quotes_v2', files: async () => asxFiles(real, 'quotes'), rows: 78_458, duplicates: null },
  ]),
]

async function linesOf(paths: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')))
  return texts.flatMap((text, i) =>
    text
      .split('\r\n')
      .filter((line) => line !== '')
      .map((line) => `${basename(paths[i]!)} ${line}`),
  )
}

export function loadScenario(make: MakeWorld, msMax = 300_000): void {
  for (const dataset of datasets) {
    test(`${dataset.name}: each row once, and loading again adds nothing`, { timeout: msMax }, () =>
      inWorld(make, (world, folder) => loadAgain(dataset, world, join(folder, 'files'))),
    )
  }
}

async function loaded(world: World, work: Work) {
  const end = await world.live(work).ended
  assert.equal(end.code, 0, end.err.slice(-4_000))
  const files = reportsOf(end)
  const sum = (name: 'read' | 'sent' | 'skipped' | 'rejected') => files.reduce((total, file) => total + file[name], 0)
  return { files, read: sum('read'), sent: sum('sent'), skipped: sum('skipped'), rejected: sum('rejected') }
}

async function loadAgain(dataset: Dataset, world: World, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const { table } = dataset
  const type = ['--type', table === 'trades_v2' ? 'trades' : 'quotes']
  const files = await dataset.files(folder)
  const lines = await linesOf(files)
  const rows = lines.length
  const duplicates = rows - new Set(lines).size
  if (dataset.rows !== null) assert.equal(rows, dataset.rows)
  if (dataset.duplicates !== null) assert.equal(duplicates, dataset.duplicates)
  if (dataset.table === 'trades_v2') assert.ok(duplicates > 0, 'the input has identical rows')

  const first = await loaded(world, { csv: files })
  assert.deepEqual([first.read, first.sent, first.rejected], [rows, rows, 0])
  assert.equal((await landedRows(world))[table], rows)

  const largest = await readFile(files[0]!)
  const pieces = cut(largest.toString('latin1'))
  const copies: [name: string, bytes: Uint8Array | string][] = [
    ['renamed.csv', largest],
    ['packed.csv.gz', gzipSync(largest)],
    ['packed.bin', zstdCompressSync(largest)],
    ...pieces.map((piece, i): [string, string] => [`piece${i}.csv`, piece]),
  ]
  for (const [name, bytes] of copies) await writeFile(join(folder, name), bytes)
  const symbol = first.files.find(({ path }) => path === files[0])!.symbol
  const again = await loaded(world, {
    csv: [...files, ...copies.map(([name]) => join(folder, name))],
    options: [...type, '--symbol', symbol],
  })
  assert.deepEqual([again.sent, again.rejected], [0, 0])
  assert.equal((await landedRows(world))[table], rows)
  const known = again.files.filter((file) => file.known).length
  assert.equal(known, files.length + 3, 'renamed and packed files are known by their content')
  assert.ok(again.skipped > 0, 'pieces are other content, so they were read, and every row was known')

  // The pieces alone, as another symbol's, make the whole: overlaps land once.
  const apart = await loaded(world, {
    csv: pieces.map((_, i) => join(folder, `piece${i}.csv`)),
    options: [...type, '--symbol', 'APART'],
  })
  const whole = largest.toString('latin1').split('\r\n').length - 1
  assert.equal(apart.sent, whole)
  assert.equal((await landedRows(world))[table], rows + whole)
}

/** Three overlapping pieces, cut where a row differs from the one before: inside a run of identical rows nobody could tell. */
function cut(text: string): string[] {
  const lines = text.split('\r\n').filter((line) => line !== '')
  const edge = (at: number): number => {
    let edge = Math.floor(at)
    while (lines[edge] === lines[edge - 1] || millisecondOf(lines[edge]!) === millisecondOf(lines[edge - 1]!)) edge++
    return edge
  }
  const edges = [0.35, 0.45, 0.7, 0.8].map((share) => edge(share * lines.length))
  const piece = (from: number, to: number): string =>
    lines
      .slice(from, to)
      .map((line) => `${line}\r\n`)
      .join('')
  return [piece(0, edges[1]!), piece(edges[0]!, edges[3]!), piece(edges[2]!, lines.length)]
}

const millisecondOf = (line: string): string => line.split(',').slice(0, 2).join()
