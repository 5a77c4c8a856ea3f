// Original file: proto/k2/v1/query.proto

import type { Trade as _k2_v1_Trade, Trade__Output as _k2_v1_Trade__Output } from '../../k2/v1/Trade.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface QueryTradesResponse {
  'trades'?: (_k2_v1_Trade)[];
  'meta'?: (_k2_v1_Meta | null);
}

export interface QueryTradesResponse__Output {
  'trades': (_k2_v1_Trade__Output)[];
  'meta': (_k2_v1_Meta__Output | null);
}
