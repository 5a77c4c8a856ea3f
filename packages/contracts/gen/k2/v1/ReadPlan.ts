// Original file: proto/k2/v1/query.proto

import type { ReadPartition as _k2_v1_ReadPartition, ReadPartition__Output as _k2_v1_ReadPartition__Output } from '../../k2/v1/ReadPartition.ts';
import type { Long } from '@grpc/proto-loader';

export interface ReadPlan {
  'filesInTable'?: (number);
  'files'?: (number);
  'bytes'?: (number | string | Long);
  'partitions'?: (_k2_v1_ReadPartition)[];
  'rowGroups'?: (number);
  'rowGroupsRead'?: (number);
  'rowsRead'?: (number | string | Long);
  'tailRecords'?: (number | string | Long);
  'bytesSkipped'?: (number | string | Long);
  'filesFromBars'?: (number);
  'bytesExpected'?: (number | string | Long);
  'bytesMax'?: (number | string | Long);
}

export interface ReadPlan__Output {
  'filesInTable': (number);
  'files': (number);
  'bytes': (string);
  'partitions': (_k2_v1_ReadPartition__Output)[];
  'rowGroups': (number);
  'rowGroupsRead': (number);
  'rowsRead': (string);
  'tailRecords': (string);
  'bytesSkipped': (string);
  'filesFromBars': (number);
  'bytesExpected': (string);
  'bytesMax': (string);
}
