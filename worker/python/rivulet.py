"""What a notebook can ask of Rivulet: files that were added to it, as tables and databases."""

from rivulet_kernel.sql import SqlError, open_database, read_csv
from rivulet_kernel.table import Table

__all__ = ["SqlError", "Table", "open_database", "read_csv"]
