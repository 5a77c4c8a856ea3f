import assert from 'node:assert/strict'
import { copyFile, mkdir, open, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { type Code, K2Error } from '@k2/contracts/codes.ts'
import { writeDataFiles } from '../parquet/write.ts'
import { openEngine } from './engine.ts'
import { scanSql } from './read.ts'
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
  const files = writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], {
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
  const other = path.join(folder, 'other-crc32-00000000.parquet')
  await copyFile(good[0]!, other)
  const first = async (file: string) =>
    engine.query(`SELECT * FROM ${scanSql(EVERY_TYPE, [file])}`, [], { files: [file], isFirst: true })
  await assert.rejects(first(other), coded('LAKE_DAMAGED', /checksum/), 'what is asked first is held against its name')
  await assert.rejects(first(damaged[4]!), coded('INTERNAL'), 'and not searched')
  await assert.rejects(
    engine.query(`SELECT nothing FROM ${scanSql(EVERY_TYPE, good)}`, [], { files: good }),
    coded('INTERNAL'),
  )
})

test('an engine for questions reads its folders, and nothing else', async () => {
  const allowed = path.join(folder, "allo'wed")
  await mkdir(allowed)
  const [file] = writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], {
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
    `SELECT * FROM read_text('/proc/self/environ')`,
    `SELECT * FROM glob('/etc/*')`,
    `SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')`,
    `SELECT * FROM 's3://bucket/x.parquet'`,
    `EXPORT DATABASE '${path.join(folder, 'export')}'`,
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
    import { writeDataFiles } from ${JSON.stringify(import.meta.resolve('../parquet/write.ts'))}
    import { batchOf, EDGES, EVERY_TYPE } from ${JSON.stringify(import.meta.resolve('./rows.fixture.ts'))}
    const engine = await openEngine({ memoryMb: 128, threads: 1, tempFolder: ${JSON.stringify(path.join(folder, 'worker'))} })
    await createTable(engine, 't', EVERY_TYPE)
    await fill(engine, 't', EVERY_TYPE, batchOf(EVERY_TYPE, EDGES))
    const files = writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], { folder: ${JSON.stringify(folder)}, name: 'w', bucketOf: () => 0 })
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

test('closing waits for what runs, and takes nothing more', { timeout: 30_000 }, async () => {
  const engine = await openEngine({ memoryMb: 128, threads: 1, tempFolder: '' })
  const long = engine.run('CREATE TABLE numbers AS SELECT range AS n FROM range(5_000_000)')
  const drop = long.then(() => engine.run('DROP TABLE numbers'))
  await engine.close()
  // It came to its end, or was told that it came too late; a connection closed under it would never end.
  await long
  await assert.rejects(drop, { code: 'NOT_READY' })
})
