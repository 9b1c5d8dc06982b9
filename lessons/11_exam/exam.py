# %% [markdown]
# # 11 Exam review: what do you still believe?
#
# Ten lessons ago the shop was slow and nobody knew why. Now you have notes, and an exam date. Notes grow old:
# limits move, services close and come back, and somebody has changed the queue since. In three hours you learn to
#
# - **recognise** a situation, and the one remedy that fits it,
# - **audit** what your notes claim against what the account says,
# - **tell apart** causes whose dashboards look alike,
# - **work** through an incident in an order that loses no evidence,
# - **judge** how ready you are.
#
# Exam skills: 4.1.1, 4.1.2, 4.1.3, 4.1.5, 4.1.6, 4.2.1, 4.3.1, 4.3.7, 4.3.8.

# %% fixed="setup"
import json
import time
from contextlib import suppress

import boto3
import pandas as pd
from botocore.exceptions import ClientError

from course import account, data, show
from course.telemetry.world import World

shop = account.open(data.load("checkout"))  # from here on boto3 talks to this simulated account
cloudwatch = boto3.client("cloudwatch")
logs = boto3.client("logs")
sqs = boto3.client("sqs")
trail = boto3.client("cloudtrail")
noon = int(shop.now.timestamp() * 1000)
empty = World("lab", noon, noon, [], [])  # an account for experiments: with account.fresh(empty)
print(shop)

# %% [markdown] recall="F10.2-01 F10.2-04"
# **From lesson 10.** A stream takes 2,400 records a second of 200 bytes each, and three consumers read it without
# enhanced fan-out. What sets the number of shards?
#
# <details><summary>Think first, then open</summary>
#
# The writes need ceil(2.4) = 3 shards by **count** and 1 by size: 3. The reads of all three consumers share
# 2 MB/s a shard, 3 * 0.48 MB/s = 1.44 MB/s: 1 shard. The larger wins: 3.
# </details>

# %% [markdown] recall="F6.1-11 F6.1-15"
# **From lesson 06.** Behind one API, two integrations fail: `/cart` answers 502 after 40 ms, `/report` 504 after
# 29 s. Which of the two does more time help?
#
# <details><summary>Think first, then open</summary>
#
# Only `/report`: 504 is the integration's **timeout**. 502 says that an answer came, and was none that API Gateway
# can use: a body that is no text, or a function that crashed. More time brings the same answer later.
# </details>

# %% [markdown] recall="F3.1-04"
# **From lesson 03.** Yesterday at 16:00 somebody changed a queue's visibility timeout. Where do you find who, and
# why not in the queue's own settings?
#
# <details><summary>Think first, then open</summary>
#
# In CloudTrail's event history: `SetQueueAttributes` is a **management event**, kept for 90 days without a trail.
# An API that describes a resource tells what holds **now**, and never since when, or by whom.
# </details>

# %% [markdown] facts="F0-01 F0-02 F0-03 F0-04 FS-01 FS-02 FS-03 FS-04 FS-05 FS-06 FS-07 FS-08 FS-09 FS-10 FS-11 FS-12 FS-13 FS-14 FS-15 FS-16 FS-17"
# ## 11.1 From the situation to the remedy
#
# DVA-C02 is an associate exam: four domains, 65 questions of which 50 are scored, passed at 720 on a **scale** from 100
# to 1000.
#
# | domain | notes name | know at least |
# |---|---|---|
# | 1 development, 32 % | Lambda, API Gateway, DynamoDB, SQS | Lambda is invoked synchronously, asynchronously, or by an event source mapping; throttled tables answer `ProvisionedThroughputExceededException`, on demand `ThrottlingException` as well; a FIFO queue needs a FIFO dead-letter queue, after `maxReceiveCount` receives |
# | 2 security, 26 % | IAM, KMS, Cognito | user pools sign in and give JWTs, identity pools AWS credentials; `GenerateDataKey` returns a data key twice, plain and encrypted |
# | 3 deployment, 24 % | CodeDeploy, CloudFormation, SAM; CodeCommit: closed in 2024, open again since November 2025 | lifecycle hooks, traffic shifting; change sets, `DeletionPolicy`, nested stacks, exports; Beanstalk's `container_commands` with `leader_only` |
# | 4 **this course**, 18 % | CloudWatch, X-Ray, CloudTrail, ElastiCache | the skills also name subscription filters, header caching, health checks, deployment logs; annotations and tracing, with OpenTelemetry |
#
# The guide assigns no services to domains: the second column is a reader's choice. (DVA-C02 exam guide.)
#
# > **Exam answer / Today.** "Deny, SCP, resource policy, boundary, identity policy": any explicit deny first, then
# > **RCPs** (since 2024), SCPs, resource policy, identity policy, boundary, session policy. (IAM User Guide, "How AWS
# > enforcement code logic evaluates requests to allow or deny access".)


# %% fixed="ask"
def ask(query: str, *groups: str, minutes: int = 24 * 60) -> pd.DataFrame:
    """The answer of Logs Insights over the last `minutes` of these groups, in the open account."""
    end = int(time.time())
    asked = {"logGroupNames": list(groups), "startTime": end - 60 * minutes, "endTime": end}
    key = logs.start_query(queryString=query, **asked)["queryId"]
    while (answer := logs.get_query_results(queryId=key))["status"] in ("Scheduled", "Running"):
        time.sleep(0.5)
    rows = [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]
    texts = pd.DataFrame(rows).drop(columns="@ptr", errors="ignore")
    numbers = texts.apply(pd.to_numeric, errors="coerce")  # every value arrives as text
    return numbers.where(numbers.notna(), texts).infer_objects()


# %% [markdown] facts="F11.1-01 F11.1-02 F11.1-03 F11.1-04 F11.1-05 F11.1-06 F11.1-08 F11.1-18"
# ### Where to look
#
# | you want to know | look at |
# |---|---|
# | the slowest invocations | Logs Insights: `REPORT` lines, sorted by `@duration` |
# | where a request's time goes, from API Gateway to DynamoDB | X-Ray, active on stage **and** function, and the SDK's calls instrumented |
# | who deleted the bucket | CloudTrail's event history, `DeleteBucket`: 90 days, in the bucket's Region |
# | more than 5 % errors, and be told | an alarm on **Errors / Invocations** by metric math, with SNS. `Errors` alone is a count |
# | an unusual number of `RunInstances` | CloudTrail Insights |
# | which key is hot | DynamoDB's Contributor Insights |
# | why traces are missing | sampling, tracing off; also the role's permissions, PassThrough, an HTTP API, clients without instrumentation |
# | what no longer is as its template says | drift detection: the **resources** drift, not the template |

