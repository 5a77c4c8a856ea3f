"""Holds answers as Arrow and Parquet, read by pyarrow, pandas and polars, against the same answers as JSON.

    check_formats.py API_URL
Prints a line a check, then the line "N passed, N failed"; exit code 1 where one failed.
"""

import gzip
import json
import sys
import urllib.error
import urllib.request
from datetime import datetime
from decimal import Decimal
from io import BytesIO

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import zstandard

ARROW = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"
CODINGS = {
    "gzip": gzip.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().stream_reader(body).read(),
    None: lambda body: body,
}
passed = failed = 0


def check(name, ok, told=""):
    global passed, failed
    passed, failed = passed + ok, failed + (not ok)
    print(f"{'ok  ' if ok else 'FAIL'} {name}{'' if ok else f': {told}'}")


def ask(url, accept, coding=None, asked=None):
    headers = {"Accept": accept, "Content-Type": "application/json", **({"Accept-Encoding": coding} if coding else {})}
    data = None if asked is None else json.dumps(asked).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:
        body = answer.read()
        used = answer.headers["Content-Encoding"]
        return CODINGS[used](body), used


def value(text, of):
    """What a cell of JSON is in a column of that type."""
    if text is None:
        return None
    if isinstance(text, dict):
        return json.dumps(text, separators=(",", ":"), ensure_ascii=False)
    if pa.types.is_decimal(of):
        return Decimal(text)
    if pa.types.is_timestamp(of):
        return datetime.fromisoformat(text)
    return int(text) if pa.types.is_int64(of) else text


def same(name, rows, wanted):
    different = [(i, a, b) for i, (a, b) in enumerate(zip(rows, wanted, strict=False)) if a != b]
    check(f"{name}: {len(wanted)} rows", len(rows) == len(wanted) and not different, f"{len(rows)} rows, {different[:1]}")


def of_pandas(frame):
    """Rows of a frame whose types are Arrow's: pandas' own would make doubles of whole numbers where one is missing."""
    def cell(of):
        if of is pd.NA or of is None or of is pd.NaT:
            return None
        if isinstance(of, pd.Timestamp):
            return of.to_pydatetime()
        return list(of) if not isinstance(of, str) and hasattr(of, "__iter__") else of

    columns = {name: [cell(of) for of in frame[name]] for name in frame.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def without_time(meta):
    meta = {name: of for name, of in meta.items() if name != "elapsed_ms"}
    # When the ledger was heard is of the moment too.
    meta.get("ledger", {}).pop("heard_at", None)
    return meta


TYPES = {
    "message_id": pa.string(), "symbol": pa.string(), "timestamp": pa.timestamp("us", "UTC"), "price": pa.decimal128(18, 8),
    "trade_conditions": pa.list_(pa.string()), "source_sequence": pa.int64(), "kafka_partition": pa.int32(),
    "volume": pa.decimal128(38, 8), "notional": pa.decimal128(38, 16), "mid_price": pa.decimal128(38, 9),
    "is_active": pa.bool_(), "first_timestamp": pa.timestamp("us", "UTC"), "trade_count": pa.int64(),
}


def types_of(schema):
    # A list's element has one name in Arrow and another in Parquet.
    return {name: pa.list_(of.value_type) if pa.types.is_list(of) else of for name, of in zip(schema.names, schema.types, strict=True)}


def check_question(url, path, coding, asked=None):
    body, _ = ask(url + path, "application/json", asked=asked)
    answer = json.loads(body)
    stream, used = ask(url + path, ARROW, coding, asked)
    if len(stream) > 2_000:
        check(f"{path} came in {coding}", used == coding, used)
    file, used = ask(url + path, PARQUET, coding, asked)
    check(f"{path} as Parquet came as it is", used is None, used)

    table = pa.ipc.open_stream(stream).read_all()
    table.validate(full=True)
    types = types_of(table.schema)
    wanted = [{name: value(of, types[name]) for name, of in row.items()} for row in answer["data"]]
    parquet = pa.parquet.read_table(BytesIO(file))
    check(f"{path} has the types of its fields", all(TYPES.get(name, of) == of for name, of in types.items()), types)
    check(f"{path} has the same types as Parquet", types_of(parquet.schema) == types, parquet.schema)
    for name, of in (("Arrow", table), ("Parquet", parquet)):
        same(f"{path} {name}, pyarrow", of.to_pylist(), wanted)
        proof = json.loads(of.schema.metadata[b"k2.meta"])
        check(f"{path} {name}, proof", without_time(proof) == without_time(answer["meta"]), proof)
    same(f"{path} Arrow, pandas", of_pandas(table.to_pandas(types_mapper=pd.ArrowDtype)), wanted)
    same(f"{path} Parquet, pandas", of_pandas(pd.read_parquet(BytesIO(file), dtype_backend="pyarrow")), wanted)
    same(f"{path} Arrow, polars", pl.read_ipc_stream(BytesIO(stream)).to_dicts(), wanted)
    same(f"{path} Parquet, polars", pl.read_parquet(BytesIO(file)).to_dicts(), wanted)
    return types, len(wanted)


GROUPS = {"metrics": ["trade_count", "volume", "notional", "avg_price", "vwap", "twap"], "limit": 10_000}
QUESTIONS = [
    "/v1/trades?symbol={}&limit=5000",
    "/v1/trades?symbol={}&limit=10&fields=price,timestamp,trade_conditions,kafka_partition,source_sequence,vendor_data",
    "/v1/quotes?symbol={}&limit=5000",
    "/v1/ohlcv/1m?symbol={}&limit=5000&fill=true",
    "/v1/ohlcv/1d?symbol={}",
    "/v1/asof?symbol={}&limit=2000",
    "/v1/reference?symbol={}",
    "/v1/gaps?symbol={}",
]
POSTED = [
    ("/v1/aggregations", {**GROUPS, "group_by": ["symbol", "side"], "interval": "1h", "calendar": "utc"}),
    ("/v1/aggregations", {**GROUPS, "group_by": ["exchange", "price_level"], "tick": "0.05"}),
    ("/v1/ohlcv/batch", {"timeframes": ["1h", "1d"], "limit": 10_000}),
    ("/v1/trades/query", {"limit": 100_000}),
    ("/v1/quotes/query", {"limit": 100_000}),
]


def main(url, *symbols):
    empty = rows = 0
    for i, path in enumerate(QUESTIONS):
        told = [check_question(url, path.format(symbol), "gzip" if i % 2 else "zstd") for symbol in (*symbols, "NONE")]
        check(f"{path} has the same types for all symbols", all(types == told[0][0] for types, _ in told))
        rows += sum(count for _, count in told)
        empty += told[-1][1] == 0
    for path, asked in POSTED:
        for of in (list(symbols), ["NONE"]):
            rows += check_question(url, path, "gzip", {**asked, "symbols": of})[1]
    for path in ("/v1/symbols", "/v1/stats", "/v1/snapshots"):
        check_question(url, path, "gzip")
    check("there were rows, and questions without any", rows > 1_000 and empty > 3, (rows, empty))
    try:
        ask(f"{url}/v1/trades", "image/png")
        check("what no format fits is refused", False)
    except urllib.error.HTTPError as error:
        check("what no format fits is refused", error.code == 406 and json.load(error)["code"] == "NOT_ACCEPTABLE")


main(*sys.argv[1:])
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
