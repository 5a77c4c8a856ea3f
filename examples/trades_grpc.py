"""Trades of a symbol over gRPC, page by page, with what each answer covers: needs grpcio-tools, and the protos of this repository.

python examples/trades_grpc.py [SYMBOL [HOST:PORT]]
"""

import importlib
import sys
import tempfile
from pathlib import Path

import grpc
from grpc_tools import protoc

PROTOS = Path(__file__).parent.parent / "proto"


def modules():
    """Messages and client, as grpcio-tools makes them; a project of its own would keep them."""
    folder = tempfile.mkdtemp(prefix="k2-protos-")
    files = ["k2/v1/market.proto", "k2/v1/query.proto"]
    if protoc.main(["", f"-I{PROTOS}", f"--python_out={folder}", f"--grpc_python_out={folder}", *files]):
        raise SystemExit("the protos do not compile")
    sys.path.insert(0, folder)
    return importlib.import_module("k2.v1.query_pb2"), importlib.import_module("k2.v1.query_pb2_grpc")


def main(symbol="KTA", address="127.0.0.1:50051"):
    messages, services = modules()
    rows, cursor = 0, ""
    with grpc.insecure_channel(address) as channel:
        client = services.QueryServiceStub(channel)
        while True:
            request = messages.GetTradesRequest(symbols=[symbol], limit=5_000, order=messages.ORDER_ASC, cursor=cursor)
            answer = client.GetTrades(request, timeout=30)
            for trade in answer.trades[:3] if rows == 0 else []:
                print(trade.timestamp_micros, trade.symbol, trade.price, trade.quantity)
            rows += len(answer.trades)
            cursor = answer.meta.next_cursor
            if not cursor:
                break
    print(f"{rows} trades, complete: {answer.meta.complete}, reasons: {list(answer.meta.reasons)}")


main(*sys.argv[1:])
