/**
 * Dead letters: what could not land, and what becomes of it. The commands work on log and lake themselves, beside whatever
 * runs there: commits meet in the catalog. A log in a folder is held by one process, so there npm start must be stopped.
 * Log and lake are loaded when a command runs, not before.
 */
import { createInterface } from 'node:readline/promises'
import type { Refusal } from '@k2/contracts/records/decode.ts'
import type { Entry } from '@k2/landing/letters.ts'
import type { Opened } from '@k2/landing/open.ts'
import type { Place } from '@k2/landing/places.ts'
import { type Flag, type Given, UsageError } from '../arguments.ts'
import { commandsOf, type Group, INTERRUPTED, type Line, type Shell } from '../command.ts'
import { writeOne, writeRows } from '../rows.ts'

const PLACE: Flag = {
  name: 'place',
  kind: 'text',
  doc: 'TOPIC, TOPIC/PARTITION, TOPIC/PARTITION/OFFSET, or …/FROM-TO without TO itself; by default all.',
}
const DATA: Flag = {
  name: 'data',
  kind: 'text',
  doc: 'Folder of npm start. By default .k2; KAFKA_BROKERS and ICEBERG_CATALOG_URI name others.',
}
const CODE: Flag = {
  name: 'code',
  kind: 'choice',
  choices: ['no-value', 'frame', 'schema', 'avro', 'value'] satisfies Refusal['code'][],
  doc: 'Only what the sink rejected with this code.',
}
const EACH: Flag = { name: 'each', kind: 'switch', doc: 'Every letter with its reason, in place of their counts.' }
const DRY_RUN: Flag = { name: 'dry-run', kind: 'switch', doc: 'Writes nothing, and says what would land.' }
const WHO: Flag = { name: 'who', kind: 'text', doc: 'Who accepts the loss.' }
const WHY: Flag = { name: 'why', kind: 'text', doc: 'Why nothing else can be done.' }
const YES: Flag = { name: 'yes', kind: 'switch', doc: 'Does not ask.' }

interface Job extends Opened {
  readonly place: Place | undefined
  readonly given: Given
  readonly shell: Shell
  /** For files on their way. */
  readonly folder: string
}

/** Its exit code. */
type Work = (job: Job) => Promise<number>

const TRADES = 'market.equities.trades.asx'

// biome-ignore format: a table reads by its columns
const COMMANDS: readonly Line<Work>[] = [
  ['list',   'Dead letters by topic, code and how they stand; open ones are holes of the lake.',              [CODE, EACH],    ['k2 dlq list', `k2 dlq list ${TRADES} --each`], list],
  ['show',   'One dead letter, read as far as its bytes go.',                                                 [],              [`k2 dlq show ${TRADES}/3/4711`], show],
  ['replay', 'Lands rejected records that can be read by now, each once; 1 where some are still rejected. The ledger of gaps goes on missing them; k2 gaps does not.',   [CODE, DRY_RUN], ['k2 dlq replay --dry-run', `k2 dlq replay ${TRADES} --code schema`, `k2 dlq replay ${TRADES}/3/4711-4720`], replay],
  ['accept', 'Gives rejected records up as lost: answers are complete without them. Their letters stay.',     [WHO, WHY, YES], [`k2 dlq accept ${TRADES}/3/4711 --who ops --why damaged-by-its-producer`], accept],
]

export const dlq: Group = {
  name: 'Dead letters',
  commands: commandsOf(COMMANDS, { name: 'dlq', flags: [PLACE], lastFlags: [DATA], positionals: ['place'], perform }),
}

