import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileReport } from '@k2/csv-loader/compose.ts'
import { inUseText } from '../holder.ts'
import type { StoreFigures } from './figures.ts'
import { continuesText, fileText, loadedText, plainProgress } from './sentences.ts'
import { paints } from './text.ts'

const plain = paints(false)
const store = (kind: StoreFigures['kind'], inLake: number, waiting = 0): StoreFigures => ({
  ...{ kind, inLake, waiting, inLog: inLake + waiting, answered: 0, lastCommit: null, holes: 0 },
})
const report = (more: Partial<FileReport>): FileReport => ({
  ...{ path: 'x/7078.csv', kind: 'trades', symbol: 'BHP', known: false, failed: null, rejections: [] },
  ...{ read: 0, sent: 0, skipped: 0, rejected: 0 },
  ...more,
})
const loaded = report({ read: 1_200, sent: 1_200 })

// biome-ignore format: a table reads by its columns
const told: [text: string | undefined, wanted: string | undefined][] = [
  [continuesText('.k2', [store('trades', 0), store('quotes', 0)]), undefined],
  [continuesText('.k2', [store('trades', 1_200), store('quotes', 0)]), '.k2 continues: 1,200 rows in the lake (1,200 trades).\n'],
  [continuesText('.k2', [store('trades', 0, 7)]), '.k2 continues: 0 rows in the lake; 7 wait in the log, and land now.\n'],
  [fileText(loaded, 1_234, plain), '✓ 7078.csv   trades BHP   1,200 rows in 1.2 s\n'],
  [fileText(report({ read: 9, sent: 5, skipped: 3, rejected: 1 }), 0, plain), '! 7078.csv   trades BHP   9 rows in 0.0 s, 3 of them there before, 1 rejected\n'],
  [fileText(report({ known: true }), 0, plain), '· 7078.csv   trades BHP   loaded before\n'],
  [fileText(report({ path: 'mergers.csv', kind: 'reference', symbol: '*' }), 0, plain), '· mergers.csv   reference   has no rows\n'],
  [fileText(report({ failed: 'It is UTF-16.' }), 0, plain), '✗ 7078.csv   It is UTF-16.\n'],
  [loadedText([loaded, report({ read: 3, skipped: 2, rejected: 1 }), report({ failed: 'x' })], 2_000), 'Loaded 1,200 rows of 3 files in 2.0 s; 2 were there before; 1 rejected; 1 file failed.\n'],
  [loadedText([report({ known: true }), report({})], 10), 'Nothing to load: all 2 files were loaded before, or have no new rows.\n'],
  [loadedText([report({ known: true })], 10), 'Nothing to load: the file was loaded before, or has no new rows.\n'],
  [plainProgress({ ...loaded, line: 1_200, linesAll: 4_800 }, 1_000), '7078.csv  25%  1,200 rows  1,200 rows/s  3.0 s left  1,200 sent, 0 skipped, 0 rejected\n'],
  [inUseText('.k2', { pid: 7, url: 'http://127.0.0.1:8080', grpc: '127.0.0.1:50051' }), 'Another K2, process 7, works in .k2. Ask that one at http://127.0.0.1:8080 or, over gRPC, at 127.0.0.1:50051; stop it with kill 7; or give this one a folder of its own: --data FOLDER.'],
  [inUseText('.k2', undefined), 'Another K2 works in .k2, and is starting or ending. Try again in a moment, or give this one a folder of its own: --data FOLDER.'],
]
for (const [text, wanted] of told) test(wanted?.trim() ?? 'nothing to say', () => assert.equal(text, wanted))
