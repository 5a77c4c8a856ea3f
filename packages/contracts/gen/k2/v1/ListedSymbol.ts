// Original file: proto/k2/v1/market.proto

import type { Long } from '@grpc/proto-loader';

export interface ListedSymbol {
  'symbol'?: (string);
  'exchange'?: (string);
  'tradeCount'?: (number | string | Long);
  'firstTimestampMicros'?: (number | string | Long);
  'lastTimestampMicros'?: (number | string | Long);
  'kinds'?: (string)[];
  'quoteCount'?: (number | string | Long);
  '_firstTimestampMicros'?: "firstTimestampMicros";
  '_lastTimestampMicros'?: "lastTimestampMicros";
}

export interface ListedSymbol__Output {
  'symbol': (string);
  'exchange': (string);
  'tradeCount': (string);
  'firstTimestampMicros'?: (string);
  'lastTimestampMicros'?: (string);
  'kinds': (string)[];
  'quoteCount': (string);
  '_firstTimestampMicros'?: "firstTimestampMicros";
  '_lastTimestampMicros'?: "lastTimestampMicros";
}
