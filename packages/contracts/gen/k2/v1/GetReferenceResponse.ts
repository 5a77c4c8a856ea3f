// Original file: proto/k2/v1/query.proto

import type { Reference as _k2_v1_Reference, Reference__Output as _k2_v1_Reference__Output } from '../../k2/v1/Reference.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface GetReferenceResponse {
  'companies'?: (_k2_v1_Reference)[];
  'meta'?: (_k2_v1_Meta | null);
}

export interface GetReferenceResponse__Output {
  'companies': (_k2_v1_Reference__Output)[];
  'meta': (_k2_v1_Meta__Output | null);
}
