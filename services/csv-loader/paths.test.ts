import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import type { FileKind } from './core/resolve.ts'
import { expandPaths } from './paths.ts'

const NAMES = [
  'trades/1.csv',
  'trades/2.csv.gz',
  'trades/notes.txt',
  'quotes/1.csv',
  'reference-data/company_info.csv',
  'flat/3.csv',
]

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k2-paths-'))
  for (const name of NAMES) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), '')
  }
})
after(() => rm(folder, { recursive: true }))

// biome-ignore format: a table reads by its columns
const rows: [words: string[], type: FileKind | undefined, found: string[]][] = [
  [['trades/1.csv'],                undefined,   ['trades/1.csv']],
  [['trades/notes.txt'],            undefined,   ['trades/notes.txt']],
  [['none.csv'],                    undefined,   ['none.csv']],
  [['.'],                           undefined,   ['flat/3.csv', 'quotes/1.csv', 'reference-data/company_info.csv', 'trades/1.csv', 'trades/2.csv.gz']],
  [['.'],                           'quotes',    ['flat/3.csv', 'quotes/1.csv']],
  [['*/1.csv'],                     undefined,   ['quotes/1.csv', 'trades/1.csv']],
  [['trad*'],                       undefined,   ['trades/1.csv', 'trades/2.csv.gz']],
  [['trades/1.csv', 'trades'],      undefined,   ['trades/1.csv', 'trades/2.csv.gz']],
]
for (const [words, type, found] of rows) {
  test(`${words.join(' ')} with --type ${type}`, async () => {
    const paths = await expandPaths(
      words.map((word) => join(folder, word)),
      type,
    )
    assert.deepEqual(
      paths,
      found.map((name) => join(folder, name)),
    )
  })
}

test('a folder or a glob with nothing in it is refused with a sentence', async () => {
  const nothing = { code: 'INVALID_ARGUMENT', message: /nothing to load|no reference to load/ }
  await assert.rejects(expandPaths([join(folder, '*.xyz')], undefined), nothing)
  await assert.rejects(expandPaths([join(folder, 'trades')], 'reference'), nothing)
})