# %%
of_payment = [{"Name": "FunctionName", "Value": "payment"}]
queries = [{"Id": "rate", "Expression": "100 * errors / calls", "Label": "errors in 100 calls"}]
for key, name in [("errors", "Errors"), ("calls", "Invocations")]:
    metric = {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": of_payment}
    asked = {"Metric": metric, "Stat": "Sum", "Period": 300}
    queries.append({"Id": key, "Label": name, "MetricStat": asked, "ReturnData": key == "errors"})
span = {"StartTime": shop.now - pd.Timedelta(hours=4), "EndTime": shop.now}
answer = cloudwatch.get_metric_data(MetricDataQueries=queries, ScanBy="TimestampAscending", **span)
results = answer["MetricDataResults"]
told = pd.DataFrame({row["Label"]: pd.Series(row["Values"], row["Timestamps"]) for row in results})
title = "payment: 12 errors are 75 % at 10:40; on a busy day they would be 1 %"
show.series(told.rename_axis("time").reset_index(), title=title, unit="errors", threshold=5)

# %% [markdown] facts="F11.1-07 F11.1-09 F11.1-10 F11.1-11 F11.1-12 F11.1-13 F11.1-14 F11.1-15 F11.1-16 F11.1-17"
# ### What to do
#
# | situation | exam answer | and also |
# |---|---|---|
# | a slow function that computes | more memory | with it comes CPU |
# | slow only when cold | Provisioned Concurrency | SnapStart is cheaper: Java, Python 3.12+, .NET 8+ |
# | `IteratorAge` rises | more shards, or enhanced fan-out | parallelization factor, batch size, a faster function; fan-out helps against **read contention** only |
# | SQS work is done twice | longer visibility timeout | idempotent handlers |
# | `ProvisionedThroughputExceededException` | backoff, capacity, a better key | |
# | API Gateway 502 | the body must be text | or the function crashed |
# | API Gateway 504 | go asynchronous | 29 s is a default: Regional and private REST APIs can raise it |
# | sessions that survive a failure | ElastiCache for Redis, Multi-AZ | AWS now prefers Valkey |
# | a plain key-value cache | Memcached or Redis | |
# | S3 answers slowly to many writes | spread them over prefixes | |
#
# ### Exercise 11.1: why is it wrong? (4 points)
#
# Each of these is right somewhere. Write `weigh`, which finds the option that is right here, and says of every other
# one under which **condition** it would have been:
#
# | condition | holds when |
# |---|---|
# | `cold` | `warm_p99_ms`, without cold starts, is less than half of `p99_ms` |
# | `waits` | not `cold`, and `waiting_ms`, spent in calls to others, is more than half of `warm_p99_ms` |
# | `computes` | a slow function that is neither |
# | `poison` | there are `errors`, and `shards_behind` is 1 |
# | `contention` | not `poison`, and `read_throttled` is above 0 |
# | `too_little` | a stream's consumer lags, and neither holds |
# | `outlives` | `p99_s` is above `visibility_s` |
# | `neighbours` | not `outlives`, and there are `failed_batches` |
# | `sent_twice` | work is done twice, and neither holds |
# | `malformed`, `too_long`, `limited` | the API's `status` is 502, 504, 429 |


# %% answer="why_is_it_wrong"
def weigh(evidence: dict, options: list[str]) -> dict[str, str]:
    """For each option "right", or the condition under which it would be right.

    evidence: "kind" is "function", "stream", "queue" or "api", beside it the numbers of that kind:
      function: p99_ms, warm_p99_ms, waiting_ms;  stream: shards_behind, errors, read_throttled
      queue: p99_s, visibility_s, failed_batches;  api: status
    options: some of these, of any kind. Each helps under one condition; exactly one is right here.
      "more memory", "provisioned concurrency", "a faster dependency, or a cache",
      "bisect batches, with a destination for failures", "enhanced fan-out",
      "higher parallelization factor", "longer visibility timeout", "report batch item failures",
      "deduplicate where it is sent", "return the body as text", "answer 202, work later",
      "higher throttling limit"

    >>> weigh({"kind": "api", "status": 502}, ["return the body as text", "higher throttling limit"])
    {'return the body as text': 'right', 'higher throttling limit': 'limited'}
    """
    ### BEGIN SOLUTION
    helps = {
        "provisioned concurrency": "cold",
        "a faster dependency, or a cache": "waits",
        "more memory": "computes",
        "bisect batches, with a destination for failures": "poison",
        "enhanced fan-out": "contention",
        "higher parallelization factor": "too_little",
        "longer visibility timeout": "outlives",
        "report batch item failures": "neighbours",
        "deduplicate where it is sent": "sent_twice",
        "return the body as text": "malformed",
        "answer 202, work later": "too_long",
        "higher throttling limit": "limited",
    }
    kind = evidence["kind"]
    if kind == "function":
        cold = evidence["warm_p99_ms"] < evidence["p99_ms"] / 2
        waits = evidence["waiting_ms"] > evidence["warm_p99_ms"] / 2
        holds = "cold" if cold else "waits" if waits else "computes"
    elif kind == "stream":
        poison = evidence["errors"] and evidence["shards_behind"] == 1
        contention = evidence["read_throttled"]
        holds = "poison" if poison else "contention" if contention else "too_little"
    elif kind == "queue":
        outlives = evidence["p99_s"] > evidence["visibility_s"]
        failed = evidence["failed_batches"]
        holds = "outlives" if outlives else "neighbours" if failed else "sent_twice"
    else:
        holds = {502: "malformed", 504: "too_long", 429: "limited"}[evidence["status"]]
    return {each: "right" if helps[each] == holds else helps[each] for each in options}
    ### END SOLUTION


# %%
def waiting(part: dict) -> float:  # seconds that a segment spends in calls to others
    if part.get("namespace"):
        return part["end_time"] - part["start_time"]
    return sum(waiting(each) for each in part.get("subsegments", []))


query = """filter @type = "REPORT"
| stats pct(@duration + coalesce(@initDuration, 0), 99) as p99_ms,
  pct(@duration, 99) as warm_p99_ms"""
options = ["more memory", "provisioned concurrency", "a faster dependency, or a cache"]
traces, rows = data.load("checkout").traces, []
for name in ("payment", "inventory", "order-worker"):
    [case] = ask(query, f"/aws/lambda/{name}").to_dict("records")
    lines = data.frame("checkout", f"/aws/lambda/{name}").message
    took = lines.str.extract(r"^REPORT .*?\tDuration: ([\d.]+) ms")[0].astype(float)  # in pandas
    waits = [waiting(each) for each in traces if each["name"] == name and "subsegments" in each]
    case |= {"kind": "function", "waiting_ms": 1000 * pd.Series(waits).quantile(0.99)}
    said = weigh(case, options) or dict.fromkeys(options)
    rows.append({"function": name, **case, "pandas": took.quantile(0.99), **said})
show.table(pd.DataFrame(rows).drop(columns="kind").round(), "Three functions, three options")

# %% check="why_is_it_wrong" points=4 skills="4.1.S2 4.3.S7 4.3.S8" tests="F11.1-07 F11.1-09 F11.1-10 F11.1-12 F11.1-13 F11.1-17 F11.2-08 F11.2-15"
case = {"kind": "function", "p99_ms": 900, "warm_p99_ms": 850, "waiting_ms": 120}
offered = ["provisioned concurrency", "more memory", "a faster dependency, or a cache"]
found = weigh(dict(case), list(offered))
assert found is not None, "weigh returned nothing yet: begin with the option that is right."
assert set(found) == set(offered), f"Wanted: a word for each of {offered}; found: {found}."
right = [option for option in offered if found[option] == "right"]
assert right == ["more memory"], f"A function that computes for 730 of 850 ms: you say {found}."
twin = {**case, "warm_p99_ms": 300}
of_twin = weigh(dict(twin), list(offered))
assert of_twin["provisioned concurrency"] == "right", (
    f"Warm, the twin needs 300 of its 900 ms; you say {of_twin}."
)
assert found["provisioned concurrency"] == "cold", (
    f"It is right in the twin, so in the first case the why is wanted: you say {found}."
)
### BEGIN HIDDEN TESTS
import random

from course.incidents.seeds import hidden_seed

rng = random.Random(hidden_seed("why_is_it_wrong"))
REMEDY_FOR = {
    "cold": "provisioned concurrency",
    "waits": "a faster dependency, or a cache",
    "computes": "more memory",
    "poison": "bisect batches, with a destination for failures",
    "contention": "enhanced fan-out",
    "too_little": "higher parallelization factor",
    "outlives": "longer visibility timeout",
    "neighbours": "report batch item failures",
    "sent_twice": "deduplicate where it is sent",
    "malformed": "return the body as text",
    "too_long": "answer 202, work later",
    "limited": "higher throttling limit",
}
KINDS = ["function"] * 3 + ["stream"] * 3 + ["queue"] * 3 + ["api"] * 3
KIND_OF = dict(zip(REMEDY_FOR, KINDS, strict=True))


def of_function(p99: float, warm: float, waiting: float) -> dict:
    return {"kind": "function", "p99_ms": p99, "warm_p99_ms": warm, "waiting_ms": waiting}


def of_stream(behind: int, errors: int, throttled: int) -> dict:
    found = {"kind": "stream", "shards_behind": behind, "errors": errors}
    return {**found, "read_throttled": throttled}


def of_queue(p99: float, visibility: int, failed: int) -> dict:
    return {"kind": "queue", "p99_s": p99, "visibility_s": visibility, "failed_batches": failed}


def drawn_cases(rng: random.Random) -> list[tuple[str, str, dict]]:
    """(what is special, the condition that holds, evidence), on both sides of every border."""
    p99 = 2 * rng.randrange(400, 3000)
    warm = p99 // 2
    wait, some, seen = 2 * rng.randrange(20, 60), rng.randrange(2, 90), rng.randrange(30, 300)
    return [
        ("mostly waiting, too", "cold", of_function(p99, warm - 1, warm - 2)),
        ("half of p99 is warm", "waits", of_function(p99, warm, warm // 2 + 2)),
        ("", "waits", of_function(p99, p99, p99 - 5)),
        ("half of it is waiting", "computes", of_function(p99, warm * 2, warm)),
        ("", "computes", of_function(p99, p99 - 7, 3)),
        ("", "poison", of_stream(1, some, 0)),
        ("reads are throttled, too", "poison", of_stream(1, 1, some)),
        ("", "contention", of_stream(1, 0, 1)),
        ("errors, and every shard is behind", "contention", of_stream(some, some, some)),
        ("errors, and every shard is behind", "too_little", of_stream(2, 1, 0)),
        ("", "too_little", of_stream(1, 0, 0)),
        ("", "outlives", of_queue(seen + 0.5, seen, 0)),
        ("batches fail, too", "outlives", of_queue(seen + wait, seen, 3)),
        ("it takes as long as the timeout", "neighbours", of_queue(seen, seen, 1)),
        ("", "neighbours", of_queue(seen - 20, seen, some)),
        ("", "sent_twice", of_queue(seen - 20, seen, 0)),
        ("", "malformed", {"kind": "api", "status": 502}),
        ("", "too_long", {"kind": "api", "status": 504}),
        ("", "limited", {"kind": "api", "status": 429}),
    ]


def judge(special: str, holds: str, evidence: dict, rng: random.Random) -> None:
    """Raise AssertionError unless every option of one case is weighed rightly."""
    same = [REMEDY_FOR[each] for each in REMEDY_FOR if KIND_OF[each] == KIND_OF[holds]]
    strangers = [REMEDY_FOR[each] for each in REMEDY_FOR if KIND_OF[each] != KIND_OF[holds]]
    options = rng.sample([*same, *rng.sample(strangers, 2)], 5)
    where = f"{evidence}" + (f" ({special})" if special else "")
    before = dict(evidence), list(options)
    try:
        found = weigh(evidence, options)
    except Exception as error:
        raise AssertionError(
            f"weigh ended with {type(error).__name__}: {error}, for {before[0]} and an option of another "
            "kind among the others. Each kind has numbers of its own; the options may be of any kind."
        ) from None
    assert (evidence, options) == before, "weigh changed what it was given."
    assert isinstance(found, dict) and set(found) == set(options), (
        f"Wanted is a word for each of {len(options)} options, found: {found}."
    )
    right = [option for option in options if found[option] == "right"]
    assert len(right) == 1, f"One option is right, and you find {len(right)}. Evidence: {where}."
    assert right == [REMEDY_FOR[holds]], (
        f"{right[0]!r} would not help. The evidence: {where}. Which of the conditions hold, in the order "
        "of the table?"
    )
    by_remedy = {remedy: condition for condition, remedy in REMEDY_FOR.items()}
    for option in options:
        if option == right[0]:
            continue
        said = found[option]
        assert said in REMEDY_FOR, (
            f"{option!r} has no reason: you say {said!r}. Nothing here is wrong everywhere; under which "
            "condition is it right?"
        )
        assert said == by_remedy[option], (
            f"You say that {option!r} is right when {said!r} holds. In a twin where that holds, it changes "
            "nothing. What does this setting change, and whom does that help?"
        )


for special, holds, evidence in drawn_cases(rng):
    judge(special, holds, evidence, rng)
### END HIDDEN TESTS

# %% [markdown] facts="F11.2-01 F11.2-02 F11.2-03 F11.2-04 F11.2-05 F11.2-06 F11.2-07 F11.2-08 F11.2-09 F11.2-10 F11.2-11 F11.2-12 F11.2-13 F11.2-14 F11.2-15 F11.2-16"
# ## 11.2 Traps, tried out
#
# | note | what holds |
# |---|---|
# | only an annotation finds traces by your own field | in X-Ray's filters, where `user` and `http.url` are indexed too; Transaction Search asks for any attribute |
# | metric filters for alarms, Insights for history | the exam's answer; a log alarm (`PutLogAlarm`) now watches a scheduled query |
# | high `IteratorAge` means slow, not failing | a batch that fails and repeats raises it too: look at `Errors`. Too little memory is slow |
# | ElastiCache: Lambda in the same or a peered VPC | or in any VPC with a route. Without a VPC: never |
# | the visibility timeout restarts with each receive | it does; and a throttled Lambda never began: two overlap when work outlives the timeout |
# | DAX keeps DynamoDB's API | with its own client, in a VPC |
# | DAX invalidates by itself, ElastiCache needs your code | writes **through** DAX refresh items; queries, and writes past it, wait for the TTL |
#
# > **Exam answer / Today.** "CloudTrail's files come within 15 minutes": about **5**, not guaranteed, and to CloudWatch
# > Logs as long; EventBridge is quicker. "Metric filters read logs that exist": **wrong**, only what comes later. "X-Ray
# > needs SDK and daemon": Lambda has the daemon, so just switch tracing on; OpenTelemetry needs neither. Both are in
# > maintenance. (CloudTrail User Guide, "Getting and viewing your CloudTrail log files"; CloudWatch Logs User Guide,
# > "Creating metrics from log events using filters"; X-Ray Developer Guide, "Migrating to OpenTelemetry".)
#
# Three of them as experiments:

# %%
def write_errors(moment: int) -> None:
    lines = [{"timestamp": moment + k, "message": f"ERROR number {k}"} for k in range(3)]
    logs.put_log_events(logGroupName="till", logStreamName="1", logEvents=lines)


with account.fresh(empty) as lab:
    logs.create_log_group(logGroupName="till")
    logs.create_log_stream(logGroupName="till", logStreamName="1")
    write_errors(noon)
    told = {"metricName": "Errors", "metricNamespace": "Till", "metricValue": "1"}
    rule = {"filterName": "errors", "filterPattern": "ERROR", "metricTransformations": [told]}
    logs.put_metric_filter(logGroupName="till", **rule)
    lab.advance(minutes=5)
    write_errors(noon + 290_000)
    lab.advance(minutes=5)
    found = ask('filter @message like "ERROR" | stats count(*) as errors', "till", minutes=30)
    metric = {"Namespace": "Till", "MetricName": "Errors", "Period": 3600, "Statistics": ["Sum"]}
    hour = {"StartTime": pd.Timestamp(noon, unit="ms"), "EndTime": lab.now}
    [point] = cloudwatch.get_metric_statistics(**metric, **hour)["Datapoints"]
print(f"Logs Insights finds {found.errors[0]} errors, the metric filter counted {point['Sum']:.0f}")

# %%
def at(second: int) -> pd.Timestamp:
    return pd.Timestamp(noon + 1000 * second, unit="ms")


events, listed = [{"time": at(0), "source": "SQS", "text": "CreateQueue, one message"}], False
with account.fresh(empty) as lab:
    url = sqs.create_queue(QueueName="parcels", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="p-1")
    for second in range(0, 240, 10):
        if second in (0, 40, 60, 80, 110) and sqs.receive_message(QueueUrl=url).get("Messages"):
            hidden = {"time": at(second), "end": at(second + 30), "source": "message"}
            events.append({**hidden, "text": f"received after {second} s, hidden"})
        if not listed and trail.lookup_events()["Events"]:
            listed = True
            there = {"source": "CloudTrail", "text": "event history has it"}
            events.append({"time": at(second), **there})
        lab.advance(seconds=10)
show.timeline(events, title="Each receive hides the message anew; the history is minutes late")

# %% [markdown]
# ### Exercise 11.2: audit the notes (4 points)
#
# Notes on your own system grow old fastest. *Visibility timeout of `orders`: 30 s*, says the shop's wiki; the account
# says 45. A mistake, or changed since? Only CloudTrail's **history** tells, and it keeps what AWS refused as well. Write
# `audit`: each note gets a verdict, and the **event** that proves it.
#
# | verdict | the note | evidence |
# |---|---|---|
# | `true` | holds today | the change since which it holds |
# | `outdated` | held when it was written, and does not today | the change since which it does not |
# | `wrong` | held neither then nor today | the change that set what held when it was written |
#
# Everything was made within the last 90 days. A call that sets what was set already changes nothing.


# %% fixed="settle"
def settle(setting: str, name: str, value: int) -> None:
    """Sets one setting of a queue, a log group or an alarm, making it if need be; or is refused."""
    with suppress(ClientError):
        if setting == "retentionInDays":
            with suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_group(logGroupName=name)
            logs.put_retention_policy(logGroupName=name, retentionInDays=value)
        elif setting == "threshold":
            watched = {"Namespace": "Shop", "MetricName": "Errors"}
            rule = {"ComparisonOperator": "GreaterThanThreshold", "Statistic": "Sum"}
            rule |= {"Period": 60, "EvaluationPeriods": 3}
            cloudwatch.put_metric_alarm(AlarmName=name, Threshold=value, **watched, **rule)
        else:
            wanted = {"Attributes": {setting: str(value)}}
            try:
                url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
                sqs.set_queue_attributes(QueueUrl=url, **wanted)
            except sqs.exceptions.QueueDoesNotExist:
                sqs.create_queue(QueueName=name, **wanted)


# %% answer="audit_the_notes"
def audit(notes: list[dict]) -> list[dict]:
    """A verdict on each note, in the same order, from CloudTrail's event history.

    notes: "name" of the queue, log group or alarm; "setting" as the call names it
    (VisibilityTimeout, retentionInDays, threshold); "value", a number; and "written", a time as
    CloudTrail writes it.
    Returns for each {"verdict": "true" | "outdated" | "wrong", "evidence": an eventID}.

    >>> audit([{"name": "orders", "setting": "VisibilityTimeout", "value": 30,
    ...         "written": "2026-03-17T13:00:00Z"}])
    [{'verdict': 'outdated', 'evidence': '7ac2a564-98b4-4cde-954a-ba1c3aaac335'}]
    """
    ### BEGIN SOLUTION
    client = boto3.client("cloudtrail")
    writes = {"AttributeKey": "ReadOnly", "AttributeValue": "false"}
    pages = client.get_paginator("lookup_events").paginate(LookupAttributes=[writes])
    records = [json.loads(each["CloudTrailEvent"]) for page in pages for each in page["Events"]]

    def value_in(record: dict, note: dict) -> float | None:
        """What a call set this setting to, if it did."""
        asked = record["requestParameters"] or {}
        name = asked.get("logGroupName") or asked.get("alarmName") or asked.get("queueName")
        name = name or asked.get("queueUrl", "").rpartition("/")[2]
        value = {**asked, **asked.get("attributes", {})}.get(note["setting"])
        done = name == note["name"] and value is not None and "errorCode" not in record
        return float(value) if done else None

    verdicts = []
    for note in notes:
        changes = []  # (since when, what holds, the event), oldest first
        for record in reversed(records):
            value = value_in(record, note)
            if value is not None and (not changes or changes[-1][1] != value):
                changes.append((record["eventTime"], value, record["eventID"]))
        holds = [value == note["value"] for _, value, _ in changes]
        then = max(k for k, change in enumerate(changes) if change[0] <= note["written"])
        if holds[-1]:
            verdict, proof = "true", changes[-1]
        elif holds[then]:
            last = max(k for k, held in enumerate(holds) if held)
            verdict, proof = "outdated", changes[last + 1]
        else:
            verdict, proof = "wrong", changes[then]
        verdicts.append({"verdict": verdict, "evidence": proof[2]})
    return verdicts
    ### END SOLUTION


# %%
orders = {"name": "orders", "setting": "VisibilityTimeout", "written": "2026-03-17T16:00:00Z"}
notes = [{**orders, "value": value} for value in (30, 43_201, 45)]
history = [(0, 30), (3, 43_201), (5, 45)]  # hours later; SQS allows 12 hours, 43,200 s
with account.fresh(empty) as lab:
    for hours, value in history:
        lab.advance(hours=hours)
        settle("VisibilityTimeout", "orders", value)
    lab.advance(minutes=15)  # until the event history has it
    verdicts = audit(notes) or [{}] * len(notes)
    found = trail.lookup_events()["Events"]
records = [json.loads(each["CloudTrailEvent"]) for each in found]
keys = ["eventTime", "eventName", "errorCode", "requestParameters", "eventID"]
rows = [{key: str(each.get(key) or "") for key in keys} for each in records if not each["readOnly"]]
print(show.table(rows, "The event history, newest first"))
told = [{**note, **verdict} for note, verdict in zip(notes, verdicts, strict=True)]
show.table(pd.DataFrame(told).drop(columns=["name", "setting"]), "The notes on orders")

# %% check="audit_the_notes" points=4 skills="4.1.S2 4.1.S3" tests="F3.1-01 F3.1-21 F11.3-07"
note = {"name": "orders", "setting": "VisibilityTimeout", "value": 30}
note["written"] = "2026-03-17T13:00:00Z"
with account.fresh(empty) as trial:
    settle("VisibilityTimeout", "orders", 30)
    trial.advance(hours=3)
    settle("VisibilityTimeout", "orders", 45)
    trial.advance(minutes=15)
    found = audit([dict(note), {**note, "value": 45}])
    events = trail.lookup_events()["Events"]
change = next(each["EventId"] for each in events if each["EventName"] == "SetQueueAttributes")
assert found, "audit returned nothing yet: a verdict and an eventID for each note are wanted."
assert [each["verdict"] for each in found] == ["outdated", "true"], (
    f"30 s at 13:00, 45 s since 15:00: two notes, of 30 and of 45 s, are {found}?"
)
assert [each["evidence"] for each in found] == [change] * 2, (
    f"The event of 15:00 proves both; you give {[each['evidence'] for each in found]}."
)
### BEGIN HIDDEN TESTS
import json
import random

import boto3
from botocore.exceptions import ClientError

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

RANGES = {
    "VisibilityTimeout": range(20, 900),
    "retentionInDays": (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365),
    "threshold": range(2, 400),
}
REFUSED = {"VisibilityTimeout": 43_201, "retentionInDays": 8}
# plot -> (values set one after the other, how many of them before it was written, the note's value,
# verdict, the place of the proof among the values); R is refused.
PLOTS = {
    "nothing changed": ("a", 1, "a", "true", 0),
    "changed since": ("ab", 1, "a", "outdated", 1),
    "changed before it was written": ("ab", 2, "a", "wrong", 1),
    "never so": ("ab", 1, "c", "wrong", 0),
    "written ahead of its time": ("ab", 1, "b", "true", 1),
    "changed, and changed back": ("aba", 1, "a", "true", 2),
    "changed back, and away again": ("abacd", 1, "a", "outdated", 3),
    "so for a while, but not when it was written": ("abac", 2, "a", "wrong", 1),
    "set to what it was": ("aa", 1, "a", "true", 0),
    "a change that AWS refused": ("aR", 1, "a", "true", 0),
    "what AWS refused": ("aRb", 2, "R", "wrong", 0),
}
HINTS = {
    "true": "Since which change does it hold, and from which on for good?",
    "outdated": "When did it cease to hold for the last time?",
    "wrong": "What held when it was written, and which change had set that?",
}


def drawn_plan(rng: random.Random, noise: int) -> tuple[list, list]:
    """(steps, notes): steps (minute, setting, name, value), notes (plot, note, minutes)."""
    steps, notes, taken = [], [], set()
    names = rng.sample(["parcels", "refunds", "carts", "mails"], 3)
    names += [f"{names[0]}-old", f"/shop/{names[0]}"]
    minute = 0
    scarce = sorted(PLOTS.items(), key=lambda item: "R" not in item[1][0])  # few settings refuse
    for plot, (values, before, claimed, verdict, proof) in scarce:
        settings = [each for each in RANGES if "R" not in values or each in REFUSED]
        free = [(s, n) for s in settings for n in names if (s, n) not in taken]
        free = [(s, n) for s, n in free if "/" not in n or s != "VisibilityTimeout"]
        setting, name = rng.choice(free)
        taken.add((setting, name))
        drawn = dict(zip("abcd", rng.sample(RANGES[setting], 4), strict=True))
        drawn["R"] = REFUSED.get(setting)
        times = [minute + 12 * k + rng.randint(2, 9) for k in range(len(values))]
        steps += [(at, setting, name, drawn[v]) for at, v in zip(times, values, strict=True)]
        note = {"name": name, "setting": setting, "value": drawn[claimed]}
        alike = (f"{name}-2", f"{name[:-1]}")[len(notes) % 2]  # of which nobody has made a note
        steps.append((times[-1] + 2, setting, alike, drawn["d"]))
        notes.append((plot, note, times[before - 1] + 1, times[proof], verdict))
        minute += rng.randint(1, 5)
    for number in range(noise):
        steps.append((number + 2, "threshold", f"noise-{number % 3}", number))
    return sorted(steps, key=lambda step: step[0]), notes


def judge(seed_name: str, noise: int) -> None:
    """Raise AssertionError unless every note gets its verdict and its proof."""
    rng = random.Random(hidden_seed(seed_name))
    steps, planned = drawn_plan(rng, noise)
    rng.shuffle(planned)
    start = 1_767_600_000_000 + 60_000 * rng.randrange(100_000)
    times = [pd.Timestamp(start + 60_000 * minute, unit="ms") for minute in range(200)]
    text = [each.strftime("%Y-%m-%dT%H:%M:%SZ") for each in times]
    with account.fresh(World("wiki", start, start, [], [])) as trial:
        passed = 0
        for minute, setting, name, value in steps:
            trial.advance(minutes=minute - passed)
            passed = minute
            settle(setting, name, value)
        trial.advance(minutes=15 + 10 * rng.randrange(1, 3))
        notes = [{**note, "written": text[written]} for _, note, written, _, _ in planned]
        given, made = [dict(note) for note in notes], len(trial.calls())
        try:
            found = audit(given)
        except (ClientError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise AssertionError(
                f"audit ended with {type(error).__name__}: {error}. Not every event is about one of the "
                "notes, and each service names its parameters in a way of its own."
            ) from None
        asked = [call["operation"] for call in trial.calls()[made:]]
        writing = [x for x in asked if not x.startswith(("Lookup", "Get", "Describe", "List"))]
        assert not writing, f"Who audits only reads; audit calls {writing[0]}."
        assert given == notes, "audit changed the notes that it was given."
        pages = boto3.client("cloudtrail").get_paginator("lookup_events").paginate()
        records = [json.loads(e["CloudTrailEvent"]) for page in pages for e in page["Events"]]
    assert isinstance(found, list) and len(found) == len(notes), (
        f"{len(notes)} notes, and audit returned {found!r:.80}."
    )
    named = {record["eventID"]: record for record in records}
    for (plot, note, _, proof, verdict), said in zip(planned, found, strict=True):
        what = f"{note['setting']} of {note['name']}, {note['value']}: {plot}"
        assert said["verdict"] == verdict, (
            f"{what}; and you say {said['verdict']!r}. Does the history you read reach back to the first "
            "event, is it in order, and of this name alone?"
        )
        event = named.get(said["evidence"])
        assert event is not None, (
            f"{what}: {verdict!r} it is, and your evidence, {said['evidence']!r}, is no eventID."
        )
        about = note["setting"].lower() in str(event).lower()
        assert about and event["eventTime"] == text[proof], (
            f"{what}: {verdict!r} it is, but {event['eventName']} of {event['eventTime']} does not prove "
            f"that. {HINTS[verdict]}"
        )


judge("audit_the_notes", noise=0)
judge("audit_the_notes again", noise=30)
### END HIDDEN TESTS

# %% [markdown] facts="F11.3-01 F11.3-02 F11.3-03 F11.3-04 F11.3-05 F11.3-06 F11.3-07 F11.3-08 F11.3-09 F11.3-10 F11.3-11 F11.3-12 F11.3-13 F11.3-14 F11.3-15 F11.3-16"
# ## 11.3 Words, and an order to work in
#
# | word | means | and today |
# |---|---|---|
# | trace | the record of one whole request | |
# | segment, subsegment | one service's work in it; a finer part of that | |
# | annotation | key and value, indexed | on subsegments, too; in Lambda only there |
# | metadata | key and value, not indexed | |
# | sampling rate | the share of requests that is traced | of those beyond the reservoir |
# | management event | control plane: create, delete, update | and reading: `Describe*` |
# | data event | data plane: `GetObject`, `PutItem` | |
# | CloudTrail Insights | unusual numbers of calls | and of errors, and of data events |
# | `IteratorAge` | age of the last record read: the lag | |
# | composite alarm | alarms joined by AND, OR | NOT, AT_LEAST |
# | metric filter | a pattern that turns log events into a metric | |
# | cache-aside | look into the cache first, then the database | |
# | thundering herd | many misses at once meet the database | |
# | hot partition | one that gets far more than its share | |
# | write sharding | a random suffix on the key | or a computed one |
#
# Trace, segment and subsegment in one picture, found by the annotation `provider`:

# %%
xray = boto3.client("xray")
wanted = 'service("checkout") AND annotation.provider = "northbank" AND responsetime > 3'
since, until = (shop.now - pd.Timedelta(minutes=ago) for ago in (100, 60))
asked = {"StartTime": since, "EndTime": until, "FilterExpression": wanted}
found = xray.get_trace_summaries(**asked)["TraceSummaries"]
[trace] = xray.batch_get_traces(TraceIds=[found[0]["Id"]])["Traces"]
show.waterfall(trace, title="A trace, its segments and subsegments, found by an annotation")

# %% [markdown]
# ### Exercise 11.3: the runbook (3 points)
#
# At three in the morning nobody thinks well. A **runbook** thinks beforehand:
#
# | step | what it brings |
# |---|---|
# | `scope` | who is hurt, since when |
# | `changes` `metrics` `traces` `logs` | evidence, in any order |
# | `hypothesis` | one cause, and what would refute it |
# | `test` | it is `confirmed` or `refuted` |
# | `fix` | one change, for the confirmed cause |
# | `verify` | it is `better` or `no better` |
# | `undo` | the change is taken back |
# | `write_up` | the end |
# | `raise_limits` `restart_all` | something is done |
#
# Not all of these have a place. Write `next_step`, so that no evidence is lost and one change is made at a time.


# %% fixed="play"
def play(policy, tests: list[str], verifies: list[str], begun: list[dict] = ()) -> list[dict]:
    """Works through an incident by `policy`; tests and verifies: what these steps will find."""
    history, found = [dict(each) for each in begun], {"test": [*tests], "verify": [*verifies]}
    while len(history) < 40:
        step = policy([dict(each) for each in history])
        coming = found.get(step)
        history.append({"step": step, "found": coming.pop(0) if coming else "seen"})
        if step in ("write_up", None):
            break
    return history


# %% answer="runbook"
def next_step(history: list[dict]) -> str:
    """What to do next in an incident.

    history: what was done so far, oldest first, {"step": ..., "found": ...}; it may be empty.
    "found" is "confirmed" or "refuted" for a test, "better" or "no better" for verify.
    - First the scope, then each of the four kinds of evidence once, then a hypothesis.
    - Every hypothesis is tested. Refuted, another one takes its place; confirmed, it is mended.
    - Whether a change helped is verified at once. If it did, write_up; if not, it is undone before
      the next hypothesis.
    - A colleague may have begun, and not by these rules: with a fix that nobody has verified, say.
      What was seen need not be seen again.

    >>> next_step([])
    'scope'
    """
    ### BEGIN SOLUTION
    steps = [each["step"] for each in history]

    def last(step: str) -> int:
        """The place where a step was taken last, or -1."""
        return max((k for k, each in enumerate(steps) if each == step), default=-1)

    if last("fix") > max(last("verify"), last("undo")):
        return "verify"
    if steps and steps[-1] == "verify":
        return "write_up" if history[-1]["found"] == "better" else "undo"
    for look in ("scope", "changes", "metrics", "traces", "logs"):
        if look not in steps:
            return look
    if last("hypothesis") > last("test"):
        return "test"
    if last("test") > last("fix") and history[last("test")]["found"] == "confirmed":
        return "fix"
    return "hypothesis"
    ### END SOLUTION


# %%
minutes = {"scope": 3, "changes": 4, "metrics": 5, "traces": 6, "logs": 8, "test": 6}
clock, events = pd.Timestamp("2026-03-18 03:00"), []
for done in play(next_step, ["refuted", "confirmed", "confirmed"], ["no better", "better"]):
    ends = clock + pd.Timedelta(minutes=minutes.get(done["step"], 5))
    text = f"{done['step']}: {done['found']}".removesuffix(": seen")
    events.append({"time": clock, "end": ends, "text": text, "source": "on call"})
    clock = ends
show.timeline(events[:30], title=f"An incident by your runbook, {len(events)} steps")

# %% check="runbook" points=3 skills="4.1.S1 4.1.S2"
first = next_step([])
assert first is not None, "next_step returned nothing yet: return the name of a step."
assert first == "scope", f"Before anything else: who is hurt, since when? You begin with {first!r}."
easy = [each["step"] for each in play(next_step, ["confirmed"], ["better"])]
assert easy[-1] == "write_up", f"The first hypothesis was right, and there is no end: {easy}."
missing = {"scope", "changes", "metrics", "traces", "logs"} - set(easy)
assert not missing, f"Nobody looked at {sorted(missing)}: you did {easy}."
assert easy[5:] == ["hypothesis", "test", "fix", "verify", "write_up"], (
    f"After the five looks: a hypothesis, its test, a fix that is verified. You did {easy[5:]}."
)
### BEGIN HIDDEN TESTS
import random

from course.incidents.seeds import hidden_seed

KINDS_OF_EVIDENCE = {"changes", "metrics", "traces", "logs"}
HASTE = {
    "raise_limits": "hides which limit was reached, and stays for ever",
    "restart_all": "throws away the evidence that lives in memory, and the cause comes back",
}


def steps_allowed(history: list[dict]) -> set[str]:
    """The steps that lose nothing, whatever happened before."""
    steps = [each["step"] for each in history]
    at = {step: max(k for k, each in enumerate(steps) if each == step) for step in steps}
    at = {step: at.get(step, -1) for step in ("hypothesis", "test", "fix", "verify", "undo")}
    if at["fix"] > max(at["verify"], at["undo"]):
        return {"verify"}
    if steps and steps[-1] == "verify":
        return {"write_up"} if history[-1]["found"] == "better" else {"undo"}
    if "scope" not in steps:
        return {"scope"}
    missing = KINDS_OF_EVIDENCE - set(steps)
    if at["hypothesis"] > at["test"]:
        return {"test"} | missing
    confirmed = at["test"] > at["fix"] and history[at["test"]]["found"] == "confirmed"
    if confirmed:
        return {"fix"} | missing
    return missing or {"hypothesis"}


def complaint(step: str | None, history: list[dict]) -> str:
    """What is wrong with a step that is not allowed."""
    steps = [each["step"] for each in history]
    may, did = steps_allowed(history), " > ".join(steps[-5:]) or "nothing yet"
    where = f"After {did}" + (f" ({history[-1]['found']})" if history else "") + f" you say {step!r}: "
    if step in HASTE:
        return where + f"it {HASTE[step]}."
    if step in KINDS_OF_EVIDENCE | {"scope"} and step in steps:
        return where + "that was seen already."
    if step == "fix":
        return where + "a change for a cause that no test has confirmed."
    if step == "hypothesis" and "undo" in may:
        return where + "the change that did not help is still there, and two changes cannot be told apart."
    if step == "hypothesis" and KINDS_OF_EVIDENCE - set(steps):
        return where + f"a guess; nobody has looked at {sorted(KINDS_OF_EVIDENCE - set(steps))}."
    if step == "write_up":
        return where + "nothing shows yet that customers are better off."
    if step == "test":
        return where + "there is no hypothesis that still waits for a test."
    if "verify" in may:
        return where + "somebody has changed something, and nobody knows whether it helped."
    if "write_up" in may:
        return where + "customers are better off. What is left to do?"
    return where + "what does this step need that is not there, or what was done already?"


def judge(tests: list[str], verifies: list[str], begun: list[dict]) -> None:
    """Raise AssertionError at the first step that is not allowed."""
    try:
        history = play(next_step, tests, verifies, begun)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        steps = [each["step"] for each in begun]
        raise AssertionError(
            f"next_step ended with {type(error).__name__}: {error}. A colleague had done {steps}."
        ) from None
    for number in range(len(begun), len(history)):
        before, step = history[:number], history[number]["step"]
        assert step in steps_allowed(before), complaint(step, before)
    assert history[-1]["step"] == "write_up", "Your runbook runs in circles: 40 steps, and no end."


def were_seen(*steps: str, found: str = "seen") -> list[dict]:
    return [{"step": step, "found": found} for step in steps]


def drawn_results(rng: random.Random) -> tuple[list[str], list[str]]:
    """What the tests and the verifications of one incident will find."""
    tests, verifies = [], ["no better"] * rng.randrange(3) + ["better"]
    for _ in verifies:
        tests += ["refuted"] * rng.randrange(3) + ["confirmed"]
    return tests, verifies


rng = random.Random(hidden_seed("runbook"))
drawn_looks = rng.sample(sorted(KINDS_OF_EVIDENCE), 4)
all_seen = were_seen("scope", *drawn_looks)
mended = [*all_seen, *were_seen("hypothesis"), *were_seen("test", found="confirmed"), *were_seen("fix")]
failed = [*mended, *were_seen("verify", found="no better")]
for begun in (
    [],
    [],
    were_seen("logs"),
    were_seen("fix"),
    were_seen("scope", "restart_all", drawn_looks[0]),
    were_seen("scope", *drawn_looks[:2]),
    all_seen,
    [*were_seen("scope", drawn_looks[3], "hypothesis"), *were_seen("test", found="confirmed")],
    [*all_seen, *were_seen("hypothesis")],
    [*were_seen("scope", drawn_looks[0], "hypothesis"), *were_seen("test", found="refuted")],
    [*all_seen, *were_seen("hypothesis"), *were_seen("test", found="confirmed")],
    mended,
    failed,
    [*failed, *were_seen("undo")],
    [*failed, *were_seen("undo", "hypothesis")],
    [*were_seen("scope", "fix"), *were_seen("verify", found="no better"), *were_seen("undo")],
    [*mended, *were_seen("verify", found="better")],
    were_seen("fix", "scope", drawn_looks[1]),
    were_seen("scope", "fix", "undo"),
    were_seen("scope", "hypothesis", *drawn_looks[:3]),
):
    judge(*drawn_results(rng), begun)
judge(["refuted", "refuted", "confirmed"], ["better"], [])
judge(["confirmed", "confirmed"], ["no better", "better"], [])
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 11.4: four dashboards, four causes (4 points)
#
# Four hours of the shop, in each of them something goes wrong for some seven minutes:
#
# | cause | what happens |
# |---|---|
# | `card_provider` | the card provider answers in 2 to 4 s |
# | `hot_partition` | one partition of the table is throttled |
# | `cache_flush` | the cache was emptied, and fills only slowly |
# | `search_hammer` | one client searches without a pause |
#
# The highest line is not the cause: what is high follows from it, or was high for one minute and harmless. Two of
# the four raise the same two lines; which third one tells them apart?

# %%
from course.incidents import boards

causes = dict(zip("ABCD", boards.CAUSES, strict=True))
hours = {letter: boards.board(cause, "public") for letter, cause in causes.items()}
drawn = ["requests", "errors_4xx", "cache_misses", "table_throttled", "payment_ms", "search_ms"]


def lines_of(widget: dict) -> list[dict]:
    """Each number of an hour, in multiples of what is usual in it."""
    hour = hours[widget["properties"]["title"]]
    times = hour[drawn] / hour[drawn].median().clip(lower=1)
    points = {name: zip(hour.time, times[name], strict=True) for name in drawn}
    return [{"label": name, "points": list(points[name])} for name in drawn]


axis, widgets = {"left": {"label": "times usual"}}, []
for k, letter in enumerate("ABCD"):
    place = {"x": 12 * (k % 2), "y": 9 * (k // 2), "width": 12, "height": 9}
    widgets.append({"type": "metric", **place, "properties": {"title": letter, "yAxis": axis}})
show.dashboard({"widgets": widgets}, lines_of, title="Four hours; 1 is what is usual in the hour")


# %% answer="four_dashboards"
def cause_of(hour: pd.DataFrame) -> str:
    """What goes wrong in an hour: one of the four causes, or "none".

    hour: a row for each minute. time; counts: requests, errors_4xx, errors_5xx, table_throttled,
    cache_hits, cache_misses; 99th percentiles in ms: api_ms, checkout_ms, payment_ms, search_ms, NaN
    where nothing ran. Shops differ: what is usual in one may be an alarm in another.
    An incident lasts five minutes or longer; a single minute, however high, is none.

    >>> cause_of(hours["A"])
    'card_provider'
    """
    ### BEGIN SOLUTION
    numbers = hour.drop(columns="time").ffill()
    asked, usual = numbers.rolling(5).sum(), numbers.median()
    lasting = numbers.rolling(5).median().max()  # what most of five minutes reach, at the worst
    if lasting.requests > 3 * usual.requests:
        return "search_hammer"
    if lasting.payment_ms > 3 * usual.payment_ms:
        return "card_provider"
    if lasting.table_throttled:
        return "hot_partition"
    return "cache_flush" if (asked.cache_misses > 3 * asked.cache_hits).any() else "none"
    ### END SOLUTION


# cache_flush and search_hammer both raise cache_misses and search_ms. One other number that is far
# higher in one of them than in the other, by name; errors of servers and latencies are not it:
told_apart_by = ""
### BEGIN SOLUTION
told_apart_by = "cache_hits"
### END SOLUTION

# %%
numbers = {letter: hour.drop(columns="time") for letter, hour in hours.items()}
highest = pd.DataFrame({letter: each.rolling(5).median().max() for letter, each in numbers.items()})
print(show.table(highest.round().reset_index(names="number"), "Highest level that lasts"))
show.table([{"hour": k, "you say": cause_of(hour)} for k, hour in hours.items()], "Your diagnoses")

# %% check="four_dashboards" points=4 skills="4.1.S2 4.1.S5 4.3.S8"
from course.incidents import boards

said = cause_of(boards.board("card_provider", "public"))
assert said is not None, "cause_of returned nothing yet: return the name of a cause."
assert said == "card_provider", f"A is an hour of the slow card provider; you say {said!r}."
said = cause_of(boards.board("hot_partition", "public"))
assert said == "hot_partition", f"B is an hour of a throttled partition; you say {said!r}."
assert told_apart_by, "told_apart_by is still empty: the name of one number is wanted."
numbers = boards.board("card_provider", "public").drop(columns="time").columns
assert told_apart_by in numbers, f"No number is called {told_apart_by!r}: {', '.join(numbers)}."
assert told_apart_by != "errors_5xx" and not told_apart_by.endswith("_ms"), (
    f"{told_apart_by}: errors of servers and latencies may rise in both. Who asks, and what is found?"
)
### BEGIN HIDDEN TESTS
import random

import pandas as pd

from course.incidents import boards
from course.incidents.seeds import hidden_seed

COUNTED = ["requests", "errors_4xx", "errors_5xx", "table_throttled", "cache_hits", "cache_misses"]
TIMED = ["api_ms", "checkout_ms", "payment_ms", "search_ms"]
HINTS = {
    "search_hammer": "How many requests come, compared with the rest of the hour?",
    "card_provider": "Whose own work takes longer, and for how long does it?",
    "hot_partition": "Who is refused, minute after minute?",
    "cache_flush": "Of all who ask the cache, how many find something?",
    "none": "Is anything out of the ordinary for more than a minute?",
}
rng = random.Random(hidden_seed("four_dashboards"))
seed = rng.randrange(10**9)
plain = {cause: boards.board(cause, seed) for cause in (*boards.CAUSES, boards.QUIET)}


def busier(hour: pd.DataFrame, times: int) -> pd.DataFrame:
    """The same hour in a shop with more customers."""
    return hour.assign(**{name: hour[name] * times for name in COUNTED})


def slower(hour: pd.DataFrame, times: float) -> pd.DataFrame:
    """The same hour in a shop whose functions are slower, always."""
    return hour.assign(**{name: hour[name] * times for name in TIMED})


def spiked(hour: pd.DataFrame, **values: float) -> pd.DataFrame:
    """The same hour with one harmless minute."""
    row = {name: hour[name].astype(float) for name in values}
    for name, value in values.items():
        row[name].iloc[4] = value
    return hour.assign(**row)


def shuffled(hour: pd.DataFrame) -> pd.DataFrame:
    return hour[rng.sample(list(hour.columns), len(hour.columns))]


def judge(cause: str, hour: pd.DataFrame, what: str) -> None:
    """Raise AssertionError unless the cause of one hour is found."""
    given = hour.copy()
    try:
        said = cause_of(given)
    except Exception as error:
        kind = type(error).__name__
        raise AssertionError(f"In {what}, cause_of ended with {kind}: {error}") from None
    assert given.equals(hour), "cause_of changed the hour that it was given: work on a copy."
    if said != cause:
        top = hour.drop(columns="time").rolling(5, min_periods=3).median().max().round()
        told = ", ".join(f"{name} {value:.0f}" for name, value in top.items())
        raise AssertionError(
            f"In {what} you say {said!r}, which it is not. Highest level that lasts: {told}. {HINTS[cause]}"
        )


for cause, hour in plain.items():
    judge(cause, shuffled(hour), "another hour of the shop")
for cause, hour in plain.items():
    judge(cause, busier(hour, 12), "a shop with twelve times as many customers")
    judge(cause, slower(hour, 6), "a shop whose functions always take six times as long")
quiet = plain["none"]
judge("none", spiked(quiet, table_throttled=40), "a quiet hour with one minute of throttling")
judge("none", spiked(quiet, payment_ms=9000, api_ms=9100), "a quiet hour with one slow minute")
judge("none", spiked(quiet, requests=900, errors_4xx=880), "a quiet hour with one minute of requests")
filling = busier(plain["cache_flush"], 12)
filling["cache_hits"] += filling.cache_misses // 8
judge("cache_flush", filling, "an hour in which an emptied cache fills again")
judge("cache_flush", spiked(plain["cache_flush"], errors_4xx=500), "an hour with one minute of 4xx")
flush = spiked(plain["cache_flush"], payment_ms=8000, table_throttled=9)
judge("cache_flush", flush, "an hour with one minute of throttling and of a slow payment")

levels = {}
for cause in ("cache_flush", "search_hammer"):
    more = [plain[cause], boards.board(cause, seed + 1)]
    lasting = [hour[told_apart_by].rolling(5, min_periods=3).median().max() for hour in more]
    levels[cause] = [round(float(level)) for level in lasting]
low, high = sorted(levels.values(), key=sum)
assert min(high) > 2 * max(low), (
    f"{told_apart_by} reaches {levels['cache_flush']} when the cache was emptied, and "
    f"{levels['search_hammer']} when a client hammers: nobody can tell these apart."
)
### END HIDDEN TESTS

# %% [markdown]
# ## 11.4 When the deployment itself fails
#
# Friday, 16:00. The last release before the sale is red, and the last line says that *the overall deployment failed
# because too many individual instances failed*. That helps nobody: what fails first makes the rest fail after it, and
# the rest is louder.
#
# | tool | where it speaks | the first cause | what only follows |
# |---|---|---|---|
# | CloudFormation | stack events, **newest first** | oldest `CREATE_FAILED` that is not "cancelled" | `ROLLBACK_...` |
# | SAM | the same, oldest first; or an `Error:` | as above | `Waiter ... failed` |
# | CodeBuild | phases, and the output of commands | output before the first `State: FAILED` | no artifact |
# | CodeDeploy | lifecycle events, their `diagnostics` | what the hook's script printed | instances failed |
# | ECS | `stoppedReason`, exit codes | 137: killed, mostly for memory; 143: told to stop | tasks failed to start |


# %% fixed="attempt"
def attempt(resources: dict, on_failure: str = "ROLLBACK", taken: tuple = ()) -> list[dict]:
    """The events of a stack with these resources, as AWS lists them; `taken`: log groups there before."""
    with account.fresh(empty) as lab:
        for group in taken:
            boto3.client("logs").create_log_group(logGroupName=group)
        client, body = boto3.client("cloudformation"), json.dumps({"Resources": resources})
        asked = {"StackName": "parcels", "TemplateBody": body, "OnFailure": on_failure}
        stack = client.create_stack(**asked)["StackId"]
        lab.advance(minutes=2)
        return client.describe_stack_events(StackName=stack)["StackEvents"]


# %%
inbox = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 99_999}}
news, kept = {"Type": "AWS::SNS::Topic"}, {"Type": "AWS::Logs::LogGroup"}
events = attempt({"Archive": kept, "News": news | {"DependsOn": "Archive"}, "Inbox": inbox})
rows = [
    {
        "time": event["Timestamp"],
        "source": event["LogicalResourceId"],
        "text": f"{event['ResourceStatus']} {event.get('ResourceStatusReason', '')[:80]}",
    }
    for event in reversed(events)
]
show.timeline(rows, title="One queue asks for too much: the stack, from its events")

# %% [markdown]
# One value is wrong, and every resource fails: the others were **cancelled**, the stack rolled back. A stack in
# `ROLLBACK_COMPLETE` can only be deleted. (CloudFormation User Guide, "Monitor stack
# progress", "Understand CloudFormation stack creation events".)
#
# CodeBuild writes into CloudWatch Logs. So this one may be asked with Logs Insights: what was said **before** the
# first phase that failed?

# %%
from course.incidents import deployments

build = deployments.sample("build_tests", "public")["log"].splitlines()
group = "/aws/codebuild/parcels"
with account.fresh(empty):
    now = int(time.time() * 1000)
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="1")
    lines = [
        {"timestamp": now - 1000 * (len(build) - n), "message": x} for n, x in enumerate(build)
    ]
    logs.put_log_events(logGroupName=group, logStreamName="1", logEvents=lines)
    query = "filter @message like /(?i)fail|error/ | sort @timestamp | limit 8 | display @message"
    told = ask(query, group, minutes=60)
# The same in pandas:
output = pd.Series(build)
print(output[output.str.contains("fail|error", case=False)].head(2).tolist())
show.table(told, "A build that failed, oldest first", rows=8)

# %% [markdown]
# ### Exercise 11.5: the first failure (4 points)
#
# The release channel wants one line, not forty: **what** failed first, and **why**. Write `first_failure` for three
# tools. The hard part is what it must pass over: warnings before the cause, and failures that follow from it.


# %% answer="deployment_logs"
def first_failure(tool: str, told: list[dict] | str) -> dict | None:
    """What failed first in a deployment, and why: {"step": ..., "why": ...}.

    tool "cloudformation": told is StackEvents of describe_stack_events, newest first.
      step: the logical id of the resource; why: its ResourceStatusReason.
    tool "codedeploy": told is lifecycleEvents of get_deployment_target, in their order. An event
      has "lifecycleEventName", "status" and, unless it was skipped, "diagnostics".
      step: the event's name; why: the last line of its logTail (the script's own words), or, where
      that is empty, its message.
    tool "sam": told is all that `sam deploy` printed.
      step: the logical id, why: the reason behind it in the same line. Where not even a changeset
      could be made: the stack's name, and the line that begins with "Error:".

    >>> first_failure("cloudformation", attempt({"Inbox": inbox}))["step"]
    'Inbox'
    """
    ### BEGIN SOLUTION
    follows = "Resource creation cancelled"
    if tool == "codedeploy":
        event = next(each for each in told if each["status"] == "Failed")
        said = event["diagnostics"]
        lines = said["logTail"].strip().splitlines()
        return {"step": event["lifecycleEventName"], "why": lines[-1] if lines else said["message"]}
    if tool == "cloudformation":
        rows = [
            (event["ResourceStatus"], event["LogicalResourceId"], event.get("ResourceStatusReason"))
            for event in reversed(told)
        ]
    else:
        lines = told.splitlines()
        error = next((line for line in lines if line.startswith("Error:")), "")
        if "changeset for the stack: " in error:
            return {"step": error.split("changeset for the stack: ")[1].split(",")[0], "why": error}
        cut = [line.split(None, 3) for line in lines if line.startswith("CREATE_FAILED")]
        rows = [(status, name, reason) for status, _, name, reason in cut]
    return next(
        {"step": name, "why": why}
        for status, name, why in rows
        if status == "CREATE_FAILED" and why != follows
    )
    ### END SOLUTION


# %%
cases = [("cloudformation", events)]
cases += [
    ("codedeploy", deployments.lifecycle(cause, "public")) for cause in deployments.LIFECYCLE_ERRORS
]
cases += [
    ("sam", deployments.sample(cause, "public")["log"])
    for cause in ("function_size", "stack_state")
]
answers = [
    {"tool": tool, **(first_failure(tool, told) or {"step": "no answer yet"})}
    for tool, told in cases
]
show.table(answers, "One line for each release")

# %% check="deployment_logs" points=4 skills="4.1.S6"
from course.incidents import deployments

QUEUE, TOPIC, none = "AWS::SQS::Queue", "AWS::SNS::Topic", {"step": None, "why": ""}
wrong = {"Type": QUEUE, "Properties": {"VisibilityTimeout": 99_999}}
seen = attempt({"News": {"Type": TOPIC}, "Inbox": wrong, "Alerts": {"Type": TOPIC}})
found = first_failure("cloudformation", seen)
assert found is not None, "first_failure returns nothing yet. Begin with the events of a stack."
is_kept = isinstance(found, dict) and {*found} == {"step", "why"}
assert is_kept, f"Wanted is a dict with step and why; found: {found!r:.80}."
assert found["step"] == "Inbox" and "VisibilityTimeout" in found["why"], (
    f"A queue asks for a visibility timeout of 99,999 s; you say {found}. Which event came first?"
)
found = first_failure("codedeploy", deployments.lifecycle("file_exists", "public")) or none
assert found["step"] == "Install" and "already exists" in found["why"], (
    f"In a deployment, the Install event fails over a file; you say {found}."
)
found = first_failure("sam", deployments.sample("function_size", "public")["log"]) or none
assert found["step"] == "RefundWorker" and found["why"].startswith("Resource handler returned"), (
    f"sam deploy says that RefundWorker is too large; you say {found}."
)
### BEGIN HIDDEN TESTS
import copy
import random

from course.incidents import deployments
from course.incidents.seeds import hidden_seed

CANCELLED = "Resource creation cancelled"
GROUP = "AWS::Logs::LogGroup"


def judge_failure(tool: str, told: list | str, step: str, why: str, other: dict[str, str]) -> None:
    """Raise AssertionError unless step and reason are right; other: wrong steps and what they tell."""
    given = copy.deepcopy(told)
    try:
        said = first_failure(tool, given)
        named, reason = said["step"], said["why"]
    except Exception as error:
        raise AssertionError(
            f"For another output of {tool}, first_failure ended with {type(error).__name__}: {error}. "
            "Not every output has every part."
        ) from None
    assert given == told, f"first_failure changed the output of {tool} that it was given."
    if named != step:
        hint = other.get(named, "Which line was the first that tells of a failure?")
        raise AssertionError(f"In another output of {tool} you name {named!r}. {hint}")
    assert reason == why, (
        f"In another output of {tool} the step is right, and why is {reason!r}. "
        + (
            "That only says that the script failed: what did it print itself?"
            if tool == "codedeploy"
            and "specified location" in str(reason)
            and "specified location" not in why
            else "Where does the reason stand, and where does it end?"
        )
    )


def events_of(resources: dict, step: str, *more: object) -> list[dict]:
    """Judge the events of a stack that really failed, and return them."""
    told = attempt(resources, *more)
    (why,) = [
        event["ResourceStatusReason"]
        for event in told
        if event["LogicalResourceId"] == step and event["ResourceStatus"] == "CREATE_FAILED"
    ]
    others = dict.fromkeys(resources, "It was cancelled, because something else had failed.")
    stack = "That is the stack itself. It rolls back because a resource has failed."
    judge_failure("cloudformation", told, step, why, {**others, "parcels": stack})
    # The same failure, with a word in its reason that belongs to the others.
    for event in told:
        if event.get("ResourceStatusReason") == why:
            event["ResourceStatusReason"] = f"The order was cancelled. {why}"
    judge_failure("cloudformation", told, step, f"The order was cancelled. {why}", others)
    return told


def two_failures(told: list[dict], step: str) -> None:
    """Judge the same events, but others fail later for a reason of their own."""
    others, why = {}, ""
    for event in told:
        if event.get("ResourceStatusReason") == CANCELLED:
            event["ResourceStatusReason"] = f"{event['LogicalResourceId']} already exists. " * 30
            others[event["LogicalResourceId"]] = "It failed, too, but later."
        elif event["LogicalResourceId"] == step and event["ResourceStatus"] == "CREATE_FAILED":
            why = event["ResourceStatusReason"]
    judge_failure("cloudformation", told, step, why, others)


def chatty(told: list[dict], tail: str) -> list[dict]:
    """The same lifecycle, with scripts that said something before, and `tail` at the failed one."""
    found = copy.deepcopy(told)
    for event in found:
        if event["status"] == "Succeeded":
            said = f"LifecycleEvent - {event['lifecycleEventName']}\n[stderr]error: nothing to stop\n"
            event["diagnostics"] |= {"scriptName": "scripts/run.sh", "logTail": said}
        if event["status"] == "Failed":
            event["diagnostics"]["logTail"] = tail
    return found


rng = random.Random(hidden_seed("deployment_logs"))
good, bad, store = (
    f"{word}{rng.randint(10, 99)}" for word in rng.sample(["Parcel", "Refund", "Label"], 3)
)
too_late = {"Type": QUEUE, "Properties": {"DelaySeconds": rng.randint(901, 5000)}}
rolled_back = events_of(
    {
        store: {"Type": GROUP},
        good: {"Type": TOPIC, "DependsOn": store},
        bad: {**too_late, "DependsOn": store},
    },
    bad,
)
there = {"Type": GROUP, "Properties": {"LogGroupName": "/shop/there"}}
events_of(
    {bad: there, good: {"Type": QUEUE}, store: {"Type": TOPIC}}, bad, "DO_NOTHING", ("/shop/there",)
)
two_failures(rolled_back, bad)
seed = rng.randrange(10**6)
for cause in ("script_failed", "script_missing", "script_timeout", "file_exists"):
    told = deployments.lifecycle(cause, seed)
    truth = deployments.sample(cause, seed)
    line = truth["log"].splitlines()[truth["line"] - 1].partition(" ")[2]
    skipped = dict.fromkeys(
        [event["lifecycleEventName"] for event in told if event["status"] == "Skipped"],
        "It was skipped: something before it had failed.",
    )
    judge_failure("codedeploy", told, truth["step"], line, skipped)
    before = "It succeeded. A script may say much, and even `error`, without failing."
    others = skipped | dict.fromkeys(deployments.EVENTS, before)
    heads = f"LifecycleEvent - {truth['step']}\n[stdout]step 1\n[stdout]step 2\n[stderr]step 3"
    judge_failure("codedeploy", chatty(told, heads), truth["step"], "[stderr]step 3", others)
    (failed,) = [event for event in told if event["status"] == "Failed"]
    message = failed["diagnostics"]["message"]
    judge_failure("codedeploy", chatty(told, ""), truth["step"], message, others)
for cause in ("function_role", "function_size", "stack_state"):
    truth = deployments.sample(cause, seed)
    line = truth["log"].splitlines()[truth["line"] - 1]
    why = line if cause == "stack_state" else line.split(None, 3)[3]
    others = {} if cause == "stack_state" else {"": ""}
    judge_failure("sam", truth["log"], truth["subject"], why, others)
# A table that failed first cancels the function.
text = deployments.sample("function_size", seed)["log"]
real, cancelled = [line for line in text.splitlines() if line.startswith("CREATE_FAILED")]
swapped = text.replace(real + "\n", "").replace(
    cancelled, cancelled.replace(CANCELLED, "Table already exists")
)
swapped = swapped.replace(
    "\nROLLBACK_IN", f"\n{real.split('Resource handler')[0]}{CANCELLED}\nROLLBACK_IN", 1
)
judge_failure(
    "sam",
    swapped,
    cancelled.split()[2],
    "Table already exists",
    {real.split()[2]: "It was cancelled."},
)
# The table fails as well, by itself, and later.
both = text.replace(cancelled, cancelled.replace(CANCELLED, "Table already exists. " * 20).strip())
why = real.split(None, 3)[3]
judge_failure("sam", both, real.split()[2], why, {cancelled.split()[2]: "That failed later."})
### END HIDDEN TESTS

# %% [markdown]
# ## 11.5 Black Friday
#
# ### Incident 11: everything is red (6 points)
#
# 18:00. Customers are refused, throttled writes ring, twelve orders have died. `checkout` takes an order, a queue keeps
# it, `order-worker` pays and stores it; `reindex` has nothing to do with orders. In four shops the same, yet:
#
# | link | means |
# |---|---|
# | `hot_key` | half of the orders write to one partition key |
# | `slow_provider` | the payment provider takes its time |
# | `greedy_job` | the job takes executions without end |
# | `short_visibility` | messages come back while they are handled |
# | `slow_writes` | some writes are repeated for seconds |
# | `long_runs` | runs of the worker last longer |
# | `double_work` | every order is handled more than once |
# | `no_concurrency` | the Region's 1,000 executions are taken |
# | `dead_letters` | orders die |
#
# The first four are **causes**. What begins here, what follows, and who changed what?

# %%
from course.incidents import black_friday as friday
from course.incidents import red_evening

query = """stats count(*) as lines, count_distinct(orderId) as orders, count_distinct(key) as keys
by message | sort message"""
evenings, told = {cause: friday.shop(cause) for cause in friday.CAUSES}, []
for cause, evening in evenings.items():
    with account.fresh(red_evening.world(evening)) as lab:
        found = ask(query, f"/aws/lambda/{evening.worker}", minutes=12)
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{evening.worker}",
            startTime=int(lab.now.timestamp() * 1000) - 12 * 60_000,
        )
        kept = [json.loads(event["message"]) for page in pages for event in page["events"]]
    told.append(found.assign(shop=cause))
# The same in pandas, for the last shop:
print(pd.DataFrame(kept).groupby("message")[["orderId", "key"]].nunique())
show.table(pd.concat(told), "The last 12 minutes of the worker's log", rows=8)

# %%
runs = []
for cause, evening in evenings.items():
    with account.fresh(red_evening.world(evening)) as lab:
        for name in (evening.worker, evening.job):
            points = cloudwatch.get_metric_statistics(
                Namespace="AWS/Lambda",
                MetricName="ConcurrentExecutions",
                Dimensions=[{"Name": "FunctionName", "Value": name}],
                StartTime=lab.now - pd.Timedelta(minutes=30),
                EndTime=lab.now,
                Period=60,
                Statistics=["Maximum"],
            )["Datapoints"]
            named = {"of": f"{name}, {cause}"}
            runs += [{**named, "time": p["Timestamp"], "n": p["Maximum"]} for p in points]
frame = pd.DataFrame(runs).sort_values(["of", "time"])
kept = {"x": "time", "y": "n", "by": "of", "unit": "executions"}
show.series(frame, title="Who has the executions: the worker and the job, in four shops", **kept)

# %% [markdown]
# Writes are throttled everywhere, executions run out everywhere: that is **monitoring**, numbers that were chosen
# beforehand. **Logging** keeps what happened: which order, which key, and in the trail who changed what. The system is
# **observable** if it answers what nobody thought to ask before: where does a *run* spend its time? In the shop with the
# slow provider, one of the last traces says so. Not every change has an effect, and not every effect a change behind it.

# %%
evening = evenings["slow_provider"]
with account.fresh(red_evening.world(evening)) as lab:
    asked = {"StartTime": lab.now - pd.Timedelta(minutes=30), "EndTime": lab.now}
    xray, told = boto3.client("xray"), []
    ids = [trace["Id"] for trace in xray.get_trace_summaries(**asked)["TraceSummaries"]]
    last = xray.batch_get_traces(TraceIds=[max(ids)])["Traces"][0]  # ids begin with the time
    for event in trail.lookup_events(**asked)["Events"]:
        record = json.loads(event["CloudTrailEvent"])
        name = next(iter(record["requestParameters"].values())).split("/")[-1]
        row = {"time": record["eventTime"][11:19], "who": record["userIdentity"]["userName"]}
        row |= {"event": record["eventName"].partition("20")[0], "of": name}
        told.append({**row, "error": record.get("errorCode", "")})
print(show.table(told[::-1], "Half an hour of changes"))
show.waterfall(last, title="A run of the worker at 18:00")


# %% answer="black_friday"
def end_the_evening(shop: dict[str, str], begin: pd.Timestamp, end: pd.Timestamp) -> dict | None:
    """Finds where it began, mends that, and sends the dead orders back.

    shop: the names of "checkout", "worker", "job" (functions), "queue", "dlq", "table", "rule" (the
      job's schedule) and "api" (in its metrics). begin, end: UTC, now is end; it began in between,
      within one minute.
    The worker has two variables: SHARDS, the number of keys ("P-17#0", "P-17#1", ...) among which it
      spreads the orders of a product, at most 32; and PROVIDER, "<name>" for api.<name>.example. It
      may run as long as its Timeout says. The job may wait until tomorrow; customers may not.
    Exactly one thing has begun it. Returns {"chain": [...], "change": ...}: the links from the cause
      to "dead_letters", each the reason for the next; and the eventID of the change behind the
      cause, or None where nobody changed anything.
    Afterwards, no function is refused an execution, each order is handled once, runs are as short as
    before; then the dead letters were sent back to their queue. Nothing else is different.

    >>> end_the_evening(evening.names, begin, end)
    {'chain': ['greedy_job', 'no_concurrency', 'dead_letters'], 'change': '0d31a5...'}
    """
    ### BEGIN SOLUTION
    engine, xray = boto3.client("lambda"), boto3.client("xray")
    url, dead = (sqs.get_queue_url(QueueName=shop[name])["QueueUrl"] for name in ("queue", "dlq"))

    def minutes(metric: str, function: str) -> pd.Series:
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "FunctionName", "Value": function}],
            StartTime=begin,
            EndTime=end,
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        return pd.Series({each["Timestamp"]: each["Maximum"] for each in points}).sort_index()

    refused = minutes("Throttles", shop["worker"])
    began = refused[refused > 0].index[0]
    # Where runs of the worker spend their time: the first ones, and the last.
    pages = xray.get_paginator("get_trace_summaries").paginate(StartTime=begin, EndTime=end)
    ids = sorted(trace["Id"] for page in pages for trace in page["TraceSummaries"])

    def seconds(few: list[str]) -> dict[str, float]:
        longest: dict[str, float] = {}
        for trace in xray.batch_get_traces(TraceIds=few)["Traces"]:
            for segment in trace["Segments"]:
                for call in json.loads(segment["Document"]).get("subsegments", []):
                    took = call["end_time"] - call["start_time"]
                    longest[call["name"]] = max(took, longest.get(call["name"], took))
        return longest

    before, after = seconds(ids[:5]), seconds(ids[-5:])
    slow = max(after, key=after.get)
    use = {name: minutes("ConcurrentExecutions", shop[name]).iloc[-1] for name in ("worker", "job")}

    change = {}
    if after[slow] < 3:
        if use["job"] > use["worker"]:
            links = ["greedy_job"]
            engine.put_function_concurrency(
                FunctionName=shop["job"], ReservedConcurrentExecutions=80
            )
        else:
            links = ["short_visibility", "double_work"]
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "360"})
    elif slow == "DynamoDB":
        links, change = ["hot_key", "slow_writes", "long_runs"], {"SHARDS": "16"}
    else:
        links = ["slow_provider", "long_runs"]
        (host,) = before.keys() - {"DynamoDB"}
        change = {"PROVIDER": host.split(".")[1]}
    if change:
        now = engine.get_function_configuration(FunctionName=shop["worker"])
        variables = {"Variables": {**now["Environment"]["Variables"], **change}}
        engine.update_function_configuration(FunctionName=shop["worker"], Environment=variables)
    about = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    sqs.start_message_move_task(SourceArn=about["QueueArn"])

    wanted = {
        "slow_provider": ("UpdateFunctionConfiguration", shop["worker"]),
        "greedy_job": ("DeleteFunctionConcurrency", shop["job"]),
        "short_visibility": ("SetQueueAttributes", shop["queue"]),
    }.get(links[0])
    events = trail.lookup_events(StartTime=begin, EndTime=end)["Events"]
    records = sorted(
        map(json.loads, (each["CloudTrailEvent"] for each in events)), key=lambda r: r["eventTime"]
    )
    behind = [
        record["eventID"]
        for record in records
        if wanted
        and record["eventName"].startswith(wanted[0])
        and "errorCode" not in record
        and pd.Timestamp(record["eventTime"]) < began + pd.Timedelta(minutes=1)
        and wanted[1] in [str(x).split("/")[-1] for x in record["requestParameters"].values()]
    ]
    chain = [*links, "no_concurrency", "dead_letters"]
    return {"chain": chain, "change": behind[-1] if behind else None}
    ### END SOLUTION


