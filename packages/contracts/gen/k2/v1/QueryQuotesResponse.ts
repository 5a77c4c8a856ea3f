// Original file: proto/k2/v1/query.proto

import type { Quote as _k2_v1_Quote, Quote__Output as _k2_v1_Quote__Output } from '../../k2/v1/Quote.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface QueryQuotesResponse {
  'quotes'?: (_k2_v1_Quote)[];
  'meta'?: (_k2_v1_Meta | null);
}

export interface QueryQuotesResponse__Output {
  'quotes': (_k2_v1_Quote__Output)[];
  'meta': (_k2_v1_Meta__Output | null);
}
