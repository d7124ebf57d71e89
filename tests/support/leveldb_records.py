"""The records of a LevelDB, as LevelDB's own library reads them."""
from __future__ import annotations

import ctypes
import ctypes.util
import shutil
import tempfile
from pathlib import Path

NAME = ctypes.util.find_library("leveldb")


def leveldb_records(folder: Path) -> list[tuple[bytes, bytes]]:
    """Keys and values in the order of the keys; of a copy, as opening a LevelDB changes it."""
    library = ctypes.CDLL(NAME)
    for name in ("options_create", "open", "readoptions_create", "create_iterator", "iter_key", "iter_value"):
        getattr(library, f"leveldb_{name}").restype = ctypes.c_void_p
    library.leveldb_iter_valid.restype = ctypes.c_ubyte
    error = ctypes.c_char_p()
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place, "copy")
        shutil.copytree(folder, copy, copy_function=shutil.copyfile)
        options = ctypes.c_void_p(library.leveldb_options_create())
        database = ctypes.c_void_p(library.leveldb_open(options, str(copy).encode(), ctypes.byref(error)))
        assert error.value is None, error.value
        reading = ctypes.c_void_p(library.leveldb_readoptions_create())
        iterator = ctypes.c_void_p(library.leveldb_create_iterator(database, reading))

        def part(what: str) -> bytes:
            size = ctypes.c_size_t()
            return ctypes.string_at(getattr(library, f"leveldb_iter_{what}")(iterator, ctypes.byref(size)), size.value)

        library.leveldb_iter_seek_to_first(iterator)
        found = []
        while library.leveldb_iter_valid(iterator):
            found.append((part("key"), part("value")))
            library.leveldb_iter_next(iterator)
        library.leveldb_iter_get_error(iterator, ctypes.byref(error))
        library.leveldb_iter_destroy(iterator)
        library.leveldb_close(database)
        assert error.value is None, error.value
    return found
