# %% [markdown]
# # 01 CloudWatch: what the shop tells you

# %% fixed="setup"
import json


# %% [markdown]
# ### Exercise: slowest request (1 point)

# %% answer="slowest"
def slowest(lines: list[str]) -> str:
    """The request id of the slowest JSON line.

    lines: JSON texts, each with `requestId` (str) and `durationMs` (number).

    >>> slowest(['{"requestId": "a", "durationMs": 5}', '{"requestId": "b", "durationMs": 50}'])
    'b'
    """
    ### BEGIN SOLUTION
    return max(map(json.loads, lines), key=lambda line: line["durationMs"])["requestId"]
    ### END SOLUTION


# %% check="slowest" points=1
shown = ['{"requestId": "a", "durationMs": 5}', '{"requestId": "b", "durationMs": 50}']
assert slowest(shown) == "b", f"b took 50 ms and a took 5; you said {slowest(shown)!r}."
### BEGIN HIDDEN TESTS
hidden = ['{"requestId": "x", "durationMs": 812.3}', '{"requestId": "y", "durationMs": 99.1}']
assert slowest(hidden) == "x", f"812.3 ms is more than 99.1 ms; you said {slowest(hidden)!r}."
### END HIDDEN TESTS
