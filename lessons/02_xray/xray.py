# %% [markdown]
# # 02 X-Ray: where does a slow order spend its time?
#
# Lesson 01 ended with a suspect: from 10:20 to 10:50 the card provider `northbank` was slow. The proof was
# pieced together from the logs of three functions. Now you follow **single orders** through the shop. In
# two and a half hours you learn to
#
# - **read** a trace, and compute where its time went,
# - **compare** the service graphs of a good and a bad half hour,
# - **annotate** traces, and **search** them,
# - **sample** what matters within a budget,
# - **repair** traces that break off on their way.
#
# Exam skills: 4.1.2, 4.1.7, 4.2.4, 4.2.6, 4.3.2, 4.3.8.

# %% fixed="setup"
import json
import pprint
from datetime import timedelta

import boto3
import pandas as pd

from course import account, data, show
from course.telemetry.world import World

shop = account.open(data.load("checkout"))  # from here on boto3 talks to this simulated account
logs = boto3.client("logs")
xray = boto3.client("xray")
morning = {"StartTime": shop.now - timedelta(hours=4), "EndTime": shop.now}
print(shop)

# %% [markdown] recall="F1.1-11"
# **From lesson 01.** One call of `payment` in twenty takes 3 s instead of 0.3 s. Its average `Duration` looks
# almost as good as yesterday's. Which statistic shows the trouble, and why not Maximum?
#
# <details><summary>Think first, then open</summary>
#
# **p99** (or p98): 99 of 100 calls stay below it. The average rises from 0.30 to 0.44 s, as on any busy day.
# Maximum shows one unlucky call as tall as a thousand. What no statistic says is *where* those 3 s go: that
# takes a trace.
# </details>

# %% [markdown] recall="F1.1-03 F1.3-03"
# **From lesson 01.** `checkout` publishes `PaymentLatency` by `Service` and `PaymentProvider` together. A
# colleague's alarm watches `PaymentLatency` by `PaymentProvider` alone. What does the alarm do on a bad day?
#
# <details><summary>Think first, then open</summary>
#
# Nothing. It stays in **INSUFFICIENT_DATA**: another set of dimensions is another metric, and nobody
# publishes this one. CloudWatch does not add custom metrics up. Annotations on traces, which you write
# today, are different: each can be searched by itself, and they combine freely.
# </details>

# %% [markdown] recall="F1.2-13 F1.2-16"
# **From lesson 01.** Support has an order's id, `o-74470`. You search the logs with
# `filter @message like /74470/`. What will you find besides, and what is the better filter?
#
# <details><summary>Think first, then open</summary>
#
# Every line with these digits: amounts, durations, request ids. Filter the **field**, `orderId = "o-74470"`;
# JSON members are fields. You get the order's lines, but not which call waited for which: for that, calls
# must have something in common, a trace id.
# </details>

# %% [markdown] facts="F2-01 F2-02 F2.1-04 F2.1-05 F2.1-06 F2.1-08"
# ## 2.1 One order, end to end
#
# X-Ray puts together what the services of a request send, and shows where it was slow or failed: for
# **sampled** requests (here a fifth), and for what is instrumented or can be inferred from a caller.
#
# | word | is | in the pictures below |
# |---|---|---|
# | trace | one request, end to end: every segment that has its trace id | the picture |
# | segment | what one service did; a JSON document of up to 64 kB | a bold row |
# | subsegment | a finer part of it: your own code, a query, a call over HTTP | an indented row |
# | `X-Amzn-Trace-Id` | the header of every call: `Root=1-69b9...;Parent=5399...;Sampled=1`, sometimes with Lineage | why the rows belong together |
#
# Root is the trace's id (W3C ids are taken in this form), Parent the part that calls. The service goes on; its
# SDKs and daemon have been in maintenance mode since February 2026, and OpenTelemetry takes their place. (X-Ray
# Developer Guide, "Concepts"; API reference, PutTraceSegments.)
#
# A summary's `ResponseTime` is what the customer waited; its `Duration` ends with the last service that
# worked on. Where do they differ?


# %% fixed="find"
def find(expression: str, **period) -> list[dict]:
    """The summaries of all traces that a filter expression finds, this morning by default."""
    search = xray.get_paginator("get_trace_summaries")
    pages = search.paginate(FilterExpression=expression, **(period or morning))
    return [summary for page in pages for summary in page["TraceSummaries"]]


def fetch(trace_id: str) -> list[dict]:
    """The segment documents of one trace."""
    [trace] = xray.batch_get_traces(TraceIds=[trace_id])["Traces"]
    return [json.loads(segment["Document"]) for segment in trace["Segments"]]


def parts_of(part: dict) -> list[dict]:
    """A segment and everything inside it: its subsegments, theirs, and so on."""
    inner = [parts_of(each) for each in part.get("subsegments", [])]
    return [part, *(each for parts in inner for each in parts)]


# %%
slow = find('http.url CONTAINS "/checkout" AND responsetime > 2')
slow.sort(key=lambda summary: summary["StartTime"])
rows = [
    {
        "started": f"{summary['StartTime']:%H:%M:%S}",
        "status": summary["Http"]["HttpStatus"],
        "ResponseTime": summary["ResponseTime"],
        "Duration": summary["Duration"],
        "Id": summary["Id"],
    }
    for summary in slow
]
print(show.table(rows, "Orders that took more than 2 s, in seconds"))
show.waterfall(fetch(slow[0]["Id"]), title="The order of 10:25")

# %% [markdown] facts="F2.1-01 F2.1-02 F2.1-03"
# **What we know:** all six slow orders fall into the bad half hour. Here `payment` waits 2.6 of 2.9 s for
# `api.northbank.example`. (A call from 210 to 380 ms took 170 ms; if nothing else runs then, it is the
# bottleneck.) The order of 10:28 was given up after 6 s, and `checkout` worked on for nobody.
#
# Downstream calls are subsegments of the function's segment. DynamoDB sends no segment; X-Ray infers one.
#
# > **Exam answer / Today.** Some diagrams hang the cold start below API Gateway. `Initialization` is part of
# > the **function's** segment: Lambda sends two, for the service and for your code. See the next picture.
# > (Lambda Developer Guide, "Visualize Lambda function invocations using AWS X-Ray".)

# %%
retried = next(each for each in slow if each["Http"]["HttpStatus"] == 200 and each["Duration"] > 5)
show.waterfall(fetch(retried["Id"]), title="The order of 10:38: paid at the second attempt")

# %% [markdown]
# `payment` was stopped by its timeout after 3,000 ms, and the second attempt met a cold start. Yet the
# first attempt shows **no call** to the provider: Lambda stopped the code before that subsegment was sent.
#
# ### Exercise 2.1: where the time goes (3 points)
#
# Rank rows by duration, and the root always wins. What counts is **own time**: the part of a segment in
# which none of the segments that it called was running. Write `own_time`. `parts_of`, above, lists
# the parts of a segment; try it on a trace first if you like.


# %% answer="where_the_time_goes"
def own_time(segments: list) -> dict:
    """How many milliseconds of a trace each service spent itself.

    segments: the documents of one trace, dicts in any order, as fetch gives them. Times are epoch
    seconds. A segment called those segments whose parent_id is the id of one of its parts.

    A segment's own time: its duration without the time in which at least one segment that it called
    was running. What runs at the same time is taken off once; what runs on after the segment's end
    counts only until that end. A segment without end_time still runs: it has no own time yet, and
    takes from its caller's.
    Returns {name: milliseconds}; segments of the same name are added up.

    web runs from 10.0 to 11.0, and pricing, called by it, from 10.1 to 10.7:
    >>> own_time([web, pricing])
    {'web': 400.0, 'pricing': 600.0}
    """
    ### BEGIN SOLUTION
    spent: dict = {}
    for segment in segments:
        if "end_time" not in segment:
            continue
        ids = {part["id"] for part in parts_of(segment)}
        called = [each for each in segments if each.get("parent_id") in ids]
        own, reached = 0.0, segment["start_time"]
        for each in sorted(called, key=lambda each: each["start_time"]):
            own += max(0.0, min(each["start_time"], segment["end_time"]) - reached)
            reached = max(reached, each.get("end_time", segment["end_time"]))
        own += max(0.0, segment["end_time"] - reached)
        spent[segment["name"]] = spent.get(segment["name"], 0.0) + 1000 * own
    return spent
    ### END SOLUTION


# %%
spent = pd.DataFrame([own_time(fetch(each["Id"])) or {} for each in slow]).sum()
spent = spent.nlargest(8).rename_axis("service").reset_index(name="ms")
title = "Own time in the six slow orders"
if len(spent):
    picture = show.bars(spent, label="service", value="ms", title=title, unit="ms")
else:
    picture = "own_time returned nothing yet"
picture

# %% check="where_the_time_goes" points=3 skills="4.1.S2 4.3.S2 4.3.S8" tests="F2.1-02 F2.1-03 F2.1-04 F2.1-05 F2.1-06"
from numbers import Real

call = {"id": "c1", "name": "pricing", "start_time": 10.1, "end_time": 10.7, "namespace": "remote"}
web = {"id": "w1", "name": "web", "start_time": 10.0, "end_time": 11.0, "subsegments": [call]}
pricing = {"id": "p1", "name": "pricing", "start_time": 10.1, "end_time": 10.7, "parent_id": "c1"}
found = own_time([pricing, web])
assert found is not None, "own_time returned nothing yet: return a dict, name -> milliseconds."
assert isinstance(found, dict), f"A dict is wanted, name -> ms, not a {type(found).__name__}."
assert set(found) == {"web", "pricing"}, f"The trace has web and pricing; you name {set(found)}."
assert all(isinstance(ms, Real) for ms in found.values()), f"Not all are numbers: {found}."
assert abs(found["pricing"] - 0.6) > 0.01, "pricing ran for 0.6 s; the result is in milliseconds."
assert abs(found["pricing"] - 600) < 0.01, (
    f"pricing called nobody, and ran from 10.1 to 10.7; you say {found['pricing']} ms."
)
assert abs(found["web"] - 1000) > 0.01, "That is all of web's time. When did it wait for pricing?"
assert abs(found["web"] - 400) < 0.01, f"web alone, without pricing: {found['web']} ms is not it."
### BEGIN HIDDEN TESTS
import json
import random

import boto3

from course import account
from course.incidents import trace_samples
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World


def inside(part: dict) -> list:
    return [part, *(each for sub in part.get("subsegments", []) for each in inside(sub))]


def union(spans: list) -> float:
    total, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def called_by(segment: dict, segments: list, deep: str) -> list:
    """What a segment waits for; `deep` says how it is looked for, "all" is right."""
    parts = {"one": [segment, *segment.get("subsegments", [])], "top": [segment]}
    parts |= {"subs": inside(segment)[1:]}
    if deep == "calls":
        return [each for each in parts["subs"] if "namespace" in each]
    ids = {part["id"] for part in parts.get(deep, inside(segment))}
    called = [each for each in segments if each.get("parent_id") in ids]
    for each in called if deep == "below" else ():
        called += called_by(each, segments, "all")
    return called


def of_trace(segments: list, covered, deep: str = "all", added: bool = True) -> dict:
    """Own time in ms by name, with this way to measure what the called segments cover."""
    spent: dict = {}
    for segment in segments:
        if "end_time" not in segment:
            continue
        end, called = segment["end_time"], called_by(segment, segments, deep)
        spans = [(each["start_time"], each.get("end_time")) for each in called]
        own = end - segment["start_time"] - covered(spans, end)
        spent[segment["name"]] = 1000 * own + (spent.get(segment["name"], 0.0) if added else 0.0)
    return spent


def clipped(spans: list, end: float) -> list:
    return [(a, min(end, end if b is None else b)) for a, b in spans if a < end]


def known(spans: list, end: float) -> list:
    return [(a, b) for a, b in clipped([s for s in spans if s[1] is not None], end)]


def right(spans: list, end: float) -> float:
    return union(clipped(spans, end))


def added_up(spans: list, end: float) -> float:
    return sum(b - a for a, b in clipped(spans, end))


def hull(spans: list, end: float) -> float:
    cut = clipped(spans, end)
    return max(b for _, b in cut) - min(a for a, _ in cut) if cut else 0.0


def uncut(spans: list, end: float) -> float:
    return union([(a, end if b is None else b) for a, b in spans])


def longest(spans: list, end: float) -> float:
    return max((b - a for a, b in clipped(spans, end)), default=0.0)


MISTAKES = [  # what another rule gives, and what to ask about it
    (dict(covered=lambda spans, end: 0.0), "Those are whole durations, and the root always wins. "
     "When was a segment only waiting?"),
    (dict(covered=added_up), "Calls that ran at the same time are taken off twice. How long was at "
     "least one of them running?"),
    (dict(covered=hull), "All from the first call's start to the last one's end is taken off. What "
     "about the time between two calls, in which none was running?"),
    (dict(covered=uncut), "A call that ran on after its caller's end takes off more than the caller "
     "has. Until when does it count?"),
    (dict(covered=longest), "Only the longest call is taken off, and others ran at other times."),
    (dict(covered=lambda spans, end: union(known(spans, end))), "A call that is still running takes "
     "nothing off in your result. Is its caller not waiting for it?"),
    (dict(covered=right, deep="one"), "Calls made further inside a segment are missed: subsegments "
     "hold subsegments. What opens all of them?"),
    (dict(covered=right, deep="top"), "Only segments called by the segment itself are taken off. "
     "Most calls are made by its parts: whose id do they name as parent?"),
    (dict(covered=right, deep="subs"), "A segment may also be called by the segment itself, as the "
     "function's is by the Lambda service's. Whose ids may a parent_id hold?"),
    (dict(covered=right, deep="below"), "What a called segment has called in its turn is taken off as "
     "well, though it may run on after its caller has answered. Whom does a segment wait for?"),
    (dict(covered=right, deep="calls"), "The calls that a segment's own parts record are taken off. "
     "Which segments name one of its parts as parent, and from when until when did those run?"),
    (dict(covered=right, added=False), "Several segments have the same name, and one of them "
     "replaces the others. What should happen to their times?"),
]  # fmt: skip


def close(one: dict, other: dict) -> bool:
    return all(abs(one.get(k, 0.0) - other.get(k, 0.0)) < 0.01 for k in {*one, *other})


