// Original file: proto/k2/v1/query.proto

import type { GapCoverage as _k2_v1_GapCoverage, GapCoverage__Output as _k2_v1_GapCoverage__Output } from '../../k2/v1/GapCoverage.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface GetGapCoverageResponse {
  'coverage'?: (_k2_v1_GapCoverage | null);
  'meta'?: (_k2_v1_Meta | null);
}

export interface GetGapCoverageResponse__Output {
  'coverage': (_k2_v1_GapCoverage__Output | null);
  'meta': (_k2_v1_Meta__Output | null);
}
