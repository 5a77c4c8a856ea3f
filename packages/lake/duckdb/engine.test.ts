import assert from 'node:assert/strict'
import { copyFile, mkdir, open, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { type Code, K2Error } from '@k2/contracts/codes.ts'
import { openEngine } from './engine.ts'
import type { Param } from './params.ts'
import { writeDataFiles } from './parquet.ts'
import { scanSql } from './read.ts'
import type { ResultColumn } from './result.ts'
import { batchOf, EDGES, EVERY_TYPE, opened, rowsOf } from './rows.fixture.ts'

const { folder, engine, end } = await opened(2)
after(end)

const coded =
  (code: Code, sentence = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof K2Error, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, sentence)
    return true
  }

const LASTS = 'SELECT sum(a.range * b.range) FROM range(1000000000) a, range(1000) b'

// biome-ignore format: a table reads by its columns
const params: [param: Param, sql: string, value: unknown][] = [
  ["it's; DROP",                  '?',                             "it's; DROP"],
  ['',                            '?',                             ''],
  [null,                          '?::VARCHAR',                    null],
  [true,                          '?',                             true],
  [5,                             '?',                             5n],
  [-(2 ** 53 - 1),                '?',                             -(2n ** 53n - 1n)],
  [2n ** 63n - 1n,                '?',                             2n ** 63n - 1n],
  [['a', "b'"],                   '?',                             ['a', "b'"]],
  [[],                            'len(?::VARCHAR[])',             0n],
  [['a', 'b'],                    `list_contains(?, 'b')`,         true],
  [{ micros: -1n },               '?::VARCHAR',                    '1969-12-31 23:59:59.999999+00'],
  [{ micros: -1n },               '?',                             -1n],
  [{ unscaled: -(10n ** 18n) + 1n }, '?::VARCHAR',                 '-9999999999.99999999'],
  ['00000000-0000-8000-8000-000000000001', '?::UUID',              '00000000-0000-8000-8000-000000000001'],
]
for (const [param, sql, value] of params) {
  test(`a bound ${typeof param === 'object' ? (Object.keys(param ?? { null: 0 })[0] ?? 'list') : typeof param} in ${sql} gives ${value}`, async () => {
    assert.deepEqual(rowsOf(await engine.query(`SELECT ${sql} AS x`, [param])), [{ x: value }])
  })
}

test('a fraction is not a parameter, nor a number that is not exact', async () => {
  await assert.rejects(engine.query('SELECT ?', [0.5]), /not a whole number/)
  await assert.rejects(engine.query('SELECT ?', [2 ** 53]), /not a whole number/)
})

// biome-ignore format: a table reads by its columns
const types: [sql: string, column: ResultColumn, type: string][] = [
  ['1::INTEGER',                                 { kind: 'int32', values: Int32Array.of(1) },                            'INTEGER'],
  [`DATE '1969-12-31'`,                          { kind: 'int32', values: Int32Array.of(-1) },                           'DATE'],
  ['count(*)',                                   { kind: 'int64', values: BigInt64Array.of(1n) },                        'BIGINT'],
  [`TIMESTAMPTZ '1970-01-01 00:00:00.000001+00'`, { kind: 'int64', values: BigInt64Array.of(1n) },                       'TIMESTAMP WITH TIME ZONE'],
  ['-1.5::DECIMAL(18,8)',                        { kind: 'int64', values: BigInt64Array.of(-150_000_000n) },             'DECIMAL(18,8)'],
  ['sum(-1.5::DECIMAL(18,8))',                   { kind: 'bigint', values: [-150_000_000n], scale: 8 },                  'DECIMAL(38,8)'],
  ['sum(9223372036854775807::BIGINT) * 2',       { kind: 'bigint', values: [2n ** 64n - 2n], scale: 0 },                 'HUGEINT'],
  ['NULL::HUGEINT',                              { kind: 'bigint', values: [null], scale: 0 },                           'HUGEINT'],
  ['NULL::BIGINT',                               { kind: 'int64', values: BigInt64Array.of(0n), nulls: Uint8Array.of(1) }, 'BIGINT'],
  ['avg(1)',                                     { kind: 'float64', values: Float64Array.of(1) },                        'DOUBLE'],
  ['true',                                       { kind: 'boolean', values: Uint8Array.of(1) },                          'BOOLEAN'],
  [`'x'`,                                        { kind: 'text', values: ['x'] },                                        'VARCHAR'],
  ['NULL::VARCHAR',                              { kind: 'text', values: [null] },                                       'VARCHAR'],
  [`['x', 'y']`,                                 { kind: 'list', codes: Int32Array.of(0), dictionary: [['x', 'y']] },    'VARCHAR[]'],
  ['NULL::VARCHAR[]',                            { kind: 'list', codes: Int32Array.of(-1), dictionary: [] },             'VARCHAR[]'],
]
for (const [sql, column, type] of types) {
  test(`an answer of ${sql} is ${column.kind}`, async () => {
    const result = await engine.query(`SELECT ${sql} AS x FROM range(1)`)
    const x = result.columns.get('x')!
    assert.deepEqual(
      'nulls' in x && x.nulls ? { ...x, values: 'values' in x && x.values.fill(0n as never) } : x,
      column,
    )
    assert.equal(result.types.get('x'), type)
    structuredClone(result)
  })
}