# %%
rows, used = [], []
for cause in friday.CAUSES:
    evening = friday.shop(cause)
    with account.fresh(red_evening.world(evening)) as lab:
        evening.start()
        said = end_the_evening(
            evening.names, lab.now - pd.Timedelta(minutes=30), pd.Timestamp(lab.now)
        )
        lab.advance(minutes=1)
        full, _ = evening.later()  # an evening as full, with the settings of now
        left = friday.attributes(evening.dlq)["ApproximateNumberOfMessages"]
    row = {"shop": cause, "you say": " > ".join((said or {}).get("chain", [])), "dead": left}
    rows.append({**row, "run": f"{full.run_ms / 1000:.1f} s", "handled": full.handled})
    used.append({"shop": cause, "executions": sum(full.given.values())})
print(show.table(rows, "After your repair"))
title = "Executions in use after your repair; there are 1,000"
show.bars(used, label="shop", value="executions", title=title, unit="executions")

# %% check="black_friday" points=6 skills="4.1.S2 4.2.S1 4.3.S1" tests="F4.3-05 F4.3-08 F5.1-02 F7.1-01 F7.1-05 F7.1-10 F11.2-15 F11.3-15 F11.3-16"
from course.incidents import black_friday as friday
from course.incidents import red_evening

evening = friday.shop("slow_provider")
with account.fresh(red_evening.world(evening)) as lab:
    evening.start()
    try:
        now = pd.Timestamp(lab.now)
        said = end_the_evening(dict(evening.names), now - pd.Timedelta(minutes=30), now)
        full, _ = evening.later()
    except Exception as refused:
        kind = type(refused).__name__
        raise AssertionError(f"end_the_evening ended with {kind}: {refused}") from None
