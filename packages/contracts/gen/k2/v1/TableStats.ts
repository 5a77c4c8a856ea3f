// Original file: proto/k2/v1/query.proto

import type { Long } from '@grpc/proto-loader';

export interface TableStats {
  'table'?: (string);
  'rows'?: (number | string | Long);
  'files'?: (number | string | Long);
  'bytes'?: (number | string | Long);
  'snapshots'?: (number | string | Long);
  'snapshotId'?: (number | string | Long);
  'committedAtMicros'?: (number | string | Long);
  'tailRows'?: (number | string | Long);
  'lagRecords'?: (number | string | Long);
  'deferredRecords'?: (number | string | Long);
  'rejectedRecords'?: (number | string | Long);
  'error'?: (string);
  '_rows'?: "rows";
  '_files'?: "files";
  '_bytes'?: "bytes";
  '_snapshots'?: "snapshots";
  '_snapshotId'?: "snapshotId";
  '_committedAtMicros'?: "committedAtMicros";
  '_tailRows'?: "tailRows";
  '_lagRecords'?: "lagRecords";
  '_deferredRecords'?: "deferredRecords";
  '_rejectedRecords'?: "rejectedRecords";
  '_error'?: "error";
}

export interface TableStats__Output {
  'table': (string);
  'rows'?: (string);
  'files'?: (string);
  'bytes'?: (string);
  'snapshots'?: (string);
  'snapshotId'?: (string);
  'committedAtMicros'?: (string);
  'tailRows'?: (string);
  'lagRecords'?: (string);
  'deferredRecords'?: (string);
  'rejectedRecords'?: (string);
  'error'?: (string);
  '_rows'?: "rows";
  '_files'?: "files";
  '_bytes'?: "bytes";
  '_snapshots'?: "snapshots";
  '_snapshotId'?: "snapshotId";
  '_committedAtMicros'?: "committedAtMicros";
  '_tailRows'?: "tailRows";
  '_lagRecords'?: "lagRecords";
  '_deferredRecords'?: "deferredRecords";
  '_rejectedRecords'?: "rejectedRecords";
  '_error'?: "error";
}
