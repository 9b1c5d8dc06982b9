# %% [markdown]
# # 01 CloudWatch: why is checkout slow?
#
# Support calls: "I pay, and nothing happens." You have the shop's account, with four hours of logs and
# metrics. In two and a half hours you learn to
#
# - **query** logs for what is slow, failing or oversized,
# - **publish** metrics: by API, in a log line, with a metric filter,
# - **compute** an error rate,
# - **build** alarms that ring when they should and stay silent when they should,
# - **find** the client that hurts the others.
#
# Exam skills: 4.1.2 to 4.1.5, 4.2.2, 4.2.3, 4.2.5, 4.2.7, 4.3.3, 4.3.9.

# %% fixed="setup"
import json
from datetime import timedelta

import boto3
import pandas as pd

from course import account, data, show

shop = account.open(data.load("checkout"))
cloudwatch = boto3.client("cloudwatch")
logs = boto3.client("logs")
print(shop)

# %% [markdown] facts="F1.1-01 F1.1-02 F1.1-03"
# ## 1.1 Metrics
#
# A metric is a series of data points ordered by time. Three things make it *that* metric:
#
# - its **namespace**, which keeps it apart from other applications (`AWS/Lambda`, `Shop/Checkout`),
# - its **name**,
# - its exact set of **dimensions**: up to 30 names with values.
#
# Every other combination of dimensions is another metric. CloudWatch does not add custom metrics up
# across dimensions: a set that nobody publishes answers with nothing, not with an error.


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


print("Service and PaymentProvider:", orders(Service="checkout", PaymentProvider="northbank"))
print("Service:", orders(Service="checkout"))
print("PaymentProvider alone, which is never published:", orders(PaymentProvider="northbank"))

# %% [markdown] facts="F1.1-09 F1.1-10 F1.1-11 F1.1-12 F1.1-13 F1.1-14 F1.1-15 F1.1-16 F1.1-17 F1.1-18 F1.1-19 F1.1-20 F1.1-21 F1.1-22 F1.1-27 F1.1-28"
# Every function and every table publishes metrics by itself, in namespaces that begin with `AWS/`:
#
# | `AWS/Lambda` | means | mind |
# |---|---|---|
# | Invocations | the code ran, well or badly | refused requests are not in it |
# | Errors | it ended in an error | timeouts too; throttles not |
# | Duration | time spent executing | look at p99, not at the average |
# | Throttles | refused for lack of concurrency | neither in Invocations nor in Errors |
# | ConcurrentExecutions | instances busy at once | read its Maximum |
# | IteratorAge | how old the last record of a stream's batch is | rises when the function falls behind |
# | DeadLetterErrors | could not put an event on the dead-letter queue | asynchronous calls only |
#
# | `AWS/DynamoDB` | means | mind |
# |---|---|---|
# | ConsumedRead/WriteCapacityUnits | units used | take Sum and divide by the period |
# | ProvisionedReadCapacityUnits | what the table is set to | one value in five minutes |
# | SystemErrors | DynamoDB answered HTTP 500 | retry |
# | UserErrors | HTTP 400 | per account and Region, throttles not included |
# | SuccessfulRequestLatency | time inside DynamoDB | per table *and* operation; no network time |
# | ThrottledRequests | requests refused | a batch counts only if all of it was refused |
#
# > **Exam answer / Today.** "Consumed units per minute" are a **Sum over the period**: 12,000 in one
# > minute are 200 a second. For throttling per table watch Read- and WriteThrottleEvents; a throttled
# > request is no UserError. (DynamoDB Metrics and dimensions; Lambda function metrics types.)
#
# **Metric math** makes new series of old ones. Each gets an id: `100 * errors / calls`.


