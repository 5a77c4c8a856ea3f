/** The proof of an answer: REST's `meta`, one line for people, and that of many pages as of one answer. */
import type { LedgerOfGaps__Output as Ledger } from '@k2/contracts/gen/k2/v1/LedgerOfGaps.ts'
import type { Meta__Output as Meta } from '@k2/contracts/gen/k2/v1/Meta.ts'
import type { ReadPlan__Output as Plan } from '@k2/contracts/gen/k2/v1/ReadPlan.ts'
import { formatInstant } from '@k2/market/instant.ts'

export type Proof = Meta

/** Of pages that follow one another: they are as complete as the least complete of them. */
export function together(before: Proof | undefined, page: Proof): Proof {
  if (before === undefined) return page
  return {
    ...page,
    count: before.count + page.count,
    complete: before.complete && page.complete,
    reasons: [...new Set([...before.reasons, ...page.reasons])],
    elapsedMs: before.elapsedMs + page.elapsedMs,
  }
}

/** As REST writes it. */
export function proofJson(proof: Proof) {
  const { snapshotId, committedAtMicros, nextCursor, elapsedMs } = proof
  return {
    count: proof.count,
    has_more: proof.hasMore,
    next_cursor: nextCursor === '' ? null : nextCursor,
    complete: proof.complete,
    reasons: proof.reasons,
    snapshot:
      snapshotId === undefined ? null : { id: snapshotId, committed_at: formatInstant(Number(committedAtMicros)) },
    ...(proof.snapshots.length > 0 && { snapshots: proof.snapshots.map(snapshotJson) }),
    offsets: Object.fromEntries(offsetsOf(proof)),
    deferred: proof.holes.filter(({ reason }) => reason === 'deferred'),
    rejected: proof.holes.filter(({ reason }) => reason === 'rejected'),
    elapsed_ms: Math.round(elapsedMs * 1000) / 1000,
    ...(proof.gaps !== undefined && { gaps: Number(proof.gaps) }),
    ...(proof.ledger && { ledger: ledgerJson(proof.ledger) }),
    ...(proof.plan && { plan: planJson(proof.plan) }),
  }
}

const snapshotJson = ({ table, snapshotId, committedAtMicros }: Proof['snapshots'][number]) => {
  return { table, id: snapshotId, committed_at: formatInstant(Number(committedAtMicros)) }
}

const ledgerJson = ({ heardAtMicros, trouble, behind, ranges, missing, open }: Ledger) => ({
  heard_at: heardAtMicros === undefined ? null : formatInstant(Number(heardAtMicros)),
  trouble: trouble === '' ? null : trouble,
  ...{ behind, ranges, missing },
  open: open.map(({ symbol, exchange, date = null, ...range }) => ({
    ...{ symbol, exchange, date },
    from_sequence: range.fromSequence,
    to_sequence: range.toSequence,
    after_timestamp: formatInstant(Number(range.afterTimestampMicros)),
    before_timestamp: formatInstant(Number(range.beforeTimestampMicros)),
  })),
})

function planJson(plan: Plan) {
  return {
    files_in_table: plan.filesInTable,
    files: plan.files,
    files_from_bars: plan.filesFromBars,
    bytes: Number(plan.bytes),
    bytes_skipped: Number(plan.bytesSkipped),
    partitions: plan.partitions.map(({ exchangeDate = null, symbolBucket = null, files }) => ({
      exchange_date: exchangeDate,
      symbol_bucket: symbolBucket,
      files,
    })),
    row_groups: plan.rowGroups,
    row_groups_read: plan.rowGroupsRead,
    rows_read: Number(plan.rowsRead),
    tail_records: Number(plan.tailRecords),
    bytes_expected: Number(plan.bytesExpected),
    bytes_max: Number(plan.bytesMax),
  }
}

/** For the last line on a terminal, or beside rows that have no place for it. */
export function proofLine(proof: Proof): string {
  const { count, hasMore, snapshotId, committedAtMicros } = proof
  const rows = `${count} ${count === 1 ? 'row' : 'rows'}`
  const committedAt = formatInstant(Number(committedAtMicros)).slice(0, 19)
  return [
    hasMore ? `${rows}, and there are more` : rows,
    completeness(proof),
    ...(snapshotId === undefined ? [] : [`snapshot ${snapshotId} of ${committedAt}Z`]),
    ...proof.snapshots.map((of) => `${of.table} snapshot ${of.snapshotId}`),
    ...shortOffsets(proof),
    ...(proof.gaps === undefined ? [] : [`${proof.gaps} ${proof.gaps === '1' ? 'gap' : 'gaps'}`]),
    ...(proof.ledger ? ledgerLine(proof.ledger) : []),
    ...(proof.plan ? [planLine(proof.plan)] : []),
  ].join(' · ')
}

/** Only what is worth a look: on a terminal no news is good news. */
const ledgerLine = ({ trouble, missing, ranges }: Ledger): string[] => [
  ...(ranges > 0 ? [`the ledger misses ${missing} numbers in ${ranges} ${ranges === 1 ? 'range' : 'ranges'}`] : []),
  ...(trouble === '' ? [] : [`the ledger may lack gaps: ${trouble.replace(/\.$/, '')}`]),
]

const planLine = (plan: Plan): string =>
  `read ${plan.files - plan.filesFromBars} of ${plan.filesInTable} files${plan.filesFromBars > 0 ? ` and bars of ${plan.filesFromBars}` : ''}, ${plan.rowGroupsRead} of ${plan.rowGroups} row groups, ${plan.tailRecords} records of the log`

function completeness({ complete, reasons, holes }: Proof): string {
  if (complete) return 'complete'
  const records = holes.reduce((sum, { from, to }) => sum + BigInt(to) - BigInt(from), 0n)
  return `NOT COMPLETE: ${reasons.join(', ')}${records > 0n ? ` (${records} offsets passed over)` : ''}`
}

const PARTITIONS_SHOWN_MAX = 3

/** Each topic once: `market.equities.trades.asx up to 9:1200 16:75 26:12000`. */
function shortOffsets(proof: Proof): string[] {
  const topics = new Map<string, string[]>()
  for (const [partition, offset] of offsetsOf(proof)) {
    const slash = partition.lastIndexOf('/')
    const topic = partition.slice(0, slash)
    topics.set(topic, [...(topics.get(topic) ?? []), `${partition.slice(slash + 1)}:${offset}`])
  }
  return Array.from(topics, ([topic, offsets]) => {
    const more = offsets.length - PARTITIONS_SHOWN_MAX
    const shown = offsets.slice(0, PARTITIONS_SHOWN_MAX).join(' ')
    return `${topic} up to ${shown}${more > 0 ? ` and of ${more} partitions more` : ''}`
  })
}

const names = new Intl.Collator('en', { numeric: true })
const offsetsOf = ({ offsets }: Proof): [string, string][] =>
  Object.entries(offsets).sort(([a], [b]) => names.compare(a, b))
