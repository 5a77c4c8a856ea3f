// Original file: proto/k2/v1/query.proto

import type { LedgerGap as _k2_v1_LedgerGap, LedgerGap__Output as _k2_v1_LedgerGap__Output } from '../../k2/v1/LedgerGap.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface ListLedgerGapsResponse {
  'gaps'?: (_k2_v1_LedgerGap)[];
  'meta'?: (_k2_v1_Meta | null);
}

export interface ListLedgerGapsResponse__Output {
  'gaps': (_k2_v1_LedgerGap__Output)[];
  'meta': (_k2_v1_Meta__Output | null);
}