async function perform(work: Work, given: Given, shell: Shell, name: string): Promise<number> {
  const place = await placeIn(name, given)
  const [{ openLanding }, { mkdtemp, rm }, { tmpdir }, { join }] = await Promise.all([
    import('@k2/landing/open.ts'),
    import('node:fs/promises'),
    import('node:os'),
    import('node:path'),
  ])
  const folder = await mkdtemp(join(tmpdir(), 'k2-dlq-'))
  try {
    const opened = await openLanding((given.data as string | undefined) ?? '.k2', join(folder, 'cache'))
    try {
      return await work({ ...opened, place, given, shell, folder })
    } finally {
      await opened.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Whatever is asked wrongly is said before anything is opened. */
async function placeIn(name: string, given: Given): Promise<Place | undefined> {
  const [{ placeOf }, { MARKET_TOPICS, marketTopic }] = await Promise.all([
    import('@k2/landing/places.ts'),
    import('@k2/contracts/topics.ts'),
  ])
  const text = given.place as string | undefined
  const place = text === undefined ? undefined : placeOf(text)
  const topics = MARKET_TOPICS.map((topic) => topic.name).join(', ')
  if (text !== undefined && place === undefined) throw new UsageError(`"${text}" is no place: ${PLACE.doc}`)
  if (place !== undefined && marketTopic(place.topic) === undefined)
    throw new UsageError(`${place.topic} has no dead letters. Topics are ${topics}.`)
  if (name === 'show' && place?.to !== (place?.from ?? 0n) + 1n)
    throw new UsageError(`One letter is shown: k2 dlq show ${TRADES}/3/4711. k2 dlq list --each has the places.`)
  if (name !== 'accept') return place
  if (place?.from === undefined) throw new UsageError(`Name the records: k2 dlq accept ${TRADES}/3/4711.`)
  if (given.who === undefined || given.why === undefined)
    throw new UsageError('A loss has somebody who accepts it, and a reason: --who and --why.')
  if (given.yes === undefined && !process.stdin.isTTY)
    throw new UsageError('Nobody can be asked here, for there is no terminal: --yes accepts without asking.')
  return place
}

/** Topics of the place, each with its table. */
async function sourcesOf({ tables, place }: Job) {
  const { MARKET_TOPICS } = await import('@k2/contracts/topics.ts')
  return MARKET_TOPICS.filter(({ name }) => place === undefined || place.topic === name).flatMap(({ name, table }) => {
    const found = tables.find(({ spec }) => spec.name === table.name)
    return found === undefined ? [] : [{ topic: name, table: found }]
  })
}

async function list(job: Job): Promise<number> {
  const { log, place, given, shell } = job
  const { entriesOf, isAt, readLetters } = await import('@k2/landing/letters.ts')
  const entries: Entry[] = []
  for (const { topic, table } of await sourcesOf(job)) {
    const letters = await readLetters(log, topic)
    const all = entriesOf(topic, letters, (await table.head()).progress)
    entries.push(...all.filter((one) => isAt(one, place) && (given.code === undefined || one.code === given.code)))
  }
  if (given.each !== undefined) await writeRows(shell, entries.map(entryRow))
  else await writeRows(shell, groupRows(entries, Date.now()), ['topic', 'code', 'state', 'records', 'age', 'first'])
  if (entries.length === 0) shell.tell('There are no dead letters.')
  tellOfFiles(entries, shell)
  return 0
}

const timeText = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

const entryRow = ({ place, code, state, records, timeMs, reason }: Entry) => ({
  place,
  code: code || null,
  state,
  records: Number(records),
  time: timeText(timeMs),
  reason,
})

function groupRows(entries: readonly Entry[], nowMs: number) {
  const groups = Map.groupBy(entries, ({ topic, code, state }) => `${topic} ${code} ${state}`)
  return [...groups.values()].map((own) => {
    const { topic, code, state, place } = own[0]!
    const times = own.flatMap(({ timeMs }) => timeMs ?? [])
    const oldest = times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b))
    const newest = times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b))
    const records = own.reduce((sum, one) => sum + Number(one.records), 0)
    const age = oldest === null ? null : ageText(nowMs - oldest)
    return {
      topic,
      code: code || null,
      state,
      records,
      oldest: timeText(oldest),
      newest: timeText(newest),
      age,
      first: place,
    }
  })
}

// biome-ignore format: a table reads by its columns
const UNITS: readonly [ms: number, unit: string][] = [[86_400_000, 'd'], [3_600_000, 'h'], [60_000, 'min'], [1_000, 's']]

function ageText(ms: number): string {
  const [unitMs, unit] = UNITS.find(([one]) => ms >= one) ?? UNITS.at(-1)!
  return `${Math.max(0, Math.floor(ms / unitMs))} ${unit}`
}

function tellOfFiles(entries: readonly Entry[], { tell }: Shell): void {
  const count = entries.filter(({ state }) => state === 'of a file').length
  if (count > 0)
    tell(
      `${count} ${count === 1 ? 'is a row' : 'are rows'} of files, which never had an offset and are no holes: mend the file and load it again.`,
    )
}

async function show(job: Job): Promise<number> {
  const landing = await import('@k2/landing/show.ts')
  const [source] = await sourcesOf(job)
  const { topic, partition, from, to } = job.place as Required<Place>
  const progress =
    source === undefined ? { offsets: new Map(), holes: [], last: new Map() } : (await source.table.head()).progress
  const found = await landing.show(job, { topic, partition, from, to }, progress)
  const text = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
  await writeOne(job.shell, {
    ...entryRow(found),
    read_from: found.from ?? null,
    schema_id: found.schemaId,
    read_as: found.readAs,
    fields: JSON.parse(JSON.stringify(found.fields, text)),
    fault: found.fault ?? null,
    bytes: found.bytes?.length ?? null,
    hex: found.bytes === null ? null : hexText(found.bytes, job.shell.format === 'table'),
  })
  return 0
}