def judge(segments: list, wanted: dict, label: str) -> None:
    """Raise AssertionError unless own_time gives these milliseconds."""
    got = own_time(json.loads(json.dumps(segments)))
    assert isinstance(got, dict), f"{label}: own_time returned {got!r} instead of a dict."
    odd = {name: ms for name, ms in got.items() if not isinstance(ms, Real)}
    assert not odd, f"{label}: no number of milliseconds: {odd}. Who still runs is left out."
    if close(got, wanted):
        return
    for rule, question in MISTAKES:
        assert not close(got, of_trace(segments, **rule)), f"{label}: {question}"
    running = [each["name"] for each in segments if "end_time" not in each]
    strange = {*got} - {each["name"] for each in segments}
    assert not strange, f"{label}: the result names {strange}; names are those of the segments."
    early = {*got} & {*running} - {*wanted}
    assert not early, f"{label}: a segment that still runs has no own time yet."
    lost = sorted({*wanted} - {*got})
    assert not lost, (
        f"{label}: {lost} ended and have no entry. X-Ray's inferred segments count, too."
    )
    name = max({*got, *wanted}, key=lambda k: abs(got.get(k, 0.0) - wanted.get(k, 0.0)))
    calls = sum(each["name"] == name for each in segments)
    assert got.get(name, 0.0) > -0.01, f"{label}: {name} spent {got[name]:.0f} ms, less than none."
    raise AssertionError(
        f"{label}: {name} ({calls} segments) spent {wanted.get(name, 0.0):.2f} ms itself, you say "
        f"{got.get(name, 0.0):.2f}. Which calls does it wait for, from when until when?"
    )


def sampled(seed: int, shapes: tuple, count: int) -> list:
    """[(shape, segments, milliseconds by name)] of sample traces, as an account gives them back."""
    sent = trace_samples.traces(seed, count, shapes=shapes)
    truths = trace_samples.trace_truth(seed, count, shapes=shapes)
    first = min(int(1000 * each["start_time"]) for each in sent)
    with account.fresh(World("t", first, first + 600_000, [], [], {}, {}, traces=sent)):
        ids = [truth["trace_id"] for truth in truths]
        pages = [ids[k : k + 5] for k in range(0, len(ids), 5)]
        answers = [boto3.client("xray").batch_get_traces(TraceIds=page) for page in pages]
    kept = {each["Id"]: each["Segments"] for answer in answers for each in answer["Traces"]}
    cases = []
    for truth in truths:
        segments = [json.loads(each["Document"]) for each in kept[truth["trace_id"]]]
        spent: dict = {}
        for each in segments:  # an inferred segment has the call's own time
            key = each["parent_id"] if each.get("inferred") else each["id"]
            if key in truth["self_ms"]:
                spent[each["name"]] = spent.get(each["name"], 0) + truth["self_ms"][key]
        cases.append((truth["shape"], segments, spent))
    return cases


def part(key: str, name: str, start: float, end: float | None, **more: object) -> dict:
    times = {"start_time": start} | ({"in_progress": True} if end is None else {"end_time": end})
    return {"id": key, "name": name, **times, **more}


def lambda_trace(rng: random.Random, shop: str) -> tuple:
    """A stage that gives up, two Lambda segments, calls deep inside, one call still running.

    mail answers the function at once, and lets smtp run on.
    """
    t, a, b, c, d = 1767600000.0, *(8 * rng.randint(5, 50) / 1000 for _ in range(4))
    at = t + a  # the stage calls; the function begins b later and runs for c+d+c+d+b
    ends = at + b + 2 * c + 2 * d + b
    gives_up = ends - b / 2
    query = part("q1", "dynamodb", at + b + c, at + b + c + d, namespace="aws")
    ask = part("r1", "rates", at + b + 2 * c + d, at + b + 2 * c + 2 * d, namespace="remote")
    post = part("m1", "mail", at + b, at + b + c / 4, namespace="remote")
    body = part("h1", "## handler", at + b, ends, subsegments=[post, query, ask])
    run = part("i1", "Invocation", at + b, ends, subsegments=[body])
    invoke = part("l1", "Lambda", at, gives_up, namespace="aws")
    stage = part("s1", shop, t, gives_up, subsegments=[invoke])
    service = part("v1", "order", at, ends, parent_id="l1")
    function = part("f1", "order", at + b, ends, parent_id="v1", subsegments=[run])
    table = part("d1", "dynamodb", at + b + c, at + b + c + d, parent_id="q1", inferred=True)
    rates = part("d2", "rates", at + b + 2 * c + d, None, parent_id="r1")
    send = part("m3", "smtp", at + b + c / 8, at + b + c / 2, namespace="remote")
    mail = part("m2", "mail", at + b, at + b + c / 4, parent_id="m1", subsegments=[send])
    smtp = part("m4", "smtp", at + b + c / 8, at + b + c / 2, parent_id="m3")
    segments = [rates, function, smtp, stage, table, mail, service]
    spent = {shop: a, "order": b + 1.75 * c, "dynamodb": d, "mail": c / 8, "smtp": c * 3 / 8}
    return segments, {name: 1000 * seconds for name, seconds in spent.items()}


for seed_name in ("where_the_time_goes", "where_the_time_goes again"):
    seed = hidden_seed(seed_name)
    for shape, segments, spent in sampled(seed, trace_samples.SHAPES, 10):
        judge(segments, spent, f"In a trace with {shape.replace('_', ' ')} segments")
    rng = random.Random(seed)
    for _ in range(3):
        segments, spent = lambda_trace(rng, f"shop-{rng.randrange(100)}/prod")
        rng.shuffle(segments)
        judge(segments, spent, "In a trace of a Lambda function")
### END HIDDEN TESTS

# %% [markdown]
# **What we know:** most of the time seems to be `payment`'s own. But five of its calls were stopped after 3 s,
# before their wait for the provider could be sent; where it was sent, the provider took the time. A service
# that seems busy by itself may have lost its last call: look at how it ended.
#
# Logs and traces know each other. Lambda writes the trace's id into the report of a sampled invocation:
# `@xrayTraceId` in text logs, `tracing` in JSON. And a trace holds the invocations' request ids.


# %% fixed="ask"
def ask(query: str, *groups: str, minutes: int | None = None) -> pd.DataFrame:
    """The answer of Logs Insights over the last `minutes` (default: a day) of these log groups."""
    end = int(shop.now.timestamp())
    started = logs.start_query(
        logGroupNames=list(groups),
        queryString=query,
        startTime=end - 60 * (minutes or 24 * 60),
        endTime=end,
    )
    status = "Scheduled"
    while status in ("Scheduled", "Running"):
        answer = logs.get_query_results(queryId=started["queryId"])
        status = answer["status"]
    rows = [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]
    texts = pd.DataFrame(rows).drop(columns="@ptr", errors="ignore")
    numbers = texts.apply(pd.to_numeric, errors="coerce")  # every value arrives as text
    return numbers.where(numbers.notna(), texts).infer_objects()


# %%
# From logs to traces: how many of payment's timeouts can be looked at as a trace?
timeouts = ask(
    """filter @type = "REPORT" and @duration >= 3000
    | stats count(*) as timeouts, count(@xrayTraceId) as traced by bin(10m) as time
    | sort time""",
    "/aws/lambda/payment",
)
# The same in pandas:
lines = data.frame("checkout", "/aws/lambda/payment").set_index("timestamp").message
reports = lines[lines.str.startswith("REPORT")]
took = reports.str.extract(r"\tDuration: ([\d.]+) ms", expand=False).astype(float)
stopped = reports[took >= 3000]
traced = stopped.str.contains("XRAY TraceId").resample("10min").agg(["size", "sum"])
print(traced)
timeouts

# %%
# From a trace to its lines: what did payment say in the trace of 10:38, and why was it stopped?
invoked = [each for each in fetch(retried["Id"]) if each.get("origin") == "AWS::Lambda"]
keys = [each["aws"]["request_id"] for each in invoked if each["name"] == "payment"]
either = "|".join(keys)
said = ask(
    f"""filter @message like /{either}/ and @message not like /^(START|END|REPORT)/
    | fields @timestamp, @message
    | sort @timestamp""",
    "/aws/lambda/payment",
)
# The same in pandas:
mine = lines[lines.str.contains(either) & ~lines.str.match("START|END|REPORT")]
print(f"{len(keys)} invocations, {len(mine)} lines")
show.table(said, "What payment said of the order of 10:38")

# %% [markdown] facts="F2.1-07 F2.1-09"
# ### The service graph
#
# One trace is one order. The **service graph** adds up all traces of a period: who calls whom, how often, how
# slowly, and with how many errors (4xx), throttles (429) and faults (5xx).
#
# > **Exam answer / Today.** The "service map" is now the **trace map**, in the CloudWatch console. A textbook
# > map shows client, API Gateway, Lambda, DynamoDB and SES; a real one has **two nodes for a function**, of
# > the types `AWS::Lambda` and `AWS::Lambda::Function`. The picture joins them. (X-Ray Developer Guide,
# > "Using the X-Ray trace map"; Lambda Developer Guide.)

# %%
before, since, until = pd.date_range("2026-03-17 09:50", periods=3, freq="30min", tz="UTC")
bad = xray.get_service_graph(StartTime=since, EndTime=until)
show.service_map(bad["Services"], title="The shop from 10:20 to 10:50")

# %% [markdown]
# ### Exercise 2.2: which call got slower? (3 points)
#
# Everything upstream of a slow service looks slow as well. To find the edge where it begins, compare the
# edges with those of a good half hour: write `calls_between` from `get_service_graph`.
#
# An edge points to its callee by `ReferenceId`. Its `SummaryStatistics` count calls and add their seconds
# up; `ErrorStatistics` tells throttles apart. `ResponseTimeHistogram` lists durations in seconds, each with
# the number of calls that had it. (API reference, GetServiceGraph, Edge, EdgeStatistics.)


# %% answer="service_graph"
def calls_between(start, end) -> list:
    """Every edge of the service graph of a period, the one with the longest p95 first.

    start, end: datetimes with a time zone, at most six hours apart.
    Returns one dict for each edge on which at least one call was completed:
        caller, callee: the names of its two services, as the graph has them
        type: the callee's Type, since names need not be unique
        calls: how many; average_ms: how long they took on average, in milliseconds
        p95_ms: the shortest time of the edge's histogram that at least 95 % of its calls did not
            exceed, in milliseconds
        faults, throttles, errors: how many were answered with 5xx, with 429, with any other 4xx

    >>> calls_between(start, end)[-1]
    {'caller': 'cart', 'callee': 'carts', 'type': 'AWS::DynamoDB::Table', 'calls': 40,
     'average_ms': 4.1, 'p95_ms': 9.0, 'faults': 0, 'throttles': 2, 'errors': 1}
    """
    ### BEGIN SOLUTION
    client, services = boto3.client("xray"), []
    for page in client.get_paginator("get_service_graph").paginate(StartTime=start, EndTime=end):
        services += page["Services"]
    known = {each["ReferenceId"]: each for each in services}
    rows = []
    for caller in services:
        for edge in caller["Edges"]:
            told, callee = edge["SummaryStatistics"], known[edge["ReferenceId"]]
            calls, failed = told["TotalCount"], told["ErrorStatistics"]
            if not calls:
                continue
            row = {"caller": caller["Name"], "callee": callee["Name"], "type": callee.get("Type")}
            row |= {"calls": calls, "average_ms": 1000 * told["TotalResponseTime"] / calls}
            seen = 0
            for entry in sorted(edge["ResponseTimeHistogram"], key=lambda entry: entry["Value"]):
                seen += entry["Count"]
                if seen >= 0.95 * calls:
                    row["p95_ms"] = 1000 * entry["Value"]
                    break
            row |= {"faults": told["FaultStatistics"]["TotalCount"]}
            row |= {"throttles": failed["ThrottleCount"], "errors": failed["OtherCount"]}
            rows.append(row)
    return sorted(rows, key=lambda row: row["p95_ms"], reverse=True)
    ### END SOLUTION


# %%
keys = ["caller", "callee", "type"]
good = pd.DataFrame(calls_between(before, since) or [], columns=[*keys, "p95_ms"])
bad_edges = pd.DataFrame(calls_between(since, until) or [], columns=[*keys, "calls", "p95_ms"])
change = bad_edges.merge(good, on=keys, suffixes=("", "_before"))
change["times"] = change.p95_ms / change.p95_ms_before
slower = change.sort_values("times", ascending=False).round(1)
show.table(slower, "Calls from 10:20 to 10:50, and their p95 half an hour before", rows=8)

# %% check="service_graph" points=3 skills="4.1.S2 4.3.S8" tests="F2.1-07"
since = pd.Timestamp("2026-03-17 10:20Z").to_pydatetime()
with account.fresh(data.load("checkout")):
    found = calls_between(since, since + timedelta(minutes=30))
assert found is not None, "calls_between returned nothing yet: return a list of dicts."
assert isinstance(found, list), f"A list of dicts is wanted, not a {type(found).__name__}."
assert found, "This half hour had calls: return a list of its edges."
keys = {"caller", "callee", "type", "calls", "average_ms", "p95_ms"}
lacks = (keys | {"faults", "throttles", "errors"}) - set(found[0])
assert not lacks, f"The first edge comes without {sorted(lacks)}."
host = {"caller": "payment", "callee": "api.northbank.example", "type": "remote"}
edge = next((each for each in found if host.items() <= each.items()), None)
assert edge, "payment called api.northbank.example, a remote; no edge of yours says so."
assert edge["average_ms"] > 100, f"Its average is {edge['average_ms']:.2f}: in seconds?"
assert edge["calls"] == 3, f"Three calls of it were completed; you count {edge['calls']}."
times = [each["p95_ms"] for each in found]
assert times == sorted(times, reverse=True), "The edge with the longest p95 comes first."
### BEGIN HIDDEN TESTS
import math
import random
from datetime import UTC, datetime, timedelta

import boto3

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

FLAGS = {"ok": {}, "errors": {"error": True}, "throttles": {"error": True, "throttle": True}}
FLAGS |= {"faults": {"fault": True}}


def document(rng: random.Random, name: str, start: int, ms: int, **more: object) -> dict:
    times = {"start_time": start / 1000, "end_time": (start + ms) / 1000}
    return {"id": f"{rng.getrandbits(64):016x}", "name": name, **times, **more}


