"""`pane`: a widget to ask the open account's logs and traces. No lesson needs it.

Nothing here loads ipywidgets before somebody asks for the pane.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from .picture import ShowError

if TYPE_CHECKING:
    from .pane_window import QueryPane

_NOTEBOOKS_ONLY = (
    "show.pane() is a widget for a notebook: run it there, or ask in the terminal with "
    "`course insights 'QUERY'`."
)
_NO_WIDGETS = (
    "show.pane() needs ipywidgets, which is not installed; run `pip install ipywidgets` and "
    "restart the kernel. The lessons work without it."
)


def pane() -> QueryPane | None:
    """Queries of Logs Insights and filter expressions of X-Ray, over the account that is open.

    Prints one line and returns None outside of a notebook. Raises ShowError where ipywidgets is
    missing or no account is open.
    """
    if not _in_a_notebook():
        print(_NOTEBOOKS_ONLY)
        return None
    if find_spec("ipywidgets") is None:
        raise ShowError(_NO_WIDGETS)
    made: QueryPane = import_module(".pane_window", __package__).QueryPane()
    return made


def _in_a_notebook() -> bool:
    from IPython.core.getipython import get_ipython

    return hasattr(get_ipython(), "kernel")
