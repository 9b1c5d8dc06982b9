"""Two kernels for a notebook: one for a student's code, one for the checks on it.

The checks' kernel runs the lesson's own cells that a check needs and the checks themselves; names
of the answers come to it over a link, as data (`plain`) or as functions to call over there. So a
check, its tools and its outcome are out of the reach of the code that it judges.
"""

# Exercises whose checks hand objects to the answer that must live beside it (a cache, a handler's
# context, tasks that take turns), put another helper in its way, count the lines that it runs, or
# run its code as a Lambda function's: these share a kernel.
TOGETHER = (
    "cache_aside",
    "exceptions_to_http",
    "idempotent_create",
    "make_it_searchable",
    "partial_batch",
    "profile",
    "refactor_handler",
    "stampede",
    "unprocessed_items",
)