def period(rng: random.Random, names: dict, start: int, minutes: int, traces: int) -> tuple:
    """(documents, {(caller, callee, type): [(ms, outcome), ...]}) of so many requests."""
    documents: list = []
    truth: dict = {}

    def record(caller: str, callee: str, kind: str, ms: int, outcome: str) -> dict:
        truth.setdefault((caller, callee, kind), []).append((ms, outcome))
        return FLAGS[outcome]

    for _ in range(traces):
        at = start + rng.randrange(60_000 * minutes - 60_000)
        trace_id = f"1-{at // 1000:08x}-{rng.getrandbits(96):024x}"
        web, other = names["web"], names["other"]
        calls = []
        for n in range(rng.randint(1, 3)):  # the API's own calls of the table and of the queue
            outcome = rng.choice(["ok", "ok", "ok", "errors", "throttles", "faults"])
            ms = 900 if rng.random() < 0.06 else rng.randint(3, 60)
            if n == 2:
                flags = record(web, names["table"], "AWS::SQS::Queue", ms, outcome)
                aws = {"operation": "SendMessage", "queue_url": names["table"]}
                calls.append(document(rng, "sqs", at + 5, ms, namespace="aws", aws=aws, **flags))
                continue
            flags = record(web, names["table"], "AWS::DynamoDB::Table", ms, outcome)
            aws = {"operation": "Query", "table_name": names["table"]}
            aws |= {"retries": rng.randint(1, 4)} if rng.random() < 0.3 else {}
            calls.append(document(rng, "dynamodb", at + 5, ms, namespace="aws", aws=aws, **flags))
        outcome, ms = rng.choice(["ok", "ok", "faults", "throttles"]), rng.randint(20, 300)
        flags = record(web, other, "AWS::ECS::Container", ms, outcome)
        ask = document(rng, other, at + 9, ms, namespace="remote", **flags)
        calls.append(ask)
        slower = rng.randint(100, 700)  # the callee's other caller waits longer
        flags = record(other, names["table"], "AWS::DynamoDB::Table", slower, "ok")
        aws = {"operation": "PutItem", "table_name": names["table"]}
        put = document(rng, "dynamodb", at + 11, slower, namespace="aws", aws=aws, **flags)
        shorter = max(1, ms - rng.randint(1, 15))  # what the callee itself says about the call
        inner = document(rng, other, at + 10, shorter, trace_id=trace_id, parent_id=ask["id"])
        inner |= {"origin": "AWS::ECS::Container", "subsegments": [put]}
        waiting = document(rng, "carrier", at + 20, 0, namespace="remote", in_progress=True)
        calls.append({key: value for key, value in waiting.items() if key != "end_time"})
        total, outcome = rng.randint(400, 1500), rng.choice(["ok", "errors", "faults"])
        flags = record(web, web, "AWS::ApiGateway::Stage", total, outcome)
        root = document(rng, web, at, total, trace_id=trace_id, origin="AWS::ApiGateway::Stage")
        documents += [inner, root | {"subsegments": calls} | flags]
    return documents, truth


def expected(outcomes: list) -> dict:
    times = sorted(ms for ms, _ in outcomes)
    row: dict = {"calls": len(times), "average_ms": sum(times) / len(times)}
    row["p95_ms"] = times[math.ceil(0.95 * len(times)) - 1]
    return row | {key: sum(what == key for _, what in outcomes) for key in list(FLAGS)[1:]}


def flat(outcomes: list) -> int:
    """The p95 of the different times, however many calls had each."""
    times = sorted({ms for ms, _ in outcomes})
    return times[math.ceil(0.95 * len(times)) - 1]


def above(outcomes: list) -> int:
    """The shortest time that more than 95 % of the calls did not exceed."""
    times = sorted(ms for ms, _ in outcomes)
    return times[min(95 * len(times) // 100, len(times) - 1)]


def by_rule(got: dict, truth: dict, rule) -> bool:
    return all(abs(got[key]["p95_ms"] - rule(calls)) < 0.06 for key, calls in truth.items())


def judge(label: str, found: list, truth: dict, all_time: dict) -> None:
    """Raise AssertionError unless these are the edges."""
    assert isinstance(found, list), f"{label}: calls_between returned {found!r}, not a list."
    got = {(row.get("caller"), row.get("callee"), row.get("type")): row for row in found}
    lost, extra = sorted({*truth} - {*got}, key=str), sorted({*got} - {*truth}, key=str)
    assert not any("carrier" in key for key in extra), (
        f"{label}: no call of carrier was completed yet; its edge has nothing to report."
    )
    assert not extra, f"{label}: no such edge is in its graph: {extra[0]}. Whose names are these?"
    assert not lost, (
        f"{label}: the edge {lost[0]} is missing. Do all services' edges come in, those of the "
        "client and of services with a callee of the same name?"
    )
    assert len(got) == len(found), f"{label}: {len(found)} rows for {len(got)} different edges."
    for key, outcomes in truth.items():
        row, wanted = got[key], expected(outcomes)
        where = f"{label}, {' -> '.join(key[:2])} ({key[2]}): "
        if row["calls"] != wanted["calls"]:
            every = len(all_time[key])
            assert row["calls"] != every, (
                f"{where}{every} calls are those of all times. Which period?"
            )
            raise AssertionError(
                f"{where}{row['calls']} calls, not {wanted['calls']}. A callee's own statistics count "
                "all its callers; an edge has its own."
            )
        seconds = abs(1000 * row["average_ms"] - wanted["average_ms"]) < 0.01
        assert not seconds, f"{where}average_ms is in seconds."
        total = wanted["average_ms"] * wanted["calls"]
        assert abs(row["average_ms"] - total) > 0.01 or wanted["calls"] == 1, (
            f"{where}average_ms is what all calls took together."
        )
        off = abs(row["average_ms"] - wanted["average_ms"])
        assert off < 0.06 or row["average_ms"] != round(wanted["average_ms"]), (
            f"{where}average_ms is rounded to {row['average_ms']}. Many calls take a few milliseconds: "
            "keep one decimal at least."
        )
        assert off < 0.06, (
            f"{where}average_ms is {row['average_ms']:.2f}, and the calls as their caller saw them took "
            f"{wanted['average_ms']:.2f}. Whose statistics are these?"
        )
        if abs(row["p95_ms"] - wanted["p95_ms"]) > 0.06:
            p95, times = row["p95_ms"], sorted(ms for ms, _ in outcomes)
            assert abs(1000 * p95 - wanted["p95_ms"]) > 0.01, f"{where}p95_ms is in seconds."
            assert not by_rule(got, truth, above), (
                f"{where}p95_ms is {p95:g}. A shorter time of its histogram is already enough for 95 % of "
                "its calls. What do the words 'at least' ask for?"
            )
            assert not by_rule(got, truth, flat), (
                f"{where}p95_ms is {p95:g}: each time of the histogram was counted once. How many calls "
                "had it?"
            )
            assert abs(p95 - times[-1]) > 0.01, (
                f"{where}p95_ms is {p95:g}, the slowest call of all."
            )
            raise AssertionError(
                f"{where}p95_ms is {p95:g}. Of its {len(times)} calls at least 95 % must not exceed it, "
                "and no shorter time of the edge's own histogram may do."
            )
        both = wanted["throttles"] + wanted["errors"]
        assert not (wanted["throttles"] and row["errors"] == both), (
            f"{where}errors is {row['errors']}, throttles included. Which counter leaves 429 out?"
        )
        mixed = wanted["errors"] + wanted["faults"]
        assert not (wanted["errors"] and row["faults"] in (mixed, both + wanted["faults"])), (
            f"{where}faults is {row['faults']}, errors included. 4xx and 5xx are counted apart."
        )
        for key_ in ("faults", "throttles", "errors"):
            assert row[key_] == wanted[key_], (
                f"{where}{key_} is {row[key_]}, and {wanted[key_]} calls ended so. Which counter is it?"
            )
    order = [row["p95_ms"] for row in found]
    assert order == sorted(order, reverse=True), (
        f"{label}: the edge with the longest p95 comes first."
    )


for seed_name, minutes in (("service_graph", 20), ("service_graph again", 300)):
    rng = random.Random(hidden_seed(seed_name))
    words = rng.sample(["depot", "ledger", "parcels", "coupons", "refunds", "ratings"], 3)
    names = dict(zip(("web", "other", "table"), words, strict=True))
    begin = 1767600000000 + 60_000 * rng.randrange(100_000)
    then = begin + 60_000 * minutes
    periods = [period(rng, names, at, minutes, 40) for at in (begin, then)]
    documents = sorted((d for docs, _ in periods for d in docs), key=lambda d: d["end_time"])
    every = {key: [*periods[0][1].get(key, []), *calls] for key, calls in periods[1][1].items()}
    until = then + 60_000 * minutes
    with account.fresh(World("t", begin, until, [], [], {}, {}, traces=documents)):
        for k, (_, truth) in enumerate(periods):
            ends = [datetime.fromtimestamp((begin, then, until)[j] / 1000, UTC) for j in (k, k + 1)]
            judge("In another shop", calls_between(*ends), truth, every)
    quiet = World("quiet", begin, until, [], [])
    with account.fresh(quiet):
        none = calls_between(ends[0], ends[1])
    assert none == [], (
        f"In a shop without traces there is no edge; calls_between returned {none!r}."
    )
### END HIDDEN TESTS

# %% [markdown] facts="F2.2-01 F2.2-02 F2.2-03 F2.2-04 F2.2-05 F2.2-06 F2.2-07"
# **What we know:** six edges are many times slower, and five of them wait for the sixth: `payment`'s calls of
# `api.northbank.example`, which calls nobody that we know. The graph has three of these calls; the five that
# were cut off are in no graph.
#
# ## 2.2 Annotations and metadata
#
# Support asks for gold customers who waited. No service knows what "gold" is: your code has to say it.
#
# | | annotation | metadata |
# |---|---|---|
# | indexed, so searchable | yes | no: seen in a trace's details only |
# | value | text, number or boolean | any JSON |
# | key | letters, digits, underscore | any, within a namespace |
# | how much | 50 indexed per trace | what fits in the 64 kB segment (whole traces: 100 to 500 kB) |
# | for | business: tier, provider, order id | debugging: the order, an answer |
# | OpenTelemetry | attributes listed for indexing | all other attributes |
#
# > **Exam answer / Today.** "50 annotations per **segment**" is wrong: X-Ray indexes up to 50 per **trace**.
# > (X-Ray Developer Guide, "Segment documents".) With CloudWatch Transaction Search every span attribute
# > can be queried.

# %% [markdown] facts="F2.2-10 F2.2-11 F2.2-12 F2.2-13"
# A search is a **filter expression**. A **group** gives one a name. Any expression will do, with or without
# annotations. X-Ray keeps a graph and CloudWatch metrics for each group; you build dashboards and alarms
# on those. A changed expression counts for traces that arrive from then on. Try some:
#
# > **Exam answer / Today.** `annotation.userId != null` is wrong, there is no null: `annotation.userId` alone
# > asks whether it exists, `!annotation.userId` whether it is absent. And `responsetime > 5` is about the
# > whole trace, whatever service stands beside it; `service("payment") { responsetime > 5 }` is about that
# > service. (X-Ray Developer Guide, "Use filter expressions", "Configure groups".)

# %%
questions = (
    'annotation.tier = "gold" AND responsetime > 2',
    'annotation.customer = "c-1190"',
    "annotation.provider",
    "!annotation.provider",
    'service("inventory") AND responsetime > 2',
    'service("inventory") { responsetime > 2 }',
)
found = {text: find(text) for text in questions}
rows = [{"filter expression": text, "traces": len(traces)} for text, traces in found.items()]
print(show.table(rows, "How many of this morning's traces it finds"))
# The gold customer is c-1190, but only the metadata says so, and no search sees it:
parts = [part for each in fetch(found[questions[0]][0]["Id"]) for part in parts_of(each)]
print(*[part["metadata"] for part in parts if "order_id" in part.get("annotations", {})])
[group] = [each for each in xray.get_groups()["Groups"] if each["GroupName"] != "Default"]
print(group["GroupName"], "=", group["FilterExpression"])
slow_graph = xray.get_service_graph(GroupName=group["GroupName"], **morning)
show.service_map(slow_graph["Services"], title="The group slow-checkouts, 08:00 to 12:00")

# %% [markdown] facts="F2.2-08 F2.2-09"
# ### Exercise 2.3: make it searchable (3 points)
#
# ```python
# def checkout_handler(event, context):
#     xray_recorder.put_annotation("order-tier", event["tier"])
#     xray_recorder.put_metadata("order", event, "checkout")
#     return {"orderId": event["orderId"], "paymentId": charge(event)}
# ```
#
# This fails with FacadeSegmentMutationException. `put_annotation` and `put_metadata` write to whatever is
# open, and in a handler that is **Lambda's** segment, which takes only subsegments. `in_subsegment` opens
# one, and closes it whatever happens. `charge` raises `Declined` for bad cards. (aws-xray-sdk-python, in
# maintenance mode since February 2026; section 2.4 does the same with OpenTelemetry.)

# %% fixed="charge"
import os
import time

from aws_xray_sdk.core import xray_recorder

from course.account.tracing import connect_recorder, in_function

connect_recorder()  # the SDK's recorder sends to this account: no daemon needed
trace_numbers = iter(range(1, 10**6))


class Declined(Exception):
    """The card was declined."""


def charge(order: dict) -> str:
    """The id of the payment."""
    if order["card"].endswith("0000"):
        raise Declined(f"card of order {order['orderId']} declined")
    return f"p-{order['orderId']}"


# %% fixed="invoke"
def invoke(handler, event: dict, seconds: float = 0.4, sampled: bool = True) -> dict:
    """Run a handler as Lambda does, in a traced request of so many seconds; tells what came of it."""
    now, key = time.time(), f"{next(trace_numbers):016x}"
    trace_id = f"1-{int(now):08x}-{key:0>24}"
    segment = {"name": "checkout", "origin": "AWS::Lambda::Function"}
    segment |= {"id": key, "trace_id": trace_id, "start_time": now - seconds, "end_time": now}
    outcome = {"trace_id": trace_id, "answer": None, "error": None}
    os.environ["_X_AMZN_TRACE_ID"] = f"Root={trace_id};Parent={key};Sampled={int(sampled)}"
    try:
        with in_function():
            outcome["answer"] = handler(event, None)
    except Exception as error:
        outcome["error"], segment["fault"] = error, True
    if sampled:
        xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(segment)])
    return outcome