test('an answer has its columns in order, and each name once', async () => {
  assert.deepEqual([...(await engine.query('SELECT 1 AS z, 2 AS a, 3 AS m')).columns.keys()], ['z', 'a', 'm'])
  await assert.rejects(engine.query('SELECT 1 AS a, 2 AS a'), /two columns of one name/)
  await assert.rejects(engine.query('SELECT 1::TINYINT AS a'), /column a is TINYINT.*cast it/)
  await assert.rejects(engine.query('SELECT [1] AS a'), /column a is INTEGER\[\].*cast it/)
  await assert.rejects(engine.query('SELECT 1::DECIMAL(9,2) AS a'), /cast it/)
})

test('many rows, nulls and repeating texts among them, come in order', async () => {
  const sql = `SELECT i, CASE WHEN i % 3 = 0 THEN NULL ELSE i END AS n, CASE WHEN i % 7 = 0 THEN NULL WHEN i % 2 = 0
    THEN 'a text that is long' ELSE (i % 100)::VARCHAR END AS s, i % 5 = 0 AS b FROM range(10000) t(i) ORDER BY i`
  const rows = rowsOf(await engine.query(sql))
  assert.equal(rows.length, 10_000)
  for (const [at, row] of rows.entries()) {
    const s = at % 7 === 0 ? null : at % 2 === 0 ? 'a text that is long' : String(at % 100)
    assert.deepEqual(row, { i: BigInt(at), n: at % 3 === 0 ? null : BigInt(at), s, b: at % 5 === 0 })
  }
})

test('texts of any length and any letters come out as they are, also in lists', async () => {
  const texts = [
    '',
    'a',
    '\u{FEFF}begins with a mark',
    '\u{FEFF}é',
    'twelve bytes',
    'thirteen byte',
    'é€𝄞'.repeat(9),
    'x'.repeat(5000),
    'a\0b',
    '\0',
  ]
  const values = Array.from({ length: 5_000 }, (_, i) =>
    i % 11 === 10 ? null : texts[(i * i + (i >> 7)) % texts.length]!,
  )
  const picks = values.map((text) => (text === null ? -1 : texts.indexOf(text)))
  const sql = `SELECT CASE WHEN p >= 0 THEN ts[p + 1] END AS t, CASE WHEN p % 2 = 0 THEN [ts[p + 1], 'and', ts[1]] WHEN p > 0 THEN [] END AS l
    FROM (SELECT ?::VARCHAR[] AS ts, unnest(?::VARCHAR[])::INTEGER AS p)`
  const rows = rowsOf(await engine.query(sql, [texts, picks.map(String)]))
  assert.equal(rows.length, values.length)
  for (const [i, row] of rows.entries()) {
    const list = picks[i]! % 2 === 0 ? [values[i], 'and', ''] : picks[i]! > 0 ? [] : null
    assert.deepEqual(row, { t: values[i], l: list })
  }
})

test('a long answer comes in pieces, an empty one in one', async () => {
  const sizes: number[] = []
  for await (const piece of engine.stream('SELECT * FROM range(10000)', [], 4000)) sizes.push(piece.rows)
  assert.deepEqual(sizes, [4096, 4096, 1808])
  for await (const piece of engine.stream('SELECT 1 AS x WHERE false', [], 10)) {
    assert.deepEqual([piece.rows, [...piece.columns.keys()]], [0, ['x']])
  }
  for await (const piece of engine.stream('SELECT * FROM range(100000000)', [], 1)) {
    assert.equal(piece.rows, 2048)
    break
  }
})

