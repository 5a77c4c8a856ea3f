import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WeightBudget } from './weight.ts'

const MINUTE = 60_000

test('four fifths of the weights are taken, then the minute is waited for', () => {
  const budget = new WeightBudget(100)
  assert.deepEqual(
    [30, 30, 20].map((weight) => budget.take(weight, 1_000)),
    [0, 0, 0],
  )
  assert.equal(budget.take(1, 1_000), MINUTE - 1_000)
  assert.equal(budget.take(1, MINUTE), 0)
})

test('the venue has counted more: it is believed', () => {
  const budget = new WeightBudget(100)
  budget.take(1, 0)
  budget.counted(75)
  assert.deepEqual([budget.take(5, 0), budget.take(1, 0)], [0, MINUTE])
})

test('a refusal is waited out, as long as it says or a minute', () => {
  const budget = new WeightBudget(100)
  budget.refused(3, 0)
  assert.deepEqual([budget.take(1, 1_000), budget.take(1, 3_000)], [2_000, 0])
  budget.refused(undefined, 4_000)
  assert.equal(budget.take(1, 5_000), 59_000)
})

test('one request may be heavier than all: it is asked alone', () => {
  assert.equal(new WeightBudget(10).take(20, 0), 0)
})
