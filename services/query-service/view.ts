/** What a question sees: a head, and the tail that belongs to it. */
import type { Head, Hole } from '@k2/lake/table.ts'
import type { TailState } from './core/cover.ts'

export interface View {
  readonly head: Head
  readonly tail: TailState
  /** Records of the tail that no table can take. */
  readonly rejected: readonly Hole[]
  /** Nothing of the tail was thrown away since: what was read from it is what the ranges say. */
  readonly isWhole: () => boolean
  /** Lets go of the head; the tail may then be dropped up to it. */
  readonly release: () => void
}
