// Original file: proto/k2/v1/sequence.proto

import type { Coverage as _k2_v1_Coverage, Coverage__Output as _k2_v1_Coverage__Output } from '../../k2/v1/Coverage.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface GetCoverageResponse {
  'coverage'?: (_k2_v1_Coverage | null);
  'meta'?: (_k2_v1_Meta | null);
}

export interface GetCoverageResponse__Output {
  'coverage': (_k2_v1_Coverage__Output | null);
  'meta': (_k2_v1_Meta__Output | null);
}
