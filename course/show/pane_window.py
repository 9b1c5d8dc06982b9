"""The query pane as a whole: its two tabs, and the keys that work in them."""

from __future__ import annotations

import ipywidgets as widgets
from IPython.display import Javascript, display

from .pane_logs import LogsTab
from .pane_parts import WIDE, Refused
from .pane_traces import TracesTab
from .picture import ShowError

# A text area tells the kernel nothing of Shift+Enter, so that the page presses the button; it
# listens before ipywidgets, which lets no key out of its inputs. The change event hands over the
# text that has been typed; the button's click follows it on the same channel. JupyterLab takes
# arrows and letters that reach a list or a button for its own (two d's delete the cell), unless
# the element that has the focus asks for them itself.
_KEYS = """
if (!window.coursePaneListens) {
  window.coursePaneListens = true;
  document.addEventListener('focusin', event => {
    if (!event.target.closest('.course-pane') || event.target.matches('textarea')) return;
    event.target.setAttribute('data-lm-suppress-shortcuts', 'true');
  });
  document.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || !event.shiftKey) return;
    if (!event.target.matches('.course-pane-query textarea')) return;
    event.preventDefault();
    event.stopPropagation();
    event.target.dispatchEvent(new Event('change', { bubbles: true }));
    event.target.closest('.course-pane-tab').querySelector('button').click();
  }, true);
}
"""


class QueryPane:
    """What `show.pane()` returns: `logs` and `traces` are its tabs, `box` the widget."""

    def __init__(self) -> None:
        try:
            self.logs, self.traces = LogsTab(), TracesTab()
        except Refused as error:
            raise ShowError(str(error)) from None
        self.box = widgets.Tab([self.logs.box, self.traces.box], layout=widgets.Layout(width=WIDE))
        self.box.add_class("course-pane")
        self.box.titles = ("Logs Insights", "X-Ray traces")

    def _ipython_display_(self) -> None:
        display(Javascript(_KEYS), self.box)

    def __str__(self) -> str:
        return "Query pane: a widget; show it as the last line of a notebook's cell."
