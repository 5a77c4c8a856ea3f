// Original file: proto/k2/v1/query.proto

import type { Trade as _k2_v1_Trade, Trade__Output as _k2_v1_Trade__Output } from '../../k2/v1/Trade.ts';
import type { Quote as _k2_v1_Quote, Quote__Output as _k2_v1_Quote__Output } from '../../k2/v1/Quote.ts';
import type { Long } from '@grpc/proto-loader';

export interface FollowBatch {
  'trades'?: (_k2_v1_Trade)[];
  'quotes'?: (_k2_v1_Quote)[];
  'cursor'?: (string);
  'live'?: (boolean);
  'reasons'?: (string)[];
  'lagRecords'?: (number | string | Long);
  'arrow'?: (Buffer | Uint8Array | string);
}

export interface FollowBatch__Output {
  'trades': (_k2_v1_Trade__Output)[];
  'quotes': (_k2_v1_Quote__Output)[];
  'cursor': (string);
  'live': (boolean);
  'reasons': (string)[];
  'lagRecords': (string);
  'arrow': (Buffer);
}