/** On a terminal a value of a megabyte helps nobody. */
const HEX_BYTES_MAX = 512

function hexText(bytes: Uint8Array, isShort: boolean): string {
  const kept = isShort ? bytes.subarray(0, HEX_BYTES_MAX) : bytes
  const more = bytes.length - kept.length
  return Buffer.from(kept).toString('hex') + (more > 0 ? `… and ${more} bytes more` : '')
}

async function replay(job: Job): Promise<number> {
  const { place, given, shell, folder } = job
  const [landing, { entriesOf, isAt, readLetters }, ports] = await Promise.all([
    import('@k2/landing/replay.ts'),
    import('@k2/landing/letters.ts'),
    strikePorts(),
  ])
  const dryRun = given['dry-run'] !== undefined
  const request = { dryRun, ...(place && { place }), ...(given.code !== undefined && { code: given.code as string }) }
  const rows = []
  const entries: Entry[] = []
  const sources = await sourcesOf(job)
  for (const table of new Set(sources.map((source) => source.table))) {
    const more = { table, stagingFolder: folder, tell: shell.tell, reached: () => {} }
    for (const { topic, code, records, first, reason } of await landing.replay(
      { ...job, ...ports, ...more },
      request,
      shell.signal,
    )) {
      const outcome = code !== undefined ? 'still rejected' : dryRun ? 'would be replayed' : 'replayed'
      rows.push({ topic, outcome, records, code: code ?? null, first, reason: reason || null })
    }
  }
  for (const { topic } of sources) {
    const none = { offsets: new Map(), holes: [], last: new Map() }
    entries.push(...entriesOf(topic, await readLetters(job.log, topic), none).filter((one) => isAt(one, place)))
  }
  await writeRows(shell, rows)
  if (rows.length === 0) shell.tell('Nothing is open there: all of it is in the lake, or struck off.')
  tellOfFiles(entries, shell)
  return rows.some(({ code }) => code !== null) ? 1 : 0
}

async function strikePorts() {
  const [{ realClock }, { randomUUID }] = await Promise.all([import('@k2/service/clock.ts'), import('node:crypto')])
  return { clock: realClock, random: Math.random, uuid: randomUUID }
}

async function accept(job: Job): Promise<number> {
  const { place, given, shell, log } = job
  const [landing, { countOf, placeText, rejectedWithin }, { K2Error }, ports] = await Promise.all([
    import('@k2/landing/accept.ts'),
    import('@k2/landing/places.ts'),
    import('@k2/contracts/codes.ts'),
    strikePorts(),
  ])
  const [source] = await sourcesOf(job)
  const holes = source === undefined ? [] : rejectedWithin((await source.table.head()).progress.holes, place)
  if (source === undefined || holes.length === 0)
    throw new K2Error(
      'NOT_FOUND',
      'Nothing is open there: no rejected record of that place is a hole. k2 dlq list has the open ones.',
    )
  const records = countOf(holes)
  const what = `${records} ${records === 1n ? 'record' : 'records'} of ${holes.map(placeText).join(', ')}`
  const isSure = given.yes !== undefined || (await isAgreed(`Give up ${what} for good? Type yes: `, shell.signal))
  if (!isSure) {
    shell.tell(isSure === undefined ? '\nInterrupted: nothing was changed.' : 'Nothing was changed.')
    return isSure === undefined ? INTERRUPTED : 1
  }
  const said = { who: String(given.who), why: String(given.why) }
  await landing.accept({ ...ports, log, table: source.table, tell: shell.tell }, holes, said, shell.signal)
  const row = (hole: (typeof holes)[number]) => ({
    place: placeText(hole),
    records: Number(countOf([hole])),
    outcome: 'accepted as lost',
    ...said,
  })
  await writeRows(shell, holes.map(row))
  return 0
}

/** undefined: a signal, or Ctrl-C, which in a terminal that is being read from is a key. */
async function isAgreed(question: string, signal: AbortSignal): Promise<boolean | undefined> {
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  const interrupted = new AbortController()
  asking.once('SIGINT', () => interrupted.abort())
  const stop = AbortSignal.any([signal, interrupted.signal])
  try {
    return (await asking.question(question, { signal: stop })).trim() === 'yes'
  } catch (error) {
    if (stop.aborted) return undefined
    // Ctrl-D.
    if (error instanceof Error && error.name === 'AbortError') return false
    throw error
  } finally {
    asking.close()
  }
}
