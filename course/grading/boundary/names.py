"""Which names a check takes from the answers, and which of the lesson's own cells it needs."""

from __future__ import annotations

import builtins
import symtable
from collections.abc import Iterable
from dataclasses import dataclass

from course.grading.runs import Cell

# Of a kernel's namespace and of every module.
_GIVEN = {*dir(builtins), "__name__", "__file__", "get_ipython", "display"}


@dataclass(frozen=True)
class Names:
    """A cell's names at the level of the module. made: it gives them a value; used: it, or a
    function in it, looks them up."""

    made: frozenset[str]
    used: frozenset[str]


def of(source: str) -> Names:
    """A cell's names; none for one that is no Python."""
    try:
        table = symtable.symtable(source, "cell", "exec")
    except SyntaxError:
        return Names(frozenset(), frozenset())
    top = table.get_symbols()
    made = {one.get_name() for one in top if one.is_assigned() or one.is_imported()}
    used = {one.get_name() for one in top if one.is_referenced()}
    return Names(frozenset(made), frozenset(used | _looked_up(table)))


def _looked_up(table: symtable.SymbolTable) -> set[str]:
    """Module names that the functions and classes of a cell use."""
    found: set[str] = set()
    for child in table.get_children():
        found |= {one.get_name() for one in child.get_symbols() if one.is_global()}
        found |= _looked_up(child)
    return found


@dataclass(frozen=True)
class Needs:
    """What a check has to have around it. cells: positions of the lesson's own cells to run before,
    in order. answers: the names that the student's kernel must give."""

    cells: tuple[int, ...]
    answers: tuple[str, ...]


def needs(cells: Iterable[Cell], position: int) -> Needs:
    """What the check at a position needs of the cells before it.

    A name that one of the lesson's own cells makes is never taken from an answer: nothing that a
    student writes may stand in the place of a tool that checks rely on.
    """
    before = list(cells)[: position + 1]
    made = _makers(before)
    chosen: set[int] = set()
    answers: set[str] = set()
    looked = {len(before) - 1}
    while looked:
        names = of(before[looked.pop()].source)
        # What a cell makes itself it may still use before that.
        makers = {cell for name in names.used for cell in made.get(name, ())}
        looked |= makers - chosen
        chosen |= makers
        answers |= names.used - names.made - made.keys() - _GIVEN
    return Needs(tuple(sorted(chosen)), tuple(sorted(answers)))


def _makers(cells: list[Cell]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for position, cell in enumerate(cells):
        if cell.role == "locked":
            for name in of(cell.source).made:
                found.setdefault(name, []).append(position)
    return found
