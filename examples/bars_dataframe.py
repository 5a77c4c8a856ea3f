"""Bars of an hour as Arrow, in polars and in pandas, with the proof of the answer: needs polars, pandas and pyarrow.

python examples/bars_dataframe.py [SYMBOL [URL]]
"""

import json
import sys
import urllib.request
from io import BytesIO

import polars
import pyarrow


def main(symbol="KTA", url="http://127.0.0.1:8080"):
    with urllib.request.urlopen(f"{url}/v1/ohlcv/1h?symbol={symbol}&limit=10000&format=arrow", timeout=30) as answer:
        body = answer.read()
    bars = polars.read_ipc_stream(BytesIO(body))
    print(bars.select("timestamp", "open", "high", "low", "close", "volume").head(3))
    table = pyarrow.ipc.open_stream(body).read_all()
    proof = json.loads(table.schema.metadata[b"k2.meta"])
    frame = table.to_pandas()
    print(f"{len(frame)} bars, volume {frame['volume'].sum()}, complete: {proof['complete']}")


main(*sys.argv[1:])
