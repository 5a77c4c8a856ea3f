// Original file: proto/k2/v1/query.proto

import type { Aggregation as _k2_v1_Aggregation, Aggregation__Output as _k2_v1_Aggregation__Output } from '../../k2/v1/Aggregation.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface GetAggregationsResponse {
  'groups'?: (_k2_v1_Aggregation)[];
  'meta'?: (_k2_v1_Meta | null);
}

export interface GetAggregationsResponse__Output {
  'groups': (_k2_v1_Aggregation__Output)[];
  'meta': (_k2_v1_Meta__Output | null);
}
