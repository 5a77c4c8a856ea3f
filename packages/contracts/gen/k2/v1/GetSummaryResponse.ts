// Original file: proto/k2/v1/query.proto

import type { DaySummary as _k2_v1_DaySummary, DaySummary__Output as _k2_v1_DaySummary__Output } from '../../k2/v1/DaySummary.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface GetSummaryResponse {
  'summary'?: (_k2_v1_DaySummary | null);
  'meta'?: (_k2_v1_Meta | null);
}

export interface GetSummaryResponse__Output {
  'summary': (_k2_v1_DaySummary__Output | null);
  'meta': (_k2_v1_Meta__Output | null);
}
