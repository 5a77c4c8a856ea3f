import assert from 'node:assert/strict'
import { it } from 'node:test'
import { seeded } from '../table.examples.ts'
import { OffsetSet } from './offset-set.ts'

function setOf(offsets: readonly bigint[]): OffsetSet {
  const set = new OffsetSet()
  const halves = new Uint32Array(BigInt64Array.from(offsets).buffer)
  for (let i = 0; i < offsets.length; i++) set.add(halves, i)
  return set
}

const FAR = 2n ** 62n - 3n

// biome-ignore format: a table reads by its columns
const rows: [name: string, offsets: bigint[], distinct: number, least: bigint, most: bigint][] = [
  ['the first of all',              [0n],                              1, 0n,       0n],
  ['out of order, one of them twice', [9n, 7n, 9n],                    2, 7n,       9n],
  ['both sides of a chunk',         [65_535n, 65_536n],                2, 65_535n,  65_536n],
  ['the whole of a byte',           [8n, 9n, 10n, 11n, 12n, 13n, 14n, 15n], 8, 8n,  15n],
  ['beyond 32 and 53 bits',         [2n ** 32n, 2n ** 53n + 1n, FAR],  3, 2n ** 32n, FAR],
]

for (const [name, offsets, distinct, least, most] of rows) {
  it(name, () => {
    const set = setOf(offsets)
    assert.deepEqual([set.rows, set.distinct, set.least(), set.most()], [offsets.length, distinct, least, most])
    assert.equal(set.countIn(most, most + 1n), 1)
    assert.equal(set.countIn(most + 1n, most + 9n), 0)
  })
}

it('counts what is in a range, as counting one by one does', (t) => {
  const seed = Number(process.hrtime.bigint() % 1_000_000n)
  t.diagnostic(`seed ${seed}`)
  const random = seeded(seed)
  const drawn = Array.from({ length: 3_000 }, () => 2n ** 33n + BigInt(Math.floor(random() * 140_000)))
  const set = setOf(drawn)
  const all = [...new Set(drawn)]
  assert.equal(set.distinct, all.length)
  for (let i = 0; i < 200; i++) {
    const [from, to] = [drawn[i]!, drawn[i + 200]! + BigInt(i % 9)]
    assert.equal(set.countIn(from, to), all.filter((offset) => offset >= from && offset < to).length, `${from} ${to}`)
  }
})
