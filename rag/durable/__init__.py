"""What reaches the disk, and how it fails.

Nothing else writes below the home folder: whole files go through `write_atomically`, the rest through SQLite. Files are
0600, folders 0700; errors of the disk are ours, and say what was being written.
"""

from rag.durable.database import (
    ConnectionPool,
    HeldDatabase,
    bindable,
    connect,
    database_error,
    intact,
    make_database,
    require_ours,
    seal,
    storage_errors,
    transaction,
)
from rag.durable.files import (
    FILE_MODE,
    SHARED_MODE,
    make_folder,
    no_space,
    publish,
    remove_unfinished,
    storage_error,
    sync_folder,
    unfinished_beside,
    write_atomically,
    write_stream_atomically,
)

__all__ = [
    "FILE_MODE",
    "SHARED_MODE",
    "ConnectionPool",
    "HeldDatabase",
    "bindable",
    "connect",
    "database_error",
    "intact",
    "make_database",
    "make_folder",
    "no_space",
    "publish",
    "remove_unfinished",
    "require_ours",
    "seal",
    "storage_error",
    "storage_errors",
    "sync_folder",
    "transaction",
    "unfinished_beside",
    "write_atomically",
    "write_stream_atomically",
]
