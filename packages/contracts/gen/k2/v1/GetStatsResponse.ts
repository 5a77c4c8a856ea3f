// Original file: proto/k2/v1/query.proto

import type { TableStats as _k2_v1_TableStats, TableStats__Output as _k2_v1_TableStats__Output } from '../../k2/v1/TableStats.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface GetStatsResponse {
  'tables'?: (_k2_v1_TableStats)[];
  'meta'?: (_k2_v1_Meta | null);
}

export interface GetStatsResponse__Output {
  'tables': (_k2_v1_TableStats__Output)[];
  'meta': (_k2_v1_Meta__Output | null);
}