# %% answer="make_it_searchable"
def checkout_handler(event: dict, context: object) -> dict:
    """Checks an order out, on Lambda, and leaves a trace that support can find.

    event: {"orderId": "o-7", "tier": "gold", "express": True, "card": "4000 1111",
        "lines": [{"sku": "b-1", "count": 2}], "customer": {"id": "c-3", "email": "ann@example.com"}}
    Returns {"orderId": ..., "paymentId": what charge(event) returns}. What charge raises goes on to
    Lambda, and a declined order can be found as well, its cause with it.

    Traces can be found by these annotations and no others: tier (text), express (boolean), and
    items (number: of lines). Under the key "order", in the metadata of the namespace "checkout", is
    the whole event: to be read, but not to be found by.

    >>> invoke(checkout_handler, order)["answer"]
    {'orderId': 'o-7', 'paymentId': 'p-o-7'}
    """
    ### BEGIN SOLUTION
    with xray_recorder.in_subsegment("## checkout_handler") as subsegment:
        subsegment.put_annotation("tier", event["tier"])
        subsegment.put_annotation("express", event["express"])
        subsegment.put_annotation("items", len(event["lines"]))
        subsegment.put_metadata("order", event, "checkout")
        return {"orderId": event["orderId"], "paymentId": charge(event)}
    ### END SOLUTION


# %%
# What support would find, tried out in a second account:
order = {"orderId": "o-7", "tier": "gold", "express": True, "card": "4000 1111"}
order["lines"] = [{"sku": "b-1", "count": 2}]
order["customer"] = {"id": "c-3", "email": "ann@example.com"}
now = 1000 * int(shop.now.timestamp())
with account.fresh(World("rehearsal", now, now, [], [])) as rehearsal:
    tried = invoke(checkout_handler, order, seconds=2.5)
    rehearsal.advance(seconds=1)
    soon = {"StartTime": shop.now - timedelta(minutes=1), "EndTime": rehearsal.now}
    for text in ('annotation.tier = "gold" AND responsetime > 2', "annotation.items = 1"):
        print(text, "finds", len(find(text, **soon)), "trace")
    print(tried["error"] or tried["answer"])
    for part in parts_of(fetch(tried["trace_id"])[0])[1:]:
        kept = ("name", "annotations", "metadata", "cause")
        pprint.pp({key: part[key] for key in kept if key in part}, width=100)

# %% check="make_it_searchable" points=3 skills="4.2.S4" tests="F2.2-01 F2.2-02 F2.2-03 F2.2-04 F2.2-07 F2.2-08 F2.2-09 F2.4-05"
shown = {"orderId": "o-1", "tier": "gold", "express": False, "card": "4000 1111", "lines": []}
shown["customer"] = {"id": "c-1", "email": "ann@example.com"}
with account.fresh(World("trial", 1774036800000, 1774036800000, [], [])):
    tried = invoke(checkout_handler, json.loads(json.dumps(shown)))
    client = boto3.client("xray")
    [kept] = client.batch_get_traces(TraceIds=[tried["trace_id"]])["Traces"]
    document = json.loads(kept["Segments"][0]["Document"])
raised = type(tried["error"]).__name__
assert tried["answer"] or tried["error"], "checkout_handler returned nothing yet: write its body."
assert raised != "FacadeSegmentMutationException", (
    "FacadeSegmentMutationException: something was written to Lambda's own segment. What may your "
    "code open inside of it?"
)
assert not tried["error"], f"checkout_handler raised {raised}: {tried['error']}"
right = {"orderId": "o-1", "paymentId": "p-o-1"}
assert tried["answer"] == right, f"It answered {tried['answer']}."
assert "subsegments" in document, "Lambda's segment came alone: was a subsegment begun, and closed?"
### BEGIN HIDDEN TESTS
import copy
import json
import random

import boto3

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World


def order_of(rng: random.Random, tiers: list, number: int) -> dict:
    lines = [
        {"sku": f"s-{rng.randrange(1000)}", "count": rng.randint(1, 4)}
        for _ in range(rng.choice([1, 2, 3, 5, 12]))
    ]
    who = rng.randrange(10**6)
    return {
        "orderId": f"o-{number}{rng.randrange(1000)}",
        "tier": rng.choice(tiers),
        "express": rng.random() < 0.5,
        "card": f"{rng.randint(4000, 5999)} {'0000' if rng.random() < 0.35 else '1234'}",
        "lines": lines,
        "customer": {"id": f"c-{who}", "email": f"u{who}@example.com"},
        "gift": {"text": "für dich", "wrapped": True},
    }


def own_parts(documents: list) -> list:
    """Every part of a trace but Lambda's segment."""
    found: list = []
    waiting = [sub for each in documents for sub in each.get("subsegments", [])]
    while waiting:
        found.append(waiting.pop())
        waiting += found[-1].get("subsegments", [])
    return found


def judge_answer(order: dict, tried: dict) -> None:
    """Raise AssertionError unless the order was answered, or refused, as it should."""
    bad = order["card"].endswith("0000")
    raised = type(tried["error"]).__name__
    assert not bad or tried["error"] is not None, (
        "A card was declined, and the handler hid it: Lambda counts a success, and the customer gets "
        f"{tried['answer']!r}. What charge raises has to go on."
    )
    assert raised == ("Declined" if bad else "NoneType"), (
        f"An order was answered with {raised}: {tried['error']}."
    )
    answer = {"orderId": order["orderId"], "paymentId": f"p-{order['orderId']}"}
    assert bad or tried["answer"] == answer, (
        f"Order {order['orderId']} was answered with {tried['answer']!r}. Whose order is that?"
    )


def judge_trace(order: dict, parts: list) -> None:
    """Raise AssertionError unless the order left in its trace what it should."""
    bad = order["card"].endswith("0000")
    what = "a declined order" if bad else "an order"
    assert parts, (
        f"The trace of {what} holds nothing but Lambda's segment. What closes a subsegment?"
    )
    notes = [pair for part in parts for pair in part.get("annotations", {}).items()]
    written = dict(notes)
    details = [part.get("metadata", {}) for part in parts]
    copies = [each["checkout"]["order"] for each in details if "order" in each.get("checkout", {})]
    assert written or bad or not copies, (
        "The order is in the metadata, which no search sees, and there is no annotation."
    )
    assert written or not bad, (
        "A declined order has no annotation: charge had raised before anything was written. Support "
        "asks for these orders above all."
    )
    missing = sorted({"tier", "express", "items"} - set(written))
    assert not missing, (
        f"{what.capitalize()} lacks the annotation {missing[0]}. X-Ray takes keys of letters, digits "
        "and _, and texts, numbers and booleans as values; the SDK leaves out the rest, and logs it."
    )
    extra = sorted(set(written) - {"tier", "express", "items"})
    assert not extra, (
        f"{extra[0]} became an annotation as well. Fifty are indexed for a whole trace, and whoever may "
        "search traces can search for it. Which three are asked for?"
    )
    kinds = {"tier": str, "express": bool, "items": int}
    for key, kind in kinds.items():
        value = written[key]
        assert isinstance(value, kind) and isinstance(value, bool) == (kind is bool), (
            f"The annotation {key} is {value!r}; the docstring wants another type. Texts cannot be "
            "compared by size, nor with true."
        )
    wanted = {"tier": order["tier"], "express": order["express"], "items": len(order["lines"])}
    for key, value in wanted.items():
        assert written[key] == value, (
            f"The annotation {key} is {written[key]!r}, and the order says {value!r}."
        )
    assert copies, (
        f"The metadata of {what} has no key 'order' in the namespace 'checkout'. It has "
        f"{[{space: sorted(keys) for space, keys in each.items()} for each in details if each]}."
    )
    assert copies[-1] == order, (
        "The metadata is not the event as it came: something was left out or changed on the way."
    )
    if bad:
        causes = [part["cause"] for part in parts if part.get("fault") and "cause" in part]
        causes = [cause["exceptions"] for cause in causes if isinstance(cause, dict)]
        kept = [one["type"] for exceptions in causes for one in exceptions]
        assert "Declined" in kept, (
            "No subsegment of a declined order says why it failed. Who tells the subsegment about the "
            "exception when it is closed?"
        )


def search(client: object, begin: int, text: str) -> set:
    asked = {"StartTime": begin / 1000 - 60, "EndTime": begin / 1000 + 60, "FilterExpression": text}
    return {each["Id"] for each in client.get_trace_summaries(**asked)["TraceSummaries"]}


charge_once, charged = charge, []


def charge(order: dict) -> str:
    """The shop's charge, which now counts."""
    charged.append(order["orderId"])
    return charge_once(order)


for seed_name in ("make_it_searchable", "make_it_searchable again"):
    rng = random.Random(hidden_seed(seed_name))
    tiers = rng.sample(["amber", "ruby", "jade", "opal"], 3)
    orders = [order_of(rng, tiers, number) for number in range(11)]
    orders[0]["card"], orders[1]["card"] = "4000 1234", "4000 0000"
    begin = 1767600000000 + 60_000 * rng.randrange(100_000)
    charged.clear()
    with account.fresh(World("trial", begin, begin, [], [])) as trial:
        client, done = boto3.client("xray"), []
        for k, order in enumerate(orders):
            seconds, sampled = rng.choice([0.3, 1.2, 2.4, 5.0]), k not in (4, 9)
            tried = invoke(checkout_handler, copy.deepcopy(order), seconds, sampled)
            done.append((order, seconds, sampled, tried))
            trial.advance(seconds=1)
        for order, _, sampled, tried in done:
            kept = client.batch_get_traces(TraceIds=[tried["trace_id"]])["Traces"]
            documents = [json.loads(each["Document"]) for one in kept for each in one["Segments"]]
            judge_answer(order, tried)
            times = charged.count(order["orderId"])
            assert times < 2, (
                f"Order {order['orderId']} was handed to charge {times} times. What does that do to the "
                "customer's card?"
            )
            if sampled:
                judge_trace(order, own_parts(documents))
                continue
            assert not documents, "A request that was not sampled left a trace. Who decides that?"
        slow = {(o["tier"], s > 2): set() for o, s, *_ in done}
        for order, seconds, sampled, tried in done:
            if sampled:
                slow[order["tier"], seconds > 2].add(tried["trace_id"])
        for tier in {order["tier"] for order in orders}:
            found = search(client, begin, f'annotation.tier = "{tier}" AND responsetime > 2')
            assert found == slow.get((tier, True), set()), (
                f"The search for slow orders of the tier {tier} finds {len(found)} traces instead of "
                f"{len(slow.get((tier, True), set()))}."
            )
charge = charge_once
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 2.4: five questions, five filters (3 points)
#
# Support has five questions about this morning. Write one filter expression for each.
#
# | key | find the requests |
# |---|---|
# | `slow_payment` | in which the service `payment` itself took more than 2 s |
# | `lost_orders` | that were a POST and got a server error, of whatever number |
# | `gold_waited` | of customers with the tier gold (annotation `tier`) who waited more than half a second for their answer |
# | `rescued` | in which `payment` failed, and the customer still got a good answer (2xx) |
# | `died_early` | that got a server error, and whose trace has no annotation `version` at all: no traced code ran |
#
# `responsetime` lasts until the answer; `duration` until the last service is done. Both are in seconds.
# (X-Ray Developer Guide, "Use filter expressions".)

# %% answer="five_filters"
filters = {}  # key of the question -> filter expression
### BEGIN SOLUTION
filters = {
    "slow_payment": 'service("payment") { responsetime > 2 }',
    "lost_orders": 'fault AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND ok',
    "died_early": "fault AND !annotation.version",
}
### END SOLUTION

# %%
rows = []
for question, expression in filters.items():
    found = find(expression)
    row = {"question": question, "traces": len(found)}
    for summary in found[:1]:
        row |= {
            "newest": f"{summary['StartTime']:%H:%M:%S}",
            "method": summary["Http"]["HttpMethod"],
        }
        row |= {"status": summary["Http"]["HttpStatus"], "seconds": summary["ResponseTime"]}
    rows.append(row)
show.table(rows, "What your filters find in four hours") if rows else "filters is still empty"

# %% check="five_filters" points=3 skills="4.1.S2 4.2.S4" tests="F2.2-01 F2.2-12 F2.2-13"
from botocore.exceptions import BotoCoreError, ClientError

shown = {
    "slow_payment": (6, "Where does a condition about one service stand, and in which unit?"),
    "lost_orders": (3, "Errors are the customer's, faults the server's."),
    "gold_waited": (2, "How is the annotation written, and in which unit is the time?"),
    "rescued": (1, "One condition is about payment alone, the other about the whole request."),
    "died_early": (24, "What is there to say that an annotation is absent?"),
}
assert isinstance(filters, dict), "filters must be a dict: a question's key, and your text for it."
empty = [key for key in shown if not str(filters.get(key) or "").strip()]
assert len(empty) < 5, "filters is still empty: write a filter expression for each question."
assert not empty, f"No filter for {', '.join(empty)} yet."
for key, (count, look) in shown.items():
    try:
        found = len(find(filters[key]))
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"X-Ray refuses {key}: {refused}") from None
    assert found == count, f"{key} should find {count} of the morning's traces, not {found}. {look}"
### BEGIN HIDDEN TESTS
import random

import boto3

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

