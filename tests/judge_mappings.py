#!/usr/bin/env python3
"""Whether the index templates and tables fit the records and the schemas.

usage: judge_mappings.py RECORDS.ndjson

Every value of every record must fit the type that the template of its event
type maps it as, every field of a schema must be mapped and be in the table of
its event type, and nothing may be there that no schema knows. It looks at what
from_schemas wrote, and not at how.
"""
import glob
import ipaddress
import json
import os
import re
import sys

PIPELINES = "tools/pipelines"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")
# What in ClickHouse stands for what in OpenSearch.
COLUMNS = {
    "ip": "IPv6", "date_nanos": "DateTime64(9, 'UTC')", "boolean": "Bool",
    "long": "Int64", "double": "Float64", "text": "String",
}
bad = 0


def complain(words):
    global bad
    bad += 1
    if bad <= 20:
        print(words)


def is_address(value):
    try:
        return bool(ipaddress.ip_address(value))
    except ValueError:
        return False


def fitting(value):
    """The types that may hold a value; the first fits it best."""
    if isinstance(value, bool):
        return ["boolean"]
    if isinstance(value, int):
        return ["long", "double"]
    if isinstance(value, float):
        return ["double"]
    if TIME.fullmatch(value):
        return ["date_nanos"]
    if is_address(value):
        return ["ip"]
    return ["keyword", "text"]


def judge_value(path, value, mapping):
    if isinstance(value, dict):
        for key, inner in value.items():
            properties = mapping.get("properties", {})
            if key not in properties:
                complain(f"{path}.{key}: not mapped")
            else:
                judge_value(f"{path}.{key}", inner, properties[key])
        return
    for one in value if isinstance(value, list) else [value]:
        if mapping.get("type") not in fitting(one):
            complain(f"{path}: {one!r} does not fit {mapping}")
        elif isinstance(one, str) and len(one) > mapping.get(
                "ignore_above", 8191):
            complain(f"{path}: {len(one)} characters will not be found")


def paths(node, path=""):
    for name, inner in node.get("properties", {}).items():
        yield f"{path}.{name}"
        yield from paths(inner, f"{path}.{name}")


def top_types(sql, title):
    """Names of a table's columns, with the text of their types."""
    body = re.search(rf"CREATE TABLE IF NOT EXISTS tcpclose\.{title} \(\n(.*?)"
                     r"\n\) ENGINE", sql, re.S)
    if not body:
        complain(f"{title}: no table")
        return {}
    return dict(re.findall(r"^    `(\w+)` (.*?)(?: COMMENT '.*)?,?$",
                           body.group(1), re.M))


def judge_column(path, column, mapping):
    if "properties" in mapping:
        for name, inner in mapping["properties"].items():
            if f"`{name}` " not in column or not column.startswith("Tuple("):
                complain(f"{path}.{name}: not in the table")
            elif "properties" not in inner:
                start = column.index(f"`{name}` ") + len(name) + 3
                judge_column(f"{path}.{name}", column[start:], inner)
        return
    wanted = COLUMNS.get(mapping["type"], "String")
    for around in "Array(", "LowCardinality(", "Nullable(":
        column = column.removeprefix(around)
    if mapping["type"] == "long":
        column = column.removeprefix("U")
    if wanted == "String" and column.startswith("FixedString(16)"):
        return
    if not column.startswith(wanted):
        complain(f"{path}: {column[:40]} for {mapping}")


def main():
    with open(f"{PIPELINES}/clickhouse/tables.sql", encoding="utf-8") as file:
        sql = file.read()
    mappings = {}
    for path in sorted(glob.glob("schemas/*.json")):
        schema = json.load(open(path, encoding="utf-8"))
        title = schema["title"]
        name = f"{PIPELINES}/opensearch/{title}.json"
        if not os.path.exists(name):
            complain(f"{name} is not there")
            continue
        template = json.load(open(name, encoding="utf-8"))
        mappings[title] = template["template"]["mappings"]
        if set(paths(schema)) != set(paths(mappings[title])):
            complain(f"{title}: fields of schema and template differ: "
                     f"{set(paths(schema)) ^ set(paths(mappings[title]))}")
        columns = top_types(sql, title)
        if list(columns) != list(schema["properties"]):
            complain(f"{title}: columns of schema and table differ: "
                     f"{set(columns) ^ set(schema['properties'])}")
            continue
        for key, mapping in mappings[title]["properties"].items():
            judge_column(f"{title}.{key}", columns[key], mapping)
    n = 0
    for line in open(sys.argv[1], encoding="utf-8"):
        record = json.loads(line)
        n += 1
        judge_value(record["event_type"], record,
                    mappings.get(record["event_type"], {}))
    if n < 100 or len(mappings) < 5:
        complain(f"only {n} records and {len(mappings)} templates")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