# %%
def of_payment(key: str, name: str) -> dict:
    """One query for the Sum of an AWS/Lambda metric of the function payment, in 5 minutes."""
    dimension = {"Name": "FunctionName", "Value": "payment"}
    metric = {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": [dimension]}
    stat = {"Metric": metric, "Period": 300, "Stat": "Sum"}
    return {"Id": key, "MetricStat": stat, "ReturnData": False}


rate = {"Id": "rate", "Expression": "100 * errors / calls"}
answer = cloudwatch.get_metric_data(
    MetricDataQueries=[of_payment("errors", "Errors"), of_payment("calls", "Invocations"), rate],
    StartTime=shop.now - timedelta(hours=4),
    EndTime=shop.now,
)["MetricDataResults"][0]
error_rate = pd.DataFrame({"time": answer["Timestamps"], "payment": answer["Values"]})
deployed = [("2026-03-17 09:37", "payment 42 deployed")]
show.series(error_rate, x="time", title="Failed calls of payment", unit="%", events=deployed)

# %% [markdown] facts="F1.1-04 F1.1-05 F1.1-06 F1.1-07 F1.1-08 F1.1-23 F1.1-24 F1.1-25 F1.1-26"
# `put_metric_data` takes a namespace and up to 1,000 data: name, value (or up to 150), unit,
# dimensions. `StorageResolution` 60, the default, keeps minutes; 1 keeps seconds, for custom metrics
# only. What is stored gets coarser with age before it goes:
#
# | a data point every | can be read for |
# |---|---|
# | less than 60 s | 3 hours |
# | 1 minute | 15 days |
# | 5 minutes | 63 days |
# | 1 hour | 455 days (15 months) |
#
# > **Exam answer / Today.** Alarms on such metrics take periods of 10, **20** or 30 seconds; older notes
# > lack the 20 (API reference, PutMetricAlarm). "High resolution costs more" means the extra calls and the
# > dearer alarms (CloudWatch User Guide, Publish custom metrics).

# %%
left = []
with account.fresh(data.load("checkout")) as later:  # a second account, to let months pass in
    client, put = boto3.client("cloudwatch"), later.now
    times = [put - timedelta(seconds=10 * k) for k in range(1, 361)]
    beat = {"MetricName": "Heartbeat", "Value": 1.0, "StorageResolution": 1}
    client.put_metric_data(
        Namespace="Shop/Lab", MetricData=[{**beat, "Timestamp": at} for at in times]
    )
    ask_for = {"Namespace": "Shop/Lab", "MetricName": "Heartbeat", "Statistics": ["Sum"]}
    for age, hours in (("at once", 0), ("4 hours", 4), ("16 days", 380), ("64 days", 1152)):
        later.advance(hours=hours)
        row = {"after": age}
        for period in (10, 60, 300, 3600):
            found = client.get_metric_statistics(
                **ask_for, StartTime=put - timedelta(hours=1), EndTime=put, Period=period
            )
            row[f"points of {period} s"] = len(found["Datapoints"])
        left.append(row)
show.table(left, "What is left of one hour of a 10-second metric")

# %% [markdown]
# ### Exercise 1.1: a metric in a log line (3 points)
#
# An API call in the handler makes the customer wait. The **embedded metric format** is one JSON
# object, printed; CloudWatch Logs takes the metrics out. `_aws` says which members of the *root* are
# metrics and which are dimensions; `Dimensions` is a list of dimension **sets**, `Timestamp` is epoch
# milliseconds. `checkout` prints one per order, below. Write `cart`'s. (CloudWatch User Guide,
# Specification: Embedded metric format.)


# %% answer="emf_line"
def emf_line(namespace: str, cart: dict, now: float) -> str:
    """The line that cart prints, so that CloudWatch finds three metrics in it.

    namespace: of the metrics. now: epoch seconds, as time.time() gives them.
    cart: {"service": "cart", "channel": "app", "items": 3, "value": 59.9, "ms": 41.5,
        "cartId": "k-1009"}
    Returns one JSON text that yields the metrics Items (Count), Value (None) and Latency
    (Milliseconds), each once by Service and once by Service and Channel. `cartId` is a member of
    the root that Logs Insights can search; it is no dimension.

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
found = logs.filter_log_events(
    logGroupName="/aws/lambda/checkout", filterPattern="{ $.BasketValue > 150 }", limit=1
)
print("checkout prints:", json.dumps(json.loads(found["events"][0]["message"]), indent=1))
sample = {"service": "cart", "channel": "app", "items": 3, "value": 59.9, "ms": 41.5}
print("you print:", emf_line("Shop/Cart", {**sample, "cartId": "k-1009"}, shop.now.timestamp()))

# %% check="emf_line" points=3
import json

from course.telemetry import emf

shown = {"service": "cart", "channel": "app", "items": 3, "value": 59.9}
line = emf_line("Shop/Cart", {**shown, "ms": 41.5, "cartId": "k-1"}, 1773748800.25)
assert line is not None, "emf_line returned nothing yet: build the document, then json.dumps it."
assert isinstance(line, str), f"Return the text to print (json.dumps), not a {type(line).__name__}."
faults = emf.problems(line)
assert not faults, f"CloudWatch would not take metrics from this line: {faults[0].split(';')[0]}"
document = json.loads(line)
stamp = document["_aws"]["Timestamp"]
assert abs(stamp - 1773748800250) <= 1, (
    f"Timestamp {stamp} is not the moment that was given. `now` counts seconds; what does _aws want?"
)
### BEGIN HIDDEN TESTS
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
        "given. Are namespace and now the caller's, or those of the example?"
    )
    sets_got = {tuple(name for name, _ in key) for _, key, _ in got}
    assert not any("cartId" in names for names in sets_got), (
        "Every cart became a metric of its own, and each is charged: an id is no dimension. "
        "Which members does a dashboard group by?"
    )
    assert sets_got == {("Service",), ("Channel", "Service")}, (
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
        f"{wanted[off[0]]}. Where does its value come from?"
    )
    ids = [json.loads(emf_line(space, dict(each), start)).get("cartId") for each in carts[:3]]
    assert ids == [each["cartId"] for each in carts[:3]], (
        f"The line of one cart carries cartId={ids[0]!r}: support could not find a cart by its id. "
        "A member of the root that is neither metric nor dimension is still searchable."
    )
### END HIDDEN TESTS

# %% [markdown] facts="F1.2-01 F1.2-02 F1.2-03 F1.2-04 F1.2-05 F1.2-06 F1.2-07 F1.2-09 F1.2-17 F1.2-18 F1.2-19 F1.2-20"
# ## 1.2 Logs
#
# | | holds | here |
# |---|---|---|
# | log group | streams with one retention, access and class | `/aws/lambda/payment`, Lambda's default; a function can name another |
# | log stream | the ordered events of one source instance | one execution environment |
# | log event | a time and a message | `REPORT RequestId: ...` |
#
# Retention is set per group: fixed steps from 1 day to 10 years, or for ever, the default.
#
# | out of a group | how fast | for |
# |---|---|---|
# | metric filter | by the minute | a number from each matching event, or a count of them |
# | subscription filter to Lambda | real time | reacting to single events |
# | ... to Kinesis Data Streams | real time | many readers, replay |
# | ... to Firehose | near real time | S3, Redshift, OpenSearch |
# | export task to S3 | up to 12 hours, one at a time | a single archive |
#
# Filters see only what arrives after they were made. A group takes 100 metric filters and two
# subscriptions, which send gzip in base64.
#
# > **Exam answer / Today.** "Kinesis Data Firehose" is now **Amazon Data Firehose**; account policies can
# > set retention and subscriptions for all groups. (API reference, PutRetentionPolicy,
# > PutSubscriptionFilter, CreateExportTask.)

# %% [markdown] facts="F1.2-10 F1.2-11 F1.2-12 F1.2-14 F1.2-15"
# **Logs Insights** filters, parses, aggregates, sorts and draws; every stage takes the rows of the one
# before. JSON members (`status`) and Lambda's fields (`@duration`) have names at once; `parse` cuts
# other text, and a line of another shape gets no field.
#
# > **Exam answer / Today.** Comments begin with `#`; the `--` of study notes is no comment. The text sets
# > no time range, `startTime` and `endTime` do. OpenSearch PPL and SQL are query languages beside it.
# > (CloudWatch Logs Insights query syntax; API reference, StartQuery.)


# %% fixed="ask"
def ask(query: str, *groups: str, minutes: int | None = None) -> pd.DataFrame:
    """What Logs Insights answers about the last `minutes` of these log groups (default: a day)."""
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
    numbers = texts.apply(pd.to_numeric, errors="coerce")
    return numbers.where(numbers.notna(), texts).infer_objects()


# %%
# Two log formats: text has @duration, JSON has a platform.report record.
slow = ask(
    """filter @type = "REPORT" or type = "platform.report"
    | fields coalesce(@duration, record.metrics.durationMs) as ms
    | stats pct(ms, 99) as p99 by bin(5m) as time, @log""",
    *(f"/aws/lambda/{name}" for name in ("checkout", "payment", "inventory")),
)
slow["function"] = slow["@log"].str.split("/").str[-1]

# payment again in pandas, for when the lines are on your disk
raw = data.frame("checkout", "/aws/lambda/payment")
raw["ms"] = raw.message.str.extract(r"^REPORT .*?\tDuration: ([\d.]+) ms")[0].astype(float)
calls = raw.dropna(subset="ms").set_index("timestamp").ms.rename("payment").resample("5min")
print(calls.quantile(0.99, interpolation="higher").between_time("10:10", "10:30"))

slow = slow.sort_values("time")
title = "The slowest 1 % of calls in every 5 minutes"
show.series(
    slow, x="time", y="p99", by="function", title=title, unit="ms", events=deployed, log=True
)

# %%
# From 10:20 payment runs into its timeout of 3 s, and checkout waits for it twice. What does checkout
# say? The glob * keeps what stands between the fixed words.
errors = ask(
    """
    filter level = "ERROR"
    | parse errorMessage "* for order *" as problem, orderNumber
    | stats count(*) as lines by problem
    | sort lines desc
    """,
    "/aws/lambda/checkout",
)
raw = data.frame("checkout", "/aws/lambda/checkout").message.map(json.loads)
raw = pd.DataFrame(raw.tolist()).query('level == "ERROR"')
problem = raw.errorMessage.str.extract(r"^(?P<problem>.*?) for order ").problem
twin = problem.value_counts(dropna=False)
print(twin, "\n")  # the lines without a problem have `message`, not `errorMessage`: another shape
errors

# %%
# Whom does the API refuse? Its access log has one JSON line per request.
access = "/aws/apigateway/shop/access"
refused = ask(
    "filter status = 429 | stats count(*) as requests by ip | sort requests desc | limit 5", access
)
text = ask("filter @message like /429/ | stats count(*) as lines", access).lines[0]
raw = pd.DataFrame(data.frame("checkout", access).message.map(json.loads).tolist())
raw = raw[raw.status == 429]
print(raw.groupby("ip").size().nlargest(5), "\n")
print(f"{len(raw)} requests have status 429; {text} lines contain '429'")
show.bars(
    refused, label="ip", value="requests", title="Refused with 429, by client", unit="requests"
)

# %% [markdown] facts="F1.2-13 F1.2-16"
# ### Exercise 1.2: the slowest invocations (2 points)
#
# Write `slowest_query`: the 20 slowest invocations, slowest first, columns `@requestId` and `@duration`.
# Text logs end every invocation with a REPORT line, and Insights knows its type and fields. (JSON logs
# have `platform.report` instead; they are not asked.)
#
# > **Exam answer / Today.** `like /429/` finds throttled requests, and every id or latency with 429 in it:
# > above, compare the counts. Filter the **field**. `receipt` logs "REPORT generated for user".
# > (CloudWatch Logs Insights query syntax.)

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
    print(ask(slowest_query, *text_groups, minutes=60).head(8).to_string())
    print(ask(slowest_query, *text_groups).head(3).to_string())  # whose timeout is that?

# %% check="slowest_invocations" points=2
import boto3

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
assert found and {"@requestId", "@duration"} <= set(found[0]), (
    f"Two hours of receipt gave {len(found)} rows, the first with the columns "
    f"{sorted(set(found[0]) - {'@ptr'}) if found else []}; @requestId and @duration are wanted."
)
took = [float(row.get("@duration", 0)) for row in found]
assert took != sorted(took) or took[0] == took[-1], (
    f"The rows go from {took[0]} ms up to {took[-1]}. In which direction does sort go by itself?"
)
### BEGIN HIDDEN TESTS
import re

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
        f"{label}: {len(rows)} rows for {len(truth)} invocations; {len(wanted)} are wanted, 20 at most."
    )
    billed = [truth[row["@requestId"]][1] for row in rows]
    assert got == sorted(got, reverse=True) or billed != sorted(billed, reverse=True), (
        f"{label}: that is the order of the billed duration, which includes the initialisation."
    )
    assert got == sorted(got, reverse=True), f"{label}: the rows are not sorted by @duration."
    assert got == wanted, (
        f"{label}: the rows begin with {got[:2]} ms; the slowest invocations took {wanted[:2]} ms. "
        "Does anything cut rows off before they are sorted?"
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
# Lambda's memory is paid for by the gigabyte-second, used or not. Write `memory_query`: one row per log
# group (`@log`) with the largest memory its function was given, the most it ever used, and the difference,
# all in the megabytes that the REPORT line prints. Insights gives `@memorySize` and `@maxMemoryUsed` in
# **bytes**, and counts a megabyte as 1,000,000 of them.

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
if memory_query:
    print(ask(memory_query, *text_groups).to_string())  # who has too much, who has none left?

# %% check="spare_memory" points=2
import boto3

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
lacks = {"@log", "provisionedMB", "usedMB", "spareMB"} - {key for row in found for key in row}
assert len(found) == 1 and not lacks, f"Of receipt: {len(found)} rows, without {sorted(lacks)}."
size = float(found[0]["provisionedMB"])
assert size < 1e6, f"provisionedMB is {size:.0f}: that is in bytes, not in megabytes."
assert round(size) != 488, f"{size} counts 1,048,576 bytes as a megabyte. Does Insights?"
assert round(size, 2) == 512, f"receipt's REPORT lines say 512 MB; the query says {size}."
### BEGIN HIDDEN TESTS
import re

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
    """Functions of 128, 512 and 10240 MB, one of them resized; the peak is neither first nor last."""
    events = []
    for name, has, used in (
        ("/aws/lambda/thumbs", 128, [61, 128, 60, 64]),
        ("/aws/lambda/eu/ledger", 512, [300, 77, 301, 299]),
        ("/aws/lambda/train", 10240, [4000, 9001, 8000, 7000]),
    ):
        for k, mb in enumerate(used):
            key = f"00000000-0000-4000-8000-{has:06d}{k:06d}"
            report = f"REPORT RequestId: {key}\tDuration: 7.00 ms\tBilled Duration: 7 ms\t"
            size = 9216 if has == 10240 and k < 2 else has
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

# %% [markdown] facts="F1.2-08"
# ### Exercise 1.4: a metric out of old lines (3 points)
#
# The shops' card terminals write text. In a filter pattern `[time, id, level=ERROR, ...]` names the words of a
# line. Count declined payments: level ERROR, then `payment declined`. Other levels quote these words.
#
# > **Exam answer / Today.** Brackets fit lines of that order only: Lambda's Python text begins with the
# > level, JSON needs `{ $.level = "ERROR" }`. At most 3 dimensions, none beside a default value.
# > (Filter pattern syntax; API reference, PutMetricFilter.)


# %% answer="count_declines"
def count_declines(log_group: str, namespace: str) -> None:
    """Make a metric filter on a terminal's log group that publishes the metric `Declines`.

    log_group: its name. namespace: of the metric, which has no dimensions.
    Every minute in which lines arrive gets a value: how many of them are declined payments, or 0.

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
terminal = [event["message"] for event in data.events("checkout", "/shop/terminal")]
pattern = "declined"  # try yours
found = logs.test_metric_filter(filterPattern=pattern, logEventMessages=terminal[:50])["matches"]
print(len(found), "of 50 lines match", *[each["eventMessage"] for each in found], sep="\n")

# %% check="count_declines" points=3
import boto3

from course import account
from course.telemetry.world import World

head, start = "2026-03-17T08:00:00Z 8f2c51a09b3e", 1773734400
declined = f"{head} ERROR payment declined code=05 amount=12.18 terminal=till-1"
accepted = f"{head} INFO payment accepted amount=33.55 terminal=till-4"
asked = {"Namespace": "Shop/Terminal", "MetricName": "Declines", "Statistics": ["Sum"]}
asked |= {"StartTime": start, "EndTime": start + 60, "Period": 60}
with account.fresh(World("trial", 1000 * start, 1000 * start, [], [], {}, {})) as trial:
    boto3.client("logs").create_log_group(logGroupName="/shop/terminal")
    count_declines("/shop/terminal", "Shop/Terminal")
    event = {"timestamp": 1000 * start, "logGroupName": "/shop/terminal", "logStreamName": "s"}
    trial.replay(logs=[{**event, "message": line} for line in (declined, accepted, declined)])
    trial.advance(minutes=3)
    found = boto3.client("cloudwatch").get_metric_statistics(**asked)["Datapoints"]
assert found, "Three lines arrived, and there is no Declines yet: no filter, other names, no match?"
assert found[0]["Sum"] == 2, f"Two of three lines are declines; Declines says {found[0]['Sum']}."
### BEGIN HIDDEN TESTS
import random

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
    {"ERROR payment failed: no answer within 4000ms": 2, "ERROR card reader declined to start": 1},
    "Errors that are no declined payment are counted. Which words follow the level?",
)
judge(
    "count_declines quoted",
    {
        "INFO customer asks why payment declined": 1,
        "WARN ERROR rate rising, payment declined often": 1,
    },
    "Lines of another level that quote the words are counted. Does the pattern say where they stand?",
)
### END HIDDEN TESTS

# %% [markdown] quiz="quiz.toml" points=12
# ## Quiz (12 points)
#
# Twelve situations as the exam words them. One option is right; the others are right elsewhere. Your
# feedback explains all four.