WANTED = {  # what is asked, about the truth of one request
    "slow_payment": lambda t: (t["pay_ms"] or 0) > 2000,
    "lost_orders": lambda t: t["status"] >= 500 and t["method"] == "POST",
    "gold_waited": lambda t: t["tier"] == "gold" and t["ms"] > 500,
    "rescued": lambda t: t["pay_fails"] and t["status"] < 300,
    "died_early": lambda t: t["status"] >= 500 and t["version"] is None,
}
MISTAKES = {  # what another filter would find, and what to ask about it
    "slow_payment": [
        (lambda t: t["pay_ms"] is not None and t["ms"] > 2000,
         "That is what you get when the whole request is timed. Where must the condition stand to be "
         "about payment alone?"),
        (lambda t: max(t["pay_ms"] or 0, t["old_ms"] or 0) > 2000,
         "payment-archive is another service."),
        (lambda t: t["pay_ms"] is not None, "Every trace with payment in it comes, slow or not."),
        (lambda t: (t["pay_ms"] or 0) >= 2000, "Exactly 2 s is not yet more than 2 s."),
        (lambda t: (t["pay_ms"] or 0) + 125 > 2000,
         "That is how long the caller waited, the way there included. How long did payment take?"),
    ],
    "lost_orders": [
        (lambda t: t["status"] >= 400 and t["method"] == "POST",
         "Errors of the customer (4xx) come as well. Which keyword is for the server's (5xx)?"),
        (lambda t: 400 <= t["status"] < 500 and t["method"] == "POST",
         "Those were the customer's mistakes (4xx). Which keyword is for the server's (5xx)?"),
        *((lambda t, some=some: t["status"] in some and t["method"] == "POST",
           f"It finds {some} alone: other numbers are server errors, too. Which keyword covers them all?")
          for some in ((502,), (500, 502), (502, 504), (502, 503, 504), (500, 502, 504),
                       (500, 502, 503, 504), (502, 503, 504, 507))),
        (lambda t: t["status"] >= 500 and t["method"] != "GET",
         "Requests that were neither GET nor POST come as well."),
        (lambda t: t["status"] >= 500, "Requests that were no POST come as well."),
        (lambda t: (t["status"] >= 500 or t["pay_fails"]) and t["method"] == "POST",
         "A failed part is no failed request: some of these customers got a good answer."),
    ],
    "gold_waited": [
        (lambda t: t["tier"] == "gold" and t["all_ms"] > 500,
         "Some of these had their answer early, and services worked on. What did the customer wait for?"),
        (lambda t: t["tier"] == "gold", "Gold customers who were served quickly come as well."),
        (lambda t: t["tier"] == "gold" and t["ms"] >= 500, "Exactly 0.5 s is not yet more."),
        (lambda t: (t["tier"] or "").startswith("gold") and t["ms"] > 500,
         "A tier whose name only begins like gold is another tier."),
        (lambda t: t["tier"] is not None and t["ms"] > 500, "Other tiers come as well."),
        (lambda t: t["tier"] == "gold" or t["ms"] > 500,
         "One of the two conditions is enough for your filter. Are both asked for?"),
    ],
    "rescued": [
        (lambda t: t["pay_fails"] and t["status"] < 500,
         "An answer of 402 or 429 is no good answer: an absent fault is not yet 2xx."),
        (lambda t: t["pay_fails"], "Customers who got an error come as well."),
        (lambda t: t["pay_fails"] and t["status"] == 200, "200 is not the only good answer."),
        (lambda t: t["pay_ms"] is not None and t["status"] < 300,
         "payment worked in most of these. Where must the condition stand to be about payment?"),
    ],
    "died_early": [
        (lambda t: t["status"] >= 500, "Traced code did run in some of these: they have a version."),
        (lambda t: t["status"] >= 500 and t["version"] is not None,
         "These do have a version. What turns a condition into its opposite?"),
        (lambda t: t["version"] is None, "Most of these got a good answer."),
        (lambda t: t["status"] >= 500 and not t["started"],
         "checkout was started in some of the others as well, and its code never ran."),
        (lambda t: t["status"] >= 500 and t["tier"] is None,
         "Another annotation is absent in some of these, and they do have a version."),
    ],
}  # fmt: skip


def part(rng: random.Random, name: str, start: float, ms: float, **more: object) -> dict:
    times = {"start_time": start, "end_time": start + ms / 1000}
    return {"id": f"{rng.getrandbits(64):016x}", "name": name, **times, **more}


def request(rng: random.Random, at: float) -> tuple:
    """One request: its documents, and what is true of it."""
    t = {"trace": f"1-{int(at):08x}-{rng.getrandbits(96):024x}"}
    t["method"] = rng.choice(["POST", "POST", "GET", "PUT", "DELETE"])
    t["ms"] = rng.choice([90, 320, 480, 500, 620, 1400, 2300, 5200])
    t["status"] = rng.choice([200, 200, 201, 400, 402, 429, 500, 502, 503, 504, 507])
    t["started"] = rng.random() < 0.85  # checkout; now and then it dies before its code runs
    t |= {"pay_ms": None, "old_ms": None, "tier": None, "version": None}
    t["pay_fails"] = False
    head, word = {"trace_id": t["trace"]}, rng.choice(["checkout", "refund", "basket"])
    http = {"request": {"method": t["method"], "url": f"https://x.example/prod/{word}"}}
    http["response"] = {"status": t["status"]}
    flags = {"fault": True} if t["status"] >= 500 else {}
    flags = {"error": True} if 400 <= t["status"] < 500 else flags
    flags |= {"throttle": True} if t["status"] == 429 else {}
    stage = part(rng, "shop/prod", at, t["ms"], http=http, **head, **flags)
    stage["origin"] = "AWS::ApiGateway::Stage"
    documents, t["all_ms"] = [stage], t["ms"]
    if t["started"] and rng.random() < 0.2:
        call = part(rng, "Lambda", at, t["ms"], namespace="aws")
        stage["subsegments"] = [call]
        died = part(rng, "checkout", at, t["ms"], parent_id=call["id"], **head)
        documents.append(died | {"origin": "AWS::Lambda::Function", "fault": True})
    elif t["started"]:
        t["version"] = rng.choice([1, 7, 118])
        t["tier"] = rng.choice(["gold", "gold", "silver", "Gold", "goldfish"])
        call = part(rng, "Lambda", at, t["ms"], namespace="aws")
        stage["subsegments"] = [call]
        own = {"version": t["version"]} | ({"tier": t["tier"]} if rng.random() < 0.8 else {})
        t["tier"] = own.get("tier")
        calls = []
        for key, name in (("pay_ms", "payment"), ("old_ms", "payment-archive")):
            if rng.random() < 0.6:
                t[key] = rng.choice([60, 300, 900, 1900, 2000, 2100, 3000])
                fails = rng.random() < 0.4
                t["pay_fails"] |= fails and key == "pay_ms"
                called = part(rng, name, at, t[key] + 125, namespace="remote")
                inner = part(rng, name, at + 0.125, t[key], parent_id=called["id"], **head)
                inner |= {"origin": "AWS::Lambda::Function"} | ({"fault": True} if fails else {})
                calls.append(called)
                documents.append(inner)
                t["all_ms"] = max(t["all_ms"], t[key] + 125)
        handler = part(rng, "## lambda_handler", at, t["ms"], annotations=own, subsegments=calls)
        checkout = part(rng, "checkout", at, t["ms"], parent_id=call["id"], **head)
        documents.append(checkout | {"origin": "AWS::Lambda::Function", "subsegments": [handler]})
    return documents, t


for seed_name in ("five_filters", "five_filters again"):
    rng = random.Random(hidden_seed(seed_name))
    begin = 1767600000 + 60 * rng.randrange(100_000)
    made = [request(rng, begin + 5 * k) for k in range(160)]
    documents = sorted((d for docs, _ in made for d in docs), key=lambda d: d["end_time"])
    truths = [t for _, t in made]
    until = begin + 5 * 160 + 60
    with account.fresh(World("t", 1000 * begin, 1000 * until, [], [], {}, {}, traces=documents)):
        search = boto3.client("xray").get_paginator("get_trace_summaries").paginate
        found = {}
        for key in WANTED:
            pages = search(FilterExpression=filters[key], StartTime=begin, EndTime=until)
            found[key] = {each["Id"] for page in pages for each in page["TraceSummaries"]}
    for key, rule in WANTED.items():
        wanted = {t["trace"] for t in truths if rule(t)}
        if found[key] == wanted:
            continue
        assert found[key], (
            f"{key}: among 160 other requests it finds nothing. Does it lean on something that only this "
            "morning's traces have?"
        )
        for other, question in MISTAKES[key]:
            assert found[key] != {t["trace"] for t in truths if other(t)}, f"{key}: {question}"
        extra, lost = len(found[key] - wanted), len(wanted - found[key])
        raise AssertionError(
            f"{key}: among 160 other requests {len(wanted)} answer the question; your filter finds "
            f"{extra} that do not and misses {lost}. Read the question once more, word by word."
        )
### END HIDDEN TESTS

# %% [markdown] facts="F2.3-01 F2.3-02 F2.3-03 F2.3-05 F2.3-08"
# ## 2.3 Sampling
#
# The logs show 545 orders this morning, X-Ray 122. Traces cost money, so out of the box X-Ray keeps a
# **sample**. Rules decide: the lowest priority number comes first (1 to 9999), and only the first rule that
# matches is asked.
#
# | | means | in the rule `Default` |
# |---|---|---|
# | `ReservoirSize` | requests that are traced in every second, before the rate is asked | 1 |
# | `FixedRate` | share of the further requests, from 0 to 1 | 0.05 |
#
# All instances share the reservoir; one that cannot reach X-Ray falls back to a local rule. `Default` comes
# last, with priority 10000. A rule can boost its rate for a while. (X-Ray Developer Guide, "Configuring
# sampling rules"; API reference, SamplingRule.)
#
# How much is that? First see who was sampled, then what a rule keeps while load grows.

# %%
query = """
filter @type = "REPORT" or type = "platform.report"
| stats count(*) as calls, count(@xrayTraceId) as traced by @log
"""
functions = [f"/aws/lambda/{name}" for name in ("payment", "inventory", "search")]
shares = ask(query, *functions)
shares["percent"] = (100 * shares.traced / shares.calls).round(1)

# The same in pandas. A sampled call's REPORT has one more line, with its trace:
for group in functions:
    lines = data.frame("checkout", group).message
    reports = lines[lines.str.startswith("REPORT RequestId")]
    print(group, len(reports), reports.str.contains("XRAY TraceId").sum())
for record in xray.get_sampling_rules()["SamplingRuleRecords"]:
    rule = record["SamplingRule"]
    print({name: rule[name] for name in ("RuleName", "ServiceName", "ReservoirSize", "FixedRate")})
shares

# %%
hours = pd.date_range("2026-11-26", periods=24 * 12, freq="5min", tz="UTC")
requests_per_second = pd.Series([0.2 * 1.0247**k for k in range(len(hours))], index=hours)


def kept(reservoir: float, rate: float) -> pd.Series:
    """Traces per second under a rule, for this load."""
    first = requests_per_second.clip(upper=reservoir)
    return first + rate * (requests_per_second - first)


load = pd.DataFrame({"time": hours, "requests": requests_per_second.values})
load["Default (1, 5 %)"] = kept(1, 0.05).values
load["rate alone (0, 5 %)"] = kept(0, 0.05).values
load["reservoir alone (5, 0 %)"] = kept(5, 0).values
show.series(load, x="time", title="What a rule keeps while load grows", unit="per second", log=True)

# %% [markdown] facts="F2.3-04 F2.3-06 F2.3-07 F2.3-09"
# In quiet hours the reservoir takes all; under load the rate decides what you pay.
#
# Rules select by service name and type, host, method, path and resource ARN, for API Gateway also by header;
# `*` is any text, `?` one character. Rate 0 **and** reservoir 0 drop health checks; AWS only advises
# a low rate for them.
#
# > **Exam answer / Today.** A popular sample rule traces all of the function `PaymentLambda`. It does nothing:
# > the **first traced service decides**, and whoever is called obeys, as `payment` did. Without a header Lambda
# > takes a fixed rate of its own. Put the rule on the stage, `api-name/stage`. (API Gateway and X-Ray
# > Developer Guides, sampling rules; CDK, Tracing.)

# %% [markdown]
# ### Exercise 2.5: a sampling budget (3 points)
#
# The sale comes. Finance allows about six traces a second for browsing, support wants every order, and
# nobody wants health checks. Write `sampling_budget`; `create_sampling_rule` takes rules one by one, and
# needs all of `RuleName`, `Priority`, `ServiceName`, `ServiceType`, `Host`, `HTTPMethod`, `URLPath`,
# `ResourceARN`, `ReservoirSize`, `FixedRate` and `Version=1`.
#
# Rules are judged by what they do: `traffic`, below, asks the X-Ray SDK's sampler about each request.


# %% fixed="traffic"
from course.telemetry.world import World

evening = 1774036800000  # 2026-03-20 20:00 UTC in epoch milliseconds: when rehearsals begin


def traffic(trial, service: str, seconds: int, per_second: dict) -> dict:
    """{(method, path): [requests, traced]} after so many requests a second of each kind."""
    counts = {kind: [0, 0] for kind in per_second}
    for second in range(seconds):
        for (method, path), rate in per_second.items():
            for _ in range(int((second + 1) * rate) - int(second * rate)):
                asked = {"service": service, "method": method, "path": path}
                counts[method, path][0] += 1
                counts[method, path][1] += bool(xray_recorder.sampler.should_trace(asked))
        trial.advance(seconds=1)
    return counts


# %% answer="sampling_budget"
def sampling_budget(service: str, health: str, orders: str) -> None:
    """Creates the sampling rules of one service.

    service: its name, as rules know it. health, orders: two URL paths of it. Afterwards
    - no request to the path `health` is traced,
    - every POST to the path `orders` is,
    - of all its other requests every one is traced while they are rare (one in two seconds), and
      never more than about 6 a second on average, not even at 150 requests a second.
    Other services are sampled as before. Rules that exist already stay as they are, and have
    priorities from 500 on; one of them, for debugging, traces everything.

    >>> sampling_budget("shop/prod", "/health", "/checkout")
    """
    ### BEGIN SOLUTION
    xray = boto3.client("xray")
    rules = [(health, "*", 0.0), (orders, "POST", 1.0), ("*", "*", 0.02)]
    for priority, (path, method, rate) in enumerate(rules, start=1):
        rule = {"ServiceName": service, "URLPath": path, "HTTPMethod": method, "Version": 1}
        rule |= {"ReservoirSize": 1 if path == "*" else 0, "FixedRate": rate, "Priority": priority}
        rule |= dict.fromkeys(("ServiceType", "Host", "ResourceARN"), "*")
        xray.create_sampling_rule(SamplingRule=dict(rule, RuleName=f"budget-{priority}"))
    ### END SOLUTION


# %%
debug = {"name": "debug", "priority": 500, "fixed_rate": 1.0, "reservoir_size": 0}
rules = {"xray": {"sampling_rules": [debug]}}
rows = []
with account.fresh(World("rehearsal", evening, evening, [], [], rules)) as trial:
    sampling_budget("shop/prod", "/health", "/checkout")
    for load, browsing in (("night", 0.5), ("day", 20), ("sale", 150)):
        kinds = {("GET", "/search"): browsing, ("POST", "/checkout"): 1, ("GET", "/health"): 2}
        for (method, path), (asked, kept_here) in traffic(trial, "shop/prod", 30, kinds).items():
            row = {"load": load, "request": f"{method} {path}", "requests": asked}
            rows.append(row | {"traced": kept_here, "traced a second": round(kept_here / 30, 2)})
show.table(rows, "Half a minute of each load")

# %% check="sampling_budget" points=3 skills="4.2.S6" tests="F2.3-04 F2.3-05 F2.3-07"
from botocore.exceptions import BotoCoreError, ClientError

kinds = {("GET", "/search"): 40, ("POST", "/checkout"): 2, ("GET", "/health"): 3}
debug = {"name": "debug", "priority": 500, "fixed_rate": 1.0, "reservoir_size": 0}
world = World("trial", 1774000800000, 1774000800000, [], [], {"xray": {"sampling_rules": [debug]}})
with account.fresh(world) as trial:
    try:
        sampling_budget("shop/prod", "/health", "/checkout")
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what sampling_budget asks for: {refused}") from None
    made = len(boto3.client("xray").get_sampling_rules()["SamplingRuleRecords"]) - 2
    counts = {path: count for (_, path), count in traffic(trial, "shop/prod", 30, kinds).items()}
