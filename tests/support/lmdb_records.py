"""The records of an LMDB, read by liblmdb."""
from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import lmdb
from google.protobuf.message import Message

Kind = TypeVar("Kind", bound=Message)


def lmdb_records(folder: Path, kind: type[Kind]) -> dict[str, Kind]:
    """Messages of a kind by their keys, in the database's order."""
    with lmdb.open(str(folder), readonly=True, lock=False) as database, database.begin() as transaction:
        return {key.decode(): kind.FromString(value) for key, value in transaction.cursor()}
