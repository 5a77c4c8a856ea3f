// Original file: proto/k2/v1/query.proto

import type { Snapshot as _k2_v1_Snapshot, Snapshot__Output as _k2_v1_Snapshot__Output } from '../../k2/v1/Snapshot.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface ListSnapshotsResponse {
  'snapshots'?: (_k2_v1_Snapshot)[];
  'meta'?: (_k2_v1_Meta | null);
}

export interface ListSnapshotsResponse__Output {
  'snapshots': (_k2_v1_Snapshot__Output)[];
  'meta': (_k2_v1_Meta__Output | null);
}