assert made, "sampling_budget created no rule yet."
for path, low, high, look in (
    ("/health", 0, 0, "Which rule does a check meet first, and are both of its numbers 0?"),
    ("/checkout", 60, 60, "Which rule does an order meet first, and what is left to chance?"),
    ("/search", 15, 200, "Which rule is left for the rest? What the debug rule gets, it traces."),
):
    asked, traced = counts[path]
    assert low <= traced <= high, f"{path}: {traced} of {asked} requests were traced. {look}"
### BEGIN HIDDEN TESTS
import random

import boto3
from aws_xray_sdk.core import xray_recorder

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World


def sampled(trial, service: str, seconds: int, kinds: dict) -> dict:
    """{kind: [requests, traced]} after so many requests a second of each kind."""
    counts = {kind: [0, 0] for kind in kinds}
    for second in range(seconds):
        for (method, path), rate in kinds.items():
            for _ in range(int((second + 1) * rate) - int(second * rate)):
                asked = {"service": service, "method": method, "path": path}
                counts[method, path][0] += 1
                counts[method, path][1] += bool(xray_recorder.sampler.should_trace(asked))
        trial.advance(seconds=1)
    return counts


def judge(rng: random.Random, label: str) -> None:
    """Raise AssertionError unless the rules keep to the budget of another service."""
    service = f"{rng.choice(['depot', 'market', 'kiosk'])}/{rng.choice(['live', 'v2', 'prod'])}"
    health, orders = rng.choice(["/ping", "/alive"]), rng.choice(["/buy", "/orders/new"])
    debug = {"name": "debug", "priority": 500, "fixed_rate": 1.0, "reservoir_size": 0}
    late = {"name": "late", "priority": 7000, "fixed_rate": 0.5, "reservoir_size": 0}
    begin = 1767600000000 + 60_000 * rng.randrange(100_000)
    resources = {"xray": {"sampling_rules": [{**debug, "service_name": service}, late]}}
    with account.fresh(World("trial", begin, begin, [], [], resources)) as trial:
        client = boto3.client("xray")
        before = [r["SamplingRule"] for r in client.get_sampling_rules()["SamplingRuleRecords"]]
        sampling_budget(service, health, orders)
        after = [r["SamplingRule"] for r in client.get_sampling_rules()["SamplingRuleRecords"]]
        always = {("GET", health): 2, ("HEAD", health): 1, ("POST", orders): 1.5}
        night = sampled(trial, service, 60, {("GET", "/find"): 0.5, **always})
        page = {("GET", f"{health}-pong"): 4, ("GET", orders): 12, ("POST", f"{orders}/gift"): 12}
        page |= {("POST", f"/v2{orders}"): 12}
        mixed = sampled(trial, service, 40, page)
        mixed |= sampled(trial, service, 40, {("GET", f"/v2{health}"): 1})
        rest = {("GET", "/find"): 120, ("PUT", "/find"): 30}
        sale = sampled(trial, service, 30, {**rest, **always})
        foreign = {("GET", health): 2, ("POST", orders): 4, ("GET", "/find"): 30}
        others = {
            name: sampled(trial, name, 20, foreign)
            for name in (f"x{service}", f"{service}2", f"{service.split('/')[0]}/beta")
        }
    kept = [rule for rule in after if rule["RuleName"] in {r["RuleName"] for r in before}]
    assert kept == before, f"{label}: a rule that was there before is gone or changed."
    for when, counts in (("at night", night), ("in the sale", sale)):
        asked, traced = counts["GET", health]
        assert traced == 0 or traced > 70, (
            f"{label}: about one health check a second is still traced. Which of a rule's numbers is "
            "served before the rate?"
        )
        assert traced == 0, (
            f"{label}: {traced} of {asked} health checks were traced {when}. Which rule do they meet "
            "first? The lowest priority number is tried first."
        )
        asked, traced = counts["HEAD", health]
        assert traced == 0, f"{label}: a check may be a HEAD as well, and those are still traced."
        asked, traced = counts["POST", orders]
        assert traced == asked, (
            f"{label}: {traced} of {asked} orders were traced {when}. Which rule do they meet first, "
            "and what is left to chance by it?"
        )
    asked, traced = night["GET", "/find"]
    assert traced == asked, (
        f"{label}: of {asked} rare requests at night {traced} were traced. A rate leaves a rare request "
        "to chance; which number does not?"
    )
    asked, traced = (sum(sale[kind][k] for kind in rest) for k in (0, 1))
    assert traced < asked, (
        f"{label}: in the sale every request was traced. What decides about those that no rule of yours "
        "is for?"
    )
    assert traced <= 6.6 * 30, (
        f"{label}: {traced / 30:.1f} traces a second at 150 requests a second, and about 6 are allowed. "
        "Add up over all rules: what the reservoir takes, and the rate of the rest."
    )
    asked, traced = mixed["GET", orders]
    assert traced < asked, f"{label}: every GET of {orders} is traced. An order is a POST."
    asked, traced = mixed["POST", f"{orders}/gift"]
    assert traced < asked, f"{label}: every POST to {orders}/gift is traced: another path."
    assert mixed["GET", f"{health}-pong"][1], (
        f"{label}: {health}-pong is no health check, and none of its requests is traced. What does your "
        "path match?"
    )
    assert mixed["GET", f"/v2{health}"][1], (
        f"{label}: /v2{health} is another path than {health}, and none of its requests is traced."
    )
    asked, traced = mixed["POST", f"/v2{orders}"]
    assert traced < asked, f"{label}: every POST to /v2{orders} is traced: another path."
    for name, other in others.items():
        for (method, path), (asked, traced) in other.items():
            assert asked / 4 < traced < asked, (
                f"{label}: another service, {name}, is sampled differently since: {traced} of {asked} "
                f"for {method} {path}. Whose requests do your rules match?"
            )


judge(random.Random(hidden_seed("sampling_budget")), "In another shop")
judge(random.Random(hidden_seed("sampling_budget again")), "In a third shop")
### END HIDDEN TESTS

# %% [markdown] facts="F2.4-01 F2.4-02 F2.4-03"
# ## 2.4 From your code to X-Ray
#
# `checkout_handler` wrote its annotations into memory. Who carries them to AWS?
#
# | | as study notes have it | for new code |
# |---|---|---|
# | in your code | X-Ray SDK | OpenTelemetry, for AWS in the ADOT distribution |
# | on the way | **daemon**: takes UDP on localhost:2000, sends batches over HTTPS; answers questions about sampling rules on TCP 2000 | **CloudWatch agent** or OpenTelemetry collector; or none, straight to X-Ray's OTLP endpoint |
# | to AWS | `PutTraceSegments` | the same, or OTLP |
#
# UDP has no answer: if nobody listens, code runs on, and the map stays empty.
#
# > **Exam answer / Today.** "SDK plus daemon" is still the expected answer. Both have been in maintenance
# > mode since 25 February 2026, with security fixes only. One AWS timeline ends their support in February 2027,
# > another names no end. (X-Ray Developer Guide, "X-Ray SDK and Daemon Support timeline", migration to
# > OpenTelemetry; aws-xray-daemon, README.)

# %% [markdown] facts="F2.4-08 F2.4-09 F2.4-10 F2.4-11 F2.4-12 F2.4-13 F2.4-14"
# Who runs the daemon, or today the agent?
#
# | platform | daemon | remember |
# |---|---|---|
# | Lambda | Lambda: switch on active tracing | the role needs `xray:PutTraceSegments` and `xray:PutTelemetryRecords`; own subsegments still need a library |
# | EC2, on premises | you, as a service | the instance's role, or keys |
# | ECS on EC2 | a sidecar in the task, or one per host | |
# | Fargate | a sidecar in the task | there is no host of yours |
# | Elastic Beanstalk | the platform: console, or `XRayEnabled` in `.ebextensions` | namespace `aws:elasticbeanstalk:xray`; not multicontainer Docker |
#
# The sidecar: image `amazon/aws-xray-daemon` (also on public.ecr.aws), container port 2000, **UDP**.
#
# > **Exam answer / Today.** `links` and `AWS_XRAY_DAEMON_ADDRESS=xray-daemon:2000` fit network mode `bridge`.
# > In `awsvpc`, which every Fargate task has, containers share localhost: leave both out. (ECS API reference,
# > ContainerDefinition; X-Ray Developer Guide, daemon on ECS.)

# %% [markdown] facts="F2.4-04 F2.4-05 F2.4-06 F2.4-07"
# **Patching** a library makes a subsegment of each of its calls, in sampled requests. Your own steps need
# subsegments or spans of their own; on Lambda inside the handler, for what comes before it is dropped.
#
# > **Exam answer / Today.** `patch_all()` patches botocore (and so boto3), requests, sqlite3 and more, but
# > **not urllib**: `http.client` only with `double_patch=True`. On Lambda the SDK does **not** create the
# > segment: Lambda does, and the SDK holds a stand-in. (aws-xray-sdk-python, patcher.py, lambda_launcher.py.)
#
# OpenTelemetry says span for segment and subsegment, attribute for annotation and metadata. `tracer_of` sets it
# up; on AWS its exporter would send to a collector.

# %% fixed="tracer_of"
from opentelemetry.sdk.extension.aws.trace import AwsXRayIdGenerator
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind, Tracer

from course.account.tracing import XRaySpanExporter


def tracer_of(service: str, indexed: tuple = ()) -> Tracer:
    """Makes the spans of a service; attributes named in `indexed` become annotations."""
    resource = Resource.create({"service.name": service})
    provider = TracerProvider(resource=resource, id_generator=AwsXRayIdGenerator())
    provider.add_span_processor(SimpleSpanProcessor(XRaySpanExporter(indexed=indexed)))
    return provider.get_tracer("shop")


# %%
with account.fresh(World("rehearsal", evening, evening, [], [])) as trial:
    tracer = tracer_of("gift-wrapper", indexed=("paper",))
    with tracer.start_as_current_span("POST /wrap", kind=SpanKind.SERVER) as wrap:
        wrap.set_attribute("paper", "gold")  # indexed: becomes an annotation
        wrap.set_attribute("ribbon", "red")  # not indexed: becomes metadata
        with tracer.start_as_current_span("fold"):
            trial.advance(seconds=0.12)  # here your code would work
        where = {"peer.service": "labels.example"}
        with tracer.start_as_current_span("ask", kind=SpanKind.CLIENT, attributes=where):
            trial.advance(seconds=0.31)
    around = {"StartTime": trial.now - timedelta(minutes=1), "EndTime": trial.now}
    [wrapped] = find('annotation.paper = "gold"', **around)
    print("by ribbon:", find('annotation.ribbon = "red"', **around))
    picture = show.waterfall(fetch(wrapped["Id"]), title="Three spans in X-Ray")
picture

# %% [markdown]
# ### Exercise 2.6: spans for an order (3 points)
#
# A span of kind `SERVER` is a service's segment; `CLIENT` marks a call to somebody else. Whatever exception
# **leaves** a `with` block is recorded in its span, which turns into a fault.
#
# `order-intake`, a new Fargate service, puts orders on queues. Write `place_orders`. X-Ray knows a call to AWS
# by three attributes, which an instrumentation library would write for you: `rpc.system` = `aws-api`,
# `rpc.service` = `SQS`, `rpc.method` = `SendMessage`. (OpenTelemetry, semantic conventions for AWS SDK calls;
# awsxrayexporter, README.)


# %% answer="place_orders"
def place_orders(service: str, orders: list) -> None:
    """Sends every order to its queue; each leaves a trace of its own in X-Ray.

    service: the name that the segments are to have.
    orders: [{"id": "o-1", "tier": "gold", "gift": True, "customer": "c-7", "queue": <queue URL>}]
    The message's body is the order as JSON. Each trace has the service's segment, and in it the call
    to SQS. Traces can be found by tier (text) and gift (boolean), and by nothing else; the segment's
    metadata holds order_id (the id) and customer.
    When AWS refuses a message (ClientError), call and segment are faults with that exception, and
    the next order is sent all the same; place_orders raises nothing.

    >>> place_orders("order-intake", orders)
    """
    ### BEGIN SOLUTION
    tracer, sqs = tracer_of(service, indexed=("tier", "gift")), boto3.client("sqs")
    call = {"rpc.system": "aws-api", "rpc.service": "SQS", "rpc.method": "SendMessage"}
    for order in orders:
        known = {"tier": order["tier"], "gift": order["gift"]}
        known |= {"order_id": order["id"], "customer": order["customer"]}
        try:
            with (
                tracer.start_as_current_span("order", kind=SpanKind.SERVER, attributes=known),
                tracer.start_as_current_span("send", kind=SpanKind.CLIENT, attributes=call),
            ):
                sqs.send_message(QueueUrl=order["queue"], MessageBody=json.dumps(order))
        except sqs.exceptions.ClientError:
            continue
    ### END SOLUTION


# %%
with account.fresh(World("rehearsal", evening, evening, [], [])) as trial:
    sqs = boto3.client("sqs")
    urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("home", "abroad")]
    trial.fault("sqs:SendMessage", latency=240, when={"QueueUrl": urls[0]})
    trial.fault("sqs:SendMessage", error="AccessDenied", when={"QueueUrl": urls[1]})
    order = {"id": "o-1", "tier": "gold", "gift": True, "customer": "c-7"}
    place_orders("order-intake", [{**order, "queue": url} for url in urls])
    trial.advance(seconds=1)
    around = {"StartTime": trial.now - timedelta(minutes=1), "EndTime": trial.now}
    for summary in find('annotation.tier = "gold" AND annotation.gift = true', **around):
        print(
            summary["EntryPoint"]["Name"], summary["ResponseTime"], "s, fault:", summary["HasFault"]
        )
    graph = xray.get_service_graph(**around)
title = "Two orders, one of them refused"
show.service_map(graph, title=title) if graph["Services"] else "place_orders left no trace yet"

# %% check="place_orders" points=3 skills="4.2.S4 4.2.S6" tests="F2.1-05 F2.1-06 F2.2-01 F2.2-02"
order = {"id": "o-1", "tier": "gold", "gift": True, "customer": "c-7"}
questions = ("", 'annotation.tier = "gold"', "annotation.gift = true", 'service("shop-intake")')
with account.fresh(World("trial", 1774000800000, 1774000800000, [], [])) as trial:
    queue = boto3.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    place_orders("shop-intake", [{**order, "queue": queue}])
    trial.advance(seconds=1)
    around = {"StartTime": trial.now - timedelta(minutes=1), "EndTime": trial.now}
    search = boto3.client("xray").get_trace_summaries
    found = {text: search(FilterExpression=text, **around)["TraceSummaries"] for text in questions}
    got = boto3.client("sqs").receive_message(QueueUrl=queue).get("Messages", [])
