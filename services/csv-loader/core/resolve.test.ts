import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCompanies } from './companies.ts'
import { isKnownName, kindOf, subjectOf } from './resolve.ts'

const COMPANIES = parseCompanies(
  'company_id,symbol,company_name,ISIN\r\n3153,MWR,MGM WIRELESS LTD,AU000000MWR6\r\n7078,BHP,"BHP, LTD",\r\n,,\r\n',
)

// biome-ignore format: a table reads by its columns
const rows: [path: string, symbol: string | undefined, companyId: string | null, found: string][] = [
  ['data/7078.csv',      undefined, '7078', 'BHP'],
  ['7078.csv.gz',        undefined, '7078', 'BHP'],
  ['data\\3153.csv',     'OTHER',   '3153', 'MWR'],
  ['data/9999.csv',      'XYZ',     '9999', 'XYZ'],
  ['renamed.csv',        'BHP',     null,   'BHP'],
]
for (const [path, symbol, companyId, found] of rows) {
  test(`${path} with --symbol ${symbol} is of ${found}`, () =>
    assert.deepEqual(subjectOf(path, 'trades', COMPANIES, symbol), { companyId, symbol: found }))
}

test('an unknown company without --symbol gets a sentence that says what to do', () => {
  assert.match(String(subjectOf('x/renamed.csv', 'quotes', COMPANIES, undefined)), /--symbol.*--companies/)
})

test('a symbol of the list that none has is refused', () =>
  assert.match(
    String(subjectOf('7.csv', 'trades', parseCompanies('company_id,symbol\n7,b hp\n'), undefined)),
    /"b hp" is no symbol/,
  ))

test('a symbol that none has is refused', () =>
  assert.match(String(subjectOf('renamed.csv', 'trades', COMPANIES, 'b hp')), /no symbol/))

test('a list without its columns names nobody', () => assert.equal(parseCompanies('a,b\n1,2\n').size, 0))

// biome-ignore format: a table reads by its columns
const places: [path: string, kind: string | undefined, known: boolean][] = [
  ['asx/trades/7078.csv',               'trades',    true],
  ['asx\\quotes\\7078.csv.gz',          'quotes',    true],
  ['asx/reference-data/mergers.csv',    'reference', true],
  ['anywhere/company_info.csv.zst',     'reference', true],
  ['asx/7078.csv',                      undefined,   true],
  ['asx/trades/notes.txt',              'trades',    false],
  ['asx/trades/.7078.csv.part',         'trades',    false],
]
for (const [path, kind, known] of places) {
  test(`${path} is of ${kind}`, () => assert.deepEqual([kindOf(path), isKnownName(path)], [kind, known]))
}