test('a stream keeps the order and types of its SELECT, and its parameters', async () => {
  const sql = `SELECT (i * 7919) % 50000 AS n, uuid() AS id, [i::VARCHAR] AS l, NULL::DECIMAL(18,8) AS p FROM range(?) t(i)
    ORDER BY n DESC -- and a comment`
  let next = 49_999n
  for await (const piece of engine.stream(sql, [50_000], 5_000)) {
    assert.deepEqual([...piece.types.values()], ['BIGINT', 'UUID', 'VARCHAR[]', 'DECIMAL(18,8)'])
    for (const { n } of rowsOf(piece)) assert.equal(n, next--)
  }
  assert.equal(next, -1n)
})

test('an error late in a stream is an error, not its end', async () => {
  const pieces: number[] = []
  const sql = `SELECT CASE WHEN i = 500000 THEN ('x' || i)::BIGINT ELSE i END AS i FROM range(1000000) t(i)`
  await assert.rejects(
    async () => {
      for await (const piece of engine.stream(sql, [], 2048)) pieces.push(piece.rows)
    },
    coded('INTERNAL', /Could not convert string 'x500000'/),
  )
  assert.ok(pieces.length > 10)
})

test('a question that is stopped ends at once, with the reason that it was given', async () => {
  const begun = performance.now()
  await assert.rejects(
    engine.query(LASTS, [], { signal: AbortSignal.timeout(30) }),
    coded('DEADLINE_EXCEEDED', /stopped/),
  )
  await assert.rejects(engine.query(LASTS, [], { signal: AbortSignal.abort() }), coded('DEADLINE_EXCEEDED'))
  const reason = new K2Error('NOT_READY', 'the client left')
  const control = new AbortController()
  setImmediate(() => control.abort(reason))
  await assert.rejects(engine.query(LASTS, [], { signal: control.signal }), (error) => error === reason)
  const later = new AbortController()
  await assert.rejects(async () => {
    for await (const _ of engine.stream('SELECT * FROM range(100000000)', [], 2048, { signal: later.signal }))
      later.abort()
  }, coded('DEADLINE_EXCEEDED'))
  assert.ok(performance.now() - begun < 5000)
  assert.deepEqual(rowsOf(await engine.query('SELECT 1 AS x')), [{ x: 1 }])
})

test('stopping one question leaves another alone', async () => {
  const [stopped, other] = await Promise.allSettled([
    engine.query(LASTS, [], { signal: AbortSignal.timeout(50) }),
    engine.query('SELECT count(*) AS n FROM range(30000000) t(i) WHERE hash(i) % 3 = 5'),
  ])
  assert.equal(stopped.status, 'rejected')
  assert.deepEqual(other.status === 'fulfilled' && rowsOf(other.value), [{ n: 0n }])
})

test('a question past its memory is refused, and the engine goes on', async () => {
  const sql = 'SELECT len(list(md5(range::VARCHAR))) AS n FROM range(50000000)'
  await assert.rejects(engine.query(sql), coded('OVERLOADED', /memory/))
  assert.deepEqual(rowsOf(await engine.query('SELECT 1 AS x')), [{ x: 1 }])
})

test('wrong SQL is a bug of ours', async () => {
  await assert.rejects(engine.query('SELEC 1'), coded('INTERNAL', /Parser Error/))
  await assert.rejects(engine.query('SELECT * FROM nowhere'), coded('INTERNAL', /Catalog Error/))
  await assert.rejects(engine.run('SELECT 1 +'), coded('INTERNAL'))
})