assert got or found[""], "place_orders sent no order yet, and left no trace."
assert ['"o-1"' in each["Body"] for each in got] == [True], "The queue lacks the order as JSON."
assert len(found[""]) == 1, f"One order should leave one trace, and there are {len(found[''])}."
for text, traces in found.items():
    assert traces, f"The filter {text} does not find the order's trace. Draw it: what does it hold?"
### BEGIN HIDDEN TESTS
import random

import boto3

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World


def made(rng: random.Random, urls: list) -> list:
    """Orders, every kind for every queue; the queue that refuses comes neither first nor last."""
    orders = []
    for tier in rng.sample(["gold", "silver", "bronze"], 2):
        for gift in (True, False):
            for url in urls:
                key, who = rng.randrange(10**6), rng.randrange(10**5)
                order = {"id": f"x-{key}", "tier": tier, "gift": gift, "customer": f"k-{who}"}
                orders.append({**order, "queue": url})
    return orders


def every(client, around: dict, text: str) -> list:
    pages = client.get_paginator("get_trace_summaries").paginate(FilterExpression=text, **around)
    return [each for page in pages for each in page["TraceSummaries"]]


def judge(seed_name: str) -> None:
    """Raise AssertionError unless the orders are sent, and their traces are what was asked for."""
    rng = random.Random(hidden_seed(seed_name))
    service = f"{rng.choice(['till', 'desk', 'kiosk'])}-{rng.randrange(100)}"
    begin = 1767600000000 + 60_000 * rng.randrange(100_000)
    with account.fresh(World("trial", begin, begin, [], [])) as trial:
        sqs, xray = boto3.client("sqs"), boto3.client("xray")
        quick, refused, slow = (sqs.create_queue(QueueName=n)["QueueUrl"] for n in "abc")
        trial.fault("sqs:SendMessage", latency=40, when={"QueueUrl": quick})
        trial.fault("sqs:SendMessage", latency=900, when={"QueueUrl": slow})
        trial.fault("sqs:SendMessage", error="AccessDenied", when={"QueueUrl": refused})
        orders = made(rng, [quick, refused, slow])
        try:
            place_orders(service, [dict(order) for order in orders])
        except Exception as error:
            raise AssertionError(
                f"place_orders raised {type(error).__name__} when one message was refused. The next "
                "orders still wait."
            ) from None
        trial.advance(seconds=1)
        around = {"StartTime": trial.now - timedelta(minutes=9), "EndTime": trial.now}
        told = every(xray, around, "")
        ids = [each["Id"] for each in told]
        pages = [ids[k : k + 5] for k in range(0, len(ids), 5)]
        traces = [t for page in pages for t in xray.batch_get_traces(TraceIds=page)["Traces"]]
        texts = []
        for url in (quick, slow):
            while more := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                texts += [each["Body"] for each in more]
        by_filter = {
            text: len(every(xray, around, text))
            for text in (
                "annotation.tier",
                f'annotation.tier = "{orders[0]["tier"]}" AND annotation.gift = false',
                f'annotation.customer = "{orders[0]["customer"]}"',
                f'annotation.order_id = "{orders[0]["id"]}"',
                f'service("{service}") {{ fault }}',
                f'edge("{service}", "SQS")',
                f'edge("{service}", "SQS") {{ fault }}',
                f'service("{service}") {{ responsetime > 0.8 }}',
                f'edge("{service}", "SQS") {{ responsetime > 0.8 }}',
            )
        }
    sent = [order for order in orders if order["queue"] != refused]
    assert len(texts) == len(sent), (
        f"{len(texts)} messages reached the queues; {len(sent)} orders were for queues that take them."
    )
    try:
        bodies = sorted((json.loads(text) for text in texts), key=lambda each: each["id"])
    except (ValueError, TypeError, KeyError):
        bodies = []
    wanted = sorted(sent, key=lambda each: each["id"])
    assert bodies == wanted, f"{texts[0]!r} is not its order as JSON."
    count = len(orders)
    assert len(told) != 1, f"{count} orders share one trace. Where does the outermost span begin?"
    assert len(told) <= count, (
        f"{len(told)} traces for {count} orders: the call has a trace of its own. Is its span opened "
        "while the order's span is open?"
    )
    assert len(told) == count, f"{len(told)} traces for {count} orders."
    names = {each["EntryPoint"]["Name"] for each in told}
    assert names == {service}, (
        f"The segments are called {sorted(names)[0]!r}, not {service!r}. A span stands for a service if "
        "its kind says so; its own name is only a last resort."
    )
    results = list(by_filter.values())
    assert results[0], "Nothing is found by tier. Which attributes are listed for indexing?"
    assert results[0] == count, f"{results[0]} of {count} traces are found by tier."
    assert results[1] == 3, (
        f"Three orders have that tier and no gift; {results[1]} traces are found. Is gift indexed, and "
        "is it still a boolean?"
    )
    assert not results[2] and not results[3], (
        "Traces can be found by customer or by order_id as well. What is indexed should be what was "
        "asked for."
    )
    assert results[5], (
        "No edge leads from the service to SQS. Which kind and which attributes mark a call to AWS?"
    )
    assert results[5] == count, f"{results[5]} of {count} traces show the call to SQS."
    failed = count // 3
    assert results[6] == failed, (
        f"{failed} messages were refused, and {results[6]} calls are faults. Which exceptions does the "
        "call's span see?"
    )
    assert results[4] == failed, (
        f"{failed} messages were refused, and {results[4]} segments are faults. A span notices an "
        "exception that leaves it: where is it caught?"
    )
    assert results[7] == results[8] == failed, (
        f"{failed} messages took 0.9 s each; {results[7]} segments and {results[8]} calls last as long. "
        "Is the message sent while both spans are open?"
    )
    who = {order["id"]: order["customer"] for order in orders}
    for trace in traces:
        documents = [json.loads(each["Document"]) for each in trace["Segments"]]
        [own] = [each for each in documents if each["name"] == service]
        found = own.get("metadata", {}).get("default", {})
        assert found.get("order_id") in who and found.get("customer") == who[found["order_id"]], (
            "The segment's metadata should hold order_id and customer of its order. Attributes that are "
            "not indexed become metadata of their span."
        )
        calls = [each for each in own.get("subsegments", []) if each.get("namespace") == "aws"]
        assert calls and calls[0].get("aws", {}).get("operation") == "SendMessage", (
            "X-Ray does not see a call to AWS with its operation in the segment. Compare the three rpc "
            "attributes, letter by letter, with those in the text."
        )
        assert not own.get("fault") or own.get("cause"), "A fault comes without its exception."


judge("place_orders")
judge("place_orders again")
### END HIDDEN TESTS

# %% [markdown] facts="F2.5-01 F2.5-02 F2.5-03 F2.5-04 F2.5-05 F2.5-06 F2.5-07 F2.5-08"
# ## 2.5 Switches of Lambda and API Gateway
#
# Why did `search` have no traces of its own? Somebody must switch them on:
#
# | | switch | then |
# |---|---|---|
# | Lambda function | `TracingConfig` Active; the default is PassThrough | two segments for each sampled invocation |
# | REST API stage | `tracingEnabled`; HTTP and WebSocket APIs have none | a segment for each sampled request, connected to Lambda's |
# | DynamoDB, SQS, SNS | none | seen by the calls that code records |
#
# ```yaml
# Globals:
#   Function: {Tracing: Active}             # SAM: all functions
# Resources:
#   Search:
#     Type: AWS::Serverless::Function
#     Properties: {Tracing: PassThrough}    # or one of them
# ```
#
# > **Exam answer / Today.** Active does **not** sample by your rules: it obeys the header, and without one takes
# > one request a second and 5 %. PassThrough no longer records for a traced caller: it hands the header on,
# > **without segments**. With Lambda alone traced only API Gateway is hidden, not the recorded calls. (SAM and
# > Lambda Developer Guides; CDK, Tracing.)

# %% [markdown]
# ### Exercise 2.7: the chain that breaks at a queue (2 points)
#
# The shop's map has two islands: orders end at the queue, and `order-worker` begins anew. From SQS to **Lambda**
# X-Ray links the two traces; **any other** consumer must carry the header on itself. `packer`, on EC2, takes a
# message from one queue, works, and puts one on the next. The header travels beside the body, in the message
# system attribute `AWSTraceHeader` (type String); `receive_message` gives it only if asked, under `Attributes`.
#
# ```text
# Root=1-69b930aa-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1
# ```
#
# Write `pass_on`. (X-Ray Developer Guide, "Amazon SQS and AWS X-Ray"; SQS API reference, SendMessage.)


# %% answer="broken_chain"
def pass_on(message: dict, body: str, queue_url: str, segment_id: str) -> None:
    """Sends a message to the next queue, within the trace of the message that caused it.

    message: as receive_message returned it, with the system attributes it was asked for.
    Its trace header, if there is one: fields name=value between semicolons, in any order, perhaps
    with spaces around them, Root among them; Parent and Sampled need not be there.
    segment_id: of the segment that records the work on this message.
    The new message has the text `body` and the header for whoever works next: the same Root, this
    segment as Parent, and Sampled just as it came, if it came. Further fields may go or stay.
    Without a header the new message has none.

    >>> pass_on(message, "packed: o-1", next_queue_url, "9d2f4c1e55aa0b37")
    """
    ### BEGIN SOLUTION
    header = message.get("Attributes", {}).get("AWSTraceHeader")
    attributes = {}
    if header:
        fields = dict(part.strip().partition("=")[::2] for part in header.split(";"))
        fields["Parent"] = segment_id
        text = ";".join(f"{name}={value}" for name, value in fields.items())
        attributes["AWSTraceHeader"] = {"DataType": "String", "StringValue": text}
    boto3.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody=body, MessageSystemAttributes=attributes
    )
    ### END SOLUTION


# %%
def step(name: str, number: int, header: str) -> str:
    """Record 200 ms of work in the trace of this header; returns the segment's id."""
    known = dict(part.split("=") for part in header.split(";") if "=" in part)
    segment = {"name": name, "id": f"{number:016x}", "parent_id": known.get("Parent")}
    segment |= {"start_time": evening / 1000 + number, "end_time": evening / 1000 + number + 0.2}
    segment["trace_id"] = known.get("Root", f"1-69bda740-{number:024x}")
    xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(segment)])
    return segment["id"]


with account.fresh(World("rehearsal", evening, evening, [], [])):
    sqs, header = boto3.client("sqs"), "Root=1-69bda740-0123456789abcdef01234567;Sampled=1"
    for number, name in enumerate(("abroad", "packer", "sorter", "courier")):
        came = {"Attributes": {"AWSTraceHeader": header}} if header else {}
        queue = sqs.create_queue(QueueName=f"behind-{name}")["QueueUrl"]
        pass_on(came, f"after {name}", queue, step(name, number + 1, header))
        got = sqs.receive_message(QueueUrl=queue, MessageSystemAttributeNames=["AWSTraceHeader"])
        header = got.get("Messages", [{}])[0].get("Attributes", {}).get("AWSTraceHeader", "")
    parcel = fetch("1-69bda740-0123456789abcdef01234567")
show.waterfall(parcel, title="A parcel's trace")

# %% check="broken_chain" points=2 skills="4.1.S7 4.2.S6" tests="F2.1-08"
from botocore.exceptions import BotoCoreError, ClientError

root, own = "Root=1-69b930aa-0123456789abcdef01234567", "9d2f4c1e55aa0b37"
came = {"AWSTraceHeader": f"{root};Parent=53995c3f42cd8ad8;Sampled=1"}
with account.fresh(World("trial", 1774000800000, 1774000800000, [], [])):
    sqs = boto3.client("sqs")
    queue = sqs.create_queue(QueueName="next")["QueueUrl"]
    try:
        pass_on({"Body": "o-1", "Attributes": came}, "packed: o-1", queue, own)
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"SQS refuses what pass_on sends: {refused}") from None
    got = sqs.receive_message(QueueUrl=queue, MessageSystemAttributeNames=["All"])
assert (found := got.get("Messages")), "pass_on sent nothing to the next queue yet."
assert found[0]["Body"] == "packed: o-1", f"The body that arrived is {found[0]['Body']!r}."
header = found[0]["Attributes"].get("AWSTraceHeader")
assert header, "The message arrived without a trace header: the next trace starts from nothing."
assert root in header, f"The next worker begins a trace of its own: it got {header!r}."
assert f"Parent={own}" in header, (
    f"The next worker got {header!r}. Who calls it: the part that called you, or your own segment?"
)
### BEGIN HIDDEN TESTS
import random

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World


def read(header: str) -> dict:
    return dict(part.strip().partition("=")[::2] for part in header.split(";") if part.strip())


def passed(message: dict, body: str, own: str) -> dict:
    """The message that arrives, after pass_on was given this one."""
    before = json.dumps(message)
    with account.fresh(World("trial", 1767600000000, 1767600000000, [], [])):
        sqs = boto3.client("sqs")
        queue = sqs.create_queue(QueueName="another")["QueueUrl"]
        try:
            pass_on(message, body, queue, own)
        except (BotoCoreError, ClientError) as refused:
            raise AssertionError(
                f"SQS refuses what pass_on sends for a message with {message.get('Attributes')}: "
                f"{refused}"
            ) from None
        except Exception as error:
            raise AssertionError(
                f"pass_on fails with {type(error).__name__} on a message with the attributes "
                f"{message.get('Attributes')}. Which of its parts need not be there?"
            ) from None
        wanted = {"MessageSystemAttributeNames": ["All"], "MaxNumberOfMessages": 10}
        found = sqs.receive_message(QueueUrl=queue, **wanted).get("Messages", [])
    assert len(found) == 1, f"{len(found)} messages arrived instead of one."
    assert json.dumps(message) == before, (
        "pass_on changed the message that it was given. Whoever works on it next reads that one."
    )
    assert found[0]["Body"] == body, f"The body {found[0]['Body']!r} arrived instead of {body!r}."
    return found[0]["Attributes"]


