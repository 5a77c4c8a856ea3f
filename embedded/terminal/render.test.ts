import assert from 'node:assert/strict'
import { test } from 'node:test'
import { viewLines } from './render.ts'
import type { CurrentFile, TableFigures, ViewState } from './state.ts'
import { paints, width } from './text.ts'

const NOW_MS = 1_000_000
const plain = paints(false)
const table = (kind: TableFigures['kind'], figures: Partial<TableFigures> = {}): TableFigures => ({
  ...{ kind, read: 0, rejected: 0, inLog: 0, waiting: 0, inLake: 0, answered: 0, lastCommit: null },
  ...figures,
})
const state: ViewState = {
  stage: 'serving',
  files: { at: 0, all: 0 },
  current: null,
  leftMs: null,
  tables: [
    table('trades', {
      ...{ read: 13_275, inLog: 13_275, waiting: 275, inLake: 13_000, answered: 5 },
      lastCommit: { rows: 13_000, files: 3, atMs: NOW_MS - 2_400 },
    }),
    table('quotes', { read: 12, rejected: 2 }),
  ],
  answered: 5,
  doors: { url: 'http://127.0.0.1:8080', grpc: '127.0.0.1:50051' },
  nowMs: NOW_MS,
}
const current: CurrentFile = {
  path: 'x/7078.csv',
  kind: 'trades',
  symbol: 'BHP',
  elapsedMs: 1_000,
  advance: { path: 'x/7078.csv', line: 50_000, linesAll: 200_000, read: 50_000, sent: 50_000, skipped: 0, rejected: 0 },
}
const loading: ViewState = { ...state, stage: 'loading', files: { at: 4, all: 9 }, current, leftMs: 150_000 }

// biome-ignore format: a view reads by its lines
const views: [name: string, state: ViewState, cells: number, lines: string[]][] = [
  ['all that there is, where there is room', state, 100, [
    '────────────────────────────────────────────────────────────────────────────────────────────────────',
    'serving   http://127.0.0.1:8080   gRPC 127.0.0.1:50051   Ctrl-C ends it   5 questions answered',
    '         files →     log →    sink →    lake →    query',
    '            read      held   waiting    landed  answers  rejected  last commit',
    'trades    13,275    13,275       275    13,000        5         0  13,000 in 3 files, 2 s ago',
    'quotes        12         0         0         0        0         2  none yet',
  ]],
  ['the least needed goes first', state, 50, [
    '──────────────────────────────────────────────────',
    'serving   http://127.0.0.1:8080   Ctrl-C ends it',
    '           log →    sink →    lake →',
    '            held   waiting    landed  last commit',
    'trades    13,275       275    13,000  2 s ago',
    'quotes         0         0         0  none yet',
  ]],
  ['a file that is read', loading, 80, [
    '────────────────────────────────────────────────────────────────────────────────',
    'loading 4 of 9   7078.csv   trades BHP   all of it in 3 min',
    '██████░░░░░░░░░░░░░░░░░░░░  25%   50,000 rows   50,000 rows/s   3.0 s left',
    '         files →     log →    sink →    lake →    query',
    '            read      held   waiting    landed  answers  rejected  last commit',
    'trades    13,275    13,275       275    13,000        5         0  2 s ago',
    'quotes        12         0         0         0        0         2  none yet',
  ]],
]
for (const [name, of, cells, lines] of views)
  test(`${name}: ${cells} cells`, () => assert.deepEqual(viewLines(of, cells, plain), lines))

test('a file that is looked at, of a list that holds all symbols', () => {
  const looking = { ...loading, current: { ...current, symbol: '*', kind: 'reference' as const, advance: null } }
  assert.deepEqual(viewLines({ ...looking, leftMs: null }, 60, plain).slice(1, 3), [
    'loading 4 of 9   7078.csv   reference',
    'looking at it',
  ])
})

test('one that is told to end says so, also while it loads', () =>
  assert.match(viewLines({ ...loading, stage: 'stopping' }, 90, plain)[1]!, /^stopping: .*Ctrl-C once more/))

test('no line is wider than the terminal, however narrow, in colours too', () => {
  for (const one of [state, loading]) {
    for (let cells = 1; cells <= 130; cells++) {
      for (const line of viewLines(one, cells, paints(true))) assert.ok(width(line) <= cells, `${cells}: ${line}`)
    }
  }
})
