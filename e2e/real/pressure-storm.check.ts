/**
 * Twelve times what the sink can land, on a live feed's topic over a real Kafka, registry, catalog and S3: what is critical is in
 * the lake in time, the rest is deferred, answers say so, and all of it is in afterwards, each record once, as PyIceberg reads it
 * and Kafka's own consumer the log. Once as it is, and once with sink and controller killed at random moments, in the storm and
 * while holes are filled in. The sink's capacity is a setting; when the storm is over the limit falls away, or the rest would
 * take eleven storms' time.
 *
 * K2_STORM_SECONDS says how long a storm lasts, K2_STORM_SEED repeats its draws. K2_PYTHON names a Python with
 * readers/requirements.txt.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DEGRADATION_STATE, marketTopic } from '@k2/contracts/topics.ts'
import { seeded } from '@k2/lake/table.examples.ts'
import { policyOf } from '@k2/shedding/policy.ts'
import { readKafka } from '../oracle/kafka.ts'
import { firstsOf, quantile, secondsToLake } from '../oracle/overload.ts'
import { startEngine } from '../worlds/real/engines.ts'
import { CRITICAL, NORMAL, Overload, TOPIC } from '../worlds/real/overload.ts'
import { Pressed } from '../worlds/real/pressed.ts'
import { s3Environment } from '../worlds/real/servers.ts'

const SECONDS = Number(process.env.K2_STORM_SECONDS ?? 20)
const SEED = Number(process.env.K2_STORM_SEED ?? Date.now() % 1_000_000)
/** Rows a second. */
const CAPACITY = 200
/** Before the storm, at half of it: a process that has just started lands less. */
const QUIET_SECONDS = 5
const OVERLOAD = 12
const CRITICAL_P99_SECONDS_MAX = 30
const ASK_EVERY_MS = 400
/** From one to the next, by turns of sink and controller: a group waits 6 s for a member that is dead. */
const KILL_MS = 10_000
const IDLE_MS = 200
const RECOVERED_MS_MAX = 120_000 + SECONDS * 5_000

interface Answers {
  incomplete: number
  complete: number
  critical: number
}

/** What is kept at every level is never missing; of the rest an answer says so. */
async function watch(pressed: Pressed, answers: Answers, signal: AbortSignal): Promise<void> {
  for (let i = 0; !signal.aborted; i++) {
    const normal = await pressed.ask(NORMAL[i % NORMAL.length]!)
    const critical = await pressed.ask(CRITICAL[i % CRITICAL.length]!)
    if (normal?.complete === true) answers.complete++
    else if (normal !== undefined) {
      answers.incomplete++
      assert.deepEqual([normal.reasons, normal.deferred.length > 0], [['DEFERRED_RECORDS'], true])
    }
    if (critical !== undefined) {
      answers.critical++
      assert.deepEqual([critical.complete, critical.deferred], [true, []])
    }
    await sleep(ASK_EVERY_MS, undefined, { signal }).catch(() => {})
  }
}

/** Sink and controller, by turns, until the signal. */
async function killing(pressed: Pressed, random: () => number, signal: AbortSignal): Promise<void> {
  for (let i = 0; !signal.aborted; i++) {
    await sleep(KILL_MS * (0.7 + 0.6 * random()), undefined, { signal }).catch(() => {})
    if (!signal.aborted) await pressed.kill(i % 2 === 0 ? 'iceberg-sink' : 'degradation-controller')
  }
}

/** Until nothing is behind and nothing in holes. */
async function recovered(pressed: Pressed, lookedAt: (deferred: number) => Promise<void>): Promise<number> {
  const startMs = performance.now()
  for (;;) {
    const { behind, deferred } = await pressed.left()
    if (behind === 0 && deferred === 0) return (performance.now() - startMs) / 1_000
    await lookedAt(deferred)
    assert.deepEqual(pressed.ended(), [])
    const lateMs = performance.now() - startMs - RECOVERED_MS_MAX
    if (lateMs > 0) assert.fail(`${behind} offsets are behind, ${deferred} in holes: ${await pressed.state()}`)
    await sleep(IDLE_MS)
  }
}