assert said is not None, "end_the_evening returns nothing yet. Where do runs spend their time?"
assert full.share("worker") == 1, (
    f"In this shop the provider takes its time. You say {said}, and runs still last {full.run_ms / 1000:.0f} s."
)
is_told = isinstance(said, dict) and {*said} == {"chain", "change"} and said["chain"]
assert is_told, f"Wanted is a dict with chain and change; found: {said!r:.80}."
assert said["chain"][0] == "slow_provider", f"The provider's time was mended; you say {said}."
### BEGIN HIDDEN TESTS
import json

import boto3
import pandas as pd

from course import account
from course.incidents import black_friday as friday
from course.incidents import red_evening, rush
from course.incidents.clients import client_for
from course.incidents.seeds import hidden_seed

ENGINE, QUEUES, RULES = (client_for(name) for name in ("lambda", "sqs", "events"))
SEEK = {
    "hot_key": "Which calls of the worker take long, for which orders, and which key do they share?",
    "slow_provider": "Which call of the worker takes long, and whom did it call before?",
    "greedy_job": "Which function had few executions before, and has most of them now?",
    "short_visibility": "How often is one order stored, and how many seconds lie in between?",
}
MENDS = {
    "hot_key": {("worker", "SHARDS")},
    "slow_provider": {("worker", "PROVIDER")},
    "greedy_job": {
        ("job", "reserved"),
        ("worker", "reserved"),
        ("checkout", "reserved"),
        ("rule", "state"),
    },
    "short_visibility": {("queue", "VisibilityTimeout")},
}
READING = ("Get", "List", "Describe", "Lookup", "Filter", "BatchGet", "Receive", "Search", "Query")
READING += ("StartQuery", "StopQuery", "ChangeMessage", "Scan", "Head", "Test")
LETTERS = ("SendMessage", "SendMessageBatch", "DeleteMessage", "DeleteMessageBatch")
LETTERS += ("StartMessageMoveTask", "CancelMessageMoveTask")
# What can be told from the settings; all else that changes something is too much in any shop.
SETTING = {"UpdateFunctionConfiguration", "PutFunctionConcurrency", "DeleteFunctionConcurrency"}
SETTING |= {"SetQueueAttributes", "PutRule", "EnableRule", "DisableRule", "DeleteRule"}
SETTING |= {"DeleteFunction", "DeleteQueue"}
PASSING = {"LastModified", "RevisionId", "LastUpdateStatus", "State", "ResponseMetadata"}