for seed_name in ("broken_chain", "broken_chain again"):
    rng = random.Random(hidden_seed(seed_name))
    root = f"1-{rng.getrandbits(32):08x}-{rng.getrandbits(96):024x}"
    parent, own = (f"{rng.getrandbits(64):016x}" for _ in range(2))
    lineage = f"Lineage={rng.getrandbits(32):08x}:1|68fd508a:5"
    start = f"Root={root};Parent={parent}"
    for header in (
        f"{start};Sampled=1",
        f"{start};Sampled=0",
        f"Sampled=1;Parent={parent};Root={root}",
        f"{start};Sampled=1;{lineage}",
        f"Self=1-67891234-12456789abcdef012345678;{start};Sampled=0;{lineage}",
        f"Root={root}; Parent={parent}; Sampled=1",
        f"Root={root};Sampled=1",
        f"Root={root};Parent={parent};Sampled=?",
        f"Root={root};Parent={parent}",
    ):
        message = {"Body": "o-7", "MessageId": "m", "Attributes": {"AWSTraceHeader": header}}
        body = f"done {rng.randrange(10**6)}"
        attributes = passed(message, body, own)
        arrived = attributes.get("AWSTraceHeader")
        where = f"{header!r} came in, and "
        assert arrived, f"{where}the next message has no header. A decision of 0 counts, too."
        got, given = read(arrived), read(header)
        assert got.get("Root") == root, f"{where}{arrived!r} went out: another trace."
        assert got.get("Parent") != parent, f"{where}{arrived!r} went out. Who is the caller now?"
        assert got.get("Parent") == own, f"{where}{arrived!r} went out. Who is the caller now?"
        assert arrived.count("Parent=") == 1 and arrived.count("Root=") == 1, (
            f"{where}{arrived!r} went out, with a field twice."
        )
        assert got.get("Sampled") == given.get("Sampled"), (
            f"{where}{arrived!r} went out. Whoever began the trace has decided whether it is sampled, or "
            "has left it open: is that decision kept?"
        )
    for message in ({"Body": "o-8"}, {"Body": "o-9", "Attributes": {"SentTimestamp": "1"}}):
        attributes = passed(message, "plain", own)
        assert "AWSTraceHeader" not in attributes, (
            "A message without a header led to one with a header: which trace should that be?"
        )
### END HIDDEN TESTS

# %% [markdown]
# ### Incident 2: half the map is missing (4 points)
#
# A week later orders go from the stage to `checkout`, and on to `tax`, a new Fargate task. The API is slow
# again, and whoever opens the map finds half of it. One of four things is wrong:
#
# | broken | is |
# |---|---|
# | `stage` | the stage `prod`, which is not traced |
# | `function` | the function, which hands the header on and no more |
# | `daemon` | the task: its container `app` looks for the daemon where it is not |
# | `rule` | a sampling rule, which is meant for `*/health` and takes the orders as well |
#
# Write `half_the_map`, which finds and mends it. Leave alone what is in order: other APIs, functions, tasks
# and rules belong to others. `register_task_definition` makes the next **revision** of a task definition, and
# what you do not pass is gone.

# %% fixed="order_path"
from course.incidents import order_path

# order_path is that shop: `world` with one thing broken, `start` to start it, `buy` to place orders.
# `buy` returns the segments of each order's trace; in WHOLE are the origins that it should show.
WHOLE = order_path.WHOLE


def origins(segments: list) -> set:
    """Which kinds of services sent segments."""
    return {segment["origin"] for segment in segments}


before_noon = (int(shop.now.timestamp()) - 300) * 1000

# %%
rows, graphs = [], {}
for broken in order_path.BROKEN:
    with account.fresh(order_path.world(broken, before_noon)) as trial:
        order_path.start(broken)
        parts = origins(order_path.buy(trial)[-1])
        minute = {"StartTime": trial.now - timedelta(minutes=1), "EndTime": trial.now}
        graphs[broken] = xray.get_service_graph(**minute)
    shows, lacks = (", ".join(sorted(each[5:] for each in some)) for some in (parts, WHOLE - parts))
    rows.append(
        {"broken": broken, "an order's trace shows": shows or "nothing", "and lacks": lacks}
    )
show.table(rows, "Orders with each of the four faults")

# %%
# One of the four also leaves a line in a log. Where did the task look for its daemon?
with account.fresh(order_path.world("daemon", before_noon)) as trial:
    order_path.start("daemon")
    order_path.buy(trial)
    query = """parse @message "lookup * on *: *" as host, resolver, problem
    | filter ispresent(host)
    | stats count(*) as segments by host, problem"""
    lost = ask(query, "/ecs/tax")
    # The same in pandas:
    lines = pd.DataFrame(logs.filter_log_events(logGroupName="/ecs/tax")["events"]).message
found = lines.str.extract(r"lookup (?P<host>\S+) on \S+: (?P<problem>.+)")
print(lost, found.value_counts(), sep="\n\n")
show.service_map(graphs["function"], title="The map while checkout only hands the header on")


# %% answer="half_the_map"
def half_the_map(api_name: str, path: str, function_name: str, family: str) -> str:
    """Finds what breaks the traces of orders, mends that, and returns which it was.

    An order is a POST to `path` (such as "/checkout") on the stage "prod" of the REST API api_name.
    The stage calls the function function_name, which calls a Fargate task of this family. The
    task's container "app" sends segments to the daemon in the same task, UDP port 2000.
    The sampling rule "orders" keeps all orders; to a rule, the stage is "<api_name>/prod" and the
    path begins with "/prod".
    Exactly one of the four things is broken. Returns "stage", "function", "daemon" or "rule".
    Afterwards every order has a whole trace, and everything else is as it was: health checks, for
    example, are still not traced.

    >>> half_the_map("shop", "/checkout", "checkout", "tax")
    'stage'
    """
    ### BEGIN SOLUTION
    gateway, functions, ecs = (boto3.client(name) for name in ("apigateway", "lambda", "ecs"))
    [api] = [each["id"] for each in gateway.get_rest_apis()["items"] if each["name"] == api_name]
    if not gateway.get_stage(restApiId=api, stageName="prod").get("tracingEnabled"):
        patch = [{"op": "replace", "path": "/tracingEnabled", "value": "true"}]
        gateway.update_stage(restApiId=api, stageName="prod", patchOperations=patch)
        return "stage"
    settings = functions.get_function_configuration(FunctionName=function_name)
    if settings["TracingConfig"]["Mode"] == "PassThrough":
        active = {"Mode": "Active"}
        functions.update_function_configuration(FunctionName=function_name, TracingConfig=active)
        return "function"
    task = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
    [app] = [each for each in task["containerDefinitions"] if each["name"] == "app"]
    for variable in app["environment"]:
        if variable["name"] == "AWS_XRAY_DAEMON_ADDRESS" and variable["value"] != "127.0.0.1:2000":
            variable["value"] = "127.0.0.1:2000"
            known = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape
            kept = {name: task[name] for name in known.members if name in task}
            ecs.register_task_definition(**kept)
            return "daemon"
    client = boto3.client("xray")
    rules = [each["SamplingRule"] for each in client.get_sampling_rules()["SamplingRuleRecords"]]
    for rule in sorted(rules, key=lambda rule: rule["Priority"]):
        if rule["URLPath"] == "*" and rule["ServiceName"].startswith(f"{api_name}/"):
            update = {"RuleName": rule["RuleName"], "URLPath": "*/health"}
            client.update_sampling_rule(SamplingRuleUpdate=update)
            return "rule"
    ### END SOLUTION


# %%
rows = []
for broken in order_path.BROKEN:
    with account.fresh(order_path.world(broken, before_noon)) as trial:
        order_path.start(broken)
        said = half_the_map("shop", "/checkout", "checkout", "tax")
        whole = sum(origins(segments) == WHOLE for segments in order_path.buy(trial))
        rows.append({"broken": broken, "half_the_map says": said, "whole traces of 5": whole})
show.table(rows, "After your repair")

# %% check="half_the_map" points=4 skills="4.1.S2 4.1.S7 4.2.S6" tests="F2.3-05 F2.4-10 F2.4-13 F2.4-14 F2.5-04 F2.5-05 F2.5-06 F2.5-07"
from botocore.exceptions import BotoCoreError, ClientError

from course.incidents import order_path

with account.fresh(order_path.world("stage", 1774000800000)) as trial:
    order_path.start("stage")
    try:
        said = half_the_map("shop", "/checkout", "checkout", "tax")
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what half_the_map asks for: {refused}") from None
    [order] = order_path.buy(trial, 1)
lacks = order_path.WHOLE - {segment["origin"] for segment in order}
assert said is not None or not lacks, "half_the_map returned nothing yet, and mended nothing."
assert not lacks, f"You say {said!r}, and an order's trace still lacks {', '.join(sorted(lacks))}."
assert said == "stage", f"The stage was not traced, and half_the_map says {said!r}."
### BEGIN HIDDEN TESTS
import random

import boto3
from aws_xray_sdk.core import xray_recorder

from course import account
from course.incidents import order_path
from course.incidents.seeds import hidden_seed

GATEWAY, LAMBDA = boto3.client("apigateway"), boto3.client("lambda")
ECS, XRAY = boto3.client("ecs"), boto3.client("xray")
ROLES = ("taskRoleArn", "executionRoleArn")
PARTS = ("networkMode", "requiresCompatibilities", "cpu", "memory", *ROLES)
SETTINGS = ("TracingConfig", "MemorySize", "Timeout", "Handler", "Role", "CodeSha256")
LACKS = {
    "stage": "API Gateway's segment is missing: the trace begins at the function.",
    "function": "Lambda's own segments are missing: the function hands the header on, and no more.",
    "daemon": "The task's segment is missing: where does its container look for the daemon?",
    "rule": "The orders are not traced at all. Which rule does an order meet first?",
}
KIND = {"stage": "stage", "function": "function", "task": "daemon", "rule": "rule"}


def state(names: dict) -> dict:
    """Everything that a repair may change, of the orders' path and of its neighbours."""
    found: dict = {}
    for api in GATEWAY.get_rest_apis()["items"]:
        stage = GATEWAY.get_stage(restApiId=api["id"], stageName="prod")
        found["stage", api["name"]] = bool(stage.get("tracingEnabled"))
    for name in (names["function"], f"a-{names['function']}"):
        settings = LAMBDA.get_function_configuration(FunctionName=name)
        found["function", name] = {key: settings[key] for key in SETTINGS}
    for family in (names["task"], f"{names['task']}-old"):
        task = ECS.describe_task_definition(taskDefinition=family)["taskDefinition"]
        kept = {key: task.get(key) for key in PARTS}
        kept["containers"] = [filled(each) for each in task["containerDefinitions"]]
        found["task", family] = kept
    for record in XRAY.get_sampling_rules()["SamplingRuleRecords"]:
        found["rule", record["SamplingRule"]["RuleName"]] = dict(record["SamplingRule"])
    return found


def filled(container: dict) -> dict:
    return {key: value for key, value in container.items() if value not in (None, [], {}, 0)}


def without_address(task: dict) -> dict:
    """A task definition without the daemon's address."""
    containers = []
    for each in sorted(task["containers"], key=lambda each: each["name"]):
        rest = [pair for pair in each.get("environment", []) if pair["name"] != order_path.ADDRESS]
        containers.append({**each, "environment": rest})
    return {**task, "containers": containers}


def health_checks(service: str) -> int:
    """How many of 30 health checks in one second are traced."""
    asked = {"service": service, "method": "GET", "path": "/prod/health"}
    return sum(bool(xray_recorder.sampler.should_trace(dict(asked))) for _ in range(30))


def judge(broken: str) -> None:
    """Raise AssertionError unless this fault is found and mended, and nothing else is touched."""
    rng = random.Random(hidden_seed(f"half_the_map {broken}"))
    words = {"api": ["kiosk", "depot"], "function": ["order", "pay"], "task": ["duty", "rates"]}
    names = {key: f"{rng.choice(some)}{rng.randrange(100)}" for key, some in words.items()}
    names["path"] = rng.choice(["/buy", "/orders"])
    at = 1767600000000 + 60_000 * rng.randrange(100_000)
    with account.fresh(order_path.world(broken, at, names, neighbours=True)) as trial:
        order_path.start(broken, names, neighbours=True)
        before = state(names)
        asked = (names["api"], names["path"], names["function"], names["task"])
        try:
            said = half_the_map(*asked)
        except (BotoCoreError, ClientError) as refused:
            raise AssertionError(f"AWS refuses what half_the_map asks for: {refused}") from None
        after = state(names)
        old = ECS.describe_task_definition(taskDefinition=f"{names['task']}:1")
        old = old["taskDefinition"]["status"].split()
        orders = order_path.buy(trial, 2, names)
        checks = health_checks(f"{names['api']}/prod")
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    assert changed, f"In another shop nothing was changed, and you say {said!r}. {LACKS[broken]}"
    culprits = {"stage": names["api"], "function": names["function"], "daemon": names["task"]}
    for kind, name in changed:
        mine = name == culprits.get(broken, name) and name not in ("neighbour", "orders", "Default")
        assert KIND[kind] == broken and mine, (
            f"In another shop the {kind} {name!r} was changed, and it had nothing to do with the broken "
            "traces. Which one do the orders pass, and what is wrong with it?"
        )
    for documents in orders:
        seen = {each["origin"] for each in documents}
        assert seen == order_path.WHOLE, f"After the repair in another shop: {LACKS[broken]}"
    if broken == "daemon":
        assert "ACTIVE" in old, (
            "The old revision was deregistered. What if somebody must go back to it?"
        )
        pair = [without_address(each["task", names["task"]]) for each in (before, after)]
        assert pair[0] == pair[1], (
            "The new revision of the task definition has lost something that the old one had. What is "
            "not passed to register_task_definition is gone."
        )
    if broken == "function":
        key = ("function", names["function"])
        old, new = ({**each[key], "TracingConfig": 0} for each in (before, after))
        assert old == new, "More than the function's tracing mode has changed."
    assert checks == 0, (
        f"Now {checks} of 30 health checks in a second are traced, too. What was that rule for, and which "
        "path does a rule see?"
    )
    assert said == broken, f"The fault is mended, and half_the_map says {said!r}: that was not it."


for broken in ("rule", "daemon", "function", "stage"):
    judge(broken)
### END HIDDEN TESTS

# %% [markdown] quiz="quiz.toml" points=12
# **What support can say:** an order can be followed from the API through functions, queues and tasks, whatever
# the sale brings; lost orders, rescued ones and gold customers who waited are one filter away; and when half
# of the map is missing, they know which four places to look at.
#
# ## Quiz (12 points)
#
# Twelve situations as the exam words them. One option is right; the others are right elsewhere. Your
# feedback explains all four.
