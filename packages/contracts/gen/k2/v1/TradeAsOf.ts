// Original file: proto/k2/v1/market.proto

import type { Long } from '@grpc/proto-loader';

export interface TradeAsOf {
  'messageId'?: (string);
  'tradeId'?: (string);
  'symbol'?: (string);
  'exchange'?: (string);
  'assetClass'?: (string);
  'timestampMicros'?: (number | string | Long);
  'price'?: (string);
  'quantity'?: (string);
  'currency'?: (string);
  'side'?: (string);
  'tradeConditions'?: (string)[];
  'sourceSequence'?: (number | string | Long);
  'ingestionTimestampMicros'?: (number | string | Long);
  'platformSequence'?: (number | string | Long);
  'vendorData'?: ({[key: string]: string});
  'kafkaTopic'?: (string);
  'kafkaPartition'?: (number);
  'kafkaOffset'?: (number | string | Long);
  'quoteId'?: (string);
  'quoteTimestampMicros'?: (number | string | Long);
  'bidPrice'?: (string);
  'bidQuantity'?: (string);
  'askPrice'?: (string);
  'askQuantity'?: (string);
  'spread'?: (string);
  'midPrice'?: (string);
  'effectiveSpread'?: (string);
  '_sourceSequence'?: "sourceSequence";
  '_quoteId'?: "quoteId";
  '_quoteTimestampMicros'?: "quoteTimestampMicros";
  '_bidPrice'?: "bidPrice";
  '_bidQuantity'?: "bidQuantity";
  '_askPrice'?: "askPrice";
  '_askQuantity'?: "askQuantity";
  '_spread'?: "spread";
  '_midPrice'?: "midPrice";
  '_effectiveSpread'?: "effectiveSpread";
}

export interface TradeAsOf__Output {
  'messageId': (string);
  'tradeId': (string);
  'symbol': (string);
  'exchange': (string);
  'assetClass': (string);
  'timestampMicros': (string);
  'price': (string);
  'quantity': (string);
  'currency': (string);
  'side': (string);
  'tradeConditions': (string)[];
  'sourceSequence'?: (string);
  'ingestionTimestampMicros': (string);
  'platformSequence': (string);
  'vendorData': ({[key: string]: string});
  'kafkaTopic': (string);
  'kafkaPartition': (number);
  'kafkaOffset': (string);
  'quoteId'?: (string);
  'quoteTimestampMicros'?: (string);
  'bidPrice'?: (string);
  'bidQuantity'?: (string);
  'askPrice'?: (string);
  'askQuantity'?: (string);
  'spread'?: (string);
  'midPrice'?: (string);
  'effectiveSpread'?: (string);
  '_sourceSequence'?: "sourceSequence";
  '_quoteId'?: "quoteId";
  '_quoteTimestampMicros'?: "quoteTimestampMicros";
  '_bidPrice'?: "bidPrice";
  '_bidQuantity'?: "bidQuantity";
  '_askPrice'?: "askPrice";
  '_askQuantity'?: "askQuantity";
  '_spread'?: "spread";
  '_midPrice'?: "midPrice";
  '_effectiveSpread'?: "effectiveSpread";
}
