"""Holds a warehouse and its answers against the files they came from.

PyIceberg reads the warehouse, DuckDB reads the CSV files, and nothing of K2 is asked but the answers that are checked:
    check_lake.py WAREHOUSE API_URL SYMBOL=FILE...
WAREHOUSE is a folder, or the URL of a REST catalog; S3 is then reached as AWS_* say.
Prints a line a check, then the line "N passed, N failed"; exit code 1 where one failed.
"""

import json
import os
import sys
import urllib.request
from datetime import datetime, timezone
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import duckdb
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.expressions import EqualTo
from pyiceberg.table import StaticTable

passed = failed = 0


def check(name, found, wanted):
    global passed, failed
    ok = found == wanted
    passed, failed = passed + ok, failed + (not ok)
    print(f"{'ok  ' if ok else 'FAIL'} {name}: {found}" + ("" if ok else f", wanted {wanted}"))


def load_files(db, files):
    """The rows of the files, in UTC, numbered in file order."""
    db.execute("SET TimeZone = 'UTC'")
    db.execute(
        "CREATE TABLE csv (symbol VARCHAR, row BIGINT, ts TIMESTAMPTZ, day DATE, price DECIMAL(18, 8), quantity DECIMAL(18, 8))"
    )
    for symbol, path in files:
        db.execute(
            """
            INSERT INTO csv
            SELECT ?, row, local AT TIME ZONE 'Australia/Sydney', local::DATE, price::DECIMAL(18, 8), quantity::DECIMAL(18, 8)
            FROM (
                SELECT row_number() OVER () AS row, price, quantity,
                       strptime(date || ' ' || time, '%m/%d/%Y %H:%M:%S.%g') AS local
                FROM read_csv(?, header = false, all_varchar = true, parallel = false,
                    names = ['date', 'time', 'price', 'quantity', 'qualifiers', 'venue', 'buyer'])
            )
            """,
            [symbol, path],
        )


SUMS = """SELECT count(*), sum(price::DECIMAL(19, 8) * quantity), min(ts), max(ts) FROM {}"""


def check_table(db, table, symbols):
    lake = table.scan().to_arrow()
    db.register("arrow", lake)
    db.execute(
        """CREATE TABLE lake AS SELECT message_id::VARCHAR AS message_id, symbol, "timestamp" AS ts, price, quantity,
        source_sequence, kafka_topic, kafka_partition, kafka_offset, trade_conditions FROM arrow"""
    )
    count, notional, first, last = db.execute(SUMS.format("lake")).fetchone()
    wanted = db.execute(SUMS.format("csv")).fetchone()
    check("rows", count, wanted[0])
    check("sum of price x quantity", notional, wanted[1])
    check("first time", first, wanted[2])
    check("last time", last, wanted[3])
    check("distinct message_ids", db.execute("SELECT count(DISTINCT message_id) FROM lake").fetchone()[0], wanted[0])
    places = db.execute("SELECT count(DISTINCT (kafka_topic, kafka_partition, kafka_offset)) FROM lake").fetchone()[0]
    check("distinct log offsets", places, wanted[0])
    for symbol in symbols:
        found = table.scan(row_filter=EqualTo("symbol", symbol)).to_arrow().num_rows
        check(f"scan filtered by {symbol}", found, db.execute("SELECT count(*) FROM csv WHERE symbol = ?", [symbol]).fetchone()[0])
    odd = """SELECT count(*) FROM (SELECT symbol, ts, price, quantity, count(*) FROM {} GROUP BY ALL)"""
    both = """SELECT count(*) FROM (
        (SELECT symbol, ts, price, quantity, count(*) AS n FROM lake GROUP BY ALL)
        INTERSECT (SELECT symbol, ts, price, quantity, count(*) AS n FROM csv GROUP BY ALL))"""
    check("distinct rows, each as often as in the files", db.execute(both).fetchone()[0], db.execute(odd.format("csv")).fetchone()[0])
    rows = """SELECT count(*) FROM lake JOIN (
        SELECT symbol, ts, price, quantity, row_number() OVER (PARTITION BY symbol, day ORDER BY row) AS n FROM csv) csv
        ON lake.symbol = csv.symbol AND lake.ts = csv.ts AND lake.price = csv.price AND lake.quantity = csv.quantity AND source_sequence = n"""
    check("rows whose number is their place in the trading day", db.execute(rows).fetchone()[0], wanted[0])


BARS = """SELECT {bucket} AS bucket, first(price ORDER BY ts, row), max(price), min(price), last(price ORDER BY ts, row),
    sum(quantity), count(*), sum(price::DECIMAL(19, 8) * quantity) FROM csv WHERE symbol = ? GROUP BY bucket ORDER BY bucket"""
BUCKETS = {
    "5m": "time_bucket(INTERVAL 5 MINUTES, ts, TIMESTAMPTZ '1970-01-01 00:00:00Z')",
    "1d": "day::TIMESTAMP AT TIME ZONE 'Australia/Sydney'",
}


def text(value):
    """Exact decimal text, without exponent or trailing zeros."""
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def wanted_bars(db, timeframe, symbol):
    bars = []
    with localcontext(prec=60):
        for bucket, first, high, low, last, volume, count, notional in db.execute(BARS.format(bucket=BUCKETS[timeframe]), [symbol]).fetchall():
            vwap = None if volume == 0 else text((notional / volume).quantize(Decimal("1e-8"), ROUND_HALF_EVEN))
            when = bucket.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            bars.append((when, text(first), text(high), text(low), text(last), text(volume), str(count), vwap))
    return bars


def check_bars(db, api, symbol):
    for timeframe in BUCKETS:
        with urllib.request.urlopen(f"{api}/v1/ohlcv/{timeframe}?symbol={symbol}&limit=10000") as answer:
            body = json.load(answer)
        names = ("timestamp", "open", "high", "low", "close", "volume", "trade_count", "vwap")
        found = [tuple(bar[name] for name in names) for bar in body["data"]]
        wanted = wanted_bars(db, timeframe, symbol)
        check(f"{timeframe} bars of {symbol} equal to the file's", sum(a == b for a, b in zip(found, wanted)), len(wanted))
        check(f"{timeframe} bars of {symbol}", len(found), len(wanted))
        check(f"{timeframe} answer of {symbol} is complete", body["meta"]["complete"], True)


def opener(warehouse):
    """Opens the tables of a warehouse by name."""
    if not warehouse.startswith("http"):
        return lambda name: StaticTable.from_metadata(f"{warehouse}/market_data/{name}")
    names = {"s3.endpoint": "AWS_ENDPOINT_URL_S3", "s3.region": "AWS_REGION", "s3.access-key-id": "AWS_ACCESS_KEY_ID", "s3.secret-access-key": "AWS_SECRET_ACCESS_KEY"}
    s3 = {property: os.environ[name] for property, name in names.items() if name in os.environ}
    catalog = RestCatalog("k2", uri=warehouse, **s3)
    return lambda name: catalog.load_table(f"market_data.{name}")


def main():
    warehouse, api, *pairs = sys.argv[1:]
    files = [tuple(pair.split("=", 1)) for pair in pairs]
    db = duckdb.connect()
    load_files(db, files)
    open_table = opener(warehouse)
    table = open_table("trades_v2")
    print(f"snapshot {table.current_snapshot().snapshot_id}, read at {datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}")
    check_table(db, table, [symbol for symbol, _ in files])
    for symbol, _ in files:
        check_bars(db, api, symbol)
    for name in ("quotes_v2", "reference_data_v2"):
        empty = open_table(name)
        check(f"{name} opens", empty.scan().to_arrow().num_rows, 0)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
