"""The columns of a record, as Spark types."""

from __future__ import annotations

import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pyspark.sql import types as t

_PLAIN: dict[Any, t.DataType] = {
    str: t.StringType(),
    int: t.LongType(),
    float: t.DoubleType(),
    bool: t.BooleanType(),
}


def schema_of(record: type) -> t.StructType:
    """Return the columns of a record: nested records are structs, lists and tuples arrays, mappings maps."""
    return t.StructType([t.StructField(name, _type(kind)) for name, kind in get_type_hints(record).items()])


def _type(kind: Any) -> t.DataType:
    origin, given = get_origin(kind), get_args(kind)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if origin is Literal:
        return _PLAIN[str]
    if origin in (Union, types.UnionType):
        return _type(next(one for one in given if one is not type(None)))
    if origin in (list, tuple):
        return t.ArrayType(_type(given[0]))
    if origin is dict:
        return t.MapType(_type(given[0]), _type(given[1]))
    return schema_of(kind)
