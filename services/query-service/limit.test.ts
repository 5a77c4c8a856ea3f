import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limited } from './limit.ts'

test('beyond its number work is refused, and taken again when some has ended, well or not', async () => {
  const take = limited(2)
  const gates = [Promise.withResolvers<number>(), Promise.withResolvers<number>()]
  const running = gates.map(({ promise }) => take(() => promise))
  await assert.rejects(
    take(async () => 3),
    { code: 'OVERLOADED', message: /^2 questions/ },
  )
  gates[0]!.resolve(1)
  gates[1]!.reject(new Error('no'))
  assert.equal(await running[0], 1)
  await assert.rejects(running[1]!, /no/)
  assert.equal(await take(async () => 4), 4)
})
