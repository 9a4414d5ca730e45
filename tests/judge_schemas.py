"""Judge records against their schemas with another's implementation.

For each NAME.schema in a folder: it must be a valid schema itself, every line
of NAME.records must be valid against it, and a line with a field too many or
without a required one must not be.
"""
import json
import pathlib
import sys

from jsonschema import Draft202012Validator, FormatChecker


def must_fail(validator, record, what):
    if validator.is_valid(record):
        sys.exit(f"{validator.schema['$id']} accepts {what}")


def judge(schema_file):
    schema = json.loads(schema_file.read_text())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    lines = schema_file.with_suffix(".records").read_text().splitlines()
    for line in lines:
        record = json.loads(line)
        for error in validator.iter_errors(record):
            sys.exit(f"{schema_file.name}: {error.json_path}: {error.message}")
        must_fail(validator, {**record, "surprise": 1}, "an unknown field")
        for name in schema["required"]:
            less = {k: v for k, v in record.items() if k != name}
            must_fail(validator, less, f"a record without {name}")
    return len(lines)


schemas = sorted(pathlib.Path(sys.argv[1]).glob("*.schema"))
if len(schemas) != 9 or sum(map(judge, schemas)) < len(schemas):
    sys.exit("schemas or records are missing")
