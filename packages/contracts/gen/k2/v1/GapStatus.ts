// Original file: proto/k2/v1/sequence.proto

export const GapStatus = {
  GAP_STATUS_UNSPECIFIED: 'GAP_STATUS_UNSPECIFIED',
  GAP_STATUS_OPEN: 'GAP_STATUS_OPEN',
  GAP_STATUS_PARTLY_FILLED: 'GAP_STATUS_PARTLY_FILLED',
  GAP_STATUS_FILLED: 'GAP_STATUS_FILLED',
  GAP_STATUS_GIVEN_UP: 'GAP_STATUS_GIVEN_UP',
} as const;

export type GapStatus =
  | 'GAP_STATUS_UNSPECIFIED'
  | 0
  | 'GAP_STATUS_OPEN'
  | 1
  | 'GAP_STATUS_PARTLY_FILLED'
  | 2
  | 'GAP_STATUS_FILLED'
  | 3
  | 'GAP_STATUS_GIVEN_UP'
  | 4

export type GapStatus__Output = typeof GapStatus[keyof typeof GapStatus]
