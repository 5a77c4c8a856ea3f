"""Holds a Parquet file that K2 wrote against its rows, by PyArrow alone.

    check_parquet.py FILE ROWS
ROWS has a JSON array of texts, lists and nulls a line, in the file's order: times are microseconds, decimals unscaled.
Prints what it compared; exit code 1 where a cell, a checksum, a field id or a statistic is wrong.
"""

import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq

FIELD_IDS = {"id": 1, "symbol": 2, "at": 3, "seen": 4, "price": 5, "number": 6, "small": 7, "flag": 8, "text": 9, "list": 10}


def as_texts(column):
    """A column as ROWS has it."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        column, kind = pa.chunked_array([chunk.storage for chunk in column.chunks]), kind.storage_type
    if pa.types.is_timestamp(kind):
        assert kind.unit == "us" and kind.tz == "UTC", kind
        column = column.cast(pa.timestamp("us")).cast(pa.int64())
    values = column.to_pylist()
    if pa.types.is_decimal(kind):
        assert (kind.precision, kind.scale) == (18, 8), kind
        return [None if value is None else str(int(value.scaleb(8))) for value in values]
    if pa.types.is_fixed_size_binary(kind):
        return [value.hex() for value in values]
    return [value if value is None or isinstance(value, (str, list)) else str(value).lower() for value in values]


def main():
    file, rows_file = sys.argv[1:]
    with open(rows_file, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    table = pq.read_table(file, page_checksum_verification=True, partitioning=None)
    assert table.num_rows == len(rows), (table.num_rows, len(rows))
    ids = {field.name: int(field.metadata[b"PARQUET:field_id"]) for field in table.schema}
    assert ids == FIELD_IDS, ids
    element = table.schema.field("list").type.value_field
    assert (int(element.metadata[b"PARQUET:field_id"]), element.nullable) == (1000, False), element
    wrong = 0
    for at, name in enumerate(FIELD_IDS):
        for row, (found, wanted) in enumerate(zip(as_texts(table.column(name)), (row[at] for row in rows))):
            if found != wanted:
                wrong += 1
                print(f"FAIL {name} of row {row}: {str(found)[:80]}, wanted {str(wanted)[:80]}")
    metadata = pq.ParquetFile(file).metadata
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            statistics = metadata.row_group(group).column(column).statistics
            assert statistics is not None and statistics.has_null_count, (group, column)
    for symbol in sorted({row[1] for row in rows}):
        found = pq.read_table(file, filters=[("symbol", "=", symbol)], partitioning=None).num_rows
        wanted = sum(row[1] == symbol for row in rows)
        if found != wanted:
            wrong += 1
            print(f"FAIL filtered by {symbol}: {found}, wanted {wanted}")
    print(f"{len(rows)} rows, {metadata.num_row_groups} row groups, {wrong} wrong")
    sys.exit(1 if wrong else 0)


main()
