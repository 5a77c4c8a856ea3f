import assert from 'node:assert/strict'
import { test } from 'node:test'
import { begin, startTracing, TRACEPARENT } from '@k2/service/tracing.ts'
import type { Log, NewRecord } from './log.ts'
import { tracedAppend } from './traced.ts'

const record = (key: string, bytes = 1): NewRecord => ({ key, value: new Uint8Array(bytes) })

/** Which of them got a header. */
async function marksOf(records: readonly NewRecord[]): Promise<boolean[]> {
  let marks: boolean[] = []
  const append: Log['append'] = async (_, given) => {
    marks = given.map(({ headers }) => headers?.[TRACEPARENT] !== undefined)
    return []
  }
  await begin('test').enter(() => tracedAppend({ append } as Log, 't', records))
  return marks
}

test('in a span the first record of each key has its context, unless it is so large that it might not fit then', async (t) => {
  const few = [record('a'), record('b'), record('a'), record('b')]
  assert.deepEqual(await marksOf(few), [false, false, false, false], 'nobody takes traces')
  t.after(await startTracing('test'))
  assert.deepEqual(await marksOf(few), [true, true, false, false])
  assert.deepEqual(await marksOf([record('a', 1_048_500), record('a')]), [false, true])
  const keys = Array.from({ length: 150 }, (_, i) => record(`k${i}`))
  assert.equal((await marksOf(keys)).filter(Boolean).length, 100)
})
