# %% [markdown]
# # 01 CloudWatch: why is checkout slow?
#
# Support calls at noon: "All morning customers have told us: I pay, I wait, and then it fails." You have
# the shop's account with its logs and metrics since 08:00. In two and a half hours you learn to
#
# - **query** logs for what is slow, failing or oversized,
# - **publish** metrics: by API, in a log line, with a metric filter,
# - **compute** an error rate,
# - **build** alarms that ring before customers call, and only then,
# - **find** the client that hurts the others.
#
# Exam skills: 4.1.2 to 4.1.5, 4.2.1 to 4.2.3, 4.2.5, 4.2.7, 4.3.3, 4.3.9.

# %% fixed="setup"
import json
import pprint
from datetime import timedelta

import boto3
import pandas as pd

from course import account, data, show

shop = account.open(data.load("checkout"))  # from here on boto3 talks to this simulated account
cloudwatch = boto3.client("cloudwatch")
logs = boto3.client("logs")
print(shop)

# %% [markdown] facts="F1-01 F1.1-01 F1.1-02 F1.1-03"
# ## 1.1 Metrics
#
# CloudWatch gathers metrics and logs, and alarms act on them. (Events moved out, to EventBridge; traces
# and canaries moved in.) How many orders were placed this morning?
#
# A **metric** is a series of data points ordered by time. It is identified by
#
# - its **namespace**, which keeps applications apart (`Shop/Checkout`; `AWS/...` is for AWS itself),
# - its **name**,
# - its exact set of **dimensions**: up to 30 names with values.
#
# `checkout` publishes `Orders` by `Service`, and by `Service` and `PaymentProvider`. Ask for both, and
# for `PaymentProvider` alone:


# %%
def orders(**dimensions: str) -> float:
    """The orders of the last four hours that were counted under exactly these dimensions."""
    found = cloudwatch.get_metric_statistics(
        Namespace="Shop/Checkout",
        MetricName="Orders",
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=shop.now - timedelta(hours=4),
        EndTime=shop.now,
        Period=4 * 3600,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in found["Datapoints"])


print("by Service:", orders(Service="checkout"))
print("by Service and PaymentProvider:", orders(Service="checkout", PaymentProvider="northbank"))
print("by PaymentProvider alone:", orders(PaymentProvider="northbank"))

# %% [markdown] facts="F1.1-09 F1.1-10 F1.1-11 F1.1-12 F1.1-13 F1.1-14 F1.1-15 F1.1-16 F1.1-17 F1.1-18 F1.1-19 F1.1-20 F1.1-21 F1.1-22 F1.1-27 F1.1-28"
# 497 orders, 268 of them paid through `northbank`. The third answer is **0, not an error**: another set of
# dimensions is another metric, and CloudWatch does not add custom metrics up. AWS services publish their
# own:
#
# | `AWS/Lambda` | counts or measures | watch out |
# |---|---|---|
# | Invocations | calls whose code ran, well or badly | refused calls are not in it |
# | Errors | calls that ended in an error | timeouts are in it, throttles are not |
# | Duration | how long the code ran, in ms | look at p99: an average hides the slow calls |
# | Throttles | calls refused for lack of concurrency | neither in Invocations nor in Errors |
# | ConcurrentExecutions | instances busy at the same time | read its Maximum |
# | IteratorAge | age of the last record of a batch from a stream | rises when the function falls behind |
# | DeadLetterErrors | events that could not be put on the dead-letter queue | asynchronous calls only |
#
# | `AWS/DynamoDB` | counts or measures | watch out |
# |---|---|---|
# | ConsumedRead/WriteCapacityUnits | units used in the period | take Sum, divide by the seconds |
# | ProvisionedReadCapacityUnits | what the table is set to | one value in five minutes |
# | SystemErrors | answers with HTTP 500 | DynamoDB's fault: retry |
# | UserErrors | answers with HTTP 400 | per account and Region; throttles and failed conditions are not in it |
# | SuccessfulRequestLatency | time spent inside DynamoDB | per table *and* operation; without the network |
# | ThrottledRequests | requests refused | a batch counts only if all of it was refused |
#
# > **Exam answer / Today.** "Units per minute" are a **Sum over the period**: 12,000 in one minute are 200 a
# > second. For throttling per table watch Read- and WriteThrottleEvents. (DynamoDB Metrics and
# > dimensions; Lambda function metrics types.)
#
# **Metric math** makes a new series from others: give each query an `Id`, and use the ids in an
# expression. Which share of `payment`'s calls failed?


# %%
def of_payment(key: str, name: str) -> dict:
    """The query `key`: the Sum of a metric of the function payment in every 5 minutes."""
    dimension = {"Name": "FunctionName", "Value": "payment"}
    metric = {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": [dimension]}
    stat = {"Metric": metric, "Period": 300, "Stat": "Sum"}
    return {"Id": key, "MetricStat": stat, "ReturnData": False}


rate = {"Id": "rate", "Expression": "100 * errors / calls"}
answer = cloudwatch.get_metric_data(
    MetricDataQueries=[of_payment("errors", "Errors"), of_payment("calls", "Invocations"), rate],
    StartTime=shop.now - timedelta(hours=4),
    EndTime=shop.now,
)
[series] = answer["MetricDataResults"]  # one series comes back: the others have ReturnData False
error_rate = pd.DataFrame({"time": series["Timestamps"], "payment": series["Values"]})
deployed = [("2026-03-17 09:37", "payment 42 deployed")]
show.series(error_rate, x="time", title="Failed calls of payment", unit="%", events=deployed)

# %% [markdown] facts="F1.1-04 F1.1-05 F1.1-06 F1.1-07 F1.1-08 F1.1-23 F1.1-24 F1.1-25 F1.1-26"
# **What we know:** from 10:20 calls of `payment` fail, 43 minutes after version 42 went live.
#
# Your own numbers go in through `put_metric_data`: a namespace and up to 1,000 metrics, each with name,
# value (or up to 150), unit and dimensions. `StorageResolution` 60, the default, keeps minutes; 1 keeps
# seconds, for custom metrics only. With age, data gets coarser. Watch it happen:
#
# | data points of | are kept for | then become |
# |---|---|---|
# | less than 60 s | 3 hours | 1-minute points |
# | 1 minute | 15 days | 5-minute points |
# | 5 minutes | 63 days | 1-hour points |
# | 1 hour | 455 days (15 months) | nothing |
#
# > **Exam answer / Today.** High-resolution alarms take periods of 10, **20** or 30 seconds; older notes lack the
# > 20. "It costs more" means the extra calls and these alarms. (API reference, PutMetricAlarm; User Guide,
# > Publish custom metrics.)

# %%
# One value every 10 seconds for an hour, in a second account. What can be read after a while?
left = []
with account.fresh(data.load("checkout")) as later:
    client, noon = boto3.client("cloudwatch"), later.now
    beat = {"MetricName": "Heartbeat", "Value": 1.0, "StorageResolution": 1}
    beats = [{**beat, "Timestamp": noon - timedelta(seconds=10 * k)} for k in range(1, 361)]
    client.put_metric_data(Namespace="Shop/Lab", MetricData=beats)
    hour = {"StartTime": noon - timedelta(hours=1), "EndTime": noon, "Statistics": ["Sum"]}
    for age, hours in (("at once", 0), ("4 hours", 4), ("16 days", 380), ("64 days", 1152)):
        later.advance(hours=hours)
        row = {"after": age}
        for period in (10, 60, 300, 3600):
            found = client.get_metric_statistics(
                Namespace="Shop/Lab", MetricName="Heartbeat", Period=period, **hour
            )
            row[f"points of {period} s"] = len(found["Datapoints"])
        left.append(row)
show.table(left, "What is left of one hour of a 10-second metric")

# %% [markdown]
# ### Exercise 1.1: a metric in a log line (3 points)
#
# An API call in the handler makes the customer wait. The **embedded metric format** needs none: print a
# JSON object, and CloudWatch Logs takes the metrics out. `checkout` prints for every order:
#
# ```json
# {"_aws": {"Timestamp": 1773735224423,
#           "CloudWatchMetrics": [{"Namespace": "Shop/Checkout",
#                                  "Dimensions": [["Service"], ["Service", "PaymentProvider"]],
#                                  "Metrics": [{"Name": "PaymentLatency", "Unit": "Milliseconds"}]}]},
#  "Service": "checkout", "PaymentProvider": "northbank", "PaymentLatency": 240.83,
#  "orderId": "o-74170"}
# ```
#
# `_aws` names members of the root: which are metrics, and under which **sets** of dimensions to keep each.
# `Timestamp` is in milliseconds. `orderId` is no dimension; it can still be searched. Write `cart`'s
# line. (User Guide, Specification: Embedded metric format.)


# %% answer="emf_line"
def emf_line(namespace: str, cart: dict, now: float) -> str:
    """The line that cart prints, so that CloudWatch finds three metrics in it.

    namespace: of the metrics. now: epoch seconds, as time.time() gives them.
    cart: {"service": "cart", "channel": "app", "items": 3, "value": 59.9, "ms": 41.5,
        "cartId": "k-1009"}
    Returns one JSON text on one line that yields the metrics Items (Count), Value (None) and
    Latency (Milliseconds), each once by Service and once by Service and Channel. `cartId` is a
    member of the root that Logs Insights can search; it is no dimension. Timestamp is an integer.

    >>> json.loads(emf_line("Shop/Cart", cart, 1773748800.0))["Items"]
    3
    """
    ### BEGIN SOLUTION
    units = {"Items": "Count", "Value": "None", "Latency": "Milliseconds"}
    directive = {
        "Namespace": namespace,
        "Dimensions": [["Service"], ["Service", "Channel"]],
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in units.items()],
    }
    line = {"_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": [directive]}}
    line |= {"Service": cart["service"], "Channel": cart["channel"], "cartId": cart["cartId"]}
    line |= {"Items": cart["items"], "Value": cart["value"], "Latency": cart["ms"]}
    return json.dumps(line)
    ### END SOLUTION


# %%
cart = {"service": "cart", "channel": "app", "items": 3, "value": 59.9, "ms": 41.5}
line = emf_line("Shop/Cart", {**cart, "cartId": "k-1009"}, shop.now.timestamp())
pprint.pp(json.loads(line) if line else "emf_line returned nothing yet", width=100)

# %% check="emf_line" points=3 skills="4.1.S4 4.2.S3" tests="F1.1-01 F1.1-03"
from course.telemetry import emf

shown = {"service": "cart", "channel": "app", "items": 3, "value": 59.9}
line = emf_line("Shop/Cart", {**shown, "ms": 41.5, "cartId": "k-1"}, 1773748800.25)
assert line is not None, "emf_line returned nothing yet: return the json.dumps of your document."
assert isinstance(line, str), f"Return the text to print (json.dumps), not a {type(line).__name__}."
faults = emf.problems(line)
assert not faults, f"CloudWatch would not take metrics from this line: {faults[0].split(';')[0]}"
assert "\n" not in line.strip(), (
    "The text has several lines, and a log takes each printed line for an event of its own."
)
stamp = json.loads(line)["_aws"]["Timestamp"]
assert abs(stamp - 1773748800250) <= 1, (
    f"Timestamp {stamp} is not the moment that was given. `now` counts seconds; what does _aws want?"
)
assert isinstance(stamp, int), f"AWS's schema wants an integer as Timestamp, and {stamp} is none."
### BEGIN HIDDEN TESTS
import json
import random

import boto3

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World


def taken_from(namespace: str, carts: list, now: int) -> dict:
    """{(metric name, dimensions, unit): (sum, count)} that an account finds in the printed lines."""
    lines = [emf_line(namespace, dict(each), now + k / 8) for k, each in enumerate(carts)]
    events = [
        {
            "timestamp": now * 1000 + 125 * k,
            "message": text,
            "logStreamName": "s",
            "logGroupName": "g",
        }
        for k, text in enumerate(lines)
    ]
    with account.fresh(World("trial", now * 1000, now * 1000, [], [], {}, {})) as trial:
        boto3.client("logs").create_log_group(logGroupName="g")
        trial.replay(logs=events)
        trial.advance(minutes=3)
        client = boto3.client("cloudwatch")
        kept: dict = {}
        for metric in client.list_metrics(Namespace=namespace)["Metrics"]:
            points = client.get_metric_statistics(
                Namespace=namespace,
                MetricName=metric["MetricName"],
                Dimensions=metric["Dimensions"],
                StartTime=now - 60,
                EndTime=now + 180,
                Period=3600,
                Statistics=["Sum", "SampleCount"],
            )["Datapoints"]
            key = tuple(sorted((each["Name"], each["Value"]) for each in metric["Dimensions"]))
            for point in points:
                kept[metric["MetricName"], key, point["Unit"]] = (
                    point["Sum"],
                    point["SampleCount"],
                )
        return kept


def expected_of(carts: list) -> dict:
    """What must be found, counted in plain Python."""
    units = {
        "Items": ("items", "Count"),
        "Value": ("value", "None"),
        "Latency": ("ms", "Milliseconds"),
    }
    sums: dict = {}
    for each in carts:
        service, channel = ("Service", each["service"]), ("Channel", each["channel"])
        for name, (field, unit) in units.items():
            for key in ((service,), (channel, service)):
                total, count = sums.get((name, key, unit), (0.0, 0.0))
                sums[name, key, unit] = (total + each[field], count + 1)
    return sums