def settings_now(evening: friday.Shop) -> dict:
    """Everything that a repair may touch: {(what, which setting): value}."""
    found: dict = {}
    for role in ("checkout", "worker", "job"):
        whole = ENGINE.get_function(FunctionName=evening.names[role])
        known = whole["Configuration"]
        variables = known.pop("Environment", {}).get("Variables", {})
        found |= {(role, key): text for key, text in (known | variables).items()}
        limit = whole.get("Concurrency", {})
        found[role, "reserved"] = limit.get("ReservedConcurrentExecutions")
    for each in ("queue", "dlq"):
        found |= {(each, key): x for key, x in friday.attributes(evening.names[each]).items()}
    rule = RULES.describe_rule(Name=evening.rule)
    found["rule", "state"] = rule["State"]
    found |= {("rule", key): text for key, text in rule.items() if key != "State"}
    passing = (*PASSING, "ApproximateNumber", "LastModifiedTimestamp")
    return {key: value for key, value in found.items() if not key[1].startswith(passing)}


def bodies_in(queue: str) -> list[str]:
    """The bodies of all messages in a queue."""
    url, bodies = QUEUES.get_queue_url(QueueName=queue)["QueueUrl"], []
    while messages := QUEUES.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600
    ).get("Messages"):
        bodies += [message["Body"] for message in messages]
    return bodies


