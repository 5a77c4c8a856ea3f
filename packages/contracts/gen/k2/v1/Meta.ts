// Original file: proto/k2/v1/query.proto

import type { OffsetRange as _k2_v1_OffsetRange, OffsetRange__Output as _k2_v1_OffsetRange__Output } from '../../k2/v1/OffsetRange.ts';
import type { ReadPlan as _k2_v1_ReadPlan, ReadPlan__Output as _k2_v1_ReadPlan__Output } from '../../k2/v1/ReadPlan.ts';
import type { TableSnapshot as _k2_v1_TableSnapshot, TableSnapshot__Output as _k2_v1_TableSnapshot__Output } from '../../k2/v1/TableSnapshot.ts';
import type { LedgerOfGaps as _k2_v1_LedgerOfGaps, LedgerOfGaps__Output as _k2_v1_LedgerOfGaps__Output } from '../../k2/v1/LedgerOfGaps.ts';
import type { Long } from '@grpc/proto-loader';

export interface Meta {
  'count'?: (number);
  'hasMore'?: (boolean);
  'complete'?: (boolean);
  'reasons'?: (string)[];
  'snapshotId'?: (number | string | Long);
  'committedAtMicros'?: (number | string | Long);
  'offsets'?: ({[key: string]: number | string | Long});
  'holes'?: (_k2_v1_OffsetRange)[];
  'elapsedMs'?: (number | string);
  'nextCursor'?: (string);
  'plan'?: (_k2_v1_ReadPlan | null);
  'snapshots'?: (_k2_v1_TableSnapshot)[];
  'gaps'?: (number | string | Long);
  'from'?: ({[key: string]: number | string | Long});
  'ledger'?: (_k2_v1_LedgerOfGaps | null);
  '_snapshotId'?: "snapshotId";
  '_gaps'?: "gaps";
}

export interface Meta__Output {
  'count': (number);
  'hasMore': (boolean);
  'complete': (boolean);
  'reasons': (string)[];
  'snapshotId'?: (string);
  'committedAtMicros': (string);
  'offsets': ({[key: string]: string});
  'holes': (_k2_v1_OffsetRange__Output)[];
  'elapsedMs': (number);
  'nextCursor': (string);
  'plan': (_k2_v1_ReadPlan__Output | null);
  'snapshots': (_k2_v1_TableSnapshot__Output)[];
  'gaps'?: (string);
  'from': ({[key: string]: string});
  'ledger': (_k2_v1_LedgerOfGaps__Output | null);
  '_snapshotId'?: "snapshotId";
  '_gaps'?: "gaps";
}