for trial_name in ("emf_line", "emf_line again"):
    rng = random.Random(hidden_seed(trial_name))
    services = rng.sample(["basket", "bag", "trolley", "wishlist"], 2)
    carts = [
        {
            "service": rng.choice(services),
            "channel": rng.choice(["web", "kiosk", "phone"]),
            "items": rng.randint(1, 9),
            "value": round(rng.uniform(3, 300), 2),
            "ms": round(rng.uniform(5, 900), 2),
            "cartId": f"k-{rng.randrange(10**6)}",
        }
        for _ in range(60)
    ]
    start = 1767600000 + 60 * rng.randrange(100_000)
    space = f"Trial/{rng.randrange(1000)}"
    wanted, got = expected_of(carts), taken_from(space, carts, start)
    assert got, (
        "The account found no metric under the namespace that was given, near the time that was "
        "given. Are namespace and now the caller's, or those of the example? Does CloudWatchMetrics "
        "list any metric?"
    )
    sets_got = {tuple(name for name, _ in key) for _, key, _ in got}
    assert not any("cartId" in names for names in sets_got), (
        "Every cart became a metric of its own, and each is charged: an id is no dimension. "
        "Which members does a dashboard group by?"
    )
    sets_wanted = {("Service",), ("Channel", "Service")}
    spelled = {tuple(name.title() for name in names) for names in sets_got}
    assert sets_got == sets_wanted or spelled != sets_wanted, (
        f"The sets of dimensions are {sorted(sets_got)}: names count letter by letter. Look at the "
        "names in the docstring."
    )
    assert sets_got == sets_wanted, (
        f"The metrics were found by these sets of dimensions: {sorted(sets_got)}. Each metric is "
        "wanted twice: once by Service alone, once by Service and Channel. What does one inner list "
        "of Dimensions stand for?"
    )
    names_got = {(name, unit) for name, _, unit in got}
    names_wanted = {(name, unit) for name, _, unit in wanted}
    assert names_got == names_wanted, (
        f"Found the metrics (name, unit) {sorted(names_got)}; look again at names and units in the "
        "docstring."
    )
    assert set(got) == set(wanted), (
        "The values of the dimensions are not those of the carts: some service or channel is "
        "missing or wrong. Do they come from the cart that was given?"
    )
    off = [
        key
        for key in wanted
        if any(abs(a - b) > 1e-6 * abs(b) for a, b in zip(got[key], wanted[key], strict=True))
    ]
    assert not off, (
        f"{off[0][0]} by {dict(off[0][1])} adds up to {got[off[0]]} (sum, count) instead of "
        f"{wanted[off[0]]}. Where does its value come from, and how often is it published?"
    )
    ids = [json.loads(emf_line(space, dict(each), start)).get("cartId") for each in carts[:3]]
    assert ids == [each["cartId"] for each in carts[:3]], (
        f"The line of one cart carries cartId={ids[0]!r}: support could not find a cart by its id. "
        "A member of the root that is neither metric nor dimension is still searchable."
    )
### END HIDDEN TESTS

# %% [markdown] facts="F1.2-01 F1.2-02 F1.2-03 F1.2-04 F1.2-05"
# ## 1.2 Logs
#
# Metrics say *that* `payment` fails; its log lines say *why*.
#
# | | holds | here |
# |---|---|---|
# | log group | the streams that share retention, access and class | `/aws/lambda/payment`: Lambda's default; a function can name another group |
# | log stream | the ordered events of one source instance | one execution environment |
# | log event | a time and a message | `REPORT RequestId: ...` |
#
# For every group somebody should have decided:
#
# | decide | choices |
# |---|---|
# | format | **structured** (one JSON object a line: what happened, to whom, in which request) or text |
# | level | with Lambda's JSON format, TRACE to FATAL; what lies below the chosen level is not sent |
# | retention | fixed steps from 1 day to 10 years, or for ever, the default; an account policy overrides it |
# | class | Standard; Infrequent Access and Essentials cost less and can do less; Delivery only passes Lambda's logs on. It cannot be changed later |
# | masking | a data protection policy shows personal data as asterisks |
#
# **Logging** records what happened, **monitoring** watches numbers chosen in advance, and a system is
# **observable** when its logs, metrics and traces answer questions that nobody foresaw. (API reference,
# CreateLogGroup, PutRetentionPolicy, PutDataProtectionPolicy; Lambda, LoggingConfig.)

# %% [markdown] facts="F1.2-10 F1.2-11 F1.2-12 F1.2-14 F1.2-15"
# Who was slow, `checkout` or a function that it calls? **Logs Insights** filters, parses, aggregates, sorts
# and draws; each stage of a query takes the rows of the one before. JSON members (`status`) and Lambda's
# fields (`@duration`) have names at once; `parse` cuts other text, and finds nothing in a line of another
# shape. `ask`, below, sends a query, waits, and returns a DataFrame.
#
# > **Exam answer / Today.** Comments begin with `#`; the `--` of study notes is no comment. The text sets no
# > time range, `startTime` and `endTime` do. OpenSearch PPL and SQL also work. (Logs Insights query
# > syntax; API reference, StartQuery.)


# %% fixed="ask"
def ask(query: str, *groups: str, minutes: int | None = None) -> pd.DataFrame:
    """The answer of Logs Insights over the last `minutes` (default: a day) of these log groups."""
    end = int(shop.now.timestamp())
    started = logs.start_query(
        logGroupNames=list(groups),
        queryString=query,
        startTime=end - 60 * (minutes or 24 * 60),  # epoch seconds; both ends belong to the range
        endTime=end,
    )
    status = "Scheduled"
    while status in ("Scheduled", "Running"):  # a real query takes seconds: sleep between two looks
        answer = logs.get_query_results(queryId=started["queryId"])
        status = answer["status"]
    rows = [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]
    texts = pd.DataFrame(rows).drop(columns="@ptr", errors="ignore")
    numbers = texts.apply(pd.to_numeric, errors="coerce")  # every value arrives as text
    return numbers.where(numbers.notna(), texts).infer_objects()


# %%
functions = [f"/aws/lambda/{name}" for name in ("checkout", "payment", "inventory")]
slow = ask(
    """filter @type = "REPORT" or type = "platform.report"  # text logs, or JSON logs
    | fields coalesce(@duration, record.metrics.durationMs) as ms
    | stats pct(ms, 99) as p99 by bin(5m) as time, @log
    | sort time""",
    *functions,
)
slow["function"] = slow["@log"].str.split("/").str[-1]

# payment again in pandas, for when the lines are on your disk:
lines = data.frame("checkout", "/aws/lambda/payment").set_index("timestamp").message
took = lines.str.extract(r"^REPORT .*\tDuration: ([\d.]+) ms", expand=False).dropna().astype(float)
p99 = took.resample("5min").quantile(0.99, interpolation="higher")
print(p99.between_time("10:10", "10:30"))

look = {"x": "time", "y": "p99", "by": "function", "unit": "ms", "log": True}
show.series(slow, title="99 of 100 calls were faster than this", events=deployed, **look)

# %% [markdown]
# **What we know:** version 42 made `payment` a little slower. At 10:20 something else begins: its slowest
# calls take exactly 3,000 ms, its timeout, and `checkout`, which tries twice, waits for both. What does
# `payment` wait for?
#
# Read the errors of `checkout`. Some say `payment timed out for order o-74449`, each with another order. In
# `parse`, `*` stands for whatever is between the fixed words; then lines can be counted by problem:

# %%
checkout_log = "/aws/lambda/checkout"
problems = ask(
    """
    filter level = "ERROR"
    | parse errorMessage "* for order *" as problem, orderNumber
    | stats count(*) as lines by problem
    | sort lines desc
    """,
    checkout_log,
)
# The same in pandas:
lines = pd.DataFrame(data.frame("checkout", checkout_log).message.map(json.loads).tolist())
texts = lines[lines.level == "ERROR"].errorMessage
problem = texts.str.extract("(.*) for order ", expand=False)
print(problem.value_counts(dropna=False), "\n")
# Lines without a problem have another shape: `message`, and the provider as a field of its own.
by_provider = "filter message = 'payment timed out' | stats count(*) as timeouts by provider"
print(ask(by_provider, checkout_log))
problems

# %% [markdown] facts="F1.2-13 F1.2-16"
# **What we know:** all 36 timeouts are `northbank`'s; other providers work with the same version 42. A slow
# card provider is the cause, not the deployment.
#
# ### Exercise 1.2: the slowest invocations (2 points)
#
# Write `slowest_query`: the 20 slowest invocations, slowest first, columns `@requestId` and `@duration`.
# In text logs every invocation ends with a REPORT line; Insights knows its type and fields. (JSON logs have
# `platform.report` instead; they are not asked.)
#
# > **Exam answer / Today.** `like /429/` finds throttled requests, and also every id or latency with 429
# > in it: filter the **field**. Beware, `receipt` logs "REPORT generated for user". (Logs Insights query
# > syntax.)

# %% answer="slowest_invocations"
slowest_query = ""
### BEGIN SOLUTION
slowest_query = """
filter @type = "REPORT"
| fields @requestId, @duration
| sort @duration desc
| limit 20
"""
### END SOLUTION

# %%
text_groups = [f"/aws/lambda/{name}" for name in ("payment", "inventory", "search", "receipt")]
if slowest_query:
    print("The last hour:", ask(slowest_query, *text_groups, minutes=60).head(8), sep="\n")
    # The whole morning begins with calls that all took the same time. Which function's timeout is it?
    print("All morning:", ask(slowest_query, *text_groups).head(3), sep="\n")

# %% check="slowest_invocations" points=2 skills="4.1.S3 4.3.S9" tests="F1.2-11 F1.2-13"
assert isinstance(slowest_query, str), "slowest_query must be a text: the query itself."
assert slowest_query.strip(), "slowest_query is still empty: write the query between the quotes."
client = boto3.client("logs")
asked = {"logGroupName": "/aws/lambda/receipt", "startTime": 1773741600, "endTime": 1773748800}
try:
    key = client.start_query(queryString=slowest_query, **asked)["queryId"]
except client.exceptions.MalformedQueryException as error:
    raise AssertionError(f"Logs Insights refuses slowest_query: {error}") from None
while (answer := client.get_query_results(queryId=key))["status"] == "Running":
    continue
found = [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]
assert found, "Two hours of receipt, and not one row: which lines does the query let through?"
assert {"@requestId", "@duration"} <= set(found[0]), (
    f"The first row has the columns {sorted(set(found[0]) - {'@ptr'})}; "
    "@requestId and @duration are wanted."
)
took = [float(row.get("@duration", 0)) for row in found]
assert took != sorted(took) or took[0] == took[-1], (
    f"The rows go from {took[0]} ms up to {took[-1]}. In which direction does sort go by itself?"
)
### BEGIN HIDDEN TESTS
import re

import boto3

from course import account
from course.incidents import checkout
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World


