import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hole, TopicPartition } from '@k2/lake/table.ts'
import { type Cursor, holesIdOf, readCursor, writeCursor } from './cursor.ts'

const TOPIC = 'market.equities.trades.asx'
const P: TopicPartition = `${TOPIC}/3`
const SECRET = 'the uuid of a table'

const cursor: Cursor = {
  digest: 'of-the-question',
  from: null,
  to: new Map([[P, 2n ** 60n]]),
  holesId: '',
  reasons: [],
  fromMicros: 5,
  key: ['-1', null, TOPIC, '3', String(2n ** 60n - 1n)],
}
const text = writeCursor(cursor, SECRET)

test('what is written is read', () => {
  assert.deepEqual(readCursor(text, cursor.digest, SECRET), cursor)
  const other: Cursor = { ...cursor, reasons: ['TAIL_LIMIT'], from: new Map([[P, 7n]]), key: ['9', 'KTA', 'ASX'] }
  assert.deepEqual(readCursor(writeCursor(other, SECRET), cursor.digest, SECRET), other)
  assert.match(text, /^[\w-]+$/)
})

test('it is the same text in whatever order the tail met its partitions', () => {
  const ends: [TopicPartition, bigint][] = [
    [P, 7n],
    [`${TOPIC}/11`, 5n],
    ['market.crypto.trades.binance/3', 9n],
  ]
  const [one, other] = [ends, ends.toReversed()].map((to) => writeCursor({ ...cursor, to: new Map(to) }, SECRET))
  assert.equal(one, other)
})

test('a change of any one character is found', () => {
  for (let at = 0; at < text.length; at++) {
    const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
    assert.throws(() => readCursor(changed, cursor.digest, SECRET), { code: 'INVALID_CURSOR' }, `character ${at}`)
  }
})

// biome-ignore format: a table reads by its columns
const bad: [name: string, text: string, digest: string, secret: string, sentence: RegExp][] = [
  ['nothing but a name',   'x',                       cursor.digest, SECRET,  /not one of ours/],
  ['cut short',            text.slice(0, -4),         cursor.digest, SECRET,  /not one of ours/],
  ['with something behind', `${text}AAAA`,            cursor.digest, SECRET,  /not one of ours/],
  ['with what is no base64', `${text}!`,              cursor.digest, SECRET,  /not one of ours/],
  ['of another table',     text,                      cursor.digest, 'other', /not one of ours/],
  ['of another question',  text,                      'another',     SECRET,  /another question/],
]
for (const [name, given, digest, secret, sentence] of bad) {
  test(`a cursor ${name} is refused`, () => {
    assert.throws(() => readCursor(given, digest, secret), { code: 'INVALID_CURSOR', message: sentence })
  })
}

const hole = (from: bigint, to: bigint, reason: Hole['reason'] = 'deferred'): Hole => {
  return { topic: TOPIC, partition: 3, from, to, reason }
}
// biome-ignore format: a table reads by its columns
const holes: [name: string, a: Hole[], b: Hole[], same: boolean][] = [
  ['none and none',                       [],                             [],                        true],
  ['two that touch, and one',             [hole(3n, 5n), hole(1n, 3n)],   [hole(1n, 5n)],            true],
  ['for another reason',                  [hole(1n, 3n)],                 [hole(1n, 3n, 'rejected')], true],
  ['one that was filled in part',         [hole(1n, 3n)],                 [hole(2n, 3n)],            false],
  ['one that was filled',                 [hole(1n, 3n)],                 [],                        false],
]
for (const [name, a, b, same] of holes) {
  test(`holes, ${name}: ${same ? 'the same' : 'not the same'}`, () => {
    assert.equal(holesIdOf(a) === holesIdOf(b), same)
  })
}
