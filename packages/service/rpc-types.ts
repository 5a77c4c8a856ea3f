/** Types of a service's methods, taken from the definition that proto-loader-gen-types makes of its proto. */
import type { MethodDefinition } from '@grpc/proto-loader'

/** The methods that a generated …Definition names, without the index signature that it inherits. */
export type MethodsOf<Definition> = keyof {
  [M in keyof Definition as string extends M ? never : number extends M ? never : M]: Definition[M]
} &
  string

// biome-ignore format: a table reads by its columns
export type RequestIn<M>  = M extends MethodDefinition<infer Request, infer _Reply, infer _RequestOut, infer _ReplyOut> ? Request : never
export type RequestOut<M> =
  M extends MethodDefinition<infer _Request, infer _Reply, infer RequestOut, infer _ReplyOut> ? RequestOut : never
export type ReplyIn<M> =
  M extends MethodDefinition<infer _Request, infer Reply, infer _RequestOut, infer _ReplyOut> ? Reply : never
export type ReplyOut<M> =
  M extends MethodDefinition<infer _Request, infer _Reply, infer _RequestOut, infer ReplyOut> ? ReplyOut : never
