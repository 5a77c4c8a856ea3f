/** The proof of an answer without rows, from which tests make others. */
import type { Proof } from './proof.ts'

export const EMPTY: Proof = {
  count: 0,
  hasMore: false,
  complete: true,
  reasons: [],
  committedAtMicros: '0',
  offsets: {},
  from: {},
  holes: [],
  elapsedMs: 0,
  nextCursor: '',
  snapshots: [],
  plan: null,
  ledger: null,
}
