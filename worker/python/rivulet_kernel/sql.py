"""SQL cells: one SQLite database in memory, which the cells of a kernel share.

A run is a transaction: it changes all that it says or, if a statement fails, nothing. Before a cell
runs again, what its last run made is dropped. Python variables are tables only while a cell runs
that reads them.
"""

import ast
import linecache
import os
import re
import sqlite3
import sys
import unicodedata
from contextlib import contextmanager, suppress
from typing import Any, Iterator, NamedTuple

from . import table
from .table import Table, did_you_mean, read_csv

__all__ = ["SqlError", "Table", "close", "forget", "open_database", "read_csv", "run"]

MOST_ROWS = 1_000_000


class SqlError(Exception):
    """What is wrong with a query, in SQLite's words; its traceback leads to the line."""

    # So a traceback says `SqlError`, not where we keep it.
    __module__ = "builtins"


class Failure(Exception):
    """An error of the cell, and the part of its source that it is about."""

    def __init__(self, error: Exception, start: int, end: int) -> None:
        self.error, self.start, self.end = error, start, end


class Statement(NamedTuple):
    """One statement, from its first token on, and where in the source that is."""

    text: str
    start: int

    @property
    def keyword(self) -> str:
        return re.match(r"\w*", self.text).group().upper()

    def failure(self, error: Exception, start: int, end: int) -> Failure:
        return Failure(error, self.start + start, self.start + end)


class Made(NamedTuple):
    """Something that a cell made; a database is one that it attached."""

    kind: str
    schema: str
    name: str


# In the order in which they can be dropped.
_KINDS = ("trigger", "index", "view", "virtual table", "table", "database")
# The savepoint that stands for a transaction which the cell itself began.
_OWN = '"the cell\'s own transaction"'
# In a transaction, SQLite refuses these or does nothing.
_OUTSIDE = re.compile(
    r"(?:DETACH|VACUUM)\b|PRAGMA\s+(?:\w+\s*\.\s*)?"
    r"(?:foreign_keys|journal_mode|locking_mode|synchronous|temp_store)\s*[=(]",
    re.IGNORECASE,
)
_WRITES = {
    sqlite3.SQLITE_ALTER_TABLE,
    sqlite3.SQLITE_INSERT,
    sqlite3.SQLITE_UPDATE,
    sqlite3.SQLITE_DELETE,
    sqlite3.SQLITE_DROP_TEMP_TABLE,
}


def run(task: dict, source: str, namespace: dict, cell: int, label: str) -> Any:
    """Runs all statements; returns the last result, which also gets the name ``task["result"]``."""
    linecache.cache[label] = (len(source), None, source.splitlines(keepends=True), label)
    try:
        found = _opened().run(task, source, namespace, cell)
    except Failure as caught:
        failure = caught
    else:
        shown = None if found is None else _shown(*found, bool(task.get("pandas")))
        for name in task.get("tables", ()):
            if not name.startswith("_"):
                namespace[_in_python(name)] = SqlTable(name)
        if task.get("result"):
            namespace[task["result"]] = shown
        return shown
    return _raise(failure, source, label)


def forget(cell: int) -> None:
    """Drops what the cell's last run made; what it made in files stays there."""
    if _database is not None:
        _database.drop_made_by(cell, in_files=False)


def drop(table: "SqlTable") -> None:
    """Drops a table or view that no cell makes any more."""
    database = _opened()
    name = table.name.lower()
    for made in database.made.values():
        for thing in [thing for thing in made if thing.name.lower() == name]:
            made.discard(thing)
    with database.without_foreign_keys(True):
        for kind in ("TABLE", "VIEW"):
            with suppress(sqlite3.Error):
                database.connection.execute(f"DROP {kind} IF EXISTS main.{_quoted(table.name)}")


def open_database(path: Any, name: str | None = None) -> str:
    """Attaches a database file, by default under its file name; returns that name."""
    path = os.fspath(path)
    name = name or re.sub(r"\W", "_", os.path.splitext(os.path.basename(path))[0])
    if not os.path.isfile(path):
        raise FileNotFoundError(_no_file(path))
    try:
        _opened().attach(path, name)
    except sqlite3.Error as error:
        raise SqlError(f"{path}: {error}") from None
    return name


