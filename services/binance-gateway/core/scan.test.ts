import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BARE, ESCAPED, FieldScan, NESTED, TEXT } from './scan.ts'

/** The fields of a message as JSON.parse has them; undefined where it cannot be read. */
function fieldsOf(text: string): Record<string, unknown> | undefined {
  const bytes = Buffer.from(text)
  const scan = new FieldScan()
  if (!scan.message(bytes)) return undefined
  const fields: Record<string, unknown> = {}
  for (let at = 0; at < scan.count; at++) {
    const key = bytes.toString('utf8', scan.keyStarts[at], scan.keyEnds[at])
    const value = bytes.toString('utf8', scan.starts[at], scan.ends[at])
    const isText = scan.kinds[at] === TEXT || scan.kinds[at] === ESCAPED
    fields[key] = isText ? JSON.parse(`"${value}"`) : JSON.parse(value)
    assert.ok(isText || scan.kinds[at] === BARE || scan.kinds[at] === NESTED)
  }
  return fields
}

const TRADE = { e: 'trade', E: 1, s: 'BTCUSDT', t: 3735683259, p: '61837.63000000', q: '0.02', m: true, x: null }

test('a message is read as JSON.parse reads it, raw or wrapped, with blanks anywhere', () => {
  const odd = { ...TRADE, ключ: 'ж"\\\n€', n: { a: ['}', { b: '"]' }] }, l: [1, [2, '[']], z: -1.5e-3, o: {}, y: '' }
  for (const value of [TRADE, odd, {}]) {
    for (const space of [undefined, 2]) {
      assert.deepEqual(fieldsOf(JSON.stringify(value, null, space)), value)
      assert.deepEqual(fieldsOf(` ${JSON.stringify({ stream: 's', data: value }, null, space)}\r\n`), value)
      assert.deepEqual(fieldsOf(JSON.stringify({ data: value, stream: 's' }, null, space)), value)
    }
  }
})

test('a message that is cut anywhere is refused', () => {
  const text = JSON.stringify({ stream: 'btcusdt@trade', data: TRADE })
  for (let length = 0; length < text.length; length++)
    assert.equal(fieldsOf(text.slice(0, length)), undefined, `${length}`)
})

// biome-ignore format: a table reads by its columns
const refused: [name: string, text: string][] = [
  ['a list',              '[{}]'],
  ['HTML',                '<html></html>'],
  ['two objects',         '{}{}'],
  ['a comma too many',    '{"a":1,}'],
  ['no comma',            '{"a":1 "b":2}'],
  ['no colon',            '{"a" 1}'],
  ['a key with escapes',  '{"\\u0061":1}'],
  ['deep brackets',       '['.repeat(100_000)],
  ['too many fields',     JSON.stringify(Object.fromEntries(Array.from({ length: 129 }, (_, i) => [i, i])))],
]
for (const [name, text] of refused) test(`${name} is refused`, () => assert.equal(fieldsOf(text), undefined))

test('a list of objects is read element by element', () => {
  const scan = new FieldScan()
  const count = (text: string): number => {
    let elements = 0
    for (let at = 0; ; elements++) {
      at = scan.element(Buffer.from(text), at)
      if (at < 0) return scan.fault === '' ? elements : -1
    }
  }
  assert.deepEqual(
    ['[]', ' [ ]', '[{"a":1}]', '[{"a":1} , {} ]', '{}', '[{', '[1]', ''].map(count),
    [0, 0, 1, 2, -1, -1, -1, -1],
  )
})
