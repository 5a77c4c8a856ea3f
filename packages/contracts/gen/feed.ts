import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { ChangeFeedSymbolsRequest as _k2_v1_ChangeFeedSymbolsRequest, ChangeFeedSymbolsRequest__Output as _k2_v1_ChangeFeedSymbolsRequest__Output } from './k2/v1/ChangeFeedSymbolsRequest.ts';
import type { FeedServiceClient as _k2_v1_FeedServiceClient, FeedServiceDefinition as _k2_v1_FeedServiceDefinition } from './k2/v1/FeedService.ts';
import type { FeedSymbol as _k2_v1_FeedSymbol, FeedSymbol__Output as _k2_v1_FeedSymbol__Output } from './k2/v1/FeedSymbol.ts';
import type { FeedSymbols as _k2_v1_FeedSymbols, FeedSymbols__Output as _k2_v1_FeedSymbols__Output } from './k2/v1/FeedSymbols.ts';
import type { FeedSymbolsRequest as _k2_v1_FeedSymbolsRequest, FeedSymbolsRequest__Output as _k2_v1_FeedSymbolsRequest__Output } from './k2/v1/FeedSymbolsRequest.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  k2: {
    v1: {
      ChangeFeedSymbolsRequest: MessageTypeDefinition<_k2_v1_ChangeFeedSymbolsRequest, _k2_v1_ChangeFeedSymbolsRequest__Output>
      FeedService: SubtypeConstructor<typeof grpc.Client, _k2_v1_FeedServiceClient> & { service: _k2_v1_FeedServiceDefinition }
      FeedSymbol: MessageTypeDefinition<_k2_v1_FeedSymbol, _k2_v1_FeedSymbol__Output>
      FeedSymbols: MessageTypeDefinition<_k2_v1_FeedSymbols, _k2_v1_FeedSymbols__Output>
      FeedSymbolsRequest: MessageTypeDefinition<_k2_v1_FeedSymbolsRequest, _k2_v1_FeedSymbolsRequest__Output>
    }
  }
}

