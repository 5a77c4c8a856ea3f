/** What every shared store does. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { SharedStore } from './store.ts'

const ids = (...numbers: number[]): Uint8Array => {
  const bytes = Buffer.alloc(numbers.length * 16)
  for (const [i, number] of numbers.entries()) bytes.writeUInt32BE(number, i * 16 + 12)
  return bytes
}

export function storeContract(name: string, make: () => Promise<SharedStore>): void {
  describe(name, () => {
    let store: SharedStore
    before(async () => {
      store = await make()
    })
    after(() => store?.close())

    // biome-ignore format: a table reads by its columns
    const ADVANCES: readonly [what: string, stands: bigint | undefined, wanted: bigint, isTaken: boolean][] = [
      ['the first is taken',                   undefined, 0n,           true],
      ['a later one is taken',                 9n,        10n,          true],
      ['the same one is not',                  10n,       10n,          false],
      ['an earlier one is not',                10n,       9n,           false],
      ['as numbers, not as texts',             9n,        100n,         true],
      ['beyond what a double tells apart',     2n ** 53n, 2n ** 53n + 1n, true],
      ['and not back',                         2n ** 53n + 1n, 2n ** 53n, false],
    ]
    for (const [what, stands, wanted, isTaken] of ADVANCES) {
      test(`of positions ${what}`, async () => {
        const key = randomUUID()
        const before = stands === undefined ? undefined : { key, offset: stands, value: 'before' }
        if (before !== undefined) assert.deepEqual(await store.advance([before]), [undefined])
        const next = { key, offset: wanted, value: 'näxt' }
        assert.deepEqual(await store.advance([next]), [isTaken ? undefined : before])
        assert.deepEqual(await store.positions([key]), [isTaken ? next : before])
      })
    }

    test('many positions are advanced at once, each on its own', async () => {
      const keys = Array.from({ length: 500 }, () => randomUUID())
      await store.advance(keys.slice(0, 100).map((key) => ({ key, offset: 7n, value: 'a' })))
      const answers = await store.advance(keys.map((key) => ({ key, offset: 5n, value: 'b' })))
      assert.equal(answers.filter((answer) => answer !== undefined).length, 100)
      const stand = await store.positions(keys)
      assert.deepEqual([stand[99]!.value, stand[100]!.value], ['a', 'b'])
      await store.drop(keys)
      assert.deepEqual(await store.positions(keys.slice(98, 102)), [undefined, undefined, undefined, undefined])
    })

    test('one of many who advance the same position is taken, each time', async () => {
      const key = randomUUID()
      for (let offset = 1n; offset <= 5n; offset++) {
        const all = Array.from({ length: 20 }, (_, i) => store.advance([{ key, offset, value: String(i) }]))
        const taken = (await Promise.all(all)).filter(([answer]) => answer === undefined)
        assert.equal(taken.length, 1)
      }
    })

    test('an id is seen where it was noted, in the slices that are asked for', async () => {
      const scope = randomUUID()
      await store.remember(scope, 1, { ids: ids(1, 2, 3), offsets: [10n, 20n, 2n ** 60n] }, [])
      await store.remember(scope, 2, { ids: ids(2, 4), offsets: [40n, 50n] }, [1])
      assert.deepEqual(await store.seen(scope, [1, 2], ids(1, 2, 3, 4, 5)), [[10n], [20n, 40n], [2n ** 60n], [50n], []])
      assert.deepEqual(await store.seen(scope, [2], ids(1, 2)), [[], [40n]])
      assert.deepEqual(await store.seen(scope, [7], ids(1)), [[]])
      assert.deepEqual(await store.seen(randomUUID(), [1, 2], ids(1)), [[]])
    })

    test('the last offset stays', async () => {
      const scope = randomUUID()
      await store.remember(scope, 1, { ids: ids(1), offsets: [10n] }, [])
      await store.remember(scope, 1, { ids: ids(1), offsets: [11n] }, [])
      assert.deepEqual(await store.seen(scope, [1], ids(1)), [[11n]])
    })

    test('a slice that is forgotten is gone, and no other', async () => {
      const scope = randomUUID()
      for (const slice of [1, 2]) await store.remember(scope, slice, { ids: ids(1), offsets: [BigInt(slice)] }, [])
      await store.forget(scope, [1])
      assert.deepEqual(await store.seen(scope, [1, 2], ids(1)), [[2n]])
    })

    test('more ids than one command takes keep their order', async () => {
      const scope = randomUUID()
      const numbers = Array.from({ length: 2_500 }, (_, i) => i)
      await store.remember(scope, 1, { ids: ids(...numbers), offsets: numbers.map(BigInt) }, [])
      const seen = await store.seen(scope, [1], ids(...numbers.toReversed(), 9_999))
      assert.deepEqual(seen, [...numbers.toReversed().map((number) => [BigInt(number)]), []])
    })

    test('nothing of nothing', async () => {
      assert.deepEqual(await store.positions([]), [])
      assert.deepEqual(await store.advance([]), [])
      assert.deepEqual(await store.seen('none', [1], ids()), [])
    })
  })
}
