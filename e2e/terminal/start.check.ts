/**
 * `npm start -- --no-feed` as a person sees it, in terminals of two sizes: while it loads, when it has shown its examples, and after
 * Ctrl-C; and its help. Held against the texts beside this file.
 *
 *   K2_UPDATE=1   writes these texts anew: look at their difference before you keep it
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { normal } from './normal.ts'
import { inTerminal, type Pane } from './tmux.ts'

const ROOT = join(import.meta.dirname, '../..')
const IS_UPDATE = process.env.K2_UPDATE === '1'
/** Slow enough to look at. */
const ROWS_PER_SECOND = 5_000

const SIZES: readonly [columns: number, rows: number][] = [
  [100, 30],
  [80, 24],
]

for (const [columns, rows] of SIZES) {
  const size = `${columns}x${rows}`
  // Of one length wherever the tree lies, since lines break by it.
  const data = `node_modules/.cache/terminal-${columns}`
  test(`a start in a terminal of ${size}`, { timeout: 180_000 }, async () => {
    await rm(join(ROOT, data), { recursive: true, force: true })
    try {
      await inTerminal({ columns, rows, cwd: ROOT }, (pane) => startTwice(pane, size, data))
    } finally {
      await rm(join(ROOT, data), { recursive: true, force: true })
    }
  })
}

async function startTwice(pane: Pane, size: string, data: string): Promise<void> {
  // One commit, and no word of slow answers, however slow the machine is.
  const start = `clear; K2_SINK_COMMIT_AGE=1h K2_QUERY_SLOW=60s npm --silent start -- --no-feed --data ${data} --port 0 --grpc-port 0`
  pane.type(`${start} --rate ${ROWS_PER_SECOND}`, 'Enter')
  await pane.until(/loading 7 of 9[\s\S]* rows\/s[\s\S]* left/)
  // The figures of the files before it come with the next look at log and lake.
  const loading = await pane.until(/^reference +(\d+ +)?3 /m)
  await compare(`loading-${size}.txt`, normal(loading, true))
  await pane.until(/^More: /m)
  await pane.until(/^trades .* 13,275 +\d+ +0 /m)
  await compare(`serving-${size}.txt`, normal(pane.seen(true), false))
  pane.type('C-c')
  await pane.until(/^Stopped\./m)
  pane.type(start, 'Enter')
  await pane.until(/^Nothing to load/m)
  await pane.until(/^More: /m)
  await compare(`again-${size}.txt`, normal(beforeExamples(pane.seen(true)), false))
  pane.type('C-c')
  await pane.until(/^Stopped\./m)
}

test('--help fits 80 columns', async () => {
  const help = execFileSync(process.execPath, ['embedded/main.ts', '--help'], { cwd: ROOT }).toString()
  assert.deepEqual(
    help.split('\n').filter((line) => line.length > 80),
    [],
  )
  await compare('help.txt', help)
})

const beforeExamples = (screen: string): string => screen.slice(0, screen.search(/^The last trades/m)).trimEnd()

async function compare(name: string, seen: string): Promise<void> {
  const path = join(import.meta.dirname, name)
  if (IS_UPDATE) return writeFile(path, seen)
  assert.equal(seen, await readFile(path, 'utf8'), `${name} is otherwise; K2_UPDATE=1 writes it anew`)
}