def close() -> None:
    """Closes the database; the next run opens a new one."""
    global _database
    if _database is not None:
        _database.connection.close()
    _database = None


class SqlTable(Table):
    """A table or view of the database, under its name in Python: read anew whenever it is used."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def name(self) -> str:
        """Its name in the database."""
        return self._name

    def _read(self) -> tuple[list[str], list[tuple]]:
        cursor = _opened().connection.execute(f"SELECT * FROM {_quoted(self._name)}")
        return [column[0] for column in cursor.description], cursor.fetchmany(MOST_ROWS)

    @property
    def _columns(self) -> tuple[str, ...]:
        return tuple(self._read()[0])

    @property
    def _rows(self) -> tuple[tuple, ...]:
        return tuple(self._read()[1])

    def __reduce__(self) -> tuple:
        return Table, (self._columns, self._rows)


class Database:
    """The connection, and what each cell made in it."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.execute("PRAGMA temp_store = MEMORY")
        # Opens the schema of temporary tables, so that it is there before the first cell.
        self.connection.execute("SELECT * FROM temp.sqlite_master").close()
        self.connection.set_authorizer(self.authorize)
        self.made: dict[int, set[Made]] = {}
        # The variables that are tables in this run, by name in lower case.
        self.exposed: dict[str, str] = {}
        # Why a variable is no table; empty if there is none of that name.
        self.unfit: dict[str, str] = {}
        self.in_own_transaction = False
        # What the authorizer saw while the latest statement was prepared.
        self.refused: str | None = None
        self.read: str | None = None

    def run(self, task: dict, source: str, namespace: dict, cell: int) -> tuple | None:
        """The columns and the rows of the last statement that returns rows."""
        self.drop_made_by(cell, in_files=True)
        made = self.made[cell] = set()
        _check_text(source)
        values = _parameters(task.get("parameters", ()), namespace, source)
        statements = _split(source)
        found, ended = None, False
        statement = Statement("", 0)
        try:
            self.expose(task.get("variables", ()), namespace, source)
            for statement in statements:
                found = self.execute(statement, values, made) or found
            self.commit()
            made.intersection_update(self.present() if made else ())
            ended = True
        except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
            raise self.explained(error, statement, source, values, namespace) from None
        finally:
            self.in_own_transaction = False
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            # A cell may forbid changes, but not ours.
            self.connection.execute("PRAGMA query_only = OFF")
            self.hide()
            if not ended:
                self.drop_made_by(cell, in_files=True)
        return found

    def execute(self, statement: Statement, values: dict, made: set[Made]) -> tuple | None:
        """Runs one statement, and keeps ``made`` true. Returns its columns and rows, if any."""
        keyword = statement.keyword
        to_savepoint = re.search(r"\bTO\b", statement.text, re.IGNORECASE)
        if keyword in ("BEGIN", "COMMIT", "END") or keyword == "ROLLBACK" and not to_savepoint:
            return self.begin_or_end(keyword, statement.text)
        if keyword == "ATTACH":
            _check_file(statement, values)
        if _OUTSIDE.match(statement.text) and not self.in_own_transaction:
            self.commit()
        elif not self.connection.in_transaction:
            self.connection.execute("BEGIN")
        makes = keyword in ("CREATE", "ALTER", "DROP", "ATTACH")
        before = self.present() if makes else set()
        self.refused = None
        cursor = self.connection.execute(statement.text, values)
        try:
            found = _fetched(cursor, statement)
        finally:
            cursor.close()
        if makes:
            after = self.present()
            # A file that was attached brings tables which the cell did not make.
            known = {thing.name for thing in before if thing.kind == "database"} | {""}
            new = {thing for thing in after - before if thing.schema in known}
            made.difference_update(before - after)
            made.update(new)
            self.check_views(new)
        return found

    def begin_or_end(self, keyword: str, text: str) -> None:
        """Does what a BEGIN, COMMIT or ROLLBACK of the cell says, inside the run's transaction."""
        self.connection.execute(f"EXPLAIN {text}").close()
        if not self.connection.in_transaction:
            self.connection.execute("BEGIN")
        if keyword == "BEGIN" and self.in_own_transaction:
            raise sqlite3.OperationalError("cannot start a transaction within a transaction")
        if keyword != "BEGIN" and not self.in_own_transaction:
            what = "rollback" if keyword == "ROLLBACK" else "commit"
            raise sqlite3.OperationalError(f"cannot {what} - no transaction is active")
        if keyword == "BEGIN":
            self.connection.execute(f"SAVEPOINT {_OWN}")
        if keyword == "ROLLBACK":
            self.connection.execute(f"ROLLBACK TO {_OWN}")
        if keyword != "BEGIN":
            self.connection.execute(f"RELEASE {_OWN}")
        self.in_own_transaction = keyword == "BEGIN"

    def commit(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("COMMIT")

    def expose(self, variables: Any, namespace: dict, source: str) -> None:
        """Makes tables of the variables. One that cannot be a table is no error until missed."""
        self.unfit = {name.lower(): "" for name in variables}
        present: dict[str, str] = {}
        self.connection.execute("BEGIN")
        for name in dict.fromkeys(variables):
            known = _in_python(name)
            if known not in namespace or isinstance(namespace[known], SqlTable):
                continue
            span = _place(name, source) or (0, 0)
            other = present.setdefault(name.lower(), name)
            if other != name:
                both = f"`{other}` and `{name}`"
                error = SqlError(f"{both} differ only in case; SQL cannot tell them apart.")
                raise Failure(error, *span)
            try:
                self.load(name, *table.columns_of(name, namespace[known]))
                self.exposed[name.lower()] = name
            except table.Unreadable as error:
                self.unfit[name.lower()] = str(error)
            except (sqlite3.Error, OverflowError, ValueError) as error:
                sentence = f"`{name}` cannot be a table: {_in_words(error)}."
                raise Failure(SqlError(sentence), *span) from None
        self.commit()

    def load(self, name: str, names: list[str], columns: list[list]) -> None:
        title = f"temp.{_quoted(name)}"
        self.connection.execute(f"DROP TABLE IF EXISTS {title}")
        types = map(table.affinity, columns)
        typed = ", ".join(f"{_quoted(name)} {kind}" for name, kind in zip(names, types))
        self.connection.execute(f"CREATE TABLE {title} ({typed})")
        marks = ", ".join("?" * len(names))
        self.connection.executemany(f"INSERT INTO {title} VALUES ({marks})", zip(*columns))

    def hide(self) -> None:
        """Drops the variables' tables."""
        names, self.exposed = self.exposed.values(), {}
        with self.without_foreign_keys(bool(names)):
            for name in names:
                self.connection.execute(f"DROP TABLE IF EXISTS temp.{_quoted(name)}")

    def authorize(self, action: int, first: Any, second: Any, schema: Any, _origin: Any) -> int:
        """Keeps the variables' tables from being changed, as the change would be lost."""
        if action == sqlite3.SQLITE_ALTER_TABLE:
            schema, first = first, second
        name = self.exposed.get(first.lower()) if first and schema == "temp" else None
        if name and action == sqlite3.SQLITE_READ:
            self.read = name
        if name and action in _WRITES:
            self.refused = f"`{name}` is a Python variable, which SQL can read but not change."
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    def check_views(self, new: set[Made]) -> None:
        """Refuses a view of a variable, as it would outlive the variable's table."""
        for view in new:
            if view.kind == "view":
                self.read = None
                try:
                    self.connection.execute(f"EXPLAIN SELECT * FROM {_full(view)}").close()
                except sqlite3.Error as error:
                    # A view may be of a table that is made later.
                    missing = re.match(r"no such table: main\.(.*)", str(error))
                    self.read = self.exposed.get(missing[1].lower()) if missing else None
                if self.read:
                    raise sqlite3.OperationalError(f"no such table: {self.read}")

    def present(self) -> set[Made]:
        """All that is there now."""
        things = set()
        for _, schema, _ in self.databases():
            things.add(Made("database", "", schema))
            query = f"SELECT type, name, sql FROM {_quoted(schema)}.sqlite_master"
            for kind, name, sql in self.connection.execute(query).fetchall():
                if not name.startswith("sqlite_"):
                    is_virtual = kind == "table" and sql.startswith("CREATE VIRTUAL")
                    things.add(Made("virtual table" if is_virtual else kind, schema, name))
        return things

    def databases(self) -> list[tuple[int, str, str]]:
        """Number, name and file of each."""
        return self.connection.execute("PRAGMA database_list").fetchall()

    def drop_made_by(self, cell: int, in_files: bool) -> None:
        """Drops what the cell's last run made, and detaches what it attached."""
        made = self.made.pop(cell, set())
        files = {schema for _, schema, path in self.databases() if path}
        with self.without_foreign_keys(bool(made)):
            for thing in sorted(made, key=lambda thing: (_KINDS.index(thing.kind), thing.name)):
                if thing.kind == "database":
                    drop = f"DETACH {_quoted(thing.name)}"
                else:
                    drop = f"DROP {thing.kind.split()[-1]} IF EXISTS {_full(thing)}"
                if in_files or thing.schema not in files:
                    with suppress(sqlite3.Error):
                        self.connection.execute(drop)

    @contextmanager
    def without_foreign_keys(self, needed: bool) -> Iterator[None]:
        """Lets tables go that rows of other tables refer to."""
        [(checks,)] = self.connection.execute("PRAGMA foreign_keys").fetchall()
        if not (needed and checks):
            yield
            return
        self.connection.execute("PRAGMA foreign_keys = OFF")
        try:
            yield
        finally:
            self.connection.execute("PRAGMA foreign_keys = ON")

    def attach(self, path: str, name: str) -> None:
        """Attaches a file, in the place of one of that name."""
        if any(schema.lower() == name.lower() for _, schema, _ in self.databases()[1:]):
            self.connection.execute(f"DETACH {_quoted(name)}")
        self.connection.execute(f"ATTACH ? AS {_quoted(name)}", (path,))

    def explained(
        self, error: Exception, statement: Statement, source: str, values: dict, namespace: dict
    ) -> Failure:
        """The error in words that help, and the part of the statement that it is about."""
        message = _in_words(error)
        named = _NAMED.search(message)
        kind, name = (named.lastgroup, named[named.lastgroup]) if named else ("", "")
        last = name.rpartition(".")[2]
        span = self.span_of(message, kind, name, statement.text, values)
        if self.refused and "not authorized" in message:
            message = self.refused
        elif kind == "table" and last.lower() in self.exposed:
            message = (
                f"`{self.exposed[last.lower()]}` is a Python variable and a table only while this "
                "cell runs, so a view cannot read it. Make a table: CREATE TABLE ... AS SELECT ..."
            )
        elif kind == "table" and self.unfit.get(name.lower()):
            message = self.unfit[name.lower()]
        else:
            if kind == "table" and name.lower() in self.unfit:
                message = message.replace("table", "table or variable", 1)
            if "\n" in source.strip():
                line = source.count("\n", 0, statement.start + span[0]) + 1
                message += f" (line {line})"
            message += did_you_mean(last, self.known(kind, statement.text, namespace))
        return statement.failure(SqlError(message), *span)

    def span_of(
        self, message: str, kind: str, name: str, text: str, values: dict
    ) -> tuple[int, int]:
        """The part of the statement that the message is about; empty if it is not known."""
        if message == "incomplete input":
            return [match.span() for match in _tokens(text)][-1]
        if kind != "near":
            return name and _place(name, text) or (0, 0)
        places = [match.span() for match in _tokens(text) if match[0] == name]
        explain = "" if text[:7].upper() == "EXPLAIN" else "EXPLAIN "
        # Up to the token that is wrong, the text fails in the same way; up to an equal one, not.
        for span in places[:-1][:100]:
            try:
                self.connection.execute(explain + text[: span[1]], values).close()
            except sqlite3.Error as error:
                if str(error) == message:
                    return span
        if places:
            return places[-1]
        at = text.find(name)
        return (at, at + len(name)) if at >= 0 else (0, 0)

    def known(self, kind: str, text: str, namespace: dict) -> list[str]:
        """The names of that kind which the statement could have meant."""
        if kind == "function":
            found = self.connection.execute("SELECT DISTINCT name FROM pragma_function_list")
            return sorted(name for (name,) in found.fetchall())
        if kind not in ("table", "column", "unknown"):
            return []
        tables = sorted(thing for thing in self.present() if thing.kind.endswith(("table", "view")))
        if kind == "table":
            readable = [name for name, value in namespace.items() if table.looks_readable(value)]
            return [thing.name for thing in tables] + sorted(readable)
        words = {_bare(match[0]).lower() for match in _tokens(text)}
        names: list[str] = []
        for thing in tables:
            if thing.name.lower() in words:
                query = f"PRAGMA {_quoted(thing.schema)}.table_info({_quoted(thing.name)})"
                with suppress(sqlite3.Error):
                    names += [row[1] for row in self.connection.execute(query).fetchall()]
        return names


_database: Database | None = None


def _opened() -> Database:
    global _database
    if _database is None:
        _database = Database()
    return _database


def _shown(columns: list[str], rows: list[tuple], wants_pandas: bool) -> Any:
    """The result as a data frame where pandas is in use, else as a table of ours."""
    if wants_pandas:
        with suppress(ImportError):
            import pandas  # noqa: F401
    frame = getattr(sys.modules.get("pandas"), "DataFrame", None)
    return Table(columns, rows) if frame is None else frame(rows, columns=columns)


def _fetched(cursor: sqlite3.Cursor, statement: Statement) -> tuple[list[str], list] | None:
    if cursor.description is None:
        return None
    rows = cursor.fetchmany(MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        error = SqlError(f"The result has more than {MOST_ROWS:,} rows; LIMIT asks for fewer.")
        raise statement.failure(error, 0, 0)
    return table.distinct([column[0] for column in cursor.description]), rows


def _parameters(names: Any, namespace: dict, source: str) -> dict[str, Any]:
    """The values of the parameters."""
    values = {}
    for name in names:
        span = _place(f":{name}", source) or (0, 0)
        variable = _in_python(name)
        if variable not in namespace:
            sentence = f"name '{name}' is not defined, so the parameter :{name} has no value"
            raise Failure(NameError(sentence, name=name), *span)
        known, values[name] = table.known_scalar(namespace[variable])
        if not known:
            what = f"`{name}` is {table.a_type(namespace[variable])}"
            error = SqlError(f"{what}; a parameter is a number, a text, a date, bytes or None.")
            raise Failure(error, *span)
        if isinstance(values[name], int) and not -(2**63) <= values[name] < 2**63:
            sentence = f"`{name}` is too large for SQL, whose whole numbers have 64 bits."
            raise Failure(SqlError(sentence), *span)
    return values


def _in_python(name: str) -> str:
    """A name of the query as Python's compiler would write it (NFKC)."""
    return unicodedata.normalize("NFKC", name)


def _check_text(source: str) -> None:
    """Refuses what Python cannot hand to SQLite."""
    wrong = re.search("[\0\ud800-\udfff]", source)
    if wrong:
        error = SqlError(f"SQL cannot contain the character U+{ord(wrong[0]):04X}.")
        raise Failure(error, *wrong.span())


def _check_file(statement: Statement, values: dict) -> None:
    """Refuses to attach a file that is not there, which SQLite would make."""
    words = list(_tokens(statement.text))
    at = 2 if len(words) > 1 and words[1][0].upper() == "DATABASE" else 1
    named = [number for number, word in enumerate(words) if word[0].upper() == "AS"]
    if not named or named[0] <= at:
        return
    given = words[at][0]
    path = values.get(given[1:]) if given[0] in ":@$" else _bare(given)
    if named[0] != at + 1 or not isinstance(path, str):
        error = SqlError("ATTACH needs a file name: a text, or a parameter that is one.")
        raise statement.failure(error, words[at].start(), words[named[0] - 1].end())
    if path not in ("", ":memory:") and not os.path.isfile(path):
        raise statement.failure(SqlError(_no_file(path)), *words[at].span())


def _no_file(path: str) -> str:
    folder, name = os.path.split(path)
    names = os.listdir(folder or ".") if os.path.isdir(folder or ".") else []
    return f"no such file: {path}" + did_you_mean(name, sorted(names))


# What of SQLite's message stands in the statement; the group's name says what it is.
_NAMED = re.compile(
    r'(?:near|unrecognized token:) "(?P<near>.+)"'
    r"|no such table: (?P<table>.+)"
    r'|no such column: "?(?P<column>[^"]+)'
    r"|no such function: (?P<function>.+)"
    r"|no such [a-z ]+: (?P<thing>.+)"
    r"|ambiguous column name: (?P<ambiguous>.+)"
    r"|has no column named (?P<unknown>.+)"
    r'|(?:table|view|index|trigger) "?(?P<existing>[^"]+?)"? already exists'
    r"|(?:function|aggregate:) (?P<called>\w+)"
    r"|no value for (?P<unbound>[^;]+)",
    re.DOTALL,
)


def _in_words(error: Exception) -> str:
    """The message; where it is the binding's and not SQLite's, in words of SQL."""
    message = str(error)
    if isinstance(error, OverflowError):
        return "a whole number is too large for SQL, whose whole numbers have 64 bits"
    if message.startswith("Binding"):
        return "no value for ?; write :name for the value of a Python variable"
    unbound = re.match(r"You did not supply a value for binding parameter (.+)\.$", message)
    return f"no value for {unbound[1]}" if unbound else message


_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))
    | '(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\]
    | [^\W\d][\w$]* | [:@$][\w$]+ | \d[\w.]* | <> | [<>=!]= | \|\| | << | >> | ->>? | .""",
    re.VERBOSE | re.DOTALL,
)


def _tokens(text: str) -> Iterator[re.Match]:
    return (match for match in _TOKEN.finditer(text) if not match["space"])


def _split(source: str) -> list[Statement]:
    """The statements. SQLite itself tells whether a semicolon ends one, or is in a trigger."""
    statements = []
    start = None
    for token in _tokens(source):
        if start is None and token[0] != ";":
            start = token.start()
        text = source[start : token.end()] if start is not None and token[0] == ";" else ""
        if text and sqlite3.complete_statement(text):
            statements.append(Statement(text, start))
            start = None
    if start is not None:
        statements.append(Statement(source[start:], start))
    return statements


def _place(name: str, text: str) -> tuple[int, int] | None:
    """Where the name stands first; of ``a.b``, the ``b`` of an ``a``, or else the first ``b``."""
    owner, _, last = name.lower().rpartition(".")
    tokens = list(_tokens(text))
    words = [_bare(token[0]).lower() for token in tokens]
    places = [at for at, word in enumerate(words) if word == last]
    owned = [at for at in places if words[max(at - 2, 0) : at] == [owner, "."]]
    return tokens[(owned or places)[0]].span() if places else None


def _bare(token: str) -> str:
    """A name or a text without its quotes."""
    if len(token) > 1 and token[0] in "'\"`":
        return token[1:-1].replace(token[0] * 2, token[0])
    return token[1:-1] if len(token) > 1 and token[0] == "[" else token


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _full(thing: Made) -> str:
    return f"{_quoted(thing.schema)}.{_quoted(thing.name)}"


def _raise(failure: Failure, source: str, label: str) -> None:
    """Raises the error as if that part of the source were Python code of the cell."""
    line = source.count("\n", 0, failure.start) + 1
    head = source.rfind("\n", 0, failure.start) + 1
    text = source[head:].partition("\n")[0]
    whole, first, last = (
        len(part.encode(errors="replace"))
        for part in (text, source[head : failure.start], source[head : failure.end])
    )
    if failure.start == failure.end:
        first, last = 0, whole
    tree = ast.parse("raise error from None")
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = line
            node.col_offset, node.end_col_offset = first, min(last, whole)
    exec(compile(tree, label, "exec"), {"__name__": "__main__", "error": failure.error})
