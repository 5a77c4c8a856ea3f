// Original file: proto/k2/v1/query.proto

import type { Gap as _k2_v1_Gap, Gap__Output as _k2_v1_Gap__Output } from '../../k2/v1/Gap.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface ListGapsResponse {
  'gaps'?: (_k2_v1_Gap)[];
  'meta'?: (_k2_v1_Meta | null);
}

export interface ListGapsResponse__Output {
  'gaps': (_k2_v1_Gap__Output)[];
  'meta': (_k2_v1_Meta__Output | null);
}
