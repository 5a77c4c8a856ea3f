import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnswerColumn } from './core/answer.ts'
import { jsonRows } from './core/json.ts'
import { enclosed, letGo } from './enclosed.ts'

const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text))

const column: AnswerColumn = {
  field: { name: 'n', type: 'long', required: true, doc: '' },
  cells: (row) => row,
}

test('rows get their front and back where they lie', () => {
  const rows = jsonRows([column], 2, { between: ',' })
  const whole = enclosed(Buffer.from('{"data":['), rows, Buffer.from(']}'))
  assert.equal(whole.buffer, rows.buffer)
  assert.equal(String(Buffer.from(whole)), '{"data":[{"n":"0"},{"n":"1"}]}')
})

test('what there is no room for is copied', () => {
  const rows = jsonRows([column], 1, { between: ',' })
  for (const [front, back] of [
    ['f'.repeat(17), ''],
    ['', 'b'.repeat(10_000)],
    ['f', 'b'],
  ] as const) {
    const whole = enclosed(bytes(front), rows, bytes(back))
    assert.equal(String(Buffer.from(whole)), `${front}{"n":"0"}${back}`)
  }
  assert.equal(String(enclosed(bytes('a'), bytes('b'), bytes('c'))), String(Buffer.from('abc')))
})

test('only the memory of a large answer is given back', () => {
  const [small, large] = [new Uint8Array(100), new Uint8Array(1 << 20)]
  for (const body of [small, large]) letGo(body)
  assert.deepEqual([small.buffer.byteLength, large.buffer.detached], [100, true])
})