def has_changed(call: dict) -> bool:
    """Whether a call changed something, other than where a message is."""
    is_reading = call["operation"].startswith(READING) or call["operation"] in LETTERS
    return not is_reading and not call["error"]


def sent_back_too_soon(calls: list[dict]) -> bool:
    """Whether dead letters went back before the last change."""
    back = [
        n
        for n, call in enumerate(calls)
        if call["operation"] in ("StartMessageMoveTask", "SendMessage", "SendMessageBatch")
    ]
    changes = [n for n, call in enumerate(calls) if has_changed(call)]
    return bool(back and changes) and back[0] < changes[-1]


def judge_evening(cause: str) -> None:
    """Raise AssertionError unless it is found, mended, and nothing else is touched."""
    evening = friday.shop(cause, hidden_seed(f"black_friday {cause}"))
    with account.fresh(red_evening.world(evening)) as lab:
        evening.start()
        before, made = settings_now(evening), len(lab.calls())
        now = pd.Timestamp(lab.now)
        try:
            said = end_the_evening(dict(evening.names), now - pd.Timedelta(minutes=30), now)
            chain, change = list(said["chain"]), said["change"]
        except Exception as refused:
            kind = type(refused).__name__
            raise AssertionError(
                f"In another shop end_the_evening ended with {kind}: {refused}. Names and numbers differ there."
            ) from None
        calls, told = (
            lab.calls()[made:],
            f"In another shop, where you say {' > '.join(map(str, chain))}: ",
        )
        try:
            after = settings_now(evening)
        except Exception as gone:
            raise AssertionError(f"{told}after your repair something is gone: {gone}") from None
        judge_changes(cause, before, after, told)
        is_purged = any(call["operation"] == "PurgeQueue" for call in calls)
        assert not is_purged, told + "a queue was purged. What becomes of the orders in it?"
        strange = [call for call in calls if has_changed(call) and call["operation"] not in SETTING]
        assert not strange, told + (
            f"{strange[0]['operation']} of {strange[0]['service']} changed what was harmless there. {SEEK[cause]}"
        )
        try:
            full, quiet = evening.later()
        except ValueError as wrong:
            raise AssertionError(f"{told}{wrong}.") from None
        lab.advance(minutes=1)
        dead, back = bodies_in(evening.dlq), bodies_in(evening.queue)
    judge_flow(cause, evening, full, quiet, after, told)
    judge_letters(evening, dead, back, sent_back_too_soon(calls), told)
    judge_story(cause, evening, chain, change)


