/**
 * What k2.degradation.state holds, and what follows from it. One partition, so that all see one order:
 *
 *   leader          {replica}: a claim. Its offset is its epoch: the last claim leads, and what is said under an older epoch
 *                   after it is not heard
 *   state           the level in force, by the leader; said again now and then, so that silence is heard
 *   transition/<n>  the n-th change of the level, modulo TRANSITIONS_MAX
 *
 *   shape   (Heard, record) -> Heard; values <-> JSON; pure
 *   units   times: ms since the epoch, by the clock of who wrote them
 */
import { LEVEL_MAX, type Level } from '@k2/contracts/degradation.ts'

/** The level as signals have led to it. */
export interface Standing {
  readonly level: Level
  /** When it came to this level. */
  readonly sinceMs: number
  /** Since when the signals have been calm; null while they are not. */
  readonly calmSinceMs: number | null
  readonly cause: string
}

/** The worst of each over all services. */
export interface Signals {
  readonly lagRecords: number
  readonly heapShare: number
  readonly behindSeconds: number
  /** Not all who should tell have told: what they would say is not known, so nothing is calm. */
  readonly isPartial: boolean
}

export interface Override {
  readonly level: Level
  readonly reason: string
  readonly by: string
  readonly untilMs: number
}

export interface State {
  readonly epoch: bigint
  /** In force. */
  readonly level: Level
  readonly cause: string
  readonly sinceMs: number
  readonly bySignals: Standing
  readonly override: Override | null
  readonly signals: Signals
  /** Whose the worst signals are. */
  readonly lagOf: string
  readonly heapOf: string
  readonly toldMs: number
  /** Changes of the level so far. */
  readonly transitions: number
  /** What somebody should look at, each a sentence; an older controller says none. */
  readonly alerts?: readonly string[]
}

export interface Transition {
  readonly number: number
  readonly epoch: bigint
  readonly from: Level
  readonly to: Level
  readonly cause: string
  readonly atMs: number
}

export interface Leader {
  readonly replica: string
  readonly epoch: bigint
}

export interface Heard {
  readonly leader: Leader | undefined
  readonly state: State | undefined
  /** By the place that each takes: the oldest goes for the newest. */
  readonly transitions: ReadonlyMap<string, Transition>
  /** The next offset to hear. */
  readonly next: bigint
}

export const NOTHING_HEARD: Heard = { leader: undefined, state: undefined, transitions: new Map(), next: 0n }
export const TRANSITIONS_MAX = 1_000
export const LEADER_KEY = 'leader'
export const STATE_KEY = 'state'

export const transitionKey = ({ number }: Pick<Transition, 'number'>): string =>
  `transition/${number % TRANSITIONS_MAX}`

export interface SaidRecord {
  readonly key: string
  readonly value: Uint8Array
  readonly offset: bigint
}

/** What cannot be read changes nothing: somebody else's record, or that of a newer K2. */
export function heard(before: Heard, { key, value, offset }: SaidRecord): Heard {
  if (offset < before.next) return before
  const now = { ...before, next: offset + 1n }
  const said = fromJson(value)
  if (said === undefined) return now
  if (key === LEADER_KEY)
    return typeof said.replica === 'string' ? { ...now, leader: { replica: said.replica, epoch: offset } } : now
  if (typeof said.epoch !== 'bigint' || said.epoch < (before.leader?.epoch ?? 0n)) return now
  if (key === STATE_KEY) return isLevel(said.level) ? { ...now, state: said as unknown as State } : now
  if (!key.startsWith('transition/') || !isLevel(said.to)) return now
  return { ...now, transitions: new Map(now.transitions).set(key, said as unknown as Transition) }
}

/** Newest first. */
export const history = ({ transitions }: Heard): Transition[] =>
  [...transitions.values()].sort((a, b) => b.number - a.number)

const isLevel = (value: unknown): value is Level =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LEVEL_MAX

/** Epochs are 64 bits: text. */
export const toJson = (said: Omit<Leader, 'epoch'> | State | Transition): Uint8Array =>
  Buffer.from(JSON.stringify(said, (_, value) => (typeof value === 'bigint' ? String(value) : value)))

function fromJson(value: Uint8Array): Record<string, unknown> | undefined {
  try {
    const said = JSON.parse(Buffer.from(value).toString())
    if (typeof said !== 'object' || said === null) return undefined
    return typeof said.epoch === 'string' && /^\d{1,18}$/.test(said.epoch)
      ? { ...said, epoch: BigInt(said.epoch) }
      : said
  } catch {
    return undefined
  }
}
