"""PyIceberg, or DuckDB with its Iceberg extension, as another engine over K2's tables.

    engine.py pyiceberg|duckdb WAREHOUSE
WAREHOUSE is a folder, or the URL of a REST catalog; S3 is then reached as AWS_* say. Reads a JSON array of words a line,
does the deed, answers one line of JSON: its result, or {"error": …}. The deeds' words are those of Engine.java.
"""

import glob
import hashlib
import importlib.util
import json
import os
import re
import sys
import time
import uuid
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal


def newest(warehouse, table):
    files = glob.glob(f"{warehouse}/market_data/{table}/metadata/v*.metadata.json")
    return max(files, key=lambda path: int(re.search(r"v(\d+)\.metadata", path)[1]))


def theirs(name, kind, symbol, at, topic, number):
    """A value for a required column of a row of another writer."""
    named = {"symbol": symbol, "exchange": "ASX", "kafka_topic": topic, "kafka_offset": number, "platform_sequence": number}
    by_kind = {"uuid": uuid.uuid4(), "decimal": Decimal(7), "timestamp": at, "int": 0, "long": 0, "boolean": True, "list": ["theirs"]}
    return named.get(name, by_kind.get(kind, "theirs"))


class PyIceberg:
    def __init__(self, warehouse):
        self.warehouse = warehouse
        if warehouse.startswith("http"):
            from pyiceberg.catalog.rest import RestCatalog

            names = {"s3.endpoint": "AWS_ENDPOINT_URL_S3", "s3.region": "AWS_REGION", "s3.access-key-id": "AWS_ACCESS_KEY_ID", "s3.secret-access-key": "AWS_SECRET_ACCESS_KEY"}
            s3 = {property: os.environ[name] for property, name in names.items() if name in os.environ}
            self.catalog = RestCatalog("k2", uri=warehouse, **s3)

    def open(self, table):
        from pyiceberg.table import StaticTable

        if self.warehouse.startswith("http"):
            return self.catalog.load_table(f"market_data.{table}")
        return StaticTable.from_metadata(newest(self.warehouse, table))

    def tally(self, name, column, symbols, days):
        import pyarrow.compute
        from pyiceberg.expressions import AlwaysTrue, And, EqualTo, GreaterThanOrEqual, LessThan

        table = self.open(name)

        def sums(where):
            values = table.scan(row_filter=where, selected_fields=(column,)).to_arrow()[column]
            total = pyarrow.compute.sum(values).as_py() or 0
            return [str(len(values)), unscaled(total)]

        def of_day(day):
            return And(GreaterThanOrEqual("timestamp", f"{day}T00:00:00+00:00"), LessThan("timestamp", f"{after(day)}T00:00:00+00:00"))

        return {
            "all": sums(AlwaysTrue()),
            "symbols": {symbol: sums(EqualTo("symbol", symbol)) for symbol in symbols},
            "days": {day: sums(of_day(day)) for day in days},
        }

    def offsets(self, name):
        """Of each partition of the log: rows, distinct offsets, the least and the most."""
        table = self.open(name).scan(selected_fields=("kafka_partition", "kafka_offset")).to_arrow()
        of = [("kafka_offset", how) for how in ("count", "count_distinct", "min", "max")]
        return {str(row.pop("kafka_partition")): list(row.values()) for row in table.group_by("kafka_partition").aggregate(of).to_pylist()}

    def progress(self, name, topic):
        """Where the table says that it stands in a topic, by partition, and its holes."""
        properties = self.open(name).properties
        return {"offsets": json.loads(properties.get("k2.offsets", "{}")).get(topic, {}), "holes": json.loads(properties.get("k2.holes", "[]"))}

    def landed(self, name, topic):
        """Of each partition of a topic: rows, distinct offsets, and a digest of offset, message_id and symbol in the order of offsets."""
        fields = ("kafka_topic", "kafka_partition", "kafka_offset", "message_id", "symbol")
        rows = self.open(name).scan(selected_fields=fields).to_arrow().to_pydict()
        partitions = {}
        for of, partition, offset, message_id, symbol in zip(*(rows[field] for field in fields)):
            if of == topic:
                partitions.setdefault(partition, []).append((offset, f"{offset} {text_of(message_id)} {symbol}\n"))
        answer = {}
        for partition, lines in partitions.items():
            lines.sort()
            digest = hashlib.sha256("".join(line for _, line in lines).encode()).hexdigest()
            answer[str(partition)] = {"rows": len(lines), "distinct": len({offset for offset, _ in lines}), "first": lines[0][0], "last": lines[-1][0], "digest": digest}
        return answer

    def append(self, name, symbols, day, topic):
        import pyarrow

        table = self.open(name)
        at = datetime.fromisoformat(f"{day}T12:00:00+00:00")
        rows = []
        for number, symbol in enumerate(symbols):
            kind = lambda field: re.match(r"[a-z]+", str(field.field_type))[0].replace("timestamptz", "timestamp").replace("string", "text")
            value = lambda field: theirs(field.name, kind(field), symbol, at, topic, number) if field.required else None
            row = {field.name: value(field) for field in table.schema().fields}
            rows.append({key: value.bytes if isinstance(value, uuid.UUID) else value for key, value in row.items()})
        table.append(pyarrow.Table.from_pylist(rows, schema=table.schema().as_arrow()))

    def delete(self, name, symbol):
        """Copy on write: files that hold the symbol are written anew without it."""
        from pyiceberg.expressions import EqualTo

        self.open(name).delete(EqualTo("symbol", symbol))


