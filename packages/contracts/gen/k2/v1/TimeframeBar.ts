// Original file: proto/k2/v1/market.proto

import type { Long } from '@grpc/proto-loader';

export interface TimeframeBar {
  'timeframe'?: (string);
  'symbol'?: (string);
  'exchange'?: (string);
  'timestampMicros'?: (number | string | Long);
  'open'?: (string);
  'high'?: (string);
  'low'?: (string);
  'close'?: (string);
  'volume'?: (string);
  'tradeCount'?: (number | string | Long);
  'vwap'?: (string);
  '_vwap'?: "vwap";
}

export interface TimeframeBar__Output {
  'timeframe': (string);
  'symbol': (string);
  'exchange': (string);
  'timestampMicros': (string);
  'open': (string);
  'high': (string);
  'low': (string);
  'close': (string);
  'volume': (string);
  'tradeCount': (string);
  'vwap'?: (string);
  '_vwap'?: "vwap";
}
