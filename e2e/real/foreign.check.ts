/**
 * What other engines do to K2's tables, and how it goes on: the sink lands each record once, running and after a
 * restart, answers and other readers agree, compaction takes their files in, and a check finds no fault but what they
 * did. What cannot be gone on from is refused, with a sentence. K2_PYTHON names a Python with readers/requirements.txt.
 */
import assert from 'node:assert/strict'
import { after, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from '@k2/contracts/codes.ts'
import { NAMESPACE } from '@k2/contracts/tables.ts'
import { type Engine, type EngineName, startEngine } from '../worlds/real/engines.ts'
import { DAYS, SYMBOLS, type Tally, tallyWords } from '../worlds/real/records.ts'
import { type Life, World } from '../worlds/real/running.ts'
import { dropTables, s3Environment, startServer } from '../worlds/real/servers.ts'

const TABLE = 'trades_v2'
const ANSWER_MS_MAX = 20_000

const s3 = await startServer('s3', 'foreign')
const postgres = await startServer('postgres', 'foreign')
const onS3 = await startServer('catalog', 'foreign', { POSTGRES: postgres.url, S3: s3.url })
const onFolder = await startServer('catalog', 'foreign-folder')
const lakes: [name: string, env: Readonly<Record<string, string>>][] = [
  ['REST on SQLite, in a folder', { ICEBERG_CATALOG_URI: onFolder.url }],
  ['REST on PostgreSQL, in S3', { ICEBERG_CATALOG_URI: onS3.url, ...s3Environment(s3.url) }],
]
const engines = new Map<string, Engine>()
function engineOf(name: EngineName, env: Readonly<Record<string, string>>): Engine {
  const key = `${name} ${env.ICEBERG_CATALOG_URI}`
  const engine = engines.get(key) ?? startEngine(name, env.ICEBERG_CATALOG_URI!, env)
  engines.set(key, engine)
  return engine
}
after(async () => {
  for (const engine of engines.values()) engine.close()
  for (const server of [onFolder, onS3, postgres, s3]) await server.stop()
})

/** Rows of the other engine's own, of a topic that no log of ours has: a check says so. */
async function appends({ ask }: Engine, { sent }: World): Promise<void> {
  const [symbols, day] = [[SYMBOLS[0], SYMBOLS[6], SYMBOLS[0]], DAYS[2]]
  await ask('append', TABLE, symbols, day, 'theirs')
  sent.trades.push(...symbols.map((symbol) => ({ symbol, day, value: 700_000_000n })))
}

async function deletes({ ask }: Engine, { sent }: World): Promise<void> {
  await ask('delete', TABLE, SYMBOLS[1])
  sent.trades.splice(0, sent.trades.length, ...sent.trades.filter(({ symbol }) => symbol !== SYMBOLS[1]))
}

const does =
  (...deeds: readonly string[]) =>
  async ({ ask }: Engine) => {
    for (const deed of deeds) await ask(deed, TABLE)
  }

const inTurn =
  (...parts: readonly ((engine: Engine, world: World) => Promise<void>)[]) =>
  async (engine: Engine, world: World) => {
    for (const part of parts) await part(engine, world)
  }

type Deed = (engine: Engine, world: World) => Promise<void>
const THEIRS = [/^theirs\/0: a row is of offset \d+, and the table stands at none$/]
const GONE = [/are neither rows nor in holes$/]

// biome-ignore format: a table reads by its columns
const survived: readonly [name: string, EngineName, Deed, meant: readonly RegExp[]][] = [
  ['an append',                                'PyIceberg',          appends,                                            THEIRS],
  ['a delete, by writing files anew',          'PyIceberg',          deletes,                                            GONE],
  ['inserts',                                  "DuckDB's extension", appends,                                            THEIRS],
  ['an append',                                'Iceberg Java',       appends,                                            THEIRS],
  ['all files rewritten',                      'Iceberg Java',       does('rewrite-files'),                              []],
  ['all manifests rewritten',                  'Iceberg Java',       does('rewrite-manifests'),                          []],
  ['expiry of all snapshots but its own',      'Iceberg Java',       inTurn(appends, does('expire')),                    THEIRS],
  ['another partition spec, and an append',    'Iceberg Java',       inTurn(does('evolve-spec'), appends),               THEIRS],
  ['a partition spec there and back again',    'Iceberg Java',       inTurn(does('evolve-spec'), appends, does('restore-spec')), THEIRS],
  ['a column more, and an append',             'Iceberg Java',       inTurn(does('add-column'), appends),                THEIRS],
]

for (const [lake, env] of lakes) {
  async function opened(t: TestContext): Promise<{ world: World; life: Life }> {
    const world = await World.open(env)
    t.after(() => world.close())
    await dropTables(env.ICEBERG_CATALOG_URI!, NAMESPACE, world.lake.store)
    const life = await world.live()
    for (let commits = 0; commits < 2; commits++) await life.land('trades', 2)
    return { world, life }
  }

  for (const [name, by, deed, meant] of survived) {
    test(`${lake}: ${by}: ${name}: K2 goes on`, { timeout: 300_000 }, async (t) => {
      const { world, life } = await opened(t)
      const agreed = async (life: Life, reader: EngineName) => {
        assert.deepEqual(await engineOf(reader, env).ask(...tallyWords('trades', TABLE)), world.tally('trades'))
        await answers(life, world.tally('trades'))
        const faults = await world.faults()
        assert.deepEqual(
          faults.filter((fault) => !meant.some((one) => one.test(fault))),
          [],
        )
        for (const one of meant)
          assert.ok(
            faults.some((fault) => one.test(fault)),
            'a check tells of it',
          )
      }
      await deed(engineOf(by, env), world)
      await answers(life, world.tally('trades'))
      await life.land('trades', 1)
      await agreed(life, 'PyIceberg')
      await world.compact()
      await life.stop()
      const next = await world.live()
      await next.land('trades', 1)
      await agreed(next, 'Iceberg Java')
    })
  }

  // biome-ignore format: a table reads by its columns
  const refused: [name: string, deed: string, code: string, running: RegExp, restarted: RegExp][] = [
    ['a rollback',         'rollback', 'LAKE_DISAGREES', /rolled the table back.*Nothing is written until/, /rolled the table back/],
    ['a table made anew',  'recreate', 'LAKE_DISAGREES', /was dropped and created anew.*Restart/,           /is not the one that K2 writes/],
  ]
  for (const [name, deed, code, running, restarted] of refused) {
    test(`${lake}: Iceberg Java: ${name}: K2 refuses it`, { timeout: 300_000 }, async (t) => {
      const { world, life } = await opened(t)
      await engineOf('Iceberg Java', env).ask(deed, TABLE)
      await assert.rejects(life.land('trades', 1), (error) => {
        assert.equal(codeOf(error), code)
        assert.match((error as Error).message, running)
        return true
      })
      await assert.rejects(
        async () => (await world.live()).land('trades', 1),
        (error) => restarted.test((error as Error).message),
      )
    })
  }

  test(`${lake}: Iceberg Java: rows deleted by position: answers refuse, the sink goes on, compaction waits`, {
    timeout: 300_000,
  }, async (t) => {
    const { world, life } = await opened(t)
    const java = engineOf('Iceberg Java', env)
    await java.ask('delete-rows', TABLE, SYMBOLS[0])
    await life.land('trades', 1)
    const found = await java.ask<Tally>(...tallyWords('trades', TABLE))
    assert.equal(Number(found.all[0]), world.sent.trades.length - 1)
    const says = /The manifest \S+\.avro deletes single rows.*Rewrite the table's data files/
    await until(async () => {
      const { status, body } = await asked(life, SYMBOLS[0])
      assert.ok(status >= 400)
      assert.match(JSON.parse(body).detail, says)
    })
    assert.ok((await world.faults()).some((fault) => says.test(fault)))
    const compacted = await world.compact()
    assert.deepEqual([compacted.deletesRows, compacted.filesBefore], [true, 0])
    const { upkeep } = await world.table()
    assert.equal(await upkeep.replace({ id: 'together', removed: [], added: [] }), true)
    assert.deepEqual(await upkeep.manifests(), { all: 2, small: 0, deletes: 1 })
    await life.stop()
    await (await world.live()).land('trades', 1)
    for (const reader of ['Iceberg Java', 'PyIceberg'] as const) {
      const tally = await engineOf(reader, env).ask<Tally>(...tallyWords('trades', TABLE))
      assert.equal(Number(tally.all[0]), world.sent.trades.length - 1, `${reader}: the row stays deleted`)
    }
    // Once that engine has written the files anew, all is as ever.
    await java.ask('rewrite-files', TABLE)
    assert.equal((await world.compact()).deletesRows, false)
    const left = await engineOf('PyIceberg', env).ask<Tally>(...tallyWords('trades', TABLE))
    assert.equal(Number(left.all[0]), world.sent.trades.length - 1)
    const others = (await world.faults()).filter((fault) => !GONE[0]!.test(fault))
    assert.deepEqual(others, [])
  })
}

/** Rows and sums of each symbol, as they are answered; only those in ASCII can be asked for. */
async function answers(life: Life, tally: Tally): Promise<void> {
  const symbols = Object.fromEntries(Object.entries(tally.symbols).filter(([symbol]) => /^[ -~]+$/.test(symbol)))
  await until(async () => {
    const found: Record<string, readonly [string, string]> = {}
    for (const symbol of Object.keys(symbols)) {
      const { status, body } = await asked(life, symbol)
      assert.equal(status, 200, body)
      const { data } = JSON.parse(body) as { data: { quantity: string }[] }
      const sum = data.reduce((total, { quantity }) => total + unscaled(quantity), 0n)
      found[symbol] = [String(data.length), String(sum)]
    }
    assert.deepEqual(found, symbols)
  })
}

function unscaled(decimal: string): bigint {
  const [whole, fraction = ''] = decimal.split('.')
  return BigInt(whole + fraction.padEnd(8, '0'))
}

async function asked(life: Life, symbol: string): Promise<{ status: number; body: string }> {
  const query = `symbol=${encodeURIComponent(symbol)}&limit=10000`
  const answer = await fetch(`${life.url}/v1/trades?${query}`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) })
  return { status: answer.status, body: await answer.text() }
}

/** An answer knows of a snapshot a moment after it was made. */
async function until(holds: () => Promise<void>): Promise<void> {
  const end = Date.now() + ANSWER_MS_MAX
  for (;;) {
    try {
      return await holds()
    } catch (error) {
      if (Date.now() > end) throw error
      await sleep(100)
    }
  }
}