class DuckDb:
    def __init__(self, warehouse):
        import duckdb

        self.warehouse = warehouse
        self.db = duckdb.connect(config={"allow_unsigned_extensions": True})
        for extension in ("avro", "httpfs", "iceberg"):
            folder = importlib.util.find_spec(f"duckdb_extension_{extension}").submodule_search_locations[0]
            self.db.execute(f"LOAD '{glob.glob(folder + '/extensions/*/*.duckdb_extension')[0]}'")
        self.db.execute("SET TimeZone = 'UTC'")
        if "AWS_ENDPOINT_URL_S3" in os.environ:
            endpoint = os.environ["AWS_ENDPOINT_URL_S3"].removeprefix("http://")
            key, secret, region = (os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"))
            self.db.execute(
                f"CREATE SECRET (TYPE s3, KEY_ID '{key}', SECRET '{secret}', REGION '{region}', ENDPOINT '{endpoint}', URL_STYLE 'path', USE_SSL false)"
            )

    def open(self, table):
        """Attached anew: what it knows of a table it keeps."""
        if not self.warehouse.startswith("http"):
            return f"iceberg_scan('{newest(self.warehouse, table)}')"
        self.db.execute("DETACH DATABASE IF EXISTS lake")
        self.db.execute(
            f"ATTACH '' AS lake (TYPE iceberg, ENDPOINT '{self.warehouse}', AUTHORIZATION_TYPE 'none', ACCESS_DELEGATION_MODE 'none')"
        )
        return f"lake.market_data.{table}"

    def limit(self, threads, megabytes):
        self.open("trades_v2")
        self.db.execute(f"SET threads = {threads}")
        self.db.execute(f"SET memory_limit = '{megabytes}MiB'")

    def timed(self, sql):
        """Over what is attached: milliseconds to run it and take its vectors, and its rows."""
        start = time.perf_counter()
        rows = self.db.execute(sql).fetch_arrow_table().num_rows
        return {"ms": (time.perf_counter() - start) * 1000, "rows": rows}

    def tally(self, name, column, symbols, days):
        source = self.open(name)

        def sums(where):
            rows, total = self.db.execute(f"SELECT count(*), sum({column}) FROM {source} WHERE {where}").fetchone()
            return [str(rows), unscaled(total or 0)]

        def of_day(day):
            return f"timestamp >= TIMESTAMPTZ '{day} 00:00:00Z' AND timestamp < TIMESTAMPTZ '{after(day)} 00:00:00Z'"

        return {
            "all": sums("true"),
            "symbols": {symbol: sums(f"symbol = '{symbol}'") for symbol in symbols},
            "days": {day: sums(of_day(day)) for day in days},
        }

    def append(self, name, symbols, day, topic):
        source = self.open(name)
        columns = self.db.execute(f"DESCRIBE {source}").fetchall()
        # Else it refuses a table that has a sort order.
        self.db.execute("SET unsafe_iceberg_ignore_sort_order = true")
        at = datetime.fromisoformat(f"{day}T12:00:00+00:00")
        kinds = {"TIMESTAMP WITH TIME ZONE": "timestamp", "INTEGER": "int", "BIGINT": "long", "VARCHAR[]": "list"}
        for number, symbol in enumerate(symbols):
            kind = lambda type: kinds.get(type, re.match(r"[A-Z]+", type)[0].lower())
            values = [theirs(column[0], kind(column[1]), symbol, at, topic, number) for column in columns]
            self.db.execute(f"INSERT INTO {source} VALUES ({', '.join('?' * len(values))})", values)


def after(day):
    return date.fromisoformat(day) + timedelta(days=1)


def text_of(message_id):
    return str(uuid.UUID(bytes=message_id) if isinstance(message_id, bytes) else message_id)


def unscaled(total):
    return str(int(total.scaleb(8))) if isinstance(total, Decimal) else str(int(total))


def main():
    name, warehouse = sys.argv[1:]
    engine = {"pyiceberg": PyIceberg, "duckdb": DuckDb}[name](warehouse)
    for line in sys.stdin:
        deed, *words = json.loads(line)
        try:
            answer = getattr(engine, deed)(*words) or {"done": True}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
