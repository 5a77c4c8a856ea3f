/** What a lane tells of itself, for whoever counts. */
import type { Code } from '@k2/contracts/codes.ts'
import type { RejectedRecord } from '@k2/landing/stage.ts'

export type LaneEvent =
  /** The files are in the store, and no snapshot names them yet. */
  | { readonly kind: 'written'; readonly seconds: number }
  | {
      readonly kind: 'committed'
      readonly rows: number
      readonly files: number
      readonly bytes: number
      readonly rejected: readonly Pick<RejectedRecord, 'topic' | 'code'>[]
      /** Passed over since they repeat others. */
      readonly repeated: readonly { readonly topic: string; readonly records: number }[]
      /** From the files in the store to the commit, tries again included. */
      readonly seconds: number
    }
  /** A try to commit that threw. */
  | { readonly kind: 'failed'; readonly code: Code }
  /** The table stood elsewhere: nothing got in. */
  | { readonly kind: 'stale' }
  /** Records that did not begin where their partition stands. */
  | { readonly kind: 'dropped'; readonly topic: string; readonly records: number }
  /** Records that were passed over for now. */
  | { readonly kind: 'deferred'; readonly topic: string; readonly records: number }
  /** Records that had been passed over, and are in. */
  | { readonly kind: 'filled'; readonly rows: number; readonly seconds: number }
  /** Records that retention took before they were landed. */
  | { readonly kind: 'lost'; readonly topic: string; readonly records: number }