def judge_changes(cause: str, before: dict, after: dict, told: str) -> None:
    """Raise AssertionError unless something was changed, and nothing that was harmless."""
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    lost = [key for key in changed if key not in after]
    assert not lost, (
        told
        + f"{lost[0][1]} of the {lost[0][0]} is gone. What becomes of what a change does not name?"
    )
    assert changed, told + f"nothing was changed. {SEEK[cause]}"
    stray = [key for key in changed if key not in MENDS[cause]]
    assert not stray, told + (
        f"{stray[0][1]} of the {stray[0][0]} went from {before.get(stray[0])} to {after.get(stray[0])}, "
        f"and was harmless there. {SEEK[cause]}"
    )


def judge_flow(
    cause: str, evening: friday.Shop, full: rush.Flow, quiet: rush.Flow, after: dict, told: str
) -> None:
    """Raise AssertionError unless the evening is as it was, with room for everybody."""
    calm = rush.flow(*evening.at(evening.onset - 1))
    for flow in (full, quiet):
        assert flow.run_ms < 1.15 * calm.run_ms, told + (
            f"runs last {flow.run_ms / 1000:.1f} s; before, {calm.run_ms / 1000:.1f} s. {SEEK[cause]}"
        )
        assert flow.handled == 1, told + f"an order is handled {flow.handled} times. {SEEK[cause]}"
        for role in ("checkout", "worker"):
            assert flow.share(role) > 0.99, told + (
                f"the {role} gets {flow.share(role):.0%} of the executions that it needs. Who has the others?"
            )
    assert int(after["worker", "SHARDS"]) <= 32, (
        told + "whoever reads a product's orders must ask every key."
    )
    seconds = int(after["queue", "VisibilityTimeout"])
    assert cause != "short_visibility" or friday.TIMEOUT <= seconds <= 3600, told + (
        f"a message is hidden for {seconds} s. How long may a run take, and how long an order wait after a crash?"
    )


def judge_letters(
    evening: friday.Shop, dead: list[str], back: list[str], is_too_soon: bool, told: str
) -> None:
    """Raise AssertionError unless the dead letters are where they came from, each once."""
    missing = set(evening.dead) - set(dead) - set(back)
    assert not missing, (
        told + f"{len(missing)} of {len(evening.dead)} dead orders are in no queue any more."
    )
    assert not dead, told + (
        f"{len(dead)} orders are still dead. They were paid for. (Who receives a message, hides it for a while.)"
    )
    assert sorted(back) == sorted(evening.dead), (
        told + "the queue holds other messages than those that had died."
    )
    assert not is_too_soon, told + (
        "dead letters were sent back before the last change. What becomes of them while nothing is mended?"
    )


def judge_story(cause: str, evening: friday.Shop, chain: list, change: object) -> None:
    """Raise AssertionError unless chain and change are right."""
    told = "In another shop all is mended, and "
    expected = list(friday.CHAINS[cause])
    assert chain[:1] == expected[:1], told + f"you begin with {chain[:1]}: that was not it."
    assert chain == expected, told + (
        f"you say {' > '.join(map(str, chain))}. Which link is the reason for the next one, there?"
    )
    truth = red_evening.change(evening)
    if truth is None:
        assert change is None, (
            told + "you name a change. Did it alter anything that the cause is made of?"
        )
    assert change is not None or truth is None, (
        told + "you name no change. Who touched what is at the root, and when?"
    )
    records = {record["eventID"]: record for record in red_evening.world(evening).trail}
    assert change in (None, *records), told + f"the trail has no event {change!r}."
    if change != truth:
        named = records[change]
        why = f"It came at {named['eventTime']}; when did the first run, or the first execution, go wrong?"
        if "errorCode" in named:
            why = "It was denied."
        elif truth and named["eventTime"][:16] == records[truth]["eventTime"][:16]:
            why = "The minute is right. What did it alter, and of what?"
        raise AssertionError(
            told + f"you name {named['eventName']} by {named['userIdentity']['userName']}. {why}"
        )


for cause in ("short_visibility", "greedy_job", "slow_provider", "hot_key"):
    judge_evening(cause)
### END HIDDEN TESTS

