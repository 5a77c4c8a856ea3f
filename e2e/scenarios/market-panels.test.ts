/** Each question that a dashboard asks of query-service is asked of a running K2: the fields are there, as panels read them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { LEDGER_GAP } from '@k2/query-service/core/fields.ts'
import { inFolder } from '../worlds/folder.ts'
import { type Serving, serve } from '../worlds/serve.ts'
import { restQueries } from '../worlds/watched.ts'

const queries = restQueries()
const { promise: isOver, resolve: end } = Promise.withResolvers<void>()
let serving: Serving
let served: Promise<void>

before(async () => {
  const up = Promise.withResolvers<void>()
  served = inFolder(async (folder) => {
    serving = await serve(['--data', folder, '--plain'])
    up.resolve()
    await isOver
    await serving.stop()
  })
  await Promise.race([up.promise, served])
})

after(async () => {
  end()
  await served
})

/** The value of a cell as the datasource would make it, or undefined where it could not. */
function read(type: string, cell: unknown): number | string | undefined {
  if (typeof cell !== 'string') return undefined
  const value = type === 'number' ? Number(cell) : type === 'timestamp' ? Date.parse(cell) : cell
  return Number.isNaN(value) ? undefined : value
}

async function rowsOf(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const answer = await fetch(`${serving.url}${path}`)
  assert.equal(answer.status, 200, await answer.clone().text())
  return ((await answer.json()) as { data: Record<string, unknown>[] }).data
}

test('there are some', () => {
  assert.ok(queries.some(({ where }) => where.includes('Live BTC Price')))
  assert.ok(queries.length >= 8)
})

for (const { where, path, columns } of queries)
  test(`${where} asks for what is there`, { timeout: 60_000 }, async () => {
    if (path.startsWith('/v1/gaps/ledger')) {
      // A feed without gaps has no rows: the fields are held against what answers are made of.
      await rowsOf(path)
      const fields = LEDGER_GAP.map(({ name }) => name)
      assert.deepEqual(
        columns.filter(({ selector }) => !fields.includes(selector)),
        [],
      )
      return
    }
    let rows = await rowsOf(path)
    for (; rows.length === 0; rows = await rowsOf(path)) await new Promise((resolve) => setTimeout(resolve, 200))
    for (const row of rows)
      for (const { selector, type } of columns)
        assert.ok(read(type, row[selector]) !== undefined, `${selector} is ${JSON.stringify(row[selector])}`)
  })

test('the last 1,000 trades are the newest', async () => {
  const { path } = queries.find(({ where }) => where.includes('Live BTC Price'))!
  assert.match(path, /limit=1000/)
  const times = (await rowsOf(path)).map(({ timestamp }) => String(timestamp))
  assert.deepEqual(times, [...times].sort().reverse())
})
