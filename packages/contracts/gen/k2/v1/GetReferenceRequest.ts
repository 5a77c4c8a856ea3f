// Original file: proto/k2/v1/query.proto

import type { Source as _k2_v1_Source, Source__Output as _k2_v1_Source__Output } from '../../k2/v1/Source.ts';

export interface GetReferenceRequest {
  'symbols'?: (string)[];
  'exchange'?: (string);
  'companyId'?: (string)[];
  'limit'?: (number);
  'source'?: (_k2_v1_Source);
  'asOf'?: (string);
  'fields'?: (string)[];
  'explain'?: (boolean);
  'cursor'?: (string);
}

export interface GetReferenceRequest__Output {
  'symbols': (string)[];
  'exchange': (string);
  'companyId': (string)[];
  'limit': (number);
  'source': (_k2_v1_Source__Output);
  'asOf': (string);
  'fields': (string)[];
  'explain': (boolean);
  'cursor': (string);
}