# %% [markdown]
# ## 11.6 Before the exam
#
# You sit a mock exam and get 14 of 20. Which six do you repeat first? Not those that you knew to be guesses: you would
# have looked these up anyway. A **confident miss** is worse, as you would act on it at night. So say how sure you are
# *before* you answer: 50 is a coin's toss, 100 a bet of your job.
#
# Whether your percentages are worth anything, the **Brier score** says: the mean of (p - outcome)², where outcome is 1
# for right, 0 for wrong. 0 is perfect, 0.25 is what "50 %" gets for everything.

# %%
import random

draw = random.Random(11)
sure = [draw.choice([50, 60, 70, 80, 90, 100]) for _ in range(300)]
sitting = pd.DataFrame({"sure": sure, "right": [draw.random() < 0.25 + p / 200 for p in sure]})
brier = ((sitting.sure / 100 - sitting.right) ** 2).mean()
title = f"Somebody who is too sure (Brier score {brier:.2f})"
share = sitting.groupby("sure").right.mean().mul(100).reset_index()
share["said"] = share.sure.map("said {} %".format)
show.bars(share, label="said", value="right", title=title, unit="% right")

# %% [markdown]
# ### Exercise 11.6: what to repeat first (3 points)
#
# From the record of a sitting, work out the score, the order in which to repeat what was missed, and the day on which
# each question comes again. The package `fsrs` schedules as `course review` does; rules of your own are as good, within
# the bounds below.
#
# Some people fill in how sure they were when they have seen the result. That is no prediction.


# %% answer="confidence_triage"
def triage(record: list[dict], today: str, exam: str) -> dict | None:
    """What a sitting is worth: {"brier": ..., "repeat": [...], "due": {...}}.

    record: what happened, in order of time; each {"item", "what", "value"}. what is "sure" (value:
      50 to 100, how sure one is to be right, in per cent) or "answer" (value: whether it was right).
      Each item is answered once; how sure one is may be said anew, and until the answer the last
      word counts. Said after the answer, it counts nowhere.
    today, exam: days, "2026-11-23"; the exam is after today.
    brier: over all answers for which it was said in time how sure one was; None without any.
    repeat: items that were missed, the surest miss first; those without a word in time come last.
    due: for every item answered, the day when it comes again: from today to the day before the exam.
      A miss comes tomorrow at the latest. What was right at 90 or more rests for three days or
      longer, if the exam allows; all else that was right comes within three days; and a surer one
      comes no sooner than a less sure one.

    >>> told = [{"item": "a", "what": "sure", "value": 80}, {"item": "a", "what": "answer", "value": False}]
    >>> triage(told, "2026-11-23", "2026-12-01")
    {'brier': 0.64, 'repeat': ['a'], 'due': {'a': '2026-11-24'}}
    """
    ### BEGIN SOLUTION
    from fsrs import Card, Rating, Scheduler

    now, eve = pd.Timestamp(today, tz="UTC"), pd.Timestamp(exam, tz="UTC") - pd.Timedelta(days=1)
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    sure: dict[str, int] = {}
    right: dict[str, bool] = {}
    for each in record:
        if each["what"] == "answer":
            right[each["item"]] = each["value"]
        elif each["item"] not in right:
            sure[each["item"]] = each["value"]

    def day(item: str) -> str:
        rating = Rating.Easy if item in sure and sure[item] >= 90 else Rating.Hard
        card, _ = scheduler.review_card(
            Card(card_id=len(right)), rating if right[item] else Rating.Again, now.to_pydatetime()
        )
        when = pd.Timestamp(card.due) if right[item] else now + pd.Timedelta(days=1)
        return f"{min(when, eve):%Y-%m-%d}"

    known = [item for item in right if item in sure]
    misses = [item for item in right if not right[item]]
    return {
        "brier": sum((sure[x] / 100 - right[x]) ** 2 for x in known) / len(known)
        if known
        else None,
        "repeat": sorted(misses, key=lambda item: -sure.get(item, 0)),
        "due": {item: day(item) for item in right},
    }
    ### END SOLUTION


# %%
record = []
for number, (sure, right) in enumerate(sitting.head(12).itertuples(index=False), start=1):
    record += [{"item": f"q{number:02}", "what": "sure", "value": sure}]
    record += [{"item": f"q{number:02}", "what": "answer", "value": right}]
plan = triage(record, "2026-11-23", "2026-12-12") or {"brier": None, "repeat": [], "due": {}}
print("Brier score:", plan["brier"] and round(plan["brier"], 3), "  repeat first:", plan["repeat"])
days = [{"time": day, "text": item} for item, day in plan["due"].items()]
show.timeline(days, title="When each comes again") if days else "triage has no plan yet"

# %% check="confidence_triage" points=3 skills="4.1.S2"
told = [{"item": item, "what": "sure", "value": value} for item, value in (("a", 60), ("b", 90))]
told += [{"item": item, "what": "answer", "value": False} for item in ("a", "b")]
told += [
    {"item": "c", "what": "sure", "value": 100},
    {"item": "c", "what": "answer", "value": True},
]
plan = triage(told, "2026-11-23", "2026-12-24")
assert plan is not None, "triage returns nothing yet. How sure was one before each answer?"
assert plan["repeat"] == ["b", "a"], (
    f"Two misses, a at 60 % and b at 90 %; you repeat {plan['repeat']}. Which one would you have acted on?"
)
assert abs(plan["brier"] - (0.36 + 0.81) / 3) < 1e-9, (
    f"60 % and 90 % for two misses, 100 % for a hit: the score is 0.39, not {plan['brier']}."
)
due = plan["due"]
assert sorted(due) == ["a", "b", "c"], f"Three items were answered; due has {sorted(due)}."
assert all(isinstance(day, str) for day in due.values()), (
    f'Days are wanted as text, "2026-11-24"; due is {due}.'
)
assert due["a"] <= "2026-11-24" < due["c"], f"a was missed, c was certain: {due}."
### BEGIN HIDDEN TESTS
import copy
import random

import pandas as pd

from course.incidents.seeds import hidden_seed


def an_event(item: str, what: str, value: object) -> dict:
    return {"item": item, "what": what, "value": value}


def drawn_sitting(rng: random.Random, count: int) -> list[dict]:
    """Answers of all kinds: rated in time, anew, too late, both, or not at all."""
    told = []
    for number in rng.sample(range(10, 99), count):
        item, right = f"item-{number}", rng.random() < 0.5
        level = rng.sample(range(50, 101), 3)
        style = rng.choice(["once", "once", "anew", "late", "both", "silent"])
        before = {"once": level[:1], "anew": level[:2], "both": level[:1]}.get(style, [])
        told += [an_event(item, "sure", value) for value in before]
        told.append(an_event(item, "answer", right))
        if style in ("late", "both"):
            told.append(an_event(item, "sure", 100 if right else 50))
    return told


def read_back(told: list[dict], *, late: bool = False, first: bool = False) -> tuple[dict, dict]:
    """(how sure, right) by item; late: a word after the answer counts; first: the first one does."""
    sure, right = {}, {}
    for each in told:
        if each["what"] == "answer":
            right[each["item"]] = each["value"]
        elif (late or each["item"] not in right) and not (first and each["item"] in sure):
            sure[each["item"]] = each["value"]
    return sure, right


def true_score(sure: dict, right: dict) -> float | None:
    known = [(sure[item] / 100 - right[item]) ** 2 for item in right if item in sure]
    return sum(known) / len(known) if known else None


def is_near(a: object, b: object) -> bool:
    return a is b if a is None or b is None else abs(a - b) < 1e-9


def judge_score(told: list[dict], found: object) -> None:
    """Raise AssertionError, with the idea behind another score where it is a known one."""
    sure, right = read_back(told)
    if is_near(found, true_score(sure, right)):
        return
    filled = {item: sure.get(item, 50) for item in right}
    known = [item for item in right if item in sure]
    beliefs = {
        "words after the answer count, too. What were they worth as predictions?": true_score(
            *read_back(told, late=True)
        ),
        "the first word counts, and not the last one before the answer.": true_score(
            *read_back(told, first=True)
        ),
        "items without a word in time are counted at 50.": true_score(filled, right),
        "the mean is taken over all answers, rated or not.": (true_score(sure, right) or 0)
        * len(known)
        / len(right),
        "per cent are squared, where p is a share.": None
        if not known
        else sum((sure[item] - 100 * right[item]) ** 2 for item in known) / len(known),
        "the distance is not squared.": None
        if not known
        else sum(abs(sure[item] / 100 - right[item]) for item in known) / len(known),
    }
    meant = next(
        (
            f" That is what you get when {why}"
            for why, value in beliefs.items()
            if is_near(found, value)
        ),
        "",
    )
    raise AssertionError(
        f"In another sitting the Brier score is {found}.{meant or ' Over which answers is it taken?'}"
    )


def judge_order(told: list[dict], found: list) -> None:
    sure, right = read_back(told)
    missed = [item for item in right if not right[item]]
    assert sorted(found) == sorted(missed), (
        f"In another sitting {len(missed)} items were missed; you repeat {len(found)}: which of them?"
    )
    levels = [sure.get(item, 0) for item in found]
    if levels != sorted(levels, reverse=True):
        asked_late = [read_back(told, late=True)[0].get(item, 0) for item in found]
        is_late = asked_late == sorted(asked_late, reverse=True)
        raise AssertionError(
            f"In another sitting you repeat misses that were rated {levels} in this order."
            + (
                " That is the order when words after the answer count."
                if is_late
                else " Which is the worst?"
            )
        )


def judge_days(told: list[dict], due: dict, now: pd.Timestamp, exam: pd.Timestamp) -> None:
    sure, right = read_back(told)
    assert sorted(due) == sorted(right), (
        "In another sitting, due should have every item that was answered, and no other."
    )
    days = {item: pd.Timestamp(text) for item, text in due.items()}
    eve, far = exam - pd.Timedelta(days=1), f"with the exam in {(exam - now).days} days"
    assert max(days.values()) <= eve, (
        f"In another sitting, {far}, a card comes on {max(days.values()):%d %B}. Too late?"
    )
    assert min(days.values()) >= now, f"In another sitting, {far}, a card is due before today."
    tomorrow = now + pd.Timedelta(days=1)
    slow = [item for item in right if not right[item] and days[item] > tomorrow]
    assert not slow, (
        f"In another sitting a miss comes again after {(days[slow[0]] - now).days} days."
    )
    rated = sorted((sure[item], days[item]) for item in right if right[item] and item in sure)
    for (low, sooner), (high, later) in zip(rated, rated[1:], strict=False):
        assert low == high or sooner <= later, (
            f"In another sitting, {far}, what was right at {high} % comes again before what was right at {low} %."
        )
    for item in right:
        if right[item]:
            low, rest = sure.get(item, 0) < 90, (days[item] - now).days
            level = f"at {sure[item]} %" if item in sure else "without a word in time"
            assert (rest <= 3) if low else (days[item] >= min(eve, now + pd.Timedelta(days=3))), (
                f"In another sitting, {far}, what was right {level} comes again after {rest} days."
            )


rng = random.Random(hidden_seed("confidence_triage"))
shortest = [an_event("x", "answer", False), an_event("x", "sure", 50)]
edges = [an_event("silent", "answer", True), an_event("z", "sure", 99), an_event("z", "answer", False)]
for value in (55, 89, 90, 100):
    edges += [an_event(f"at {value}", "sure", value), an_event(f"at {value}", "answer", True)]
cases = [
    (edges, 200),
    (drawn_sitting(rng, 24), 30),
    (drawn_sitting(rng, 12), 1),
    (edges + drawn_sitting(rng, 9), 2),
    (shortest, 9),
]
cases += [(drawn_sitting(rng, 16), rng.randint(3, 60)) for _ in range(2)]
for told, ahead in cases:
    now = pd.Timestamp("2026-12-01") + pd.Timedelta(days=rng.randrange(300))
    exam = now + pd.Timedelta(days=ahead)
    given = copy.deepcopy(told)
    try:
        found = triage(given, f"{now:%Y-%m-%d}", f"{exam:%Y-%m-%d}")
        brier, repeat, due = found["brier"], list(found["repeat"]), dict(found["due"])
        days = {item: pd.Timestamp(text) for item, text in due.items()}
    except Exception as error:
        raise AssertionError(
            f"In another sitting, with the exam in {ahead} days, triage ended with {type(error).__name__}: {error}."
        ) from None
    assert given == told, "triage changed the record that it was given."
    judge_order(told, repeat)
    judge_score(told, brier)
    judge_days(told, due, now, exam)
### END HIDDEN TESTS

# %% [markdown] exam="../items" points=20
# **What you can say now:** what a scenario asks for, and which word in it decides; why the other options are wrong; what
# failed first; where a red evening began; and how sure you are.
#
# ## The mock exam (20 points)
#
# Twenty questions in the exam's style; forty minutes would be its pace. Write your id, run both cells, fill in the
# letters. Before each answer, note how sure you are: `triage` will want it. `course exam` in a terminal keeps the time,
# and has the full length.
