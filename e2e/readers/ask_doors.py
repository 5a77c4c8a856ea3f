"""Asks K2 over gRPC with Python's own library, from the protos alone. Standard input has the questions, a JSON list of
[method, request]; standard output gets for each {"reply": ...} or {"status": ..., "code": ..., "message": ...}.

ask_doors.py HOST:PORT FOLDER_OF_PROTOS
"""

import importlib
import json
import sys
import tempfile

import grpc
from google.protobuf import json_format
from grpc_tools import protoc


def stubs(protos):
    """Messages and the client, as grpcio-tools makes them."""
    folder = tempfile.mkdtemp(prefix="k2-stubs-")
    files = ["k2/v1/market.proto", "k2/v1/query.proto"]
    failed = protoc.main(["", f"-I{protos}", f"--python_out={folder}", f"--grpc_python_out={folder}", *files])
    if failed:
        raise SystemExit("the protos do not compile")
    sys.path.insert(0, folder)
    return importlib.import_module("k2.v1.query_pb2"), importlib.import_module("k2.v1.query_pb2_grpc")


def ask(messages, client, method, request):
    request_type = messages.DESCRIPTOR.services_by_name["QueryService"].methods_by_name[method].input_type
    message = json_format.ParseDict(request, getattr(messages, request_type.name)())
    try:
        reply = getattr(client, method)(message, timeout=30, metadata=[("x-correlation-id", "python")])
    except grpc.RpcError as error:
        metadata = dict(error.trailing_metadata() or [])
        return {"status": error.code().value[0], "code": metadata.get("k2-code"), "message": error.details()}
    return {"reply": json_format.MessageToDict(reply)}


def main():
    address, protos = sys.argv[1:]
    messages, services = stubs(protos)
    with grpc.insecure_channel(address) as channel:
        client = services.QueryServiceStub(channel)
        answers = [ask(messages, client, method, request) for method, request in json.load(sys.stdin)]
    json.dump(answers, sys.stdout)


main()
