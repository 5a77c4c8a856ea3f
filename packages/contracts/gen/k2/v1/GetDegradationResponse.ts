// Original file: proto/k2/v1/query.proto

import type { Degradation as _k2_v1_Degradation, Degradation__Output as _k2_v1_Degradation__Output } from '../../k2/v1/Degradation.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface GetDegradationResponse {
  'degradation'?: (_k2_v1_Degradation | null);
  'meta'?: (_k2_v1_Meta | null);
}

export interface GetDegradationResponse__Output {
  'degradation': (_k2_v1_Degradation__Output | null);
  'meta': (_k2_v1_Meta__Output | null);
}
