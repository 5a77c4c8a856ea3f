import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Trade } from './event.ts'
import { History, tradesFrom } from './history.ts'

const trade = (id: number, more: Partial<Trade> = {}): Trade => ({
  id,
  price: 6_183_763_000_000,
  quantity: 2_000_000,
  timeMicros: id * 1_000,
  isBuyerMaker: true,
  ...more,
})

test('a trade comes back with 8 decimals, or as a recording wrote it', () => {
  const history = new History(10)
  history.add(trade(7))
  history.add(trade(8, { price: 1, isBuyerMaker: false }), { price: '0.00000001000', quantity: '.02' })
  assert.deepEqual(
    [...tradesFrom(history)],
    [
      { id: 7, price: '61837.63000000', quantity: '0.02000000', timeMicros: 7_000, isBuyerMaker: true, isLost: false },
      { id: 8, price: '0.00000001000', quantity: '.02', timeMicros: 8_000, isBuyerMaker: false, isLost: false },
    ],
  )
})

test('an id that is there, or lies before the last, is not added', () => {
  const history = new History(10)
  assert.deepEqual(
    [5, 5, 4, 6].map((id) => history.add(trade(id))),
    [true, false, false, true],
  )
  assert.deepEqual(
    [...tradesFrom(history)].map(({ id }) => id),
    [5, 6],
  )
})

test('trades are found by id and time, also where ids are missing', () => {
  const history = new History(10)
  for (const id of [10, 11, 15]) history.add(trade(id))
  assert.deepEqual(
    [9, 10, 12, 15, 16].map((id) => history.at('ids', id)),
    [0, 0, 2, 2, 3],
  )
  assert.equal(history.at('times', 11_000), 1)
  assert.deepEqual(
    [...tradesFrom(history, 12)].map(({ id }) => id),
    [15],
  )
})

// biome-ignore format: a table reads by its columns
const rows: [name: string, second: Partial<Trade>, isOne: boolean][] = [
  ['one time, price and side', {},                       true],
  ['another time',             { timeMicros: 2_000 },    false],
  ['another price',            { price: 1 },             false],
  ['another side',             { isBuyerMaker: false },  false],
]
for (const [name, second, isOne] of rows) {
  test(`trades of ${name} ${isOne ? 'are one aggregate' : 'are two aggregates'}`, () => {
    const history = new History(10)
    history.add(trade(1))
    history.add(trade(2, { timeMicros: 1_000, ...second }))
    const { firstId, lastId, quantity } = history.aggregate(0)
    assert.deepEqual([firstId, lastId, quantity], isOne ? [1, 2, 4_000_000] : [1, 1, 2_000_000])
  })
}

test('the oldest are dropped, and positions stay', () => {
  const history = new History(65_536)
  for (let id = 1; id <= 3 * 65_536; id++) history.add(trade(id))
  assert.equal(history.end, 3 * 65_536)
  assert.equal(history.first, 65_536)
  assert.equal(history.trade(history.first).id, 65_537)
  assert.equal(history.at('ids', 1), history.first)
})

test('a lost trade is known to be', () => {
  const history = new History(10)
  for (const id of [1, 2, 3]) history.add(trade(id))
  history.lose(2)
  history.lose(9)
  assert.deepEqual(
    [...tradesFrom(history)].map(({ isLost }) => isLost),
    [false, true, false],
  )
})