def rows_of(query: str, events: list) -> list:
    """What an account that holds these log events answers: one dict a row."""
    first, last = events[0]["timestamp"], events[-1]["timestamp"]
    asked = {"logGroupNames": sorted({event["logGroupName"] for event in events})}
    asked |= {"startTime": first // 1000, "endTime": last // 1000}
    with account.fresh(World("trial", first, last, events, [], {}, {})):
        client = boto3.client("logs")
        key = client.start_query(queryString=query, **asked)["queryId"]
        client.get_query_results(queryId=key)  # the first look finds it running
        answer = client.get_query_results(queryId=key)["results"]
    return [{cell["field"]: cell["value"] for cell in row} for row in answer]


def reports_of(events: list) -> dict:
    """{request id: (ms, billed ms, line)} of every REPORT line."""
    form = re.compile(r"REPORT RequestId: (\S+)\tDuration: ([\d.]+) ms\tBilled Duration: (\d+) ms")
    found = [(form.match(event["message"]), event["message"]) for event in events]
    return {m[1]: (float(m[2]), float(m[3]), line) for m, line in found if m}


def judge(events: list, label: str) -> None:
    """Raise AssertionError unless the query gives the slowest invocations of these events."""
    truth = reports_of(events)
    wanted = sorted((ms for ms, _, _ in truth.values()), reverse=True)[:20]
    rows = rows_of(slowest_query, events)
    stray = [row for row in rows if "@duration" not in row or row.get("@requestId") not in truth]
    assert not stray, (
        f"{label}: {len(stray)} of {len(rows)} rows are no invocation: lines that only contain the word "
        "REPORT, or no report at all. Which field tells what kind of line it is?"
    )
    got = [float(row["@duration"]) for row in rows]
    given = {row["@requestId"]: ms for row, ms in zip(rows, got, strict=True)}
    assert len(given) == len(rows), f"{label}: some invocations come more than once."
    false = [key for key, ms in given.items() if abs(truth[key][0] - ms) > 0.01]
    assert not false, f"{label}: @duration of {false[0]} is not what its REPORT line says."
    due = [key for key, (ms, _, _) in truth.items() if len(truth) <= 20 or ms > wanted[-1]]
    lost = [key for key in due if key not in given]
    assert not lost or any("Status:" not in truth[key][2] for key in lost), (
        f"{label}: {len(lost)} invocations that ended in a timeout or crash are missing, the slowest among "
        "them. Their REPORT line has another ending; it is a report all the same."
    )
    assert len(rows) == len(wanted), (
        f"{label}: {len(rows)} rows for {len(truth)} invocations; {len(wanted)} are wanted, the 20 "
        "slowest or as many as there are."
    )
    billed = [truth[row["@requestId"]][1] for row in rows]
    assert got == sorted(got, reverse=True) or billed != sorted(billed, reverse=True), (
        f"{label}: that is the order of the billed duration, which includes the initialisation."
    )
    assert got == sorted(got, reverse=True), f"{label}: the rows are not sorted by @duration."
    off = [place for place, ms in enumerate(wanted) if got[place] != ms]
    assert not off, (
        f"{label}: row {off[0] + 1} has {got[off[0]]} ms, and an invocation of {wanted[off[0]]} ms is left "
        "out. Does anything cut rows off before they are sorted, or keep invocations from the sort?"
    )


def hard_lines() -> list:
    """Few invocations, and every line that looks like a report and is none."""
    took = (99.1, 812.3, 1000.0, 6000.0, 95.25, 9.87, 3.2, 1204.55, 98.76, 6000.0)
    started = {4: 2900.5, 1: 6000.1}
    ends = {
        3: "Status: timeout",
        9: "Status: timeout",
        6: "Status: error\tError Type: Runtime.OutOfMemory",
    }
    texts = []
    for k, ms in enumerate(took):
        key, init = f"00000000-0000-4000-8000-{k:012d}", started.get(k, 0)
        said = f"[INFO]\t2026-05-05T05:05:05.050Z\t{key}\t"
        report = f"REPORT RequestId: {key}\tDuration: {ms:.2f} ms\tBilled Duration: {int(ms + init) + 1} ms\t"
        report += "Memory Size: 256 MB\tMax Memory Used: 90 MB\t"
        report += f"Init Duration: {init:.2f} ms\t" if init else ""
        texts += [
            f"START RequestId: {key} Version: 3\n",
            said + f"REPORT generated for user u-{k}\n",
            f"REPORT generated for user v-{k}\n",
            said + f"copied: REPORT RequestId: x-{k} Duration: 9999 ms\n",
            f"END RequestId: {key}\n",
            report + ends.get(k, "") + "\n",
        ]
    place = {"logStreamName": "2026/05/05/[3]0a", "logGroupName": "/aws/lambda/mailer"}
    return [
        {"timestamp": 1777957505000 + 900 * k, "message": text, **place}
        for k, text in enumerate(texts)
    ]


for trial_name in ("slowest_invocations", "slowest_invocations again"):
    other = checkout.world(hidden_seed(trial_name), minutes=9)
    plain = {
        f"/aws/lambda/{f['name']}" for f in other.resources["lambda"] if f["log_format"] == "Text"
    }
    judge([event for event in other.logs if event["logGroupName"] in plain], "In another shop")
judge(hard_lines(), "In a small log group")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 1.3: memory that nobody uses (2 points)
#
# You pay for the memory that a function is given, used or not; and a function that needs more than it was
# given dies. Write `memory_query`: one row per log group (`@log`) with the largest memory its function was
# given, the most it ever used, and the difference, all in the megabytes that the REPORT line prints.
# Insights gives `@memorySize` and `@maxMemoryUsed` in **bytes**, and counts a megabyte as 1,000,000 of them.

# %% answer="spare_memory"
memory_query = ""  # columns: @log, provisionedMB, usedMB, spareMB
### BEGIN SOLUTION
memory_query = """
filter @type = "REPORT"
| stats max(@memorySize / 1000 / 1000) as provisionedMB,
        max(@maxMemoryUsed / 1000 / 1000) as usedMB,
        provisionedMB - usedMB as spareMB
  by @log
"""
### END SOLUTION

# %%
if memory_query:  # which function has far too much, and which has nothing left?
    print(ask(memory_query, *text_groups).to_string())

# %% check="spare_memory" points=2 skills="4.1.S3 4.3.S3" tests="F1.2-11"
assert isinstance(memory_query, str), "memory_query must be a text: the query itself."
assert memory_query.strip(), "memory_query is still empty: write the query between the quotes."
client = boto3.client("logs")
asked = {"logGroupName": "/aws/lambda/receipt", "startTime": 1773741600, "endTime": 1773748800}
try:
    key = client.start_query(queryString=memory_query, **asked)["queryId"]
except client.exceptions.MalformedQueryException as error:
    raise AssertionError(f"Logs Insights refuses memory_query: {error}") from None
while (answer := client.get_query_results(queryId=key))["status"] == "Running":
    continue
found = [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]
assert len(found) == 1, f"One log group was asked, one row is wanted; the query gives {len(found)}."
lacks = {"@log", "provisionedMB", "usedMB", "spareMB"} - set(found[0])
assert not lacks, f"The row comes without {sorted(lacks)}. A column's name stands after as, or by."
sizes = pd.to_numeric(pd.Series(found[0]).filter(regex="^[a-z]+MB$"), errors="coerce")
assert sizes.notna().all(), "provisionedMB, usedMB and spareMB must be numbers, without a unit."
size = sizes["provisionedMB"]
assert size < 1e6, f"provisionedMB is {size:.0f}: that is in bytes, not in megabytes."
assert round(size) != 488, f"{size} counts 1,048,576 bytes as a megabyte. Does Insights?"
assert round(size, 2) == 512, f"receipt's REPORT lines say 512 MB; the query says {size}."
### BEGIN HIDDEN TESTS
import re

import boto3

from course import account
from course.incidents import checkout
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World


def rows_of(query: str, events: list) -> list:
    """What an account that holds these log events answers: one dict a row."""
    first, last = events[0]["timestamp"], events[-1]["timestamp"]
    asked = {"logGroupNames": sorted({event["logGroupName"] for event in events})}
    asked |= {"startTime": first // 1000, "endTime": last // 1000}
    with account.fresh(World("trial", first, last, events, [], {}, {})):
        client = boto3.client("logs")
        key = client.start_query(queryString=query, **asked)["queryId"]
        client.get_query_results(queryId=key)  # the first look finds it running
        answer = client.get_query_results(queryId=key)["results"]
    return [{cell["field"]: cell["value"] for cell in row} for row in answer]


def memory_of(events: list) -> dict:
    """{log group: [(MB provisioned, MB used), ...]} from the REPORT lines."""
    form = re.compile(r"REPORT .*\tMemory Size: (\d+) MB\tMax Memory Used: (\d+) MB")
    sizes: dict = {}
    for event in events:
        if m := form.match(event["message"]):
            sizes.setdefault(event["logGroupName"], []).append((int(m[1]), int(m[2])))
    return sizes


def judge(events: list, label: str) -> None:
    """Raise AssertionError unless the query gives the spare memory of these functions."""
    truth = memory_of(events)
    rows = rows_of(memory_query, events)
    got = {row.get("@log", "").partition(":")[2]: row for row in rows}
    assert len(rows) == len(got) == len(truth) and set(got) == set(truth), (
        f"{label}: {len(rows)} rows, {len(set(got) & set(truth))} of the {len(truth)} functions among them. "
        "One row for each @log is wanted."
    )
    for group, sizes in truth.items():
        has, used = max(size for size, _ in sizes), [mb for _, mb in sizes]
        row = {
            name: float(got[group].get(name, "nan"))
            for name in ("provisionedMB", "usedMB", "spareMB")
        }
        where = f"{label}, {group.rsplit('/', 1)[1]}: "

        def near(name: str, wanted: float, row: dict = row) -> bool:
            return abs(row[name] - wanted) < 0.006

        assert not near("provisionedMB", has * 1e6), where + "provisionedMB is in bytes."
        assert not near("provisionedMB", has * 1e6 / 2**20), (
            where
            + f"{row['provisionedMB']} is what you get when a megabyte is 1,048,576 bytes. How many "
            "bytes does Insights count for one MB of the REPORT line?"
        )
        assert near("provisionedMB", has), (
            where
            + f"{row['provisionedMB']} MB are not what it has. Which lines does the query read, and "
            "which of their sizes does it keep?"
        )
        if min(used) < max(used):
            assert not near("usedMB", min(used)), (
                where + "that is the smallest use. What is left at the peak?"
            )
            assert not near("usedMB", sum(used) / len(used)), (
                where
                + "usedMB is the average. A function that is given its average dies at its peak."
            )
            assert not near("spareMB", has - min(used)), (
                where
                + "spareMB is what was free at the best moment. What is free at the worst one?"
            )
        assert near("usedMB", max(used)), (
            where
            + f"usedMB is {row['usedMB']}; the largest 'Max Memory Used' of its REPORT lines differs. "
            "Are all REPORT lines taken, and only those?"
        )
        assert near("spareMB", row["provisionedMB"] - row["usedMB"]), (
            where + f"spareMB is {row['spareMB']}, which is not what lies between the other two."
        )


def peaks() -> list:
    """Functions of many sizes, two of them resized; the peak is neither first nor last, once rare."""
    events = []
    for name, sizes, used in (
        ("/aws/lambda/thumbs", [128], [61, 128, 60, 64]),
        ("/aws/lambda/eu/ledger", [512], [300, 77, 301, 299]),
        ("/aws/lambda/train", [9216, 9216, 10240], [4000, 9001, 8000, 7000]),
        ("/aws/lambda/shrunk", [1024, 1024, 384], [200, 211, 190, 188]),
        ("/aws/lambda/rare", [256], [*range(90, 130), 201, *range(80, 140)] * 2),
    ):
        for k, mb in enumerate(used):
            size = sizes[min(k, len(sizes) - 1)]
            key = f"00000000-0000-4000-8000-{size:06d}{k:06d}"
            report = f"REPORT RequestId: {key}\tDuration: 7.00 ms\tBilled Duration: 7 ms\t"
            report += f"Memory Size: {size} MB\tMax Memory Used: {mb} MB\t\n"
            said = f"[INFO]\t2026-05-05T05:05:05.050Z\t{key}\tREPORT: Memory Size: 4096 MB\tMax Memory Used: 4095 MB\n"
            for text in (said, report):
                place = {"logStreamName": "2026/05/05/[3]0a", "logGroupName": name}
                events.append(
                    {"timestamp": 1777957505000 + 700 * len(events), "message": text, **place}
                )
    return events


for trial_name in ("spare_memory", "spare_memory again"):
    other = checkout.world(hidden_seed(trial_name), minutes=9)
    plain = {
        f"/aws/lambda/{f['name']}" for f in other.resources["lambda"] if f["log_format"] == "Text"
    }
    judge([event for event in other.logs if event["logGroupName"] in plain], "In another shop")
judge(peaks(), "Among other functions")
### END HIDDEN TESTS

# %% [markdown] facts="F1.2-06 F1.2-07 F1.2-09 F1.2-17 F1.2-18 F1.2-19 F1.2-20"
# A query looks back at what is stored. To react to lines as they arrive, or to keep them elsewhere, choose
# one of the ways out of a log group:
#
# | way out | how fast | good for |
# |---|---|---|
# | metric filter | every minute | a number taken from each matching event, or a count of them |
# | subscription filter to Lambda | real time | reacting to single events |
# | ... to Kinesis Data Streams | real time | many readers, replay |
# | ... to Firehose | near real time | S3, Redshift, OpenSearch |
# | export task to S3 | up to 12 hours, one at a time | a single archive |
#
# Filters see only what arrives after they were made. A group takes 100 metric filters and two
# subscription filters; subscriptions send gzip in base64.
#
# > **Exam answer / Today.** "Kinesis Data Firehose" is now **Amazon Data Firehose**; an account policy can
# > add one more subscription to all groups. (API reference, PutMetricFilter, PutSubscriptionFilter,
# > PutAccountPolicy, CreateExportTask.)

# %% [markdown] facts="F1.2-08"
# ### Exercise 1.4: a metric out of old lines (3 points)
#
# This metric filter counts the errors of `checkout`, whose lines are JSON:
#
# ```python
# logs.put_metric_filter(
#     logGroupName="/aws/lambda/checkout", filterName="errors", filterPattern='{ $.level = "ERROR" }',
#     metricTransformations=[{"metricNamespace": "Shop/Checkout", "metricName": "ErrorLines",
#                             "metricValue": "1"}])
# ```
#
# The shops' card terminals write text. There `[time, id, level=ERROR, ...]` names the words of a line and
# tests one; `...` is the rest. Count declined payments: level ERROR, then `payment declined`. Other levels
# quote these words.
#
# > **Exam answer / Today.** Brackets fit only lines of that order: Lambda's Python text begins with the
# > level. A filter takes at most 3 dimensions, and none beside a default value. (Filter pattern syntax;
# > API reference, PutMetricFilter.)


# %% answer="count_declines"
def count_declines(log_group: str, namespace: str) -> None:
    """Make a metric filter on a terminal's log group that publishes the metric `Declines`.

    log_group: its name. namespace: of the metric, which has no dimensions.
    Every minute in which lines arrive gets a value: how many of them are declined payments, or 0.
    A decline: the level ERROR in its place, payment and declined right after it, and more words.

    >>> count_declines("/shop/terminal", "Shop/Terminal")
    """
    ### BEGIN SOLUTION
    declines = {
        "metricNamespace": namespace,
        "metricName": "Declines",
        "metricValue": "1",
        "defaultValue": 0,
    }
    boto3.client("logs").put_metric_filter(
        logGroupName=log_group,
        filterName="declines",
        filterPattern="[time, id, level=ERROR, what=payment, outcome=declined, ...]",
        metricTransformations=[declines],
    )
    ### END SOLUTION


# %%
# test_metric_filter tries a pattern and creates nothing. This one matches too much: try yours.
pattern = "ERROR"
terminal = [event["message"] for event in data.events("checkout", "/shop/terminal")]
terminal = [line for line in terminal if "ERROR" in line or "declined" in line][:50]
found = logs.test_metric_filter(filterPattern=pattern, logEventMessages=terminal)["matches"]
print(f"{len(found)} of {len(terminal)} lines match, for example")
print(*[each["eventMessage"] for each in found[:5]], sep="\n")

# %% check="count_declines" points=3 skills="4.1.S4 4.2.S3" tests="F1.2-06 F1.2-08 F1.2-09"
from botocore.exceptions import BotoCoreError, ClientError

from course.telemetry.world import World

start, accepted = 1773734400, "2026-03-17T08:00Z 8f2c51a09b3e INFO payment accepted amount=9.5 t-1"
declined = accepted.replace("INFO payment accepted", "ERROR payment declined code=05")
asked = {"Namespace": "Shop/Terminal", "MetricName": "Declines", "Statistics": ["Sum"]}
asked |= {"StartTime": start, "EndTime": start + 60, "Period": 60}
with account.fresh(World("trial", 1000 * start, 1000 * start, [], [], {}, {})) as trial:
    boto3.client("logs").create_log_group(logGroupName="/shop/terminal")
    try:
        count_declines("/shop/terminal", "Shop/Terminal")
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what count_declines asks for: {refused}") from None
    event = {"timestamp": 1000 * start, "logGroupName": "/shop/terminal", "logStreamName": "s"}
    trial.replay(logs=[{**event, "message": line} for line in (declined, accepted, declined)])
    trial.advance(minutes=3)
    found = boto3.client("cloudwatch").get_metric_statistics(**asked)["Datapoints"]
assert found, "Three lines arrived, and there is no Declines yet: no filter, other names, no match?"
assert found[0]["Sum"] == 2, f"Two of three lines are declines; Declines says {found[0]['Sum']}."
### BEGIN HIDDEN TESTS
import random

import boto3

from course import account
from course.incidents.seeds import hidden_seed


def counted(group: str, namespace: str, minutes: list, start: int) -> list:
    """Declines, a value or None for each minute, after these lines arrived minute by minute."""
    times = [
        (start + 60 * m + k, line)
        for m, lines in enumerate(minutes)
        for k, line in enumerate(lines)
    ]
    place = {"logGroupName": group, "logStreamName": "till"}
    events = [{"timestamp": 1000 * at, "message": line, **place} for at, line in times]
    with account.fresh(World("trial", 1000 * start, 1000 * start, [], [], {}, {})) as trial:
        boto3.client("logs").create_log_group(logGroupName=group)
        count_declines(group, namespace)
        trial.replay(logs=events)
        trial.advance(minutes=len(minutes) + 2)
        span = {"StartTime": start, "EndTime": start + 60 * len(minutes), "Period": 60}
        found = boto3.client("cloudwatch").get_metric_statistics(
            Namespace=namespace, MetricName="Declines", Statistics=["Sum"], **span
        )["Datapoints"]
        sums = {int(point["Timestamp"].timestamp()): point["Sum"] for point in found}
        return [sums.get(start + 60 * m) for m in range(len(minutes))]


def random_minutes(rng: random.Random, others: dict) -> tuple:
    """Minutes of lines, and for each the number of declines (None: no line arrived at all)."""
    stamp = lambda: f"2026-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}T0{rng.randint(0, 9)}:00:00Z"  # noqa: E731
    head = lambda: f"{stamp()} {rng.getrandbits(48):012x}"  # noqa: E731
    tail = lambda: f"amount={rng.uniform(2, 90):.2f} terminal=lane-{rng.randint(1, 9)}"  # noqa: E731
    minutes, truth = [], []
    for m in range(8):
        declines = 0 if m in (2, 5, 6) else rng.randint(1, 4)
        lines = [
            f"{head()} ERROR payment declined code={rng.randint(11, 99)} {tail()}"
            for _ in range(declines)
        ]
        lines += [f"{head()} INFO payment accepted {tail()}" for _ in range(rng.randint(1, 3))]
        lines += [
            f"{head()} {text} {tail()}" for text, often in others.items() for _ in range(often)
        ]
        rng.shuffle(lines)
        minutes.append([] if m == 5 else lines)
        truth.append(None if m == 5 else float(declines))
    return minutes, truth


def judge(name: str, others: dict, advice: str) -> None:
    """Raise AssertionError with `advice` unless every minute is counted right."""
    rng = random.Random(hidden_seed(name))
    minutes, truth = random_minutes(rng, others)
    group, space = f"/store-{rng.randrange(1000)}/till", f"Store{rng.randrange(1000)}/Till"
    found = counted(group, space, minutes, 1767600000 + 60 * rng.randrange(100_000))
    assert any(value is not None for value in found), (
        "In another log group, with another namespace, no value was published. Is every name taken from "
        "the arguments?"
    )
    silent = [m for m, value in enumerate(truth) if value == 0 and found[m] is None]
    assert not silent, (
        "A minute with lines but no decline published nothing at all. An alarm cannot tell that from a "
        "broken terminal: which setting of the transformation gives such a minute its 0?"
    )
    assert found[5] is None, "A minute without any line published a value; nothing arrived in it."
    wrong = [m for m, value in enumerate(truth) if value != found[m]]
    assert not wrong, (
        f"{advice} In one minute there were {truth[wrong[0]]:.0f} declines among {len(minutes[wrong[0]])} "
        f"lines, and Declines says {found[wrong[0]]:g}."
    )


judge(
    "count_declines",
    {},
    "Declines and accepted payments are not told apart, or not counted by one each.",
)
judge(
    "count_declines self-test",
    {"INFO self-test passed, no ERROR found": 1},
    "Lines that only mention the word ERROR are counted. Where in a line does its level stand?",
)
judge(
    "count_declines failed",
    {
        "ERROR payment failed: no answer within 4000ms": 2,
        "ERROR card reader declined to start": 1,
        "ERROR refund declined code=57": 1,
        "ERROR reader offline code=19": 1,
    },
    "Errors that are no declined payment are counted. Which words follow the level?",
)
judge(
    "count_declines quoted",
    {
        "INFO customer asks why payment declined": 1,
        "WARN ERROR rate rising, payment declined often": 1,
        "DEBUG replayed: ERROR payment declined code=77": 1,
        "INFO payment declined and shown to the customer": 1,
        "WARN payment declined twice": 1,
    },
    "Lines of another level that quote the words are counted. Does the pattern say where they stand?",
)
judge(
    "count_declines mentioned",
    {"ERROR no receipt after payment declined": 1, "ERROR void, ERROR payment declined": 1},
    "Errors that only mention a declined payment are counted. Which words follow the level at once?",
)
### END HIDDEN TESTS

# %% [markdown] facts="F1.3-01 F1.3-02 F1.3-03 F1.3-04 F1.3-05 F1.3-06 F1.3-07"
# ## 1.3 Alarms
#
# From 10:20 on payments failed, and the customers told us. An **alarm** should have: it compares a metric
# with a threshold, period after period, and acts when its **state** changes.
#
# | state | means |
# |---|---|
# | OK | the metric is within the threshold |
# | ALARM | enough of its latest data points are beyond it |
# | INSUFFICIENT_DATA | too little is known: the alarm is new, or data is missing |
#
# Three numbers make it quick or calm:
#
# | setting | means |
# |---|---|
# | Period | seconds per data point: 10, 20, 30 or a multiple of 60 |
# | EvaluationPeriods (N) | how many of the latest points are looked at |
# | DatapointsToAlarm (M) | how many of those must breach the threshold; N by default |
#
# Two of two one-minute points are two bad minutes in a row.
#
# > **Exam answer / Today.** "Evaluation periods = periods that must breach" holds only for M = N;
# > otherwise N is the window, and M of it must breach. (API reference, PutMetricAlarm.)

# %% fixed="rehearsal"
# Alarms are judged by what they do. These two helpers rehearse them: `lambda_minutes` writes the
# metrics that a function would have sent, `rehearse` plays metrics to alarms in an empty account.
from course.telemetry.world import World


def lambda_minutes(name: str, begin: int, minutes: list) -> list[dict]:
    """AWS/Lambda metrics of a function: (calls, failures) for each minute; None: nobody called."""
    records = []
    for k, (calls, failures) in [(k, each) for k, each in enumerate(minutes) if each]:
        ended = {0.0: calls - failures, 1.0: failures}  # 0 for a call that went well
        ended = {value: count for value, count in ended.items() if count}
        record = {"timestamp": begin + 60_000 * k, "namespace": "AWS/Lambda"}
        record["dimensions"] = {"FunctionName": name}
        records.append({**record, "name": "Invocations", "values": [1.0], "counts": [calls]})
        errors = {"values": list(ended), "counts": list(ended.values())}
        records.append({**record, "name": "Errors", **errors})
    return records


# %% fixed="rehearse"
def rehearse(set_up, metrics: list[dict], minutes: int) -> list[tuple]:
    """Every change of an alarm, as (time, alarm, new state), in a rehearsal of some minutes.

    set_up() makes the alarms in an empty second account; then these metrics arrive there.
    """
    begin = min(record["timestamp"] for record in metrics) // 60_000 * 60_000
    with account.fresh(World("rehearsal", begin, begin, [], [])) as trial:
        set_up()
        trial.replay(metrics=metrics)
        happened = trial.advance(minutes=minutes)
    turns = [each for each in happened if each["what"] == "alarm"]
    return [(pd.Timestamp(each["time"]), each["alarm"], each["to"]) for each in turns]


evening = 1774036800000  # 2026-03-20 20:00 UTC in epoch milliseconds: when later rehearsals begin


# %%
def watch_checkout() -> None:
    """A first attempt: ring when calls of checkout failed in two of the last three minutes."""
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName="checkout-errors", Namespace="AWS/Lambda", MetricName="Errors", Statistic="Sum",
        Dimensions=[{"Name": "FunctionName", "Value": "checkout"}], Period=60, Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold", EvaluationPeriods=3, DatapointsToAlarm=2,
    )  # fmt: skip


since, until = pd.Timestamp("2026-03-17 10:10Z"), pd.Timestamp("2026-03-17 11:10Z")
hour = range(since.value // 10**6, until.value // 10**6)  # epoch milliseconds
dimensions = {"FunctionName": "checkout"}
sent = [m for m in data.load("checkout").metrics if m["timestamp"] in hour]
sent = [m for m in sent if m["name"] == "Errors" and m["dimensions"] == dimensions]
changes = rehearse(watch_checkout, sent, minutes=60)
states = [(since, "INSUFFICIENT_DATA")] + [(time, state) for time, _, state in changes]
failed = {m["timestamp"]: dict(zip(m["values"], m["counts"], strict=True)).get(1, 0) for m in sent}
points = [(at, failed.get(at.value // 10**6)) for at in pd.date_range(since, until, freq="min")]
look = {"threshold": 1, "comparison": ">=", "unit": "failed calls"}
show.alarm(points, states=states, title="checkout-errors, rehearsed on this morning", **look)

# %% [markdown]
# This alarm rings at 10:22, in good time, but it *flaps*: seven times on and off in half an hour. And in
# minutes without a call (hollow marks) there is no data point.
#
# ### Exercise 1.5: what a gap means (3 points)
#
# CloudWatch fetches a few points more than N (the *evaluation range*: 5 for N = 3). If N of them are real,
# gaps do not matter. If fewer are, `TreatMissingData` decides:
#
# | TreatMissingData | what is missing up to N |
# |---|---|
# | notBreaching | counts as good |
# | breaching | counts as bad |
# | ignore | leaves the state as it is, unless the real points settle it (for `AWS/DynamoDB` always so) |
# | missing (default) | is unknown: INSUFFICIENT_DATA, unless the real points settle it |
#
# Write this rule. (User Guide, "Configuring how CloudWatch alarms treat missing data".)


# %% answer="alarm_state"
def alarm_state(points: list, n: int, m: int, treat_missing: str, previous: str) -> str:
    """The state of an alarm after one look at its evaluation range.

    points: the whole range, oldest first: True breaches, False does not, None is missing.
    n: EvaluationPeriods. m: DatapointsToAlarm, at most n. previous: the state until now.
    treat_missing: "missing", "ignore", "breaching" or "notBreaching".
    Returns "OK", "ALARM" or "INSUFFICIENT_DATA".

    With n or more real points, the n newest of them decide. With fewer:
    - breaching and notBreaching add such points until there are n, and those decide;
    - otherwise m real breaching points are an ALARM; failing that, any real good point is an OK;
      what remains has too few breaching points, or none: ignore keeps `previous`; missing is an
      ALARM if the oldest breaching point stands at place m or further back, counting from the
      newest place (1), gaps included; else INSUFFICIENT_DATA.

    >>> alarm_state([False, True, True, None, True], 3, 3, "missing", "OK")
    'ALARM'
    """
    ### BEGIN SOLUTION
    real = [point for point in points if point is not None]
    if len(real) >= n:
        return "ALARM" if sum(real[-n:]) >= m else "OK"
    breaching = sum(real)
    if treat_missing == "breaching":
        breaching += n - len(real)
    if breaching >= m:
        return "ALARM"
    if treat_missing in ("breaching", "notBreaching") or not all(real):
        return "OK"
    if treat_missing == "ignore":
        return previous
    places = [place for place, point in enumerate(reversed(points), start=1) if point]
    return "ALARM" if places and max(places) >= m else "INSUFFICIENT_DATA"
    ### END SOLUTION


# %%
def read(text: str) -> list:
    """The notation of AWS's table: 0 is within the threshold, X breaches, - is missing."""
    return [{"0": False, "X": True, "-": None}[sign] for sign in text]


treatments = ("missing", "ignore", "breaching", "notBreaching")
table = []
for text in ("0XX-X", "0-X-X", "0----", "--X--", "-----"):
    states = {treat: alarm_state(read(text), 3, 3, treat, "OK") for treat in treatments}
    table.append({"range": text, **states})
show.table(table, "3 of 3, after OK: what your rule says")

# %% check="alarm_state" points=3 skills="4.1.S2 4.2.S5" tests="F1.3-01 F1.3-02 F1.3-03 F1.3-05 F1.3-06"
signs = {"0": False, "X": True, "-": None}
shown = {
    ("00X0X", 2, "missing", "OK", "ALARM"): "The breaching points need not be neighbours.",
    ("0-X-X", 3, "breaching", "OK", "OK"): "How many real points has the whole range?",
    ("-----", 3, "missing", "OK", "INSUFFICIENT_DATA"): "A gap is not a zero: nothing is known.",
    ("-----", 3, "ignore", "ALARM", "ALARM"): "What does ignore do where nothing is known?",
    ("0----", 3, "missing", "ALARM", "OK"): "One real point is known, and it is good.",
    ("--X--", 3, "missing", "OK", "ALARM"): "How old is the breaching point?",
}
for (text, m, treat, previous, expected), look in shown.items():
    found = alarm_state([signs[sign] for sign in text], 3, m, treat, previous)
    assert found is not None, "alarm_state returned nothing yet: write the rule of its docstring."
    assert str(found) in ("OK", "ALARM", "INSUFFICIENT_DATA"), f"{found!r} is no state of an alarm."
    assert found == expected, (
        f"{m} of 3 over {text} with {treat}, after {previous}: AWS's table says {expected}, "
        f"you say {found!r}. {look}"
    )
### BEGIN HIDDEN TESTS
import random

from course.incidents.seeds import hidden_seed
from course.telemetry import alarms


def situation(points: list, n: int, m: int, treat: str) -> str:
    """Which part of the rule decides, for whoever got it wrong."""
    real = [point for point in points if point is not None]
    if len(real) >= n:
        return "Enough real points lie in the range. Which of them count, and how many must breach?"
    if treat in ("breaching", "notBreaching"):
        return "Real points are short: how many does this treatment add, and of which kind?"
    if sum(real) >= m:
        return "Fewer real points than N, yet those that breach may be enough by themselves."
    if not all(real):
        return "Fewer real points than N, not enough of them breach, and a good one is known."
    if treat == "ignore":
        return "The real points settle nothing here: what does ignore keep?"
    return "Only gaps and too few breaching points: at which place stands the oldest breaching one?"


for seed_name in ("alarm_state", "alarm_state again"):
    rng = random.Random(hidden_seed(seed_name))
    for _ in range(500):  # rare situations decide, too: gaps around several breaching points
        n = rng.randint(1, 6)
        m = rng.randint(1, n)
        gaps, bad = rng.choice((0.1, 0.5, 0.7, 0.9)), rng.choice((0.3, 0.6, 1.0))
        points = [
            None if rng.random() < gaps else rng.random() < bad
            for _ in range(n + rng.randint(0, 3))
        ]
        treat = rng.choice(("missing", "ignore", "breaching", "notBreaching"))
        previous = rng.choice(("OK", "ALARM", "INSUFFICIENT_DATA"))
        expected = alarms.state(points, n=n, m=m, treat_missing=treat, previous=previous)
        found = alarm_state(list(points), n, m, treat, previous)
        text = "".join("-" if point is None else "X" if point else "0" for point in points)
        assert found == expected, (
            f"{m} of {n} over {text} with {treat}, after {previous}: {found!r} is not what "
            f"CloudWatch does. {situation(points, n, m, treat)}"
        )
### END HIDDEN TESTS

# %% [markdown] facts="F1.3-08"
# ### Exercise 1.6: an error rate that lets you sleep (3 points)
#
# Five failures a minute are nothing on Black Friday; at night a single one can be half the traffic. So
# watch the **rate**: write `error_rate_alarm`. `put_metric_alarm` takes the queries of `get_metric_data` as
# `Metrics`. (The Average of `Errors` is a rate, too: each call sends 0 or 1.)
#
# > **Exam answer / Today.** "Threshold 5 = more than 5 percent" is true only on a percentage, made by
# > metric math (one of `Metrics` has `ReturnData`). On the metric `Errors`, 5 means five errors. (API
# > reference, PutMetricAlarm.)


# %% answer="error_rate_alarm"
def error_rate_alarm(function_name: str, topic_arn: str) -> None:
    """Makes the alarm "<function_name>-error-rate".

    It is in ALARM while more than 5 % of the function's calls, however few, failed in at least 2 of
    the last 3 minutes (calls and failures: Invocations and Errors in AWS/Lambda, by FunctionName),
    and then notifies the SNS topic `topic_arn`. Minutes without calls are good minutes: a single
    failed call in a quiet night must not ring, and an alarm that rang ends when the traffic ends.

    >>> error_rate_alarm("payment", "arn:aws:sns:us-east-1:123456789012:on-call")
    """
    ### BEGIN SOLUTION
    dimension = {"Name": "FunctionName", "Value": function_name}

    def watch(key: str, name: str) -> dict:
        metric = {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": [dimension]}
        stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
        return {"Id": key, "MetricStat": stat, "ReturnData": False}

    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName=f"{function_name}-error-rate",
        Metrics=[
            watch("errors", "Errors"),
            watch("calls", "Invocations"),
            {"Id": "rate", "Expression": "100 * errors / calls", "ReturnData": True},
        ],
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=3,
        DatapointsToAlarm=2,
        TreatMissingData="notBreaching",
        AlarmActions=[topic_arn],
    )
    ### END SOLUTION


# %%
shapes = {  # (calls, failures) minute by minute
    "outage": [(200, 2)] * 5 + [(200, 14)] * 6 + [(200, 2)] * 9,
    "black-friday": [(4000, 80)] * 20,
    "night": [(1, 1)] + [None] * 9 + [(1, 1)] + [None] * 9,
}


def set_up() -> None:
    for name in shapes:
        error_rate_alarm(name, "arn:aws:sns:us-east-1:123456789012:on-call")


traffic = []
for name, shape in shapes.items():
    traffic += lambda_minutes(name, evening, shape)
print("outage should ring once; black-friday and night should stay in OK:")
for time, alarm, state in rehearse(set_up, traffic, minutes=30):
    print(f"  {time:%H:%M} {alarm} is {state}")

# %% check="error_rate_alarm" points=3 skills="4.2.S5" tests="F1.1-09 F1.1-10 F1.1-28 F1.3-04 F1.3-06 F1.3-08 F1.3-09"
from botocore.exceptions import BotoCoreError, ClientError

start, good, bad = 1774000800000, [(100, 2)] * 5, [(100, 60)] * 5  # calls and failures a minute
visible = {"steady": good * 4, "broken": good + bad + good * 2}
topic = "arn:aws:sns:us-east-1:123456789012:on-call"
records = [m for name, shape in visible.items() for m in lambda_minutes(name, start, shape)]
try:
    changes = rehearse(lambda: [error_rate_alarm(name, topic) for name in visible], records, 20)
except (BotoCoreError, ClientError) as refused:
    raise AssertionError(f"AWS refuses what error_rate_alarm asks for: {refused}") from None
assert changes, "No alarm changed its state: is there one yet, and is what it watches published?"
states = {name: [s for _, a, s in changes if a == f"{name}-error-rate"] for name in visible}
assert all(states.values()), f"No 'broken-error-rate' among {sorted({a for _, a, _ in changes})}."
assert "ALARM" not in states["steady"], (
    "It rang at 2 % errors. Are the threshold and what you watch in the same unit, percent or share?"
)
assert "ALARM" in states["broken"], (
    "60 % of the calls failed for five minutes, and <function_name>-error-rate stayed silent. Draw "
    "what it watches with get_metric_data: which values does it see, and what is its threshold?"
)
### BEGIN HIDDEN TESTS
import random

import boto3

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

GOOD = [(200, 4)]
SHAPES = {  # what the calls do, minute by minute, and whether somebody must be woken
    "outage": (GOOD * 6 + [(4000, 201)] * 6 + GOOD * 12, True),
    "trickle": ([(8, 0)] * 6 + [(8, 1)] * 6 + [(8, 0)] * 12, True),
    "flicker": (GOOD * 6 + [(200, 40), (200, 0)] * 4 + GOOD * 10, True),
    "closing": (GOOD * 6 + [(200, 100)] * 6 + [None] * 12, True),
    "crowd": ([(4000, 120)] * 24, False),
    "exact": ([(200, 10)] * 24, False),
    "spikes": ([(200, 90)] + GOOD * 2 + ([(200, 90)] + GOOD * 3) * 5, False),
    "night": ([None] * 3 + ([(1, 1)] + [None] * 8) * 2, False),
    "healthy": ([(500, 0)] * 24, False),
}
COMPLAINTS = {
    "crowd": "It rang at 3 % of 4,000 calls. Does it watch a number of failures, or their share?",
    "exact": "It rang at exactly 5 %. Read the docstring again: is that more than 5 %?",
    "spikes": "Single bad minutes with good ones between them woke somebody. Which minutes does "
    "the alarm look at, and how many of them must be bad?",
    "night": "One failed call in a quiet night rang. Most of those minutes have no data point: what "
    "does your alarm make of a gap?",
    "healthy": "It rang for a function that never failed while others did. Whose metric is watched?",
    "outage": "201 of 4,000 calls failed each minute, more than 5 %, and the alarm came too late or "
    "never. What exactly is divided by what, and compared with what?",
    "trickle": "1 of 8 calls failed each minute: 12.5 %, and the alarm came too late or never. Does "
    "it wait for a number of failures, or of calls?",
    "flicker": "Every second minute was bad, so two of three were: no alarm within three minutes.",
    "closing": "Half of the calls failed, then traffic ended: the alarm came late or never.",
}


def everything(names: dict, begin: int) -> list:
    """The metrics of all functions, and the ones without dimensions that Lambda adds up."""
    per_function = [
        m for key, name in names.items() for m in minutes_of(name, begin, SHAPES[key][0])
    ]
    return per_function + [{**each, "dimensions": {}} for each in per_function]


def minutes_of(name: str, begin: int, shape: list) -> list:
    made = []
    for k, (calls, failures) in [(k, each) for k, each in enumerate(shape) if each]:
        ended = {v: c for v, c in {0.0: calls - failures, 1.0: failures}.items() if c}
        one = {"timestamp": begin + 60_000 * k, "namespace": "AWS/Lambda"}
        one["dimensions"] = {"FunctionName": name}
        made.append({**one, "name": "Invocations", "values": [1.0], "counts": [calls]})
        made.append(
            {**one, "name": "Errors", "values": list(ended), "counts": list(ended.values())}
        )
    return made


def night_and_day(names: dict, begin: int) -> tuple:
    """34 minutes with an alarm for every function: what happened, the topic, the last states."""
    with account.fresh(World("trial", begin, begin, [], [])) as trial:
        pager = boto3.client("sns").create_topic(Name=names["crowd"])["TopicArn"]
        for name in names.values():
            error_rate_alarm(name, pager)
        trial.replay(metrics=everything(names, begin))
        happened = trial.advance(minutes=34)
        made = boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]
        return happened, pager, {each["AlarmName"]: each["StateValue"] for each in made}


for seed_name in ("error_rate_alarm", "error_rate_alarm again"):
    rng = random.Random(hidden_seed(seed_name))
    begin = 1767600000000 + 60_000 * rng.randrange(100_000)
    names = {key: f"{rng.choice('abcdefgh')}{rng.randrange(1000)}-{key}" for key in SHAPES}
    happened, pager, left = night_and_day(names, begin)
    for key in COMPLAINTS:
        alarm = f"{names[key]}-error-rate"
        assert alarm in left, f"There is no alarm {alarm!r} for the function {names[key]!r}."
        turns = [h for h in happened if h["what"] == "alarm" and h["alarm"] == alarm]
        rang = [pd.Timestamp(h["time"]).value // 10**6 for h in turns if h["to"] == "ALARM"]
        in_time = bool(rang) and rang[0] <= begin + 9 * 60_000  # every incident begins in minute 6
        assert in_time if SHAPES[key][1] else not rang, COMPLAINTS[key]
    for key in ("closing", *SHAPES):
        state = left[f"{names[key]}-error-rate"]
        assert state == "OK", (
            f"Ten minutes after the last call ({key}) the alarm stands in {state}. "
            "What is a minute without calls, according to the docstring?"
        )
    actions = [h for h in happened if h["what"] == "action" and h["to"] == "ALARM"]
    heard = {(each["alarm"], each["action"]) for each in actions}
    due = {(f"{names[key]}-error-rate", pager) for key in SHAPES if SHAPES[key][1]}
    assert due <= heard, (
        "The alarm changed its state, but the topic that was given heard nothing of it. Which "
        "parameter says what an alarm does when it enters ALARM?"
    )
    assert heard <= due, (
        f"{sorted(heard - due)[0]} was notified as well: one alarm, one topic is asked for."
    )
### END HIDDEN TESTS

# %% [markdown] facts="F1.3-09 F1.3-10 F1.3-11 F1.3-12 F1.3-13 F1.3-14"
# When an alarm **enters** a state it can act, with up to five actions for each state:
#
# | action | for |
# |---|---|
# | SNS topic | mail, pager, webhook; chat through Amazon Q Developer in chat applications |
# | Lambda function | a repair of your own |
# | EC2 Auto Scaling policy | more or fewer instances |
# | EC2 stop, terminate, reboot, **recover** | one instance |
# | Systems Manager OpsItem or incident | a ticket |
# | Amazon Q investigation | a first search for causes |
#
# Alarm on **quotas**, too: metrics in `AWS/Usage`, divided by `SERVICE_QUOTA()`. (User Guide, "Visualizing
# your service quotas and setting alarms".)
#
# > **Exam answer / Today.** Notes list five actions; Lambda functions and investigations came later, and
# > recover is the fourth EC2 action. An OpsItem runs no runbook. ECS scales by an Application Auto Scaling
# > policy that an alarm triggers. A **CodeDeploy rollback is no action**: a deployment group names up to ten
# > alarms, stops when one rings, and may roll back. (API references, PutMetricAlarm, CodeDeploy
# > AlarmConfiguration.)

# %% [markdown] facts="F1.3-15 F1.3-16 F1.3-17 F1.3-18"
# ### Exercise 1.7: one page, not three (2 points)
#
# This morning errors and latency would have paged together, and planned maintenance pages for nothing. A
# **composite alarm** watches other alarms: `ALARM("a") AND ALARM("b")` rings only while both ring. Page on
# it, and leave single alarms to dashboards. Write `checkout_composite`.
#
# > **Exam answer / Today.** Beside AND and OR there are NOT and, since November 2025, AT_LEAST, for up to
# > 100 children. "Page on composites" is advice, not a rule: they run no EC2 or Auto Scaling actions.
# > Mute rules and suppressors cut noise too. (User Guide, "Composite alarms".)


# %% answer="checkout_composite"
def checkout_composite(name: str, errors: str, latency: str, maintenance: str) -> None:
    """Makes the composite alarm `name` from three alarms that exist already.

    errors, latency, maintenance: names of alarms, which may hold spaces and parentheses.
    It is in ALARM while `errors` rings or `latency` rings (or both), but never while `maintenance`
    rings. An alarm rings in the state ALARM only; one in INSUFFICIENT_DATA does not.

    >>> checkout_composite("page", "checkout-error-rate", "checkout slow (p99)", "deploying")
    """
    ### BEGIN SOLUTION
    boto3.client("cloudwatch").put_composite_alarm(
        AlarmName=name,
        AlarmRule=f'(ALARM("{errors}") OR ALARM("{latency}")) AND NOT ALARM("{maintenance}")',
    )
    ### END SOLUTION


# %%
# A drill: set the children's states by hand and see what the composite alarm makes of them.
with account.fresh(World("rehearsal", evening, evening, [], [])):
    client = boto3.client("cloudwatch")
    watched = {"Namespace": "Shop/Lab", "MetricName": "Lab", "Statistic": "Sum", "Period": 60}
    watched |= {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "LessThanThreshold"}
    for child in ("errors", "latency", "maintenance"):
        client.put_metric_alarm(AlarmName=child, **watched)
    checkout_composite("page", "errors", "latency", "maintenance")
    for child, state in (("errors", "ALARM"), ("maintenance", "ALARM"), ("maintenance", "OK")):
        client.set_alarm_state(AlarmName=child, StateValue=state, StateReason="a drill")
        for page in client.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]:
            print(f"{child} is {state:5} -> {page['AlarmName']} is {page['StateValue']}")


# %% check="checkout_composite" points=2 skills="4.2.S5" tests="F1.3-15 F1.3-16 F1.3-17"
from botocore.exceptions import BotoCoreError, ClientError

settings = {"Namespace": "Trial", "MetricName": "Trial", "Statistic": "Sum", "Period": 60}
settings |= {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "LessThanThreshold"}
with account.fresh(World("trial", 1774000800000, 1774000800000, [], [])):
    client, seen = boto3.client("cloudwatch"), []
    for child in ("errors", "latency", "repair"):
        client.put_metric_alarm(AlarmName=child, **settings)
    try:
        checkout_composite("page", "errors", "latency", "repair")
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what checkout_composite asks for: {refused}") from None
    for state in ("ALARM", "OK"):
        for child, turn in (("errors", state), ("latency", state), ("repair", "OK")):
            client.set_alarm_state(AlarmName=child, StateValue=turn, StateReason="a drill")
        found = client.describe_alarms(AlarmNames=["page"], AlarmTypes=["CompositeAlarm"])
        seen += [each["StateValue"] for each in found["CompositeAlarms"]]
assert seen, "checkout_composite made no composite alarm called `name` yet."
assert seen == ["ALARM", "OK"], f"Both ring, then none does; yours is in {' and '.join(seen)}."
### BEGIN HIDDEN TESTS
import itertools
import random

import boto3

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
EVERY = list(itertools.product(STATES, repeat=3))
RINGS = {s: (s[0] == "ALARM" or s[1] == "ALARM") and s[2] != "ALARM" for s in EVERY}
MISTAKES = [  # what another rule would do, and what to ask about it
    (
        lambda e, t, m: e == "ALARM" and t == "ALARM" and m != "ALARM",
        "It rings only when errors and latency ring together. Is one of them not enough?",
    ),
    (
        lambda e, t, m: (e != "OK" or t != "OK") and m != "ALARM",
        "It rings for an alarm that has too little data. Is 'not OK' the same as ringing?",
    ),
    (
        lambda e, t, m: e == "ALARM" or (t == "ALARM" and m != "ALARM"),
        "Maintenance silences latency, but not errors. Which operator binds tighter?",
    ),
    (
        lambda e, t, m: t == "ALARM" or (e == "ALARM" and m != "ALARM"),
        "Maintenance silences errors, but not latency. Which operator binds tighter?",
    ),
    (
        lambda e, t, m: (e == "ALARM" or t == "ALARM") and m == "OK",
        "It stays silent while maintenance has too little data. What did the docstring say about that?",
    ),
    (
        lambda e, t, m: e == "ALARM" or t == "ALARM",
        "It rings during maintenance. Which of the three alarms did you leave out?",
    ),
    (
        lambda e, t, m: (e == "ALARM") != (t == "ALARM") and m != "ALARM",
        "It is silent while errors and latency both ring. Is that not worse than one of them?",
    ),
    (
        lambda e, t, m: e == "ALARM" and m != "ALARM",
        "It does not hear latency. Which of the three alarms did you leave out?",
    ),
    (
        lambda e, t, m: t == "ALARM" and m != "ALARM",
        "It does not hear errors. Which of the three alarms did you leave out?",
    ),
    (
        lambda e, t, m: False,
        "It never rings. Can the state that your rule asks for be reached?",
    ),
]


def drill_all(children: list) -> dict:
    """The truth table of the composite alarm over all 27 states of its children."""
    settings = {"Namespace": "Trial", "MetricName": "Trial", "Statistic": "Sum", "Period": 60}
    settings |= {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "LessThanThreshold"}
    page = f"page {children[0]}"
    with account.fresh(World("trial", 1774000800000, 1774000800000, [], [])):
        client, seen, now = boto3.client("cloudwatch"), {}, {}
        for child in children:
            client.put_metric_alarm(AlarmName=child, **settings)
        checkout_composite(page, *children)
        for states in EVERY:
            for child, state in zip(children, states, strict=True):
                if now.get(child) != state:
                    client.set_alarm_state(AlarmName=child, StateValue=state, StateReason="a drill")
                now[child] = state
            found = client.describe_alarms(AlarmNames=[page], AlarmTypes=["CompositeAlarm"])
            assert found["CompositeAlarms"], f"No composite alarm called {page!r} was made."
            seen[states] = found["CompositeAlarms"][0]["StateValue"] == "ALARM"
        return seen


def explain(seen: dict) -> str:
    for rule, question in MISTAKES:
        if all(seen[states] == rule(*states) for states in EVERY):
            return question
    wrong = next(states for states in EVERY if seen[states] != RINGS[states])
    said = "rings" if seen[wrong] else "is silent"
    return f"It {said} while errors, latency, maintenance are {', '.join(wrong)}."


rng = random.Random(hidden_seed("checkout_composite"))
plain = [f"{word}-{rng.randrange(1000)}" for word in rng.sample(["pay", "slow", "fail", "busy"], 3)]
spaced = [
    f"{word} ({rng.randrange(1000)}) of shop" for word in ("AND late", "OR failing", "NOT open")
]
for children in (plain, spaced):
    try:
        seen = drill_all(children)
    except ClientError as refused:
        raise AssertionError(
            f"With alarms called {children} AWS refused the call: {refused.response['Error']['Message']}. "
            + (
                "How does a rule keep a name with spaces and parentheses together?"
                if children is spaced
                else "Whose names stand in your rule?"
            )
        ) from None
    assert seen == RINGS, explain(seen)
### END HIDDEN TESTS

# %% [markdown] facts="F1.4-01 F1.4-02 F1.4-03"
# ## 1.4 Dashboards and Contributor Insights
#
# Support keeps asking: "Can people buy right now?" A **dashboard** answers. It is a JSON document: widgets
# on a grid of 24 columns. It belongs to the account, not to a Region: each metric and log widget names its
# `region`, so one view can show several (and, with `accountId`, several accounts). Widgets take metric math.
#
# The first cell makes a dashboard; the second fills its widgets, as the console would.


# %%
access = "/aws/apigateway/shop/access"  # the API's access log: one JSON line for each request
errors = ["AWS/Lambda", "Errors", "FunctionName", "checkout", {"id": "errors", "visible": False}]
calls = ["AWS/Lambda", "Invocations", "FunctionName", "checkout", {"id": "calls", "visible": False}]
failed = [{"expression": "100 * errors / calls", "label": "failed", "id": "rate"}]
graph = {"title": "checkout: failed calls", "region": "us-east-1", "period": 300, "stat": "Sum"}
graph |= {"metrics": [failed, errors, calls], "yAxis": {"left": {"label": "%"}}}

query = "filter status >= 500 | stats count(*) as answers by resourcePath, status"
answers = {"title": "Answers with 5xx", "region": "us-east-1", "view": "table"}
answers |= {"query": f"SOURCE '{access}' | {query}"}
widgets = [
    {"type": "text", "width": 24, "height": 2, "properties": {"markdown": "# Can people buy?"}},
    {"type": "metric", "width": 12, "height": 9, "properties": graph},
    {"type": "log", "width": 12, "height": 9, "properties": answers},
]
cloudwatch.put_dashboard(DashboardName="shop", DashboardBody=json.dumps({"widgets": widgets}))
print(cloudwatch.list_dashboards()["DashboardEntries"][0]["DashboardArn"], "names no Region")


# %%
def fetch(widget: dict) -> object:
    """What the console asks for when it fills a widget: a log query, or get_metric_data."""
    wanted = widget["properties"]
    if widget["type"] == "log":
        return ask(query, access)
    queries = [{"Id": "rate", "Expression": wanted["metrics"][0][0]["expression"]}]
    for namespace, name, dimension, value, options in wanted["metrics"][1:]:
        metric = {"Namespace": namespace, "MetricName": name}
        metric["Dimensions"] = [{"Name": dimension, "Value": value}]
        stat = {"Metric": metric, "Period": wanted["period"], "Stat": wanted["stat"]}
        queries.append({"Id": options["id"], "MetricStat": stat, "ReturnData": False})
    morning = {"StartTime": shop.now - timedelta(hours=4), "EndTime": shop.now}
    [found] = cloudwatch.get_metric_data(MetricDataQueries=queries, **morning)["MetricDataResults"]
    points = list(zip(found["Timestamps"], found["Values"], strict=True))
    return [{"label": "failed", "points": points}]


show.dashboard(cloudwatch.get_dashboard(DashboardName="shop")["DashboardBody"], fetch, title="shop")

# %% [markdown] facts="F1.4-04 F1.4-05 F1.4-06 F1.4-07 F1.4-08 F1.4-09"
# Beside our incident stands another: `/search` failed 126 times. **Who** gets such answers? The next cell
# asks. **Contributor Insights** keeps such rankings, from logs in JSON or Common Log Format. Enabled on a DynamoDB table or index, at a price, it ranks the most accessed and most throttled
# **keys**, in plain text.
#
# > **Exam answer / Today.** No rule reads "DynamoDB logs", there are none: DynamoDB makes managed rules, for
# > keys, not partitions. Sample rules exist for API Gateway, Route 53, Container Insights and VPC flow
# > logs; **for CloudTrail you write your own**. (User Guides: "Create a Contributor Insights rule";
# > DynamoDB, "How it works".)

# %%
guilty = ask(
    """
    filter status = 429 or status >= 500
    | stats count(*) as answers by ip
    | sort answers desc
    | limit 5
    """,
    access,
)
# The same in pandas:
lines = pd.DataFrame(data.frame("checkout", access).message.map(json.loads).tolist())
bad = lines[(lines.status == 429) | (lines.status >= 500)]
print(bad.groupby("ip").size().nlargest(5), "\n")

text = ask("filter @message like /429/ | stats count(*) as found", access).found[0]
print(f"{(lines.status == 429).sum()} requests have status 429; {text} lines contain '429'")
show.bars(guilty, label="ip", value="answers", title="Refused or failed", unit="requests")

# %% [markdown]
# **What we know:** one client, 198.51.100.77, hammered the API: an incident of its own. (And looking for the
# text 429 counts 211 lines too many.)
#
# ### Exercise 1.8: the noisy client (3 points)
#
# A query reads all lines again; a **rule** counts while they arrive. This one ranks paths by POSTs:
#
# ```json
# {"Schema": {"Name": "CloudWatchLogRule", "Version": 1},
#  "LogGroupNames": ["/aws/apigateway/shop/access"], "LogFormat": "JSON", "AggregateOn": "Count",
#  "Contribution": {"Keys": ["$.path"], "Filters": [{"Match": "$.httpMethod", "In": ["POST"]}]}}
# ```
#
# Write `noisy_client` (`put_insight_rule`). Of up to four `Filters` **all** must hold. `In` compares texts;
# `GreaterThan`, `LessThan`, `EqualTo` and `NotEqualTo` numbers. The API never answers 430 to 499.
# (User Guide, "Contributor Insights rule syntax".)

# %% answer="noisy_client"
import json


def noisy_client(rule_name: str, log_group: str) -> None:
    """Makes the Contributor Insights rule `rule_name` over the access logs in `log_group`.

    Each line is JSON with ip (text) and status (number), among others. The report ranks client IPs
    by how many of their requests were answered with 429 or with 500 and above; other answers, 404
    for example, do not count. Lines of other log groups do not count either.

    >>> noisy_client("noisy", "/aws/apigateway/shop/access")
    """
    ### BEGIN SOLUTION
    definition = {
        "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
        "LogGroupNames": [log_group],
        "LogFormat": "JSON",
        "Contribution": {
            "Keys": ["$.ip"],
            "Filters": [{"Match": "$.status", "GreaterThan": 428}],
        },
        "AggregateOn": "Count",
    }
    boto3.client("cloudwatch").put_insight_rule(
        RuleName=rule_name, RuleDefinition=json.dumps(definition)
    )
    ### END SOLUTION


# %%
# Your rule over the access log of one hour, in a rehearsal: who leads its report?
today = data.load("checkout")
eleven = today.start + 3 * 3_600_000
late = [e for e in today.logs if e["timestamp"] >= eleven and e["logGroupName"] == access]
ranks = []
with account.fresh(World("rehearsal", eleven, eleven, [], [])) as trial:
    client = boto3.client("cloudwatch")
    noisy_client("noisy", access)
    trial.replay(logs=late)
    trial.advance(minutes=60)
    hour = {"StartTime": trial.now - timedelta(hours=1), "EndTime": trial.now, "Period": 3600}
    for rule in client.describe_insight_rules()["InsightRules"]:
        report = client.get_insight_rule_report(RuleName=rule["Name"], **hour)
        for who in report["Contributors"]:
            ranks.append({"ip": who["Keys"][0], "answers": who["ApproximateAggregateValue"]})
labels = {"label": "ip", "value": "answers", "title": "Refused or failed, 11:00 to 12:00"}
show.bars(ranks[:5], **labels, unit="requests") if ranks else "noisy_client made no rule yet"


# %% check="noisy_client" points=3 skills="4.1.S5" tests="F1.4-04 F1.4-05"
from botocore.exceptions import BotoCoreError, ClientError

api = "/aws/apigateway/shop/access"
late = [e for e in data.events("checkout", api) if e["timestamp"] >= 1773745200000][:600]
first, last = late[0]["timestamp"], late[-1]["timestamp"]
with account.fresh(World("trial", first, first, [], [])) as trial:
    client = boto3.client("cloudwatch")
    try:
        noisy_client("who", api)
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what noisy_client asks for: {refused}") from None
    made = [rule["Name"] for rule in client.describe_insight_rules()["InsightRules"]]
    assert "who" in made, "noisy_client made no rule called `rule_name` yet: put_insight_rule."
    trial.replay(logs=late)
    trial.advance(seconds=(last - first) / 1000 + 60)
    asked = {"StartTime": first // 1000, "EndTime": trial.now, "Period": 60}
    report = client.get_insight_rule_report(RuleName="who", **asked)
found = [[*who["Keys"], who["ApproximateAggregateValue"]] for who in report["Contributors"]]
assert found, "Nobody is in the report. Right group and fields? Can one line pass all the filters?"
assert found[0][:-1] == ["198.51.100.77"], f"Rank 1 is {found[0]}: who hammered /search?"
### BEGIN HIDDEN TESTS
import random
from collections import Counter

import boto3

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

COUNTS = {  # status -> whether it counts
    200: False, 201: False, 400: False, 402: False, 403: False, 404: False, 405: False, 409: False,
    415: False, 422: False, 428: False, 429: True,
    500: True, 501: True, 502: True, 503: True, 504: True, 505: True, 507: True,
}  # fmt: skip
SEEN = (429, 500, 502, 503, 504)
MISTAKES = [
    (
        lambda s: True,
        "That ranks who sends most, whatever the answer was. Which lines should count?",
    ),
    (lambda s: s >= 400, "Clients that asked for what does not exist (404) are blamed as well."),
    (lambda s: s >= 500, "Nobody is blamed for being refused with 429: is that above your limit?"),
    (lambda s: s == 429, "Only refusals are ranked. What about answers of 500 and above?"),
    (lambda s: s in (429, 500), "502, 503 and 504 are failures too."),
    *(
        (rule, "Some failures are left out: the docstring says 500 and above, seen before or not.")
        for rule in (lambda s: s in SEEN, lambda s: s < 505 and COUNTS[s])
    ),
    (
        lambda s: s > 404,
        "Refusals like 405, 409 or 422 are counted: the client's own mistakes. What lies between 404 "
        "and 429?",
    ),
]


def lines_of(rng: random.Random, group: str, begin: int) -> list:
    """Access logs of some minutes: every client has its own habits, and other groups write too."""
    habits = {
        "hammer": {429: 61, 200: 5, 500: 4}, "victim": {502: 17, 504: 12, 503: 9, 500: 3, 200: 20},
        "shopper": {200: 140, 201: 30, 429: 2}, "prober": {404: 90, 403: 40, 400: 31, 500: 1},
        "payer": {402: 25, 200: 30, 503: 7}, "patient": {429: 11},
        "guesser": {405: 14, 409: 9, 415: 3, 422: 12, 428: 4, 503: 2},
        "unlucky": {501: 5, 505: 3, 507: 6, 200: 8},
    }  # fmt: skip
    made = []
    for habit in habits.values():
        ip = f"203.0.113.{rng.randrange(1, 255)}"
        for status, times in habit.items():
            for _ in range(times + rng.randrange(3) if times > 9 else times):
                made.append((group, ip, status))
        made += [(f"{group}-old", f"198.51.100.{rng.randrange(255)}", 429)] * 80
    rng.shuffle(made)
    return [
        {"timestamp": begin + 211 * k, "logStreamName": "s", "logGroupName": where,
         "message": json.dumps({"requestId": f"r-{k}", "ip": ip, "status": status, "userAgent":
             rng.choice(["shop-app/4.2.0", "curl/8"]), "path": rng.choice(["/a", "/b/429"]),
             "responseLatency": rng.choice([429, 500, 7])})}
        for k, (where, ip, status) in enumerate(made)
    ]  # fmt: skip


def truth(events: list, group: str, counts: object) -> dict:
    """{ip: requests that count} in one group."""
    told = [json.loads(each["message"]) for each in events if each["logGroupName"] == group]
    return dict(Counter(line["ip"] for line in told if counts(line["status"])))


def report_of(name: str, group: str, events: list) -> tuple:
    """(key labels, {keys: requests}, first key) of the rule, and whether it is enabled."""
    first, last = events[0]["timestamp"], events[-1]["timestamp"]
    with account.fresh(World("trial", first, first, [], [])) as trial:
        client = boto3.client("cloudwatch")
        noisy_client(name, group)
        rules = {r["Name"]: r["State"] for r in client.describe_insight_rules()["InsightRules"]}
        assert name in rules, "The rule is not called what the caller asked for."
        assert rules[name] == "ENABLED", "The rule is disabled: it would see no line."
        trial.replay(logs=events)
        trial.advance(seconds=(last - first) / 1000 + 60)
        span = {"StartTime": first // 1000, "EndTime": trial.now, "Period": 60}
        found = client.get_insight_rule_report(RuleName=name, MaxContributorCount=50, **span)
    rows = {tuple(who["Keys"]): who["ApproximateAggregateValue"] for who in found["Contributors"]}
    return found["KeyLabels"], rows


for seed_name in ("noisy_client", "noisy_client again"):
    rng = random.Random(hidden_seed(seed_name))
    group = f"/aws/apigateway/{rng.choice(['kiosk', 'market', 'depot'])}{rng.randrange(100)}/access"
    events = lines_of(rng, group, 1767600000000 + 60_000 * rng.randrange(100_000))
    labels, rows = report_of(f"who-{rng.randrange(100)}", group, events)
    assert rows, (
        "The report is empty. Does the rule read the group it is given? Can all its filters hold at once?"
    )
    assert len(labels) == 1, f"{len(labels)} keys split a client into several contributors."
    found = {keys[0]: value for keys, value in rows.items()}
    wanted = truth(events, group, COUNTS.__getitem__)
    ips = {json.loads(each["message"])["ip"] for each in events}
    assert set(found) <= ips, (
        f"The contributors are {sorted(found)[:3]}: which field tells one client from another?"
    )
    outside = truth(events, f"{group}-old", lambda status: True)
    assert not set(found) & (set(outside) - set(wanted)), (
        "Lines of another log group are counted: only one was given."
    )
    for counts, question in MISTAKES:
        assert found == wanted or found != truth(events, group, counts), question
    off = sorted(ip for ip in {*found, *wanted} if found.get(ip) != wanted.get(ip))
    assert not off, (
        f"{off[0]} stands at {found.get(off[0], 0)}. Count its lines in the group yourself, by status: "
        "which of them does the rule take, and what does it add up?"
    )
### END HIDDEN TESTS

# %% [markdown] facts="F1.5-01 F1.5-02 F1.5-03 F1.5-04 F1.5-05 F1.5-06 F1.5-07 F1.5-08"
# ## 1.5 Synthetics: a customer who never sleeps
#
# At 03:00 nobody buys, and a broken shop moves no metric. A **canary** is a script that calls endpoints,
# flows and URLs on a schedule, as often as every minute, users or not. Blueprints:
#
# | blueprint | checks |
# |---|---|
# | heartbeat | a URL loads; keeps a screenshot and a HAR file |
# | API | REST steps: status, response time |
# | broken link checker | the links of a page, as many as you set |
# | visual monitoring | a screenshot against a baseline |
# | GUI workflow | logins and forms |
#
# A canary that stops sends nothing, so the alarm below takes gaps for failures.
#
# > **Exam answer / Today.** Five blueprints became seven: Canary Recorder and Multi Checks (HTTP, DNS,
# > TCP, SSL). Beside Node.js and Python there is **Java**; browsers are driven by Puppeteer, Playwright or
# > Selenium. (User Guide, "Using canary blueprints", "Synthetic monitoring".)


# %%
def watch_canary() -> None:
    """Ring when two runs in a row failed, or did not happen."""
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName="buy-a-book", Namespace="CloudWatchSynthetics", MetricName="SuccessPercent",
        Dimensions=[{"Name": "CanaryName", "Value": "buy-a-book"}], Statistic="Average", Period=60,
        EvaluationPeriods=2, Threshold=100, ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
    )  # fmt: skip


runs = [100] * 8 + [0] * 4 + [100] * 6 + [None] * 9
points = [(evening + 60_000 * k, value) for k, value in enumerate(runs)]
canary = {"namespace": "CloudWatchSynthetics", "name": "SuccessPercent", "counts": [1.0]}
canary["dimensions"] = {"CanaryName": "buy-a-book"}
sent = [canary | {"timestamp": at, "values": [float(v)]} for at, v in points if v is not None]
changes = rehearse(watch_canary, sent, minutes=len(runs))
started = pd.Timestamp(evening, unit="ms", tz="UTC")
states = [(started, "INSUFFICIENT_DATA")] + [(time, state) for time, _, state in changes]
look = {"threshold": 100, "comparison": "<", "unit": "%", "title": "A canary fails, then stops"}
show.alarm(points, states=states, **look)

# %% [markdown] facts="F1.6-01 F1.6-02 F1.6-03 F1.6-04"
# ## 1.6 EventBridge: when something happens
#
# At 09:37 `payment` was deployed, and support did not know. An alarm watches numbers; a **rule** in
# EventBridge watches events, and hands those that match its pattern to targets:
#
# | event | target |
# |---|---|
# | EC2 instance changes its state | Lambda function that repairs |
# | CodeDeploy deployment succeeds or fails | SNS topic (CodeDeploy sends its events on a best-effort basis) |
# | a schedule: `cron(...)` or `rate(...)`, once a minute at most | health-check function |
# | CloudWatch alarm changes its state | whatever must happen next |
#
# Of the three events sent below, only the failed deployment must reach the queue.
#
# > **Exam answer / Today.** CloudWatch Events *is* EventBridge: the same API, with new features only under
# > the new name. For schedules AWS now recommends **EventBridge Scheduler**. (EventBridge User Guide,
# > "What is Amazon EventBridge", "Creating a rule that runs on a schedule".)

# %%
with account.fresh(World("rehearsal", evening, evening, [], [])):
    events, sqs = boto3.client("events"), boto3.client("sqs")
    may = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}}
    may |= {"Action": "sqs:SendMessage", "Resource": "*"}  # the queue must let EventBridge in
    policy = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    queue = sqs.create_queue(QueueName="failed-deployments", Attributes={"Policy": policy})["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    pattern = {"source": ["shop.deploy"], "detail": {"state": ["FAILURE"]}}
    events.put_rule(Name="failed-deployment", EventPattern=json.dumps(pattern))
    target = {"Id": "queue", "Arn": queue_arn["QueueArn"]}
    events.put_targets(Rule="failed-deployment", Targets=[target])
    for state in ("START", "SUCCESS", "FAILURE"):
        event = {"Source": "shop.deploy", "DetailType": "Deployment"}
        event["Detail"] = json.dumps({"function": "payment", "state": state})
        events.put_events(Entries=[event])
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
print([json.loads(message["Body"])["detail"] for message in received])


# %% [markdown]
# ### Exercise 1.9: the alarm that never rang (3 points)
#
# Three days later orders fail for 40 minutes, without a page. The alarm watches `FailedOrders` by `Service`
# and `Env`, and stands in INSUFFICIENT_DATA. At 14:01 a deployment began to add `Version` to every data
# point: a **different metric**.
#
# Write `alarm_that_rings`: it finds what is published now and mends the alarm, which must stay silent on a
# good day. `put_metric_alarm` replaces the whole alarm: what you leave out is lost. In the next cell,
# `failed_orders` writes the metric and `silent` is the alarm.


# %% fixed="silence"
def failed_orders(start: int, counts: list, **dimensions: str) -> list[dict]:
    """FailedOrders of each minute from `start` on; a minute without any has no data point."""
    one = {"namespace": "Shop/Checkout", "name": "FailedOrders", "dimensions": dimensions}
    one |= {"unit": "Count", "resolution": 60, "counts": [1.0]}
    minutes = [(start + 60_000 * k, float(count)) for k, count in enumerate(counts) if count]
    return [{**one, "timestamp": at, "values": [count]} for at, count in minutes]


old = {"Service": "checkout", "Env": "prod"}
fallen = pd.Timestamp("2026-03-20 14:02").value // 10**6  # the first bad minute
past = failed_orders(fallen - 3_600_000, [1, 0, 0, 2] * 15, **old)
past += failed_orders(fallen, [8] * 40, **old, Version="42")
silent = {"AlarmName": "failed-orders", "Namespace": "Shop/Checkout", "MetricName": "FailedOrders"}
silent["Dimensions"] = [{"Name": name, "Value": value} for name, value in old.items()]
silent |= {"Statistic": "Sum", "Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": 2}
silent |= {"Threshold": 3, "ComparisonOperator": "GreaterThanThreshold"}
silent["AlarmActions"] = ["arn:aws:sns:us-east-1:123456789012:on-call"]
now = fallen + 40 * 60_000


# %% answer="alarm_that_rings"
def alarm_that_rings(alarm_name: str) -> None:
    """Mends a metric alarm whose metric is no longer published.

    The alarm exists. What it watches has got further dimensions: the namespace, the metric's name
    and the old dimensions with their values are still the same. Exactly one such metric had data in
    the last three hours (until datetime.now(UTC); it need not be the account `shop`). Afterwards
    the alarm watches that one; statistic, period, threshold, comparison, M of N and actions of
    every kind are as before. A period without data is a good one.

    >>> alarm_that_rings("checkout-failed-orders")
    """
    ### BEGIN SOLUTION
    client = boto3.client("cloudwatch")
    [alarm] = client.describe_alarms(AlarmNames=[alarm_name])["MetricAlarms"]
    watched = {name: alarm[name] for name in ("Namespace", "MetricName", "Dimensions")}
    published = client.list_metrics(**watched, RecentlyActive="PT3H")["Metrics"]
    [now] = [each for each in published if len(each["Dimensions"]) > len(alarm["Dimensions"])]
    kept = (
        "AlarmName", "Statistic", "Period", "EvaluationPeriods", "DatapointsToAlarm",
        "Threshold", "ComparisonOperator", "AlarmActions", "OKActions", "InsufficientDataActions",
    )  # fmt: skip
    client.put_metric_alarm(
        **{name: alarm[name] for name in kept}, **now, TreatMissingData="notBreaching"
    )
    ### END SOLUTION


# %%
def named(dimensions: list) -> dict:
    return {each["Name"]: each["Value"] for each in dimensions}


with account.fresh(World("rehearsal", past[0]["timestamp"], now, [], past)) as trial:
    client = boto3.client("cloudwatch")
    client.put_metric_alarm(**silent)
    for metric in client.list_metrics(MetricName="FailedOrders")["Metrics"]:
        print("published:", named(metric["Dimensions"]))
    alarm_that_rings("failed-orders")
    [mended] = client.describe_alarms(AlarmNames=["failed-orders"])["MetricAlarms"]
    print("watched:  ", named(mended.get("Dimensions", [])))
    trial.replay(metrics=failed_orders(now, [8] * 5, **old, Version="42"))
    happened = trial.advance(minutes=15)
for each in happened:  # five more bad minutes: it should ring, and end when they end
    if each["what"] == "alarm":
        print(each["time"], each["to"])

# %% check="alarm_that_rings" points=3 skills="4.1.S2 4.2.S5" tests="F1.1-03 F1.3-03"
from botocore.exceptions import BotoCoreError, ClientError

with account.fresh(World("trial", past[0]["timestamp"], now, [], past)) as trial:
    client = boto3.client("cloudwatch")
    client.put_metric_alarm(**silent)
    try:
        alarm_that_rings("failed-orders")
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what alarm_that_rings asks for: {refused}") from None
    described = client.describe_alarms()["MetricAlarms"]
    trial.replay(metrics=failed_orders(now, [8] * 5, **old, Version="42"))
    rang = [each for each in trial.advance(minutes=15) if each.get("to") == "ALARM"]
assert len(described) == 1, f"{len(described)} alarms now. Whoever is on call knows the old one."
assert described[0].get("Dimensions") != silent["Dimensions"], (
    "The alarm watches what it watched before: alarm_that_rings has not mended it yet."
)
assert [each["what"] for each in rang] == ["alarm", "action"], (
    "Orders failed for five minutes, and nobody was paged. Compare what is published with what the "
    "alarm watches, and its threshold and actions with those it had."
)
### BEGIN HIDDEN TESTS
import random

import boto3

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

SETTINGS = (  # what the alarms have: statistic, minutes of a period, N, M, comparison
    ("Sum", 1, 4, 2, "GreaterThanOrEqualToThreshold"),
    ("Maximum", 2, 5, 3, "GreaterThanThreshold"),
)
COMPLAINTS = {  # what happens after the repair, and what a false alarm then means
    "silence": "One bad minute among silent ones rang, which is no incident. On a good day the alarm "
    "must stay silent: what does it make of a minute without data?",
    "others": "It rang while other metrics were bad and its own was silent. It must hear only its own "
    "dimensions, namespace and name.",
    "edge": "It rang for values within the threshold. It must keep its threshold, comparison, "
    "statistic and period: put_metric_alarm replaces the whole alarm.",
    "few": "It rang for fewer bad periods than it used to need. Does it keep its M of N?",
}


def metric(name: str, dimensions: dict, start: int, parts: list, space: str = "Trial/Shop") -> list:
    """Data of one metric: the values of each minute, and none for a minute without any."""
    one = {"namespace": space, "name": name, "dimensions": dimensions, "unit": "Count"}
    one["resolution"] = 60
    return [
        {**one, "timestamp": start + 60_000 * k, "values": values, "counts": [1.0] * len(values)}
        for k, values in enumerate(parts)
        if values
    ]


def periods(text: str, statistic: str, minutes: int, limit: int) -> list:
    """The values of each minute. B: a bad period, e: at its limit, g: a good one, -: no data.

    Only the first minute of a period has data: an alarm looks every minute, at periods that end then.
    """
    bad, edge = ([limit + 1.0, 1.0], [limit + 0.0, limit - 0.5])
    if statistic == "Sum":  # no single value is beyond the limit, only what they add up to
        bad, edge = ([limit - 1.0, 2.0], [limit - 1.0, 1.0])
    values = {"B": bad, "e": edge, "g": [1.0], "-": []}
    return [part for sign in text for part in [values[sign], *[[]] * (minutes - 1)]]


def day(rng: random.Random, more: list, settings: tuple) -> dict:
    """One shop whose alarm fell silent; `more`: the dimensions that a deployment added."""
    statistic, minutes, n, m, comparison = settings
    name, limit = rng.choice(["LostOrders", "Refused", "Unpaid"]), rng.randint(4, 9)
    begin = 1767600000000 + 600_000 * rng.randrange(10_000)
    now = begin + 5 * 3_600_000
    keys = rng.sample(["App", "Env", "Team", "Tier"], 2)
    old = {key: f"{key.lower()}-{rng.randrange(100)}" for key in keys}
    live = {**old, **{key: str(rng.randrange(20, 80)) for key in more}}
    before, rolled_back = ({**old, **dict.fromkeys(more, tried)} for tried in ("10", "90"))
    first, last = ({**live, keys[0]: other} for other in ("a-shop", "z-shop"))
    busy = [first, last, live, live, live, live]
    spaces = ["Trial/Shop"] * 4 + ["Trial/App", "Trial/Web"]
    noise = [*zip([name, name, "Attempts", "Visits", name, name], busy, spaces, strict=True)]

    happens = {
        "clear": "-" * 10,
        "silence": "g------B---------",
        "others": "-" * 12,
        "edge": "eeeeeeee---",
        "few": "gggggg" + "B" * (m - 1) + "g" * (n + 2) + "B" * (m - 1) + "g" * (n - m + 1) + "B",
        "calm": "g" * (n + 2),
        "storm": "B" * (m - 1) + "g" * (n - m) + "B",
        "end": "B" * (n + 2) + "-" * 15,
    }
    length = minutes * sum(map(len, happens.values()))
    past = metric(name, old, begin, [[1.0], [], [2.0]] * 80)
    past += metric(name, before, begin, [[1.0]] * 20)
    past += metric(name, live, begin + 1_200_000, [[1.0]] * 20)
    past += metric(name, rolled_back, begin + 2_400_000, [[2.0]] * 20)
    past += metric(name, live, now - 3_600_000, periods("B" * 60, statistic, 1, limit))
    replay = metric(name, live, now, periods("".join(happens.values()), statistic, minutes, limit))
    for k, (each, dimensions, space) in enumerate(noise):
        since = k % 2 * 60  # some began before the metric that counts, and some after it
        past += metric(each, dimensions, begin + 60_000 * since, [[1.0]] * (300 - since), space)
        wild = [[limit + 9.0] if 30 * minutes <= k < 36 * minutes else [] for k in range(length)]
        replay += metric(each, dimensions, now, wild, space)
    alarm = {
        "AlarmName": f"{name}-{rng.randrange(100)}", "Namespace": "Trial/Shop", "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in old.items()],
        "Statistic": statistic, "Period": 60 * minutes, "EvaluationPeriods": n,
        "DatapointsToAlarm": m, "ComparisonOperator": comparison,
        "Threshold": limit + (comparison == "GreaterThanOrEqualToThreshold"),
    }  # fmt: skip
    past.sort(key=lambda record: record["timestamp"])
    return {"past": past, "now": now, "alarm": alarm, "replay": replay, "happens": happens}


def act_of(one: dict, time: str) -> str:
    """Which part of the day a change of state belongs to: that of the newest minute it has seen."""
    seen = pd.Timestamp(time).value // 10**6 - one["now"] - 60_000
    for act, signs in one["happens"].items():
        seen -= 1000 * one["alarm"]["Period"] * len(signs)
        if seen < 0:
            return act
    return "end"


for seed_name, more, settings in (
    ("alarm_that_rings", ["Version"], SETTINGS[0]),
    ("alarm_that_rings again", ["Zone", "Build"], SETTINGS[1]),
):
    one = day(random.Random(hidden_seed(seed_name)), more, settings)
    begin, name = one["past"][0]["timestamp"], one["alarm"]["AlarmName"]
    with account.fresh(World("trial", begin, one["now"], [], one["past"])) as trial:
        client = boto3.client("cloudwatch")
        made = [boto3.client("sns").create_topic(Name=topic) for topic in ("pager", "relief")]
        pager, relief = (topic["TopicArn"] for topic in made)
        client.put_metric_alarm(**one["alarm"], AlarmActions=[pager], OKActions=[relief])
        alarm_that_rings(name)
        trial.replay(metrics=one["replay"])
        length = sum(map(len, one["happens"].values()))
        happened = trial.advance(minutes=length * one["alarm"]["Period"] // 60)
        left = client.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert left, f"The alarm {name!r} is gone."
    # The hour before the repair was bad, and an alarm may say so while that hour is in its range.
    acts = [(act_of(one, each["time"]), each) for each in happened if each.get("alarm") == name]
    rang = [act for act, each in acts if each["what"] == "alarm" and each["to"] == "ALARM"]
    false = [act for act in rang if act in COMPLAINTS]
    assert not false, COMPLAINTS[false[0]]
    assert "storm" in rang, (
        f"With {', '.join(more)} added to the metric, the alarm stayed silent while {settings[3]} of "
        f"{settings[2]} periods were bad. Does the function look at what is published, and keep what "
        "the alarm had?"
    )
    told = {(each["action"], each["to"]) for _, each in acts if each["what"] == "action"}
    assert (pager, "ALARM") in told, (
        "The alarm rang, and its topic heard nothing: put_metric_alarm replaces the whole alarm."
    )
    assert left[0]["StateValue"] == "OK", (
        f"15 periods after the last failed order the alarm stands in {left[0]['StateValue']}. "
        "What should it make of minutes without data?"
    )
    assert (relief, "OK") in told, (
        "The alarm went back to OK, and the topic that used to hear of that was not told: "
        "put_metric_alarm replaces the whole alarm. Which kinds of actions did it have?"
    )
### END HIDDEN TESTS

# %% [markdown] quiz="quiz.toml" points=12
# **What support can say:** from 10:20 to about 10:50 the card provider `northbank` was slow; `payment` ran
# into its timeout, and `checkout` waited for it twice and failed. From now on the error-rate alarm pages,
# and a canary buys a book every minute. The client that hammered `/search` was another matter.
#
# ## Quiz (12 points)
#
# Twelve situations as the exam words them. One option is right; the others are right elsewhere. Your
# feedback explains all four.
