// Original file: proto/k2/v1/query.proto

import type { TradeAsOf as _k2_v1_TradeAsOf, TradeAsOf__Output as _k2_v1_TradeAsOf__Output } from '../../k2/v1/TradeAsOf.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface GetAsOfResponse {
  'trades'?: (_k2_v1_TradeAsOf)[];
  'meta'?: (_k2_v1_Meta | null);
}

export interface GetAsOfResponse__Output {
  'trades': (_k2_v1_TradeAsOf__Output)[];
  'meta': (_k2_v1_Meta__Output | null);
}
