// Original file: proto/k2/v1/query.proto

import type { OpenRange as _k2_v1_OpenRange, OpenRange__Output as _k2_v1_OpenRange__Output } from '../../k2/v1/OpenRange.ts';
import type { Long } from '@grpc/proto-loader';

export interface LedgerOfGaps {
  'heardAtMicros'?: (number | string | Long);
  'trouble'?: (string);
  'behind'?: (number | string | Long);
  'ranges'?: (number);
  'missing'?: (number | string | Long);
  'open'?: (_k2_v1_OpenRange)[];
  '_heardAtMicros'?: "heardAtMicros";
}

export interface LedgerOfGaps__Output {
  'heardAtMicros'?: (string);
  'trouble': (string);
  'behind': (string);
  'ranges': (number);
  'missing': (string);
  'open': (_k2_v1_OpenRange__Output)[];
  '_heardAtMicros'?: "heardAtMicros";
}
