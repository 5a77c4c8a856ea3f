import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Row } from '@k2/client/message.ts'
import { EMPTY } from '@k2/client/proof.fixture.ts'
import { type Format, renderer } from './render.ts'

const NAMES = ['symbol', 'price', 'conditions', 'vendor']
const row = (
  symbol: string,
  price: string | null,
  conditions: string[],
  vendor: Record<string, string> | null,
): Row => ({
  symbol,
  price,
  conditions,
  vendor,
})
const KTA = row('KTA', '36.58', ['1', 'XT'], { a: 'b "c"' })
const KNF = row('KNF', null, [], null)
const LONG = row('LONGER', '1000.5', [], null)

// biome-ignore format: a table reads by its columns
const written: [format: Format, pages: Row[][], text: string][] = [
  ['ndjson', [[KTA], [KNF]], '{"symbol":"KTA","price":"36.58","conditions":["1","XT"],"vendor":{"a":"b \\"c\\""}}\n{"symbol":"KNF","price":null,"conditions":[],"vendor":null}\n'],
  ['ndjson', [[]],           ''],
  ['csv',    [[KTA], [KNF]], 'symbol,price,conditions,vendor\r\nKTA,36.58,"[""1"",""XT""]","{""a"":""b \\""c\\""""}"\r\nKNF,,[],\r\n'],
  ['csv',    [[]],           'symbol,price,conditions,vendor\r\n'],
  ['table',  [[KTA, KNF]],   'symbol  price  conditions  vendor\nKTA     36.58  1,XT        {"a":"b \\"c\\""}\nKNF         -              -\n0 rows · complete\n'],
  ['table',  [[KNF], [LONG]],'symbol  price  conditions  vendor\nKNF         -                   -\nLONGER  1000.5                   -\n0 rows · complete\n'],
  ['table',  [[]],           '0 rows · complete\n'],
]
for (const [format, pages, text] of written) {
  test(`${format} of ${JSON.stringify(pages.map((rows) => rows.map(({ symbol }) => symbol)))}`, () => {
    const render = renderer(format, NAMES, false)
    assert.equal(pages.map((rows) => render.page(rows)).join('') + render.end(EMPTY), text)
  })
}

for (const pages of [[], [[]], [[KTA]], [[KTA, KNF], [LONG], []], [[], [KTA]]] satisfies Row[][][]) {
  test(`json of ${pages.length} pages is one document`, () => {
    const render = renderer('json', NAMES, false)
    const text = pages.map((rows) => render.page(rows)).join('') + render.end(EMPTY)
    assert.deepEqual(JSON.parse(text).data, pages.flat())
  })
}

test('an answer of one row is that row in JSON, and reads downwards on a terminal', () => {
  const json = renderer('json', NAMES, true)
  assert.deepEqual(JSON.parse(json.page([KTA]) + json.end(EMPTY)).data, KTA)
  assert.equal(
    renderer('table', NAMES, true).page([KNF]),
    'symbol      KNF\nprice       -\nconditions  \nvendor      -\n',
  )
})

test('a record cannot steer the terminal', () => {
  const text = renderer('table', NAMES, false).page([row('K\u001b[2J', '1', ['a\nb'], { c: '\u009b' })])
  assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}/u)
  assert.match(text, /K\\u001b\[2J .*a\\u000ab/)
})
