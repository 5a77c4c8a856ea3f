// Original file: proto/k2/v1/sequence.proto

import type { SequencePosition as _k2_v1_SequencePosition, SequencePosition__Output as _k2_v1_SequencePosition__Output } from '../../k2/v1/SequencePosition.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface ListPositionsResponse {
  'positions'?: (_k2_v1_SequencePosition)[];
  'meta'?: (_k2_v1_Meta | null);
}

export interface ListPositionsResponse__Output {
  'positions': (_k2_v1_SequencePosition__Output)[];
  'meta': (_k2_v1_Meta__Output | null);
}
