/**
 * Several sinks in one group, over real servers, while a known stream is written: members join and leave, die, and stand
 * still until others have their partitions. In the end Kafka, as its own consumer reads it, and the tables, as PyIceberg
 * reads them, hold the same records. K2_PYTHON names a Python with readers/requirements.txt.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fleet, SESSION_MS, type Sink, until } from '../worlds/real/fleet.ts'

const PER_SECOND = 500
const LANDED_MS_MAX = 90_000

const fleet = await Fleet.open({ set: 'fleet' })
const stop = new AbortController()
const producing = fleet.stream.run(PER_SECOND, stop.signal)
after(async () => {
  stop.abort()
  await producing
  await fleet.close()
})

const committed = (sink: Sink) => sink.metric('k2_sink_commits_total', 'table="trades_v2"')
const refused = (sink: Sink) => sink.metric('k2_sink_commit_failures_total', 'code="LAKE_CONFLICT"')
const dropped = (sink: Sink) => sink.metric('k2_sink_dropped_records_total')

/** Each of them commits, again. */
async function allCommit(...sinks: readonly Sink[]): Promise<void> {
  const before = await Promise.all(sinks.map(committed))
  for (const [i, sink] of sinks.entries())
    await until(`${sink.name} commits`, async () => (await committed(sink)) > before[i]!)
}

async function joined(): Promise<Sink> {
  const sink = fleet.join()
  await until(`${sink.name} is ready`, () => sink.isReady(), 120_000)
  return sink
}

test('members join while others commit: each has its share', { timeout: 240_000 }, async (t) => {
  const first = await joined()
  await allCommit(first)
  const second = await joined()
  await allCommit(first, second)
  const third = await joined()
  await allCommit(first, second, third)
  for (const sink of fleet.members)
    t.diagnostic(
      `${sink.name}: ${await committed(sink)} commits, ${await refused(sink)} refused, ${await dropped(sink)} records dropped`,
    )
})

test('a member that is asked to leave goes well, and the others have its partitions', {
  timeout: 120_000,
}, async () => {
  const [leaves, ...stay] = fleet.members
  await leaves!.kill('SIGTERM')
  assert.equal(leaves!.fault(), undefined)
  assert.equal(leaves!.child.exitCode, 0)
  await allCommit(...stay)
})

test('a member that is killed', { timeout: 120_000 }, async () => {
  const [dies, ...stay] = fleet.members
  await dies!.kill('SIGKILL')
  await sleep(SESSION_MS)
  await allCommit(...stay)
})

test('a member that stood still until others had its partitions is refused by the table', {
  timeout: 180_000,
}, async (t) => {
  const zombie = await joined()
  await allCommit(...fleet.members)
  const before = await refused(zombie)
  // In its hands there is something that it has not committed.
  await until('it has read', async () => (await zombie.metric('k2_sink_buffered_rows', 'table="trades_v2"')) > 0)
  await zombie.stop(3 * SESSION_MS)
  await until('it is refused', async () => (await refused(zombie)) > before)
  await allCommit(...fleet.members)
  t.diagnostic(`refused ${(await refused(zombie)) - before} times, ${await dropped(zombie)} records dropped`)
})

test('Kafka and the tables hold the same records', { timeout: 300_000 }, async (t) => {
  stop.abort()
  await producing
  await fleet.landed(LANDED_MS_MAX)
  const { faults, ...figures } = await fleet.judge()
  t.diagnostic(JSON.stringify(figures))
  assert.deepEqual(faults, [])
  assert.ok(figures.rows > 10_000)
  assert.deepEqual([figures.lost, figures.doubled, figures.holes], [0, 0, 0])
  assert.deepEqual(fleet.faults(), [])
})

const MIB = 2 ** 20
const BUFFER_BYTES_MAX = 48 * MIB
/** A third is the table's, and a batch more comes in. */
const BUFFERED_BYTES_MAX = BUFFER_BYTES_MAX / 3 + 2 * MIB
/** Of the whole process, by the kernel: 160 MiB before it has read anything. */
const MEMORY_BYTES_MAX = 600 * MIB

test('of a backlog a member holds what its buffers take', { timeout: 500_000 }, async (t) => {
  stop.abort()
  await producing
  for (const member of fleet.members) await member.kill('SIGTERM')
  // A kilobyte each, that compresses badly.
  for (let i = 0; i < 50; i++) await fleet.stream.send('trades', 5_000, 1_000)
  const sink = fleet.join({ K2_SINK_BUFFER_BYTES_MAX: String(BUFFER_BYTES_MAX), K2_KAFKA_READ_BUFFER: String(2 * MIB) })
  await until('it listens', () => sink.isReady(), 120_000)
  let most = 0
  const looking = setInterval(() => {
    sink.metric('k2_sink_buffered_bytes', 'table="trades_v2"').then(
      (bytes) => {
        most = Math.max(most, bytes)
      },
      () => {},
    )
  }, 50)
  await fleet.landed(300_000).finally(() => clearInterval(looking))
  const peak = sink.peakBytes()
  t.diagnostic(
    `of 250 MB ${Math.round(most / MIB)} MiB were held at once; the process took ${Math.round(peak / MIB)} MiB`,
  )
  assert.ok(most > BUFFERED_BYTES_MAX / 4 && most <= BUFFERED_BYTES_MAX, `${most} bytes were held`)
  assert.ok(peak < MEMORY_BYTES_MAX, `${peak} bytes`)
  const { rows, wrong } = await fleet.tally()
  assert.deepEqual(wrong, [])
  assert.ok(rows >= 250_000)
})
