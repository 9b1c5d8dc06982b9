# misconception: What arrives decides.
# expect: 10, and you return 1
def tasks_needed(plan: dict) -> int:
    """The fewest tasks with which a queue's messages are begun in time.

    plan: a dict with
      waiting: messages that are visible now
      arriving: messages that come each minute
      seconds: what a task needs for a message; it works on one at a time
      patience: seconds after which a waiting message has to be begun, at the latest
      least, most: the service has no fewer and no more tasks
    Two things must hold: no task has more than its acceptable backlog of what waits now, and the
    tasks together get as much done in a minute as arrives in it.

    >>> tasks_needed({"waiting": 150, "arriving": 9, "seconds": 20, "patience": 300,
    ...               "least": 1, "most": 30})
    10
    """
    pace = math.ceil(plan["arriving"] * plan["seconds"] / 60)
    return min(max(pace, plan["least"]), plan["most"])
