// Original file: proto/k2/v1/query.proto

import type { Trade as _k2_v1_Trade, Trade__Output as _k2_v1_Trade__Output } from '../../k2/v1/Trade.ts';
import type { Quote as _k2_v1_Quote, Quote__Output as _k2_v1_Quote__Output } from '../../k2/v1/Quote.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface ReplayBatch {
  'trades'?: (_k2_v1_Trade)[];
  'quotes'?: (_k2_v1_Quote)[];
  'cursor'?: (string);
  'meta'?: (_k2_v1_Meta | null);
  'arrow'?: (Buffer | Uint8Array | string);
}

export interface ReplayBatch__Output {
  'trades': (_k2_v1_Trade__Output)[];
  'quotes': (_k2_v1_Quote__Output)[];
  'cursor': (string);
  'meta': (_k2_v1_Meta__Output | null);
  'arrow': (Buffer);
}