for (const isKilling of [false, true]) {
  const how = isKilling ? ', sink and controller killed again and again' : ''
  test(`a storm of ${SECONDS} s${how}, seed ${SEED}`, { timeout: 400_000 + SECONDS * 20_000 }, async (t) => {
    const random = seeded(SEED)
    const pressed = await Pressed.open(isKilling ? 'storm-killed' : 'storm', CAPACITY)
    t.after(() => pressed.close())
    const overload = await Overload.open(pressed.log, pressed.registry, random)
    await overload.run(CAPACITY / 2, QUIET_SECONDS)
    await recovered(pressed, async () => {})
    const answers = { incomplete: 0, complete: 0, critical: 0 }
    const [over, watched] = [new AbortController(), new AbortController()]
    t.after(() => {
      over.abort()
      watched.abort()
    })
    const watching = watch(pressed, answers, watched.signal)
    watching.catch(() => {})
    const kills = isKilling ? killing(pressed, random, over.signal) : undefined
    await overload.run(CAPACITY * OVERLOAD, SECONDS)
    over.abort()
    await kills
    const atEnd = await pressed.left()
    await pressed.unlimited()
    let [most, isKilled] = [0, !isKilling]
    const recoverySeconds = await recovered(pressed, async (deferred) => {
      most = Math.max(most, deferred)
      if (isKilled || deferred >= most) return
      // Half way through.
      isKilled = true
      await pressed.kill('iceberg-sink')
      await pressed.kill('degradation-controller')
    })
    watched.abort()
    await watching
    assert.ok(isKilled, 'it was killed while holes were filled in')

    const snapshots = await pressed.table.snapshots()
    const { policies } = await pressed.table.head()
    const states = await pressed.log.latest(DEGRADATION_STATE)
    const levels = states.flatMap(({ key, value }) =>
      key.startsWith('transition/') ? [(JSON.parse(Buffer.from(value).toString()) as { to: number }).to] : [],
    )
    const seconds = await secondsToLake(pressed.log, TOPIC, CRITICAL, snapshots)
    const filled = snapshots.reduce((sum, { summary }) => sum + Number(summary['k2.filled'] ?? 0), 0)
    const repeats = (await pressed.table.upkeep.repeats()).values().reduce((sum, records) => sum + records, 0)
    const figures = {
      ...{ seed: SEED, seconds: SECONDS, sent: overload.sent, sent_twice: overload.repeated, repeats, filled },
      ...{
        critical: seconds.length,
        critical_p50_seconds: quantile(seconds, 0.5),
        critical_p99_seconds: quantile(seconds, 0.99),
      },
      ...{ level_max: Math.max(...levels), level_changes: levels.length, answers, killed: pressed.killed },
      ...{
        behind_at_end: atEnd.behind,
        deferred_at_end: atEnd.deferred,
        recovery_seconds: Math.round(recoverySeconds),
      },
    }
    t.diagnostic(JSON.stringify(figures))
    const topic = marketTopic(TOPIC)!
    for (const [hash, text] of policies)
      assert.ok(
        !CRITICAL.some((symbol) => policyOf(text, hash).defers(topic, symbol)),
        'what is critical is never deferred',
      )
    assert.equal(Math.max(...levels), 4)
    assert.ok(filled > overload.sent / 4 && answers.incomplete > 0 && answers.critical > 0, JSON.stringify(figures))
    assert.ok(repeats > 0 && repeats === overload.repeated)
    for (const symbol of [CRITICAL[0]!, NORMAL[0]!]) assert.equal((await pressed.ask(symbol))?.complete, true)
    await judge(pressed, t)
    assert.ok(quantile(seconds, 0.99) <= CRITICAL_P99_SECONDS_MAX, JSON.stringify(figures))
  })
}

/** As others read both: each id once, where it came first. */
async function judge({ platform }: Pressed, t: { diagnostic(text: string): void }): Promise<void> {
  const tables = startEngine('PyIceberg', platform.catalog.url, s3Environment(platform.s3.url))
  const landed = await tables.ask<Record<string, { rows: number; digest: string }>>('landed', 'trades_v2', TOPIC)
  const { holes } = await tables.ask<{ holes: unknown[] }>('progress', 'trades_v2', TOPIC)
  tables.close()
  assert.deepEqual(holes, [])
  const records = await readKafka(platform.kafka.url, TOPIC)
  const wanted = firstsOf(records)
  for (const [partition, { rows, digest }] of wanted)
    assert.deepEqual([landed[partition]?.rows, landed[partition]?.digest], [rows, digest], `partition ${partition}`)
  const rows = [...wanted.values()].reduce((sum, one) => sum + one.rows, 0)
  t.diagnostic(`${[...records.values()].flat().length} records in Kafka, ${rows} rows in the lake`)
}
