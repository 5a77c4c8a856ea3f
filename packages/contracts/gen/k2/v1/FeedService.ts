// Original file: proto/k2/v1/feed.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ChangeFeedSymbolsRequest as _k2_v1_ChangeFeedSymbolsRequest, ChangeFeedSymbolsRequest__Output as _k2_v1_ChangeFeedSymbolsRequest__Output } from '../../k2/v1/ChangeFeedSymbolsRequest.ts';
import type { FeedSymbols as _k2_v1_FeedSymbols, FeedSymbols__Output as _k2_v1_FeedSymbols__Output } from '../../k2/v1/FeedSymbols.ts';
import type { FeedSymbolsRequest as _k2_v1_FeedSymbolsRequest, FeedSymbolsRequest__Output as _k2_v1_FeedSymbolsRequest__Output } from '../../k2/v1/FeedSymbolsRequest.ts';

export interface FeedServiceClient extends grpc.Client {
  AddSymbols(argument: _k2_v1_ChangeFeedSymbolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  AddSymbols(argument: _k2_v1_ChangeFeedSymbolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  AddSymbols(argument: _k2_v1_ChangeFeedSymbolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  AddSymbols(argument: _k2_v1_ChangeFeedSymbolsRequest, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  addSymbols(argument: _k2_v1_ChangeFeedSymbolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  addSymbols(argument: _k2_v1_ChangeFeedSymbolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  addSymbols(argument: _k2_v1_ChangeFeedSymbolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  addSymbols(argument: _k2_v1_ChangeFeedSymbolsRequest, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  
  ListSymbols(argument: _k2_v1_FeedSymbolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  ListSymbols(argument: _k2_v1_FeedSymbolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  ListSymbols(argument: _k2_v1_FeedSymbolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  ListSymbols(argument: _k2_v1_FeedSymbolsRequest, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  listSymbols(argument: _k2_v1_FeedSymbolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  listSymbols(argument: _k2_v1_FeedSymbolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  listSymbols(argument: _k2_v1_FeedSymbolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  listSymbols(argument: _k2_v1_FeedSymbolsRequest, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  
  RemoveSymbols(argument: _k2_v1_ChangeFeedSymbolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  RemoveSymbols(argument: _k2_v1_ChangeFeedSymbolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  RemoveSymbols(argument: _k2_v1_ChangeFeedSymbolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  RemoveSymbols(argument: _k2_v1_ChangeFeedSymbolsRequest, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  removeSymbols(argument: _k2_v1_ChangeFeedSymbolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  removeSymbols(argument: _k2_v1_ChangeFeedSymbolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  removeSymbols(argument: _k2_v1_ChangeFeedSymbolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  removeSymbols(argument: _k2_v1_ChangeFeedSymbolsRequest, callback: grpc.requestCallback<_k2_v1_FeedSymbols__Output>): grpc.ClientUnaryCall;
  
}

export interface FeedServiceHandlers extends grpc.UntypedServiceImplementation {
  AddSymbols: grpc.handleUnaryCall<_k2_v1_ChangeFeedSymbolsRequest__Output, _k2_v1_FeedSymbols>;
  
  ListSymbols: grpc.handleUnaryCall<_k2_v1_FeedSymbolsRequest__Output, _k2_v1_FeedSymbols>;
  
  RemoveSymbols: grpc.handleUnaryCall<_k2_v1_ChangeFeedSymbolsRequest__Output, _k2_v1_FeedSymbols>;
  
}

export interface FeedServiceDefinition extends grpc.ServiceDefinition {
  AddSymbols: MethodDefinition<_k2_v1_ChangeFeedSymbolsRequest, _k2_v1_FeedSymbols, _k2_v1_ChangeFeedSymbolsRequest__Output, _k2_v1_FeedSymbols__Output>
  ListSymbols: MethodDefinition<_k2_v1_FeedSymbolsRequest, _k2_v1_FeedSymbols, _k2_v1_FeedSymbolsRequest__Output, _k2_v1_FeedSymbols__Output>
  RemoveSymbols: MethodDefinition<_k2_v1_ChangeFeedSymbolsRequest, _k2_v1_FeedSymbols, _k2_v1_ChangeFeedSymbolsRequest__Output, _k2_v1_FeedSymbols__Output>
}
