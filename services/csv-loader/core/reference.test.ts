import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatInstant } from '@k2/market/instant.ts'
import { type ReferenceRow, referenceContent, referenceReader } from './reference.ts'

const HEADER = 'company_id,symbol,company_name,ISIN,start_date,end_date'
const BHP = '7078,BHP,BHP BILLITON LTD,AU000000BHP4,05/07/2008,03/31/2014'

/** As the loader does: every line seen, then every line read. */
function read(lines: readonly string[]) {
  const reader = referenceReader()
  for (const line of lines) assert.equal(reader.preview(line), undefined)
  return lines.map((line) => reader.parse(line)).filter((row) => row !== null)
}

function company(lines: readonly string[]): ReferenceRow {
  const [row] = read(lines)
  assert.ok(row && 'symbol' in row, JSON.stringify(row))
  return row
}

const day = (micros: number | null): string | null => (micros === null ? null : formatInstant(micros).slice(0, 10))

// biome-ignore format: a table reads by its columns
const good: [name: string, line: string, symbol: string, title: string, from: string | null, to: string | null, active: boolean][] = [
  ['the extract ends with it',  BHP,                                              'BHP', 'BHP BILLITON LTD', '2008-05-07', '2014-03-31', true],
  ['gone before that',          '1,OLD,OLD LTD,,11/06/2003,03/30/2014',           'OLD', 'OLD LTD',          '2003-11-06', '2014-03-30', false],
  ['without dates',             '1,NEW,NEW LTD,,,',                               'NEW', 'NEW LTD',          null,         null,         true],
  ['a name with a comma',       '1,QTE,"QUOTE, ""Q"" LTD",,01/01/1901,',          'QTE', 'QUOTE, "Q" LTD',   '1901-01-01', null,         true],
]
for (const [name, line, symbol, title, from, to, active] of good) {
  test(`a company: ${name}`, () => {
    const row = company([HEADER, line, BHP])
    assert.deepEqual(
      [row.symbol, row.companyName, day(row.listingMicros), day(row.delistingMicros), row.isActive],
      [symbol, title, from, to, active],
    )
  })
}

// biome-ignore format: a table reads by its columns
const bad: [line: string, code: string, reason: RegExp][] = [
  ['7078,BHP,BHP BILLITON LTD',           'fields', /3 fields where its header has 6/],
  ['7078,,BHP BILLITON LTD,,,',           'value',  /symbol is empty/],
  ['7078,b hp,BHP BILLITON LTD,,,',       'value',  /symbol "b hp"/],
  ['7078,BHP,BHP LTD,,2008-05-07,',       'time',   /start_date "2008-05-07" is not MM/],
  ['7078,BHP,BHP LTD,,05/07/2008,02/30/2014', 'time', /end_date 02\/30\/2014 does not exist/],
  ['7078,BHP,BHP\0 LTD,,,',               'line',   /NUL/],
]
for (const [line, code, reason] of bad) {
  test(`${JSON.stringify(line)} is no company`, () => {
    const [fault] = read([HEADER, line])
    assert.ok(fault && 'reason' in fault)
    assert.equal(fault.code, code)
    assert.match(fault.reason, reason)
  })
}

test('columns may come in any order and spelling; those without a place are the vendor’s own', () => {
  const row = company(['Company ID,Sector,symbol,company name,end_date', '7078,Mining,BHP,BHP LTD,03/31/2014'])
  assert.deepEqual(row.others, { sector: 'Mining', end_date: '03/31/2014' })
})

test('an empty list has no rows', () =>
  assert.deepEqual(read(['company id,effective date,ratio', '--- NO RECORDS TO REPORT ---']), []))

test('a list of other things is refused row by row, with its columns named', () => {
  const [fault] = read(['company id,effective date,ratio', '7078,03/10/2014,0.5'])
  assert.ok(fault && 'reason' in fault)
  assert.match(fault.reason, /list of company_id, effective_date, ratio/)
})

test('a file whose first line names no company_id is no reference data', () =>
  assert.match(String(referenceReader().preview('03/10/2014,07:57:14.754,36.667,20000,3,X,')), /no column company_id/))

test('what is said in another order of columns is the same content', () => {
  const contents = [
    [HEADER, BHP],
    [
      'symbol,company_id,end_date,start_date,isin,company_name',
      'BHP,7078,03/31/2014,05/07/2008,AU000000BHP4,BHP BILLITON LTD',
    ],
  ].map((lines) => referenceContent(company(lines)))
  assert.equal(contents[0], contents[1])
})
