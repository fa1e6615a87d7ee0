"""Markdown cells with values in them: works the values out, and shows the whole text.

A value is text, whatever is in it: what Markdown, HTML or a formula would read as a sign of theirs
stands as a character reference. An object that has Markdown or HTML of its own is shown by that.
"""

import ast
import re
from contextlib import suppress
from types import CodeType
from typing import Any

from . import values

# For the value that is being shown: no name of a source has it.
_VALUE = "\ufdd0"
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
_SIGNS = {sign: f"&#{ord(sign)};" for sign in "\\`*[]()~|$"}
_REFERENCES = str.maketrans(_HTML | _SIGNS)
# In a word as in `max_depth`, `_` is no sign.
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
# At the begin of a line: an indent, a heading or a line under one, a list.
_FIRST = re.compile(r"\A(?:\s|[-+=#](?![^\W_]))")
_NUMBER = re.compile(r"\A(\d{1,9})\.(?!\S)")
_BLANK_LINES = re.compile(r"\n\s*\n")


def compile_pieces(pieces: list[dict[str, Any]], source: str, file: str) -> list:
    """Each text as it is, and for each value its code and that which turns it into text."""
    lines = source.splitlines()
    return [
        piece["text"] if "text" in piece else _compile(piece, lines, file) for piece in pieces
    ]


def bundle(pieces: list, namespace: dict[str, Any]) -> values.Bundle:
    """The text with its values, by MIME type."""
    parts = [piece if isinstance(piece, str) else _show(*piece, namespace) for piece in pieces]
    slots: list[dict[str, Any]] = []
    if any(isinstance(part, _Slot) for part in parts):
        parts = _with_slots(parts, slots)
    whole = "".join(parts)
    forms = values.Bundle()
    forms.put("text/markdown", whole)
    forms.put("text/plain", _PLACE.sub("", whole) if slots else whole)
    if slots:
        from .widgets import MIME

        forms.put(MIME, {"kind": "slots", "items": slots})
    return forms


class _Slot(str):
    """Where a widget stands in the text."""

    description: dict[str, Any]


class _Value(str):
    """A value as escaped text, which stands for itself."""

    text: str


_PLACE = re.compile(r'<span id="rivulet-slot-\d+"></span>')
# Where one of these stands in the text, a place may be in code, in a formula or in a tag.
_CLOSED = re.compile(r"[`$<\[]|^(?: {4}|\t)", re.MULTILINE)


def _with_slots(parts: list[str], slots: list[dict[str, Any]]) -> list[str]:
    """The parts with places for widgets; and for other values, so that the text stays as it is when only
    they change.
    """
    texts = [part for part in parts if not isinstance(part, (_Slot, _Value))]
    is_open = not any(_CLOSED.search(text) for text in texts)
    placed = []
    for part in parts:
        if isinstance(part, _Slot):
            slots.append(part.description)
        elif isinstance(part, _Value) and is_open and "\n" not in part.text:
            slots.append({"kind": "text-value", "text": part.text})
        else:
            placed.append(part)
            continue
        placed.append(f'<span id="rivulet-slot-{len(slots) - 1}"></span>')
    return placed


def _compile(piece: dict[str, Any], lines: list[str], file: str) -> tuple[CodeType, CodeType, bool]:
    tree = _parse(piece, lines, file)
    conversion, spec = piece.get("conversion", ""), piece.get("spec", "")
    form = ast.JoinedStr([ast.Constant(spec)]) if spec else None
    name = ast.Name(_VALUE, ast.Load())
    shown = ast.FormattedValue(name, ord(conversion) if conversion else -1, form)
    to_text = ast.Expression(ast.copy_location(ast.JoinedStr([shown]), tree.body))
    ast.fix_missing_locations(to_text)
    codes = [compile(part, file, "eval", dont_inherit=True) for part in (tree, to_text)]
    return codes[0], codes[1], not (conversion or spec)


def _parse(piece: dict[str, Any], lines: list[str], file: str) -> ast.Expression:
    """The expression, at the place where it stands in the cell."""
    expression, line = piece["expression"], piece["line"]
    found = re.search(r"\{\s*(?=" + re.escape(expression) + ")", "\n".join(lines[line - 1 : line]))
    column = len(found.string[: found.end()].encode()) if found else 1
    above = "\n" * (line - 1)
    with suppress(SyntaxError):
        return ast.parse(above + "(" + " " * (column - 1) + expression + "\n)", file, "eval")
    # Without our parentheses, Python says what is wrong with the rest.
    return ast.parse(above + expression.strip(), file, "eval")


def _show(code: CodeType, to_text: CodeType, is_bare: bool, namespace: dict[str, Any]) -> str:
    value = eval(code, namespace)
    describe = getattr(type(value), "_rivulet_slot_", None)
    if is_bare and describe is not None:
        slot = _Slot("")
        slot.description = describe(value)
        return slot
    if is_bare and not isinstance(value, str):
        form = _form(value, "_repr_markdown_")
        if form is not None:
            return form
        form = _form(value, "_repr_html_")
        if form is not None:
            # A blank line would end the HTML.
            return "\n\n" + _BLANK_LINES.sub("\n", form.strip()) + "\n\n"
    # In a frame of the cell, so that an error leads to the line.
    text = eval(to_text, namespace, {_VALUE: value})
    shown = _Value(escaped(text))
    shown.text = text
    return shown


def _form(value: Any, method: str) -> str | None:
    try:
        form = values.method_of(value, method)()
    except Exception:  # there is none, or it is broken
        return None
    form = form[0] if isinstance(form, tuple) and form else form
    return form if isinstance(form, str) else None


def escaped(text: str) -> str:
    """The text such that Markdown shows it as it is, on one line."""
    lines = [_UNDERSCORE.sub("&#95;", line.translate(_REFERENCES)) for line in text.splitlines()]
    whole = _FIRST.sub(lambda sign: f"&#{ord(sign[0])};", "<br>".join(lines))
    return _NUMBER.sub(r"\1&#46;", whole)
