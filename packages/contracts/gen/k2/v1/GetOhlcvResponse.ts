// Original file: proto/k2/v1/query.proto

import type { Bar as _k2_v1_Bar, Bar__Output as _k2_v1_Bar__Output } from '../../k2/v1/Bar.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface GetOhlcvResponse {
  'bars'?: (_k2_v1_Bar)[];
  'meta'?: (_k2_v1_Meta | null);
}

export interface GetOhlcvResponse__Output {
  'bars': (_k2_v1_Bar__Output)[];
  'meta': (_k2_v1_Meta__Output | null);
}
