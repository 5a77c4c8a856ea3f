// Original file: proto/k2/v1/query.proto

import type { TimeframeBar as _k2_v1_TimeframeBar, TimeframeBar__Output as _k2_v1_TimeframeBar__Output } from '../../k2/v1/TimeframeBar.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface GetOhlcvBatchResponse {
  'bars'?: (_k2_v1_TimeframeBar)[];
  'meta'?: (_k2_v1_Meta | null);
}

export interface GetOhlcvBatchResponse__Output {
  'bars': (_k2_v1_TimeframeBar__Output)[];
  'meta': (_k2_v1_Meta__Output | null);
}
