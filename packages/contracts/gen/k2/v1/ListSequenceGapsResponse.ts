// Original file: proto/k2/v1/sequence.proto

import type { SequenceGap as _k2_v1_SequenceGap, SequenceGap__Output as _k2_v1_SequenceGap__Output } from '../../k2/v1/SequenceGap.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface ListSequenceGapsResponse {
  'gaps'?: (_k2_v1_SequenceGap)[];
  'meta'?: (_k2_v1_Meta | null);
}

export interface ListSequenceGapsResponse__Output {
  'gaps': (_k2_v1_SequenceGap__Output)[];
  'meta': (_k2_v1_Meta__Output | null);
}