test('a data file that cannot be read is named', async () => {
  const files = await writeDataFiles(engine, EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], {
    folder,
    name: 'd',
    bucketOf: () => 0,
  })
  const good = files.map((file) => path.join(folder, file.path))
  const damage = async (name: string, from: number, bytes: Uint8Array): Promise<string> => {
    const file = path.join(folder, name)
    await copyFile(good[0]!, file)
    const handle = await open(file, 'r+')
    await handle.write(bytes, 0, bytes.length, from)
    await handle.close()
    return file
  }
  const size = files[0]!.sizeBytes
  await writeFile(path.join(folder, 'empty.parquet'), '')
  // biome-ignore format: a table reads by its columns
  const damaged = [
    path.join(folder, 'gone.parquet'),
    path.join(folder, 'empty.parquet'),
    await damage('magic.parquet',  size - 4,   Buffer.from('XXXX')),
    await damage('footer.parquet', size - 200, Buffer.alloc(100, 0xff)),
    await damage('page.parquet',   4,          Buffer.alloc(40, 0xff)),
  ]
  for (const file of damaged) {
    const asked = [...good, file]
    const asking = engine.query(`SELECT * FROM ${scanSql(EVERY_TYPE, asked)}`, [], { files: asked })
    await assert.rejects(
      asking,
      (error) => coded('LAKE_DAMAGED', /cannot be read/)(error) && (error as K2Error).details.file === file,
    )
  }
  await assert.rejects(
    engine.query(`SELECT nothing FROM ${scanSql(EVERY_TYPE, good)}`, [], { files: good }),
    coded('INTERNAL'),
  )
})

test('an engine for questions reads its folders, and nothing else', async () => {
  const allowed = path.join(folder, "allo'wed")
  await mkdir(allowed)
  const [file] = await writeDataFiles(engine, EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], {
    folder: allowed,
    name: 'x',
    bucketOf: () => 0,
  })
  const asker = await openEngine({
    memoryMb: 128,
    threads: 1,
    tempFolder: path.join(folder, 'asker'),
    readableFolders: [allowed],
  })
  const inside = path.join(allowed, file!.path)
  assert.equal((await asker.query(`SELECT * FROM ${scanSql(EVERY_TYPE, [inside])}`)).rows, 1)
  await copyFile(inside, path.join(folder, 'outside.parquet'))
  // biome-ignore format: a table reads by its columns
  const refused = [
    `SELECT * FROM ${scanSql(EVERY_TYPE, [path.join(folder, 'outside.parquet')])}`,
    `SELECT * FROM ${scanSql(EVERY_TYPE, [path.join(allowed, '..', 'outside.parquet')])}`,
    `SELECT * FROM read_text('/etc/hostname')`,
    `COPY (SELECT 1) TO '${path.join(folder, 'out.csv')}'`,
    `ATTACH '${path.join(folder, 'other.db')}'`,
    `INSTALL httpfs`,
    `LOAD httpfs`,
    `SET threads = 8`,
    `SET enable_external_access = true`,
  ]
  for (const sql of refused) await assert.rejects(asker.query(sql), coded('INTERNAL', /Permission|locked|Cannot/), sql)
  await asker.query('SELECT max(m) AS m FROM (SELECT md5(range::VARCHAR) AS m FROM range(3000000) ORDER BY m)')
  await asker.close()
})

test('closing interrupts what runs', async () => {
  const closing = await openEngine({ memoryMb: 128, threads: 1, tempFolder: path.join(folder, 'closing') })
  const asked = assert.rejects(closing.query(LASTS), coded('NOT_READY'))
  await new Promise((resolve) => setTimeout(resolve, 20))
  await closing.close()
  await asked
})

test('it works the same in a worker, and lets the worker end', async () => {
  const work = `
    import { parentPort } from 'node:worker_threads'
    import { openEngine } from ${JSON.stringify(import.meta.resolve('./engine.ts'))}
    import { createTable, fill } from ${JSON.stringify(import.meta.resolve('./fill.ts'))}
    import { writeDataFiles } from ${JSON.stringify(import.meta.resolve('./parquet.ts'))}
    import { batchOf, EDGES, EVERY_TYPE } from ${JSON.stringify(import.meta.resolve('./rows.fixture.ts'))}
    const engine = await openEngine({ memoryMb: 128, threads: 1, tempFolder: ${JSON.stringify(path.join(folder, 'worker'))} })
    await createTable(engine, 't', EVERY_TYPE)
    await fill(engine, 't', EVERY_TYPE, batchOf(EVERY_TYPE, EDGES))
    const files = await writeDataFiles(engine, EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], { folder: ${JSON.stringify(folder)}, name: 'w', bucketOf: () => 0 })
    parentPort.postMessage({ files, result: await engine.query('SELECT count(*) AS n FROM t') })
    await engine.close()`
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(work)}`))
  const message = new Promise<never>((resolve) => worker.once('message', resolve))
  const exit = new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject))
  assert.equal(await exit, 0)
  const { files, result } = await message
  assert.equal((files as unknown[]).length, 4)
  assert.deepEqual(rowsOf(result), [{ n: 5n }])
})
