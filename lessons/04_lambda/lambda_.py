# %% [markdown]
# # 04 Lambda: fast enough, for how little?
#
# Since 10:50 the card provider answers quickly again. Two complaints are left: checkout is still slower
# than yesterday, and now and then an order dies without a word. Both lead to `payment`, whose version 42
# went live at 09:37. In two and a half hours you learn to
#
# - **read** what Lambda reports about every invocation,
# - **choose** a memory size from measurements,
# - **move** work out of the handler, and keep it safe,
# - **name** a failure from its last words, or from its silence,
# - **plan** concurrency, so that one function cannot starve the others.
#
# Exam skills: 4.1.1, 4.1.2, 4.1.6, 4.1.7, 4.2.7, 4.3.1, 4.3.2, 4.3.3, 4.3.7, 4.3.8, 4.3.9.

# %% fixed="setup"
import base64
import json
import re
from datetime import timedelta

import boto3
import pandas as pd

from course import account, data, show
from course.telemetry.world import World

shop = account.open(data.load("checkout"))  # from here on boto3 talks to this simulated account
cloudwatch = boto3.client("cloudwatch")
lambda_ = boto3.client("lambda")  # lambda is a word of Python itself
logs = boto3.client("logs")
print(shop)

# %% [markdown] recall="F1.1-09 F1.1-10 F1.1-12"
# **From lesson 01.** At 11:20 `search` answers a tenth of its callers with an error. Its `Errors` metric is 0,
# and its log shows nothing but good invocations. Which metric do you look at, and why do the others look
# so healthy?
#
# <details><summary>Think first, then open</summary>
#
# **Throttles.** Lambda refused these calls for lack of concurrency, so no code ran: they are neither in
# `Invocations` nor in `Errors`, and they leave no line in the log. Keep this silence in mind for today.
# </details>

# %% [markdown] recall="F2.1-01 F2.1-02"
# **From lesson 02.** In a trace of `checkout` one order takes 900 ms longer than the next. Where in the trace
# do you see whether that was a cold start?
#
# <details><summary>Think first, then open</summary>
#
# In the **function's own** segment: a cold start has an `Initialization` part there, not below API Gateway.
# Calls to other services are subsegments of the function, too. Lambda also reports both in numbers: that
# is the first thing you will read today.
# </details>

# %% [markdown] recall="F3.1-01 F3.1-03 F3.1-04"
# **From lesson 03.** A function has timed out since Friday evening. You suspect that somebody changed its
# settings. Will CloudTrail's event history show that change? Will it show the invocations that failed?
#
# <details><summary>Think first, then open</summary>
#
# The **change**, yes: `UpdateFunctionConfiguration` is a management event, recorded by default. The
# **invocations**, no: `Invoke` is a data event, off unless a trail asks for it. What an invocation did
# stands in the function's log, its metrics and its traces.
# </details>

# %% [markdown]
# ## 4.1 Performance
#
# What does `payment` take, and what does it cost? Lambda closes every invocation with a line of its own:
#
# ```text
# REPORT RequestId: 66a0f3d2-...  Duration: 302.43 ms  Billed Duration: 768 ms  Memory Size: 256 MB  Max Memory Used: 252 MB  Init Duration: 465.09 ms
# ```
#
# | part | says |
# |---|---|
# | Duration | how long the handler ran |
# | Billed Duration | what you pay for: handler and initialisation together, rounded up to a millisecond |
# | Max Memory Used | the most that this **execution environment** has needed so far |
# | Init Duration | only in a **cold start**: a new environment was made, and ran the code outside of the handler |
# | Status | only after a bad end: `timeout`, or `error` with its type when the process died (an exception leaves none) |
#
# Logs in JSON say the same in `platform.report`.
#
# > **Exam answer / Today.** Initialisation used to be free for zip packages on managed runtimes. It is billed
# > since August 2025. (AWS Compute Blog, "AWS Lambda standardizes billing for INIT Phase".)


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
names = ["checkout", "payment", "inventory", "cart", "search", "receipt", "order-worker"]
morning = ask(
    """filter @type = "REPORT" or type = "platform.report"  # text logs, or JSON logs
    | fields coalesce(@duration, record.metrics.durationMs) as ms,
             coalesce(@billedDuration, record.metrics.billedDurationMs) / 1000 as seconds,
             coalesce(@memorySize / 1000000, record.metrics.memorySizeMB) as mb,
             coalesce(@maxMemoryUsed / 1000000, record.metrics.maxMemoryUsedMB) as used,
             coalesce(@initDuration, record.metrics.initDurationMs) as init
    | stats count(*) as calls, count(init) as cold, pct(ms, 50) as p50, pct(ms, 99) as p99,
            max(used) as usedMB, max(mb) as givenMB, sum(seconds * mb / 1024) as gbSeconds
      by @log
    | sort gbSeconds desc""",
    *[f"/aws/lambda/{name}" for name in names],
)
morning.insert(0, "function", morning.pop("@log").str.split("/").str[-1])
print(show.table(morning.round(1), "Every function, 08:00 to 12:00"))
dollars = morning.gbSeconds * 0.0000166667 / morning.calls + 0.0000002  # x86: run time, request
million = morning.assign(usd=1_000_000 * dollars).sort_values("usd", ascending=False)
show.bars(million, label="function", value="usd", title="What a million calls cost", unit="USD")

# %% [markdown]
# **What we know:** `payment` needs all that it was given, 256 of 256 MB. `search` uses a sixth of its 1,024.
# Timeouts make `checkout` and `payment` dear: you pay for waiting.
#
# ### Exercise 4.1: read the reports (3 points)
#
# Insights gives totals. To compare versions, or to compute what it cannot, you want one row for each
# invocation. Write `report_lines`. Three things go wrong with a quick regular expression: warm invocations
# have **no** Init Duration (which is not 0: a mean over zeros is no mean of cold starts), traced ones end with
# a second line, `XRAY TraceId: ...`, and applications log the word REPORT, too.


# %% answer="report_lines"
def report_lines(messages: list) -> list:
    """The invocations that a log reports, one dict for each attempt, in the order of the log.

    messages: the texts of log events, of both formats mixed. Only what Lambda writes is a report:
    a text that begins with "REPORT RequestId: ", or a JSON object whose type is platform.report.
    Each dict has request_id, duration_ms, billed_ms, memory_mb, used_mb, init_ms (numbers) and
    status: "success" (also where a text says none), "timeout" or "error". What a report does not
    say is None. SnapStart's restore is no initialisation: its init_ms is None, too.

    >>> report_lines(["REPORT RequestId: 7c5e\\tDuration: 9.87 ms\\tBilled Duration: 10 ms\\t"
    ...     "Memory Size: 128 MB\\tMax Memory Used: 61 MB\\t\\n"])
    [{'request_id': '7c5e', 'duration_ms': 9.87, 'billed_ms': 10.0, 'memory_mb': 128.0,
      'used_mb': 61.0, 'init_ms': None, 'status': 'success'}]
    """
    ### BEGIN SOLUTION
    fields = {
        "duration_ms": ("Duration", "durationMs"),
        "billed_ms": ("Billed Duration", "billedDurationMs"),
        "memory_mb": ("Memory Size", "memorySizeMB"),
        "used_mb": ("Max Memory Used", "maxMemoryUsedMB"),
        "init_ms": ("Init Duration", "initDurationMs"),
    }
    rows = []
    for message in messages:
        if message.startswith("REPORT RequestId: "):
            parts = [part.partition(": ") for part in message.split("\n")[0].split("\t")]
            said = {name: value for name, _, value in parts}
            row = {"request_id": said["REPORT RequestId"]}
            for key, (name, _) in fields.items():
                row[key] = float(said[name].split()[0]) if name in said else None
            rows.append({**row, "status": said.get("Status", "success")})
        elif message.startswith("{"):
            try:
                event = json.loads(message)
            except ValueError:
                continue
            if event.get("type") == "platform.report":
                record = event["record"]
                row = {"request_id": record["requestId"]}
                for key, (_, name) in fields.items():
                    row[key] = record["metrics"].get(name)
                rows.append({**row, "status": record["status"]})
    return rows
    ### END SOLUTION


# %%
lines = data.frame("checkout", "/aws/lambda/payment")
version = lines.logStreamName.str.extract(r"\[(\d+)\]", expand=False)  # 2026/03/17/[42]5b1c...
tables = {key: report_lines(list(part)) for key, part in lines.message.groupby(version)}
payment = pd.concat({key: pd.DataFrame(rows) for key, rows in tables.items()}, names=["version"])
if len(payment):  # what Insights calls pct(@duration, 50) and pct(@duration, 95), by version
    good = payment[payment.status == "success"].groupby("version")
    print(good[["duration_ms", "used_mb"]].quantile([0.5, 0.95]).unstack().round(1))
    print(f"{payment.init_ms.count()} cold starts, {payment.init_ms.mean():.0f} ms on average")
else:
    print("report_lines returned nothing yet")

# %% check="report_lines" points=3 skills="4.1.S2 4.3.S9" tests="F1.1-11 F1.2-13"
warm = "REPORT RequestId: aa-1\tDuration: 80.5 ms\tBilled Duration: 81 ms\tMemory Size: 128 MB\t"
warm += "Max Memory Used: 70 MB\t\nXRAY TraceId: 1-69b9-5a\tSegmentId: 0c\tSampled: true\t\n"
cold = warm.replace("aa-1", "aa-2").replace("70 MB\t\n", "70 MB\tInit Duration: 210.25 ms\t\n")
found = report_lines([warm, "REPORT generated for user u-1\n", cold])
assert found is not None, "report_lines returned nothing yet: return a list of dicts."
assert isinstance(found, list), f"Return a list of dicts, not a {type(found).__name__}."
assert len(found) == 2, f"Of three lines two are reports, a warm one and a cold one: {len(found)}."
assert all(isinstance(row, dict) for row in found), "Each report is wanted as a dict."
wanted = {"request_id", "duration_ms", "billed_ms", "memory_mb", "used_mb", "init_ms", "status"}
assert set(found[0]) == wanted, f"A dict has {sorted(found[0])}; {sorted(wanted)} are wanted."
assert found[0]["init_ms"] != 0, "A warm invocation has no initialisation; 0 ms would be one."
assert found[0]["init_ms"] is None and found[1]["init_ms"] == 210.25, (
    f"init_ms: {[row['init_ms'] for row in found]}; the second alone was cold, with 210.25 ms."
)
assert found[0]["duration_ms"] == 80.5, f"Duration was 80.5 ms, not {found[0]['duration_ms']}."
### BEGIN HIDDEN TESTS
import json
import random
import re

from course.incidents import samples
from course.incidents.seeds import hidden_seed

FIELDS = {
    "duration_ms": (r"\tDuration: ([\d.]+) ms", "durationMs"),
    "billed_ms": (r"\tBilled Duration: ([\d.]+) ms", "billedDurationMs"),
    "memory_mb": (r"\tMemory Size: (\d+) MB", "memorySizeMB"),
    "used_mb": (r"\tMax Memory Used: (\d+) MB", "maxMemoryUsedMB"),
    "init_ms": (r"\tInit Duration: ([\d.]+) ms", "initDurationMs"),
}


def truth_of(messages: list) -> list:
    """What the reports among these messages say."""
    rows = []
    for text in messages:
        if text.startswith("REPORT RequestId: "):
            found = {key: re.search(form, text) for key, (form, _) in FIELDS.items()}
            row = {key: float(m[1]) if m else None for key, m in found.items()}
            status = re.search(r"\tStatus: (\w+)", text)
            row["request_id"] = text.split("\t")[0].removeprefix("REPORT RequestId: ")
            rows.append({**row, "status": status[1] if status else "success", "format": "text"})
        elif text.startswith('{"time":') and "platform.report" in text and text.endswith("}"):
            record = json.loads(text)["record"]
            row = {key: record["metrics"].get(name) for key, (_, name) in FIELDS.items()}
            row |= {"request_id": record["requestId"], "status": record["status"]}
            rows.append({**row, "format": "JSON"})
    return rows


def odd_lines(rng: random.Random) -> list:
    """Everything that looks like a report and is none, and reports of a rarer kind."""
    key = f"{rng.randrange(16**8):08x}-odd"
    head = (
        f"REPORT RequestId: {key}\tDuration: 12.5 ms\tBilled Duration: 13 ms\tMemory Size: 256 MB\t"
    )
    head += "Max Memory Used: 99 MB\t"
    restored = head.replace("-odd", "-snap") + "Restore Duration: 164.75 ms\t"
    partial = {"requestId": f"{key}-m", "metrics": {"durationMs": 41.25}, "status": "success"}
    quoted = json.dumps({"type": "platform.report", "record": {"requestId": "x"}})
    copied = {"type": "platform.report", "record": {**partial, "requestId": f"{key}-copied"}}
    again = head.replace("-odd", "-again").replace("Duration: 12.5 ms", "Duration: 12.75 ms")
    return [
        f"INIT_REPORT Init Duration: 910.5 ms\tPhase: init\tStatus: error\tError Type: {key}\n",
        f"[INFO]\t2026-05-05T05:05:05.050Z\t{key}\tcopied: {head}\n",
        head.replace("-odd", "-dead") + "Status: error\tError Type: Runtime.OutOfMemory\n",
        restored + "Billed Restore Duration: 0 ms\t\n",
        json.dumps({"level": "INFO", "message": quoted, "requestId": key}),
        json.dumps({"level": "INFO", "message": "seen", "seen": copied}, separators=(",", ":")),
        head.replace("-odd", "-again") + "\n",
        again + "\n",
        '{"time":"2026-05-05T05:05:05.050Z","type":"platform.report","record":{"requ',
        '{"time":"2026-05-05T05:05:05.050Z","type":"platform.report","record":'
        + json.dumps(partial, separators=(",", ":"))
        + "}",
        '"REPORT"',
        "[1, 2]",
        "7",
        "",
        "REPORT RequestId\n",
    ]


def judge(messages: list, label: str) -> None:
    """Raise AssertionError unless report_lines reads these messages rightly."""
    truth, kept = truth_of(messages), list(messages)
    rows = report_lines(messages)
    assert messages == kept, "report_lines changed the list that it was given."
    known = {row["request_id"]: row for row in truth}
    got = [row.get("request_id") for row in rows]
    stray = [key for key in got if key not in known]
    assert not stray, (
        f"{label}: {stray[0]!r} is no report of Lambda. Some lines quote a report, or begin with the "
        "word, or tell of an initialisation alone."
    )
    lost = [row for row in truth if row["request_id"] not in got]
    in_json = [row for row in truth if row["format"] == "JSON"]
    assert not in_json or not all(row in lost for row in in_json), (
        f"{label}: {len(in_json)} reports of functions that log JSON are missing. What are they called?"
    )
    assert len(lost) < len(truth), f"{label}: none of the {len(truth)} reports was found."
    assert not lost or lost != [row for row in truth if row["init_ms"] is None], (
        f"{label}: {len(lost)} reports are missing, all of warm invocations. What do they not have?"
    )
    assert not lost, (
        f"{label}: the report of {lost[0]['request_id']} is missing, status {lost[0]['status']}. "
        "Its line has another ending than most."
    )
    ids = [row["request_id"] for row in truth]
    fewer = [key for key in known if got.count(key) < ids.count(key)]
    assert not fewer, (
        f"{label}: {fewer[0]} ran {ids.count(fewer[0])} times, and you return {got.count(fewer[0])}. "
        "An event that is tried again keeps its request id."
    )
    assert got == ids, f"{label}: the reports are there, but not once each in the order of the log."
    for row, right in zip(rows, truth, strict=True):
        where = f"{label}, {right['request_id']}: "
        texts = [key for key in FIELDS if isinstance(row[key], str)]
        assert not texts, where + f"{texts[0]} is the text {row[texts[0]]!r}, and no number."
        assert right["init_ms"] is not None or row["init_ms"] != 0, (
            where
            + "init_ms is 0, and no Init Duration was reported: a mean over zeros is too small."
        )
        assert right["init_ms"] is not None or row["init_ms"] is None, (
            where + f"init_ms is {row['init_ms']}. Nothing was initialised for it: other durations "
            "(of a restore, for example) are no Init Duration."
        )
        assert row["status"] in ("success", "timeout", "error"), (
            where + f"the status is {row['status']!r}; success, timeout and error are the words."
        )
        assert row["status"] == right["status"], (
            where
            + f"the status is {row['status']!r}, and its report says another. Where in the line, "
            "or in the JSON object, does it stand?"
        )
        assert (
            row["duration_ms"] != right["billed_ms"] or right["billed_ms"] == right["duration_ms"]
        ), (
            where
            + "duration_ms is the billed one, which is rounded up and holds the initialisation."
        )
        for key in FIELDS:
            near = row[key] == right[key] or (
                None not in (row[key], right[key]) and abs(row[key] - right[key]) < 1e-6
            )
            assert near, where + f"{key} is {row[key]}, which is not what its report says."


for trial_name in ("report_lines", "report_lines again"):
    seed = hidden_seed(trial_name)
    rng, mixed = random.Random(seed), []
    for function, form in (("resize", "Text"), ("ledger", "JSON"), ("mailer", "Text")):
        size = rng.choice([128, 640, 1536])
        settings = {"function": function, "log_format": form, "memory": size, "used": size // 2}
        events = samples.lambda_events(seed, 25, errors=0.25, **settings)
        mixed.append([event["message"] for event in events])
    judge(mixed[0], "A text log")
    judge(mixed[1], "A JSON log")
    everything = [line for lines in mixed for line in lines] + odd_lines(rng)
    rng.shuffle(everything)
    judge(everything, "Both formats mixed")
assert report_lines([]) == [], "A log without events has no reports: an empty list."
### END HIDDEN TESTS

# %% [markdown] facts="F4.1-01 F4.1-02 F4.1-03 F4.1-04 F4.1-05 F4.1-06 F4.1-07"
# **What we know:** version 42 takes 90 ms longer than 41, and 54 MB more. `payment` uses its memory up, so a
# little more seems due. Yet memory is also the dial for **speed**: Lambda hands out CPU in proportion to it.
#
# | memory | vCPU | good for |
# |---|---|---|
# | 128 MB, the least | 0.07 | code that mostly waits |
# | 1,769 MB | 1 | the most that one thread can use |
# | 3,538 MB | 2 | two threads |
# | 10,240 MB | 5.8; AWS says up to six | work that runs in parallel |
#
# Code that computes wants more memory even if it does not fill it; code that waits gains nothing.
#
# > **Exam answer / Today.** 128 MB are no eighth of a vCPU: 128/1,769 is one **fourteenth**. 10,240 MB is the top
# > of ordinary functions; on Lambda Managed Instances it is 32,768. (Lambda Developer Guide, "Configure Lambda
# > function memory"; API reference, CreateFunction.)


# %% fixed="deploy"
def deploy(name: str, source: str | dict, **settings) -> None:
    """Make a Lambda function from the text of lambda_function.py, or from {file name: text}."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    trust |= {"Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam = boto3.client("iam")
    role = iam.create_role(RoleName=f"{name}-role", AssumeRolePolicyDocument=document)["Role"]
    boto3.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="lambda_function.lambda_handler",
        Role=role["Arn"],
        Code={"ZipFile": account.package(source)},  # course's helper: a zip archive from text
        **settings,
    )


# %%
signing = """
from course.account import work  # tells this account what the code would need on Lambda

def lambda_handler(event, context):
    work(cpu_ms=120)
"""
payment_42 = signing.replace("cpu_ms=120", "cpu_ms=29, io_ms=100, memory_mb=186, spread=0.15")
noon = int(shop.now.timestamp() * 1000)
sizes = (256, 512, 1024, 1769, 3008)
with account.fresh(World("lab", noon, noon, [], [])) as lab:  # another account, for experiments
    deploy("signing", signing, Timeout=10)
    deploy("payment", payment_42, Timeout=10)
    computes = lab.tune("signing", memory=sizes, runs=10)
    mixed = lab.tune("payment", memory=sizes, runs=20)
columns = ["memory_mb", "duration_p50_ms", "cost_per_million_usd"]
print(show.table(pd.DataFrame(computes)[columns].round(2), "signing: one thread that computes"))
gb_seconds = 256 / 1024 * computes[0]["duration_p50_ms"] / 1000
print(f"256 MB: {gb_seconds:.3f} GB-s, {1e6 * (gb_seconds * 0.0000166667 + 0.0000002):.2f} USD")
show.tuning(mixed, title="payment 42: computes, and waits for the card provider")

# %% [markdown] facts="F4.1-08 F4.1-09 F4.1-10 F4.1-11 F4.1-12"
# Up to 1,769 MB `signing` gets faster at the same price; `payment` has to choose. `tune` imitates **AWS Lambda
# Power Tuning**, an open-source state machine by Alex Casalboni (not part of Lambda: you deploy it yourself). It
# runs your function at several sizes, compares GB-seconds times price plus the price of the request (arm64 costs
# a fifth less), and picks by `cost`, `speed` or `balanced`.
#
# > **Exam answer / Today.** Ladders that end at 3,008 MB date from before December 2020; sizes go from 128 to
# > 10,240 MB. (aws-lambda-power-tuning, README.)
#
# ### Exercise 4.2: as small as the goal allows (3 points)
#
# Write `tune_memory`: the cheapest size that is fast enough and **keeps a tenth of its memory free**.


# %% answer="tune_memory"
def tune_memory(function: str, rows: list, goal_ms: float) -> None:
    """Gives a function the memory size that measurements speak for.

    function: its name, in the account that is open. rows: as tune returns them, in any order: dicts
    with memory_mb, errors (runs that failed), duration_p50_ms, duration_p95_ms, memory_used_mb,
    cost_per_million_usd and more. goal_ms: what 95 of 100 invocations may take.

    A size is safe if no run failed and memory_used_mb is at most 90 % of memory_mb. Of the safe
    sizes that reach the goal, the cheapest is taken. If none does: of the safe sizes that are at
    most 5 % slower than the fastest safe one (by duration_p95_ms), the cheapest. If no size is
    safe, the function stays as it is. Nothing but its memory size changes.

    >>> tune_memory("payment", rows, 250.0)
    """
    ### BEGIN SOLUTION
    safe = [
        row
        for row in rows
        if row["errors"] == 0 and row["memory_used_mb"] <= 0.9 * row["memory_mb"]
    ]
    if not safe:
        return
    fastest = min(row["duration_p95_ms"] for row in safe)
    limit = goal_ms if fastest <= goal_ms else 1.05 * fastest
    good = [row for row in safe if row["duration_p95_ms"] <= limit]
    best = min(good, key=lambda row: row["cost_per_million_usd"])
    boto3.client("lambda").update_function_configuration(
        FunctionName=function, MemorySize=best["memory_mb"]
    )
    ### END SOLUTION


# %%
goals = []
for goal in (500.0, 260.0, 165.0, 100.0):  # what would payment get for each goal?
    with account.fresh(World("lab", noon, noon, [], [])) as lab:
        deploy("payment", payment_42, Timeout=10, MemorySize=256)
        rows = lab.tune("payment", runs=10)  # from 128 MB on, where it does not even fit
        tune_memory("payment", rows, goal)
        chosen = boto3.client("lambda").get_function_configuration(FunctionName="payment")
    goals.append({"p95 goal, ms": goal, "memory, MB": chosen["MemorySize"]})
print(show.table(goals, "256 MB is what it had"))
show.table(pd.DataFrame(rows).round(1), "What was measured")

# %% check="tune_memory" points=3 skills="4.3.S2 4.3.S3" tests="F4.1-09 F4.1-11 F4.1-12"
from botocore.exceptions import BotoCoreError, ClientError

cell = {"runs": 9, "errors": 0, "init_ms": 90.0, "duration_p50_ms": 70.0, "memory_used_mb": 60}
shown = [(512, 90.0, 1.9), (128, 310.0, 1.2), (256, 160.0, 1.4)]
keys = ("memory_mb", "duration_p95_ms", "cost_per_million_usd")
shown = [{**cell, **dict(zip(keys, values, strict=True))} for values in shown]
with account.fresh(World("trial", 1773748800000, 1773748800000, [], [])):
    deploy("shown", "def lambda_handler(event, context): pass", MemorySize=1024, Timeout=7)
    try:
        tune_memory("shown", shown, 200.0)
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what tune_memory asks for: {refused}") from None
    now = boto3.client("lambda").get_function_configuration(FunctionName="shown")
size = now["MemorySize"]
assert size != 1024, "The function still has its 1,024 MB: tune_memory has not changed it yet."
assert size != 128, "128 MB are cheapest, and 95 of 100 calls take up to 310 ms; 200 are allowed."
assert size != 512, "512 MB are fast enough. So is something cheaper."
assert size == 256, f"{size} MB is none of the sizes that were measured."
assert now["Timeout"] == 7, f"The time-out was 7 s, and is {now['Timeout']} s now."
### BEGIN HIDDEN TESTS
import random

import boto3

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

WORKING = """
from course.account import work

def lambda_handler(event, context):
    mb = event["mb"]
    work(cpu_ms={cpu}, io_ms={io}, memory_mb=mb, spread={spread})
    return mb
"""


def picks(rows: list, goal: float) -> dict:
    """The sizes that the right rule and the likely wrong ones choose."""

    def cheapest(some: list) -> int | None:
        return min(some, key=lambda r: r["cost_per_million_usd"])["memory_mb"] if some else None

    def within(some: list, key: str = "duration_p95_ms", near: float = 1.05) -> list:
        fastest = min((r[key] for r in some), default=0.0)
        limit = goal if fastest <= goal else near * fastest
        return [r for r in some if r[key] <= limit]

    alive = [r for r in rows if not r["errors"]]
    roomy = [r for r in rows if r["memory_used_mb"] <= 0.9 * r["memory_mb"]]
    safe = [r for r in alive if r in roomy]
    met = [r for r in safe if r["duration_p95_ms"] <= goal]
    fast = min((r["duration_p95_ms"] for r in safe), default=0.0)
    return {
        "right": cheapest(within(safe)),
        "dead": cheapest(within(roomy)),
        "full": cheapest(within(alive)),
        "both": cheapest(within(rows)),
        "median": cheapest(within(safe, "duration_p50_ms")),
        "cheap if missed": None if met else cheapest(safe),
        "goal ignored": cheapest(safe),
        "fastest": next((r["memory_mb"] for r in safe if r["duration_p95_ms"] == fast), None),
        "smallest": min((r["memory_mb"] for r in within(safe)), default=None),
    }


COMPLAINTS = {
    "dead": "at that size {errors} of {runs} runs failed: what ends early is cheap, and nobody is served.",
    "full": "at that size {memory_used_mb} of {memory_mb} MB were in use. A slightly larger order kills it.",
    "both": "at that size {memory_used_mb} of {memory_mb} MB were in use, and {errors} of {runs} runs failed.",
    "median": "its median is good enough, but 95 of 100 calls take up to {duration_p95_ms:.0f} ms.",
    "goal ignored": "it is the cheapest, and 95 of 100 calls take up to {duration_p95_ms:.0f} ms.",
    "fastest": "nothing is faster, and something cheaper is good enough.",
    "smallest": "the smallest size is not always the cheapest: it may take longer than it saves.",
    "cheap if missed": "no size reaches the goal, and then speed comes first: this one takes "
    "{duration_p95_ms:.0f} ms.",
}


def judge(size: int, before: int, rows: list, goal: float, label: str) -> None:
    """Raise AssertionError unless the function has got the right size."""
    chosen = picks(rows, goal)
    right = chosen.pop("right")
    if size == (before if right is None else right):
        return
    asked = f"{label}, goal {goal:.0f} ms: {size} MB. "
    row = next((r for r in rows if r["memory_mb"] == size), None)
    if row is None:
        said = "that was not measured" if size != before else "that is what it had before"
        raise AssertionError(asked + f"But {said}; which of the sizes does the rule choose?")
    assert right is not None, asked + "But no size is safe: then the function is left as it is."
    for name, wrong in chosen.items():
        if wrong == size:
            raise AssertionError(asked + "But " + COMPLAINTS[name].format(**row))
    raise AssertionError(asked + "By which of the numbers was it chosen, among which sizes?")


def measured(rng: random.Random, label: str, cpu: float, io: float, held: int) -> None:
    """A function that runs, measured by the account, and then sent the orders of a busy hour."""
    name, start = f"{label}-{rng.randrange(1000)}", 1767600000000 + 60_000 * rng.randrange(100_000)
    source = WORKING.format(cpu=cpu, io=io, spread=0.22)
    with account.fresh(World("trial", start, start, [], [])) as trial:
        deploy(name, source, MemorySize=1536, Timeout=20)
        rows = trial.tune(name, {"mb": held}, memory=(128, 256, 512, 1024, 1769), runs=10)
        safe = [r for r in rows if not r["errors"] and r["memory_used_mb"] <= 0.9 * r["memory_mb"]]
        tried = rng.choice(safe[:2])  # its median is within the goal, its p95 is not
        goal = (tried["duration_p50_ms"] + 2 * tried["duration_p95_ms"]) / 3
        goal = max(goal, 1.01 * min(r["duration_p95_ms"] for r in safe))  # which can be reached
        rng.shuffle(rows)
        tune_memory(name, [dict(row) for row in rows], goal)
        client = boto3.client("lambda")
        size = client.get_function_configuration(FunctionName=name)["MemorySize"]
        orders = [(4000.0 * k, {"mb": held * (1.08 if k % 9 == 4 else 1)}) for k in range(18)]
        results = trial.traffic(name, orders)
        trial.advance(minutes=4)
    judge(size, 1536, rows, goal, f"The function {name}")
    died = sum(result["error"] is not None for result in results)
    assert not died, f"{name}: {died} of {len(results)} later orders failed at {size} MB."


def table(*cells: tuple) -> list:
    """Measurements by hand: (memory, errors, p50, p95, used, cost)."""
    names = ("memory_mb", "errors", "duration_p50_ms", "duration_p95_ms", "memory_used_mb")
    names += ("cost_per_million_usd",)
    return [{"runs": 50, "init_ms": 99.0, **dict(zip(names, c, strict=True))} for c in cells]


def everything_else(client) -> dict:
    """What a function has besides its memory size."""
    found = client.get_function_configuration(FunctionName="edge")
    versions = client.list_versions_by_function(FunctionName="edge")["Versions"]
    moving = {"MemorySize", "LastModified", "RevisionId", "ResponseMetadata"}
    settings = {key: value for key, value in found.items() if key not in moving}
    return {**settings, "versions": len(versions)}


EDGES = {
    "A function that hits the goal to the millisecond": (
        table((256, 0, 99.0, 300.0, 100, 1.0), (512, 0, 99.0, 200.0, 100, 1.3), (768, 0, 9.0, 99.0, 9, 2.0)),
        200.0,
    ),
    "A function whose fastest size just reaches the goal": (
        table((512, 0, 99.0, 204.0, 100, 1.1), (1024, 0, 99.0, 200.0, 100, 1.3)),
        200.0,
    ),
    "A function that fills nine tenths": (
        table((1000, 0, 99.0, 150.0, 900, 1.0), (2000, 0, 99.0, 140.0, 900, 2.0)),
        200.0,
    ),
    "A function that fills a little more": (
        table((1000, 0, 99.0, 150.0, 901, 1.0), (2000, 0, 99.0, 140.0, 901, 2.0)),
        200.0,
    ),
    "A function that cannot be fast enough": (
        table(
            (256, 0, 300.0, 800.0, 60, 1.1), (1769, 0, 90.0, 210.0, 60, 3.1),
            (1024, 0, 89.0, 212.0, 60, 2.1), (3008, 0, 90.0, 200.0, 60, 5.1),
            (128, 9, 1.0, 2.0, 60, 0.1),
        ),
        80.0,
    ),
    "A function that fails once": (
        table((256, 1, 50.0, 60.0, 99, 1.0), (512, 0, 40.0, 50.0, 99, 1.5)),
        100.0,
    ),
    "A function whose smallest size is dear": (
        table((128, 0, 80.0, 90.0, 60, 3.0), (256, 0, 20.0, 30.0, 60, 1.5), (512, 0, 19.0, 28.0, 60, 2.9)),
        100.0,
    ),
    "A function that fits nowhere": (
        table((128, 10, 5.0, 9.0, 128, 0.3), (256, 0, 5.0, 9.0, 250, 0.6)),
        100.0,
    ),
}  # fmt: skip
for trial_name in ("tune_memory", "tune_memory again"):
    rng = random.Random(hidden_seed(trial_name))
    if trial_name == "tune_memory":
        measured(rng, "resize", cpu=rng.uniform(30, 60), io=20, held=rng.choice([90, 208]))
    else:
        measured(rng, "ledger", cpu=rng.uniform(9, 20), io=80, held=rng.choice([89, 205]))
with account.fresh(World("trial", 1767600000000, 1767600000000, [], [])):
    client = boto3.client("lambda")
    deploy("edge", "def lambda_handler(event, context): pass", MemorySize=4096, Timeout=11)
    before = everything_else(client)
    for label, (rows, goal) in EDGES.items():
        client.update_function_configuration(FunctionName="edge", MemorySize=4096)
        tune_memory("edge", [dict(row) for row in rows], goal)
        now = client.get_function_configuration(FunctionName="edge")
        judge(now["MemorySize"], 4096, rows, goal, label)
    after = everything_else(client)
    changed = sorted(key for key in before | after if before.get(key) != after.get(key))
    assert not changed, f"{', '.join(changed)}: changed as well; only the memory was asked for."
### END HIDDEN TESTS

# %% [markdown] facts="F4.1-13 F4.1-14 F4.1-15 F4.1-16"
# ### Exercise 4.3: out of the handler, and safe (4 points)
#
# The new function `invoice` builds a client and reads the tax rates for **every** order. Code outside of the
# handler runs once for each execution environment (with a full vCPU, as measurements show). What it leaves in
# memory, such as clients and environment variables, serves all later invocations there, until Lambda recycles
# the environment.
#
# Write `invoice`, the text of a better `lambda_function.py`: the same answers, and one request to S3 per
# environment. (Rates change with a deployment.) Beware: what stays in memory is seen by the **next
# customer's** order, and so is a failure that you keep. (Lambda Developer Guide, "Best practices".)

# %% fixed="slow_invoice"
slow_invoice = """
import json
import os

import boto3


def lambda_handler(event, context):
    s3 = boto3.client("s3")
    stored = s3.get_object(Bucket=os.environ["SETTINGS"], Key="tax-rates.json")
    rates = json.load(stored["Body"])  # {"DE": 0.19, "FR": 0.2, ...}
    if event.get("reverseCharge"):  # a business in another country: no tax on this order
        rates[event["country"]] = 0
    net = sum(item["price"] * item["count"] for item in event["items"])
    return {"orderId": event["orderId"], "tax": round(net * rates[event["country"]], 2)}
"""

# %% answer="refactor_handler"
invoice = ""  # the text of the file: put it between three quotes on either side
### BEGIN SOLUTION
invoice = """
import functools
import json
import os

import boto3

s3 = boto3.client("s3")


@functools.cache  # keeps what it returned; an error is raised, never kept
def tax_rates():
    stored = s3.get_object(Bucket=os.environ["SETTINGS"], Key="tax-rates.json")
    return json.load(stored["Body"])


def lambda_handler(event, context):
    rate = 0 if event.get("reverseCharge") else tax_rates()[event["country"]]
    net = sum(item["price"] * item["count"] for item in event["items"])
    return {"orderId": event["orderId"], "tax": round(net * rate, 2)}
"""
### END SOLUTION

# %%
compared = []
for version, source in (("slow", slow_invoice), ("yours", invoice)):
    if not source.strip():
        continue
    with account.fresh(World("lab", noon, noon, [], [])) as lab:
        s3, rates = boto3.client("s3"), json.dumps({"DE": 0.19, "FR": 0.2})
        s3.create_bucket(Bucket="shop-settings")
        s3.put_object(Bucket="shop-settings", Key="tax-rates.json", Body=rates)
        variables = {"Variables": {"SETTINGS": "shop-settings"}}
        deploy("invoice", source, MemorySize=256, Timeout=10, Environment=variables)
        order = {"orderId": "o-1", "country": "DE", "items": [{"price": 20.0, "count": 2}]}
        results = lab.traffic("invoice", [(5000 * k, order) for k in range(5)])
        lab.advance(minutes=1)
        asked = sum(call["operation"] == "GetObject" for call in lab.calls())
    for number, result in enumerate(results, start=1):
        compared.append({"call": f"{version} {number}", "ms": result["total_ms"]})
    print(f"{version}: {asked} requests to S3; {results[-1]['payload']}")
show.bars(compared, label="call", value="ms", title="Five orders, start included", unit="ms")

# %% check="refactor_handler" points=4 skills="4.1.S1 4.3.S7" tests="F4.1-13 F4.1-14 F4.1-16"
order = {"orderId": "o-7", "country": "DE", "items": [{"price": 50.0, "count": 2}]}
assert isinstance(invoice, str), "invoice must be a text: what stands in lambda_function.py."
assert invoice.strip(), "invoice is still empty: write the file's text between the quotes."
with account.fresh(World("trial", 1773748800000, 1773748800000, [], [])) as trial:
    s3, rates = boto3.client("s3"), json.dumps({"DE": 0.19, "FR": 0.2})
    s3.create_bucket(Bucket="shop-settings")
    s3.put_object(Bucket="shop-settings", Key="tax-rates.json", Body=rates)
    variables = {"Variables": {"SETTINGS": "shop-settings"}}
    deploy("invoice", invoice, MemorySize=256, Timeout=10, Environment=variables)
    results = trial.traffic("invoice", [(9000 * k, order) for k in range(4)])
    trial.advance(minutes=1)
    asked = sum(call["operation"] == "GetObject" for call in trial.calls())
assert not results[0]["error"], f"The first order failed: {results[0]['payload'][:300]}"
assert json.loads(results[0]["payload"]) == {"orderId": "o-7", "tax": 19.0}, (
    f"100 euros at 19 % are 19.0 of tax; the answer is {results[0]['payload'][:200]}."
)
assert asked < 4, f"Four orders in one environment asked S3 {asked} times."
warm = min(result["duration_ms"] for result in results[1:])
assert warm < 15, f"The warm calls take {warm:.0f} ms each. What is still built for every order?"
### BEGIN HIDDEN TESTS
import json
import random

import boto3

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World


def orders(rng: random.Random, rates: dict, count: int) -> list:
    """Orders of many countries; some are of businesses, which pay no tax."""
    made = []
    for k in range(count):
        items = [
            {"price": round(rng.uniform(1, 90), 2), "count": rng.randint(1, 5)}
            for _ in range(rng.randint(1, 4))
        ]
        order = {"orderId": f"n-{rng.randrange(10**6)}-{k}", "items": items}
        order["country"] = rng.choice(sorted(rates))
        if k % 4 == 3:
            order["reverseCharge"] = True
        elif k % 4 == 0 and k:  # right after it, the same country pays again
            order["country"] = made[-1]["country"]
        made.append(order)
    return made


def net(order: dict) -> float:
    return sum(item["price"] * item["count"] for item in order["items"])


def tax(order: dict, rates: dict) -> float:
    return round(net(order) * (0 if order.get("reverseCharge") else rates[order["country"]]), 2)


def run(name: str, rates: dict, arrivals: list, refused: tuple | None = None) -> tuple:
    """(results, requests to S3) of orders that arrive at these times."""
    start = 1767600000000 + 3_600_000 * len(name)
    with account.fresh(World("trial", start, start, [], [])) as trial:
        s3, place = boto3.client("s3"), f"{name}-settings"
        s3.create_bucket(Bucket=place)
        s3.put_object(Bucket=place, Key="tax-rates.json", Body=json.dumps(rates))
        variables = {"Variables": {"SETTINGS": place}}
        deploy(name, invoice, MemorySize=256, Timeout=30, Environment=variables)
        if refused:
            trial.fault("s3:GetObject", error="SlowDown", during=refused)
        results = trial.traffic(name, arrivals)
        trial.advance(seconds=arrivals[-1][0] / 1000 + 90)
        asked = sum(call["operation"] == "GetObject" for call in trial.calls())
    return results, asked


def judge(results: list, sent: list, rates: dict, label: str) -> None:
    """Raise AssertionError unless every order got its own answer."""
    sums = 0.0
    for k, (result, order) in enumerate(zip(results, sent, strict=True)):
        sums += net(order)
        where = f"{label}, order {k + 1}: "
        assert not result["error"], where + f"it failed: {result['payload'][:250]}"
        answer, right = json.loads(result["payload"]), tax(order, rates)
        assert isinstance(answer, dict) and set(answer) == {"orderId", "tax"}, (
            where + f"the answer is {result['payload'][:200]}; the old one had orderId and tax."
        )
        assert answer["orderId"] == order["orderId"], (
            where
            + f"it was answered with {answer['orderId']}, another customer's order. An answer "
            "belongs to one event; only what all events share may stay in memory."
        )
        got = answer["tax"]
        assert abs(got - round(got, 2)) < 1e-9, where + f"tax {got} is not rounded to cents."
        if abs(got - right) < 0.005:
            continue
        rate = rates[order["country"]]
        assert not order.get("reverseCharge"), (
            where + f"a business with reverse charge pays {got} of tax. The old function charged 0."
        )
        assert got != 0 or not any(o.get("reverseCharge") for o in sent[:k]), (
            where
            + "it pays no tax. An earlier order from there was tax-free, and what was changed "
            "for that one stayed in memory."
        )
        assert abs(got - round(sums * rate, 2)) > 0.02, (
            where + f"tax {got} includes the items of earlier orders, which are still in memory."
        )
        raise AssertionError(
            where
            + f"tax {got} for {order['country']} at a net of {net(order):.2f} is not what the "
            "old function says with these rates. Where do yours come from?"
        )


for trial_name in ("refactor_handler", "refactor_handler again"):
    rng = random.Random(hidden_seed(trial_name))
    lands = rng.sample(["AT", "BE", "DE", "DK", "ES", "FI", "FR", "IE", "IT", "NL"], 4)
    rates = {land: rng.randint(5, 27) / 100 for land in lands}
    sent = orders(rng, rates, 25)
    name = rng.choice(["billing", "tax-desk", "vat"])
    # One after another at first, then several at the same time, in environments of their own.
    times = [6000 * k for k in range(17)] + [120_000] * 4
    times += [150_000 + 8000 * k for k in range(4)]
    stranger = {**sent[0], "country": "ZZ"}
    arrivals = [*zip(times, sent, strict=True), (220_000, stranger)]
    (*results, unknown), asked = run(name, rates, arrivals)
    judge(results, sent, rates, "In another shop")
    assert unknown["error"], (
        "An order from a country that has no rate must fail, as it did, so that somebody sees it: "
        f"it was answered with {unknown['payload'][:100]}."
    )
    cold = sum(result["cold"] for result in results)
    assert asked, "S3 was not asked at all: another shop's rates are not in your file."
    assert asked < len(sent), f"{len(sent)} orders asked S3 {asked} times: once for every order."
    assert asked <= cold, (
        f"{cold} environments served {len(sent)} orders, and asked S3 {asked} times. Once "
        "in each is enough."
    )
    warm = sorted(r["duration_ms"] for r in results[:17] if not r["cold"])
    late = sum(ms >= 15 for ms in warm)
    assert late <= 2, (
        f"{late} of {len(warm)} warm invocations took {warm[-1]:.0f} ms or so, where nothing is left to "
        "build or to ask. What does the handler still make anew?"
    )
# S3 refuses everybody for half a minute, and is well again afterwards.
few = [order for order in sent if not order.get("reverseCharge")][:4]
times = [0, 60_000, 75_000, 200_000]
results, _ = run("unlucky", rates, list(zip(times, few, strict=True)), refused=(0, 40))
lost = [k for k in (1, 2, 3) if results[k]["error"]]
assert not lost, (
    "S3 refused every request for 40 seconds. Minutes later orders still fail: a failure "
    f"stayed in memory. {results[lost[0]]['payload'][:160]}"
)
judge(results[1:], few[1:], rates, "After S3 had refused for 40 seconds")
### END HIDDEN TESTS

# %% [markdown] facts="F4.1-17 F4.1-18 F4.1-19 F4.1-20 F4.1-21 F4.1-22"
# A cold start also loads your **package**: the less it holds, the sooner it is ready.
#
# | a package | may have | and then |
# |---|---|---|
# | zip, uploaded directly | 50 MB zipped | above: upload it to S3 first |
# | zip, from S3 | 250 MB unzipped, layers included | above: a container image |
# | layers | five at most, for libraries that functions share | your own zip shrinks, the total does not |
# | container image | 10 GB | |
#
# In JavaScript, tree shaking (a bundler drops what is never called) and single clients of SDK v3 help:
# `import { S3Client, GetObjectCommand } from "@aws-sdk/client-s3"`.
#
# > **Exam answer / Today.** "Above 50 MB take a container image" is **wrong**: 50 MB is the limit of the direct
# > upload alone. `require('aws-sdk')`, the whole SDK v2, is out of support since 8 September 2025. (Lambda
# > quotas; AWS Developer Tools Blog.)

# %% [markdown] facts="F4.1-23 F4.1-24 F4.1-25 F4.1-26"
# What if loading must take a second? **SnapStart** initialises a function when you **publish a version**, keeps
# a snapshot of that environment's memory and disk, and starts later environments from it. Switch it on in the
# configuration (`ApplyOn: PublishedVersions`); `$LATEST` never has it.
#
# | | SnapStart | provisioned concurrency |
# |---|---|---|
# | start | restore, often below a second | none, up to the number you pay for |
# | costs | Java nothing extra; Python and .NET cache and restores | every hour that it is on |
# | not with | the other, EFS, more than 512 MB of /tmp, images | the other |
#
# > **Exam answer / Today.** SnapStart is no longer for Java alone: Java 11, Python 3.12, .NET 8, and later.
# > Ids and connections made before the snapshot are the same in all copies: make them anew in the handler. (Lambda
# > Developer Guide, "Improving startup performance with Lambda SnapStart".)

# %%
ranking = """
from course.account import work

work(cpu_ms=1400, memory_mb=300)  # a model is loaded

def lambda_handler(event, context):
    work(cpu_ms=20, memory_mb=300)
"""
with account.fresh(World("lab", noon, noon, [], [])):
    client = boto3.client("lambda")
    snapshots = {"ApplyOn": "PublishedVersions"}
    deploy("ranking", ranking, MemorySize=1024, Timeout=10, SnapStart=snapshots)
    version = client.publish_version(FunctionName="ranking")["Version"]
    for qualifier in ("$LATEST", version):
        answer = client.invoke(FunctionName="ranking", Qualifier=qualifier, LogType="Tail")
        tail = base64.b64decode(answer["LogResult"]).decode()  # the last 4 KB of its log
        report = next(line for line in tail.splitlines() if line.startswith("REPORT"))
        print(qualifier, "|", report.partition("Memory Used: ")[2])

# %% [markdown] facts="F4.2-01 F4.2-02 F4.2-03 F4.2-04 F4.2-05 F4.2-06 F4.2-07 F4.2-08 F4.2-09 F4.2-10 F4.2-11 F4.2-12 F4.2-13"
# ## 4.2 Failures
#
# Now for the orders that died. The end of a function's log says how, if you know Lambda's words for it:
#
# | last words in the log | what happened | what to do |
# |---|---|---|
# | `Task timed out after 3.00 seconds`; REPORT: `Status: timeout` | the function's Timeout is over (900 s at most); a slow initialisation counts, too; the caller gets `Sandbox.Timedout` | find what it waits for, make that faster, give the SDK shorter connect and read time-outs, or raise it |
# | `Runtime exited with error: signal: killed`, `Runtime.ExitError` | killed; for lack of memory **if** Max Memory Used = Memory Size | more memory, or hold less |
# | `Runtime exited with error: exit status 1` | the code ended its own process, or crashed it | look for `exit`, and native libraries |
# | `[ERROR] KeyError: 'sku'`, traceback | an exception that nobody caught; the process lives on | read the traceback |
# | `Runtime.ImportModuleError: Unable to import module 'app': No module named 'pg8000'` | a dependency is not in the package, or is built for another platform | add it; check the layer's runtime and architecture |
# | ... `No module named 'app'`; `Runtime.HandlerNotFound` | the Handler setting does not fit the package | correct it |
# | `[Errno 13] Permission denied` (EACCES); `[Errno 30] Read-only file system` | files without read permission, in zips as in images; writing elsewhere than `/tmp` | 644 for files, 755 for directories; `/tmp` has 512 to 10,240 MB |
# | `... is not authorized to perform: dynamodb:GetItem` | the function's **role** may not | add it to the role |
# | `EndpointConnectionError`, `ConnectTimeoutError` | wrong Region or endpoint, or no route out of the VPC | check both |
# | nothing at all | it did not run: throttled, or the **caller** lacks `lambda:InvokeFunction` (services: in the function's resource policy) | Throttles; the caller's error |
#
# > **Exam answer / Today.** "Process exited before completing request" is old wording for `Runtime.ExitError`.
# > "Calling the invoke API failed" alone is no sign of missing permission; "is not authorized" is.
# > `EndpointResolutionError` means that botocore cannot work the endpoint out; without a Region it raises
# > `NoRegionError`. (re:Post, "lambda-runtime-error"; botocore, exceptions.)

# %%
ends = ask(
    r"""filter @type = "REPORT"
    | parse @message /Status: (?<status>\w+)(\s+Error Type: (?<kind>\S+))?/
    | stats count(*) as calls, max(@maxMemoryUsed / 1000000) as usedMB by status, kind""",
    "/aws/lambda/payment",
)
# The same in pandas: how each invocation ended, and how much memory it had come to.
reports = lines.message[lines.message.str.startswith("REPORT")]
form = r"Max Memory Used: (?P<usedMB>\d+) MB(?:.*Status: (?P<status>\w+))?"
found = reports.str.extract(form).fillna({"status": "-"}).astype({"usedMB": int})
print(ends, found.groupby("status").usedMB.agg(["count", "max"]), sep="\n\n")
memory = ask(
    r"""filter @type = "REPORT"
    | parse @logStream /\[(?<version>\d+)\]/
    | stats max(@maxMemoryUsed / 1000000) as mb by bin(10m) as time, version""",
    "/aws/lambda/payment",
)
memory["version"] = "version " + memory.version.astype(int).astype(str)
look = {"x": "time", "y": "mb", "by": "version", "unit": "MB", "threshold": 256}
show.series(memory.sort_values("time"), title="The most memory that payment needed", **look)

# %% [markdown]
# **What we know:** the five that "died without a word" were killed: version 42 needs up to 256 MB of 256. The
# 36 timeouts were `northbank`'s. Two failures, two remedies.
#
# ### Exercise 4.4: name that failure (4 points)
#
# At night a program should say which failure it is. Write `name_that_failure` for one invocation of a
# function that logs text. Do not trust single words: applications **quote** them ("payment said: Task timed
# out"), many functions live well with all their memory in use, and a throttled call has no log. What Lambda
# writes begins with `[ERROR] ` and a type, with `RequestId: ` or with `REPORT `; the errors of Python's logging
# have a tab behind `[ERROR]`.


# %% answer="name_that_failure"
def name_that_failure(log: list, metrics: dict) -> str:
    """The kind of failure that ended one invocation.

    log: the texts of its log events in order; empty where nothing was logged.
    metrics: the function's sums in that minute, {"Invocations": 1.0, "Errors": 1.0,
        "Throttles": 0.0}. With a log, Errors tells whether this invocation failed. Without one,
        Invocations and Errors count others.
    Returns one of
        "none"         it did not fail
        "throttled"    Lambda refused to run it
        "timeout"      stopped by the function's Timeout
        "memory"       killed, with all its memory used
        "exit"         its process ended in another way (exit status, killed with memory left)
        "import"       its code could not be loaded: something that it imports is missing
        "handler"      the Handler setting names a module or a function that is not there
        "denied"       the role may not do what the code tried
        "unreachable"  an endpoint could not be connected to
        "files"        a file may not be read or written there
        "exception"    any other exception of the code

    >>> name_that_failure([], {"Invocations": 0.0, "Errors": 0.0, "Throttles": 4.0})
    'throttled'
    """
    ### BEGIN SOLUTION
    if not log:
        return "throttled" if metrics["Throttles"] else "none"
    if not metrics["Errors"]:
        return "none"
    report = next(line for line in log if line.startswith("REPORT "))
    if "\tStatus: timeout" in report:
        return "timeout"
    exits = [line for line in log if line.startswith("RequestId: ")]
    if exits:
        size, used = re.search(r"Size: (\d+) MB\tMax Memory Used: (\d+) MB", report).groups()
        return "memory" if "signal: killed" in exits[0] and size == used else "exit"
    said = next(line for line in log if line.startswith("[ERROR] ")).split("\n")[0]
    kind, _, text = said.removeprefix("[ERROR] ").partition(": ")
    if kind == "Runtime.HandlerNotFound" or re.search(r"module '(.+)': No module named '\1'", text):
        return "handler"
    if kind == "Runtime.ImportModuleError":
        return "import"
    if kind in ("EndpointConnectionError", "ConnectTimeoutError"):
        return "unreachable"
    if "is not authorized to perform" in text:
        return "denied"
    return "files" if text.startswith(("[Errno 13]", "[Errno 30]")) else "exception"
    ### END SOLUTION


# %%
broken = {  # five functions that fail, and one that only seems to
    "slow": "import time\ndef lambda_handler(event, context):\n    time.sleep(9)\n",
    "greedy": "from course.account import work\ndef lambda_handler(event, context):\n"
    "    work(memory_mb=400)\n",
    "lonely": "import pg8000\ndef lambda_handler(event, context):\n    pass\n",
    "renamed": "def handler(event, context):\n    pass\n",
    "rough": "def lambda_handler(event, context):\n    open('/var/task/cache.json', 'w')\n",
    "fine": "def lambda_handler(event, context):\n    print('they said: signal: killed')\n",
}
seen = []
with account.fresh(World("lab", noon, noon, [], [])) as lab:
    for name, source in broken.items():
        deploy(name, source)
        failed = "FunctionError" in boto3.client("lambda").invoke(FunctionName=name)
        lab.advance(seconds=10)
        found = boto3.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        log = [event["message"] for event in found]
        counts = {"Invocations": 1.0, "Errors": float(failed), "Throttles": 0.0}
        seen.append({"function": name, "you say": name_that_failure(log, counts), "log": log[-3]})
show.table(seen, "Six functions: your name for it, and a line of its log")

# %% check="name_that_failure" points=4 skills="4.1.S1 4.1.S2" tests="F4.2-01 F4.2-03 F4.2-05 F4.2-06 F4.2-09 F4.3-02"
failed = {"Invocations": 1.0, "Errors": 1.0, "Throttles": 0.0}
report = (
    "REPORT RequestId: ab-1\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB"
)
report += "\tMax Memory Used: 70 MB\t"
late = ["START RequestId: ab-1 Version: 7\n", "", "END RequestId: ab-1\n", report]
late[1] = "2026-05-05T05:05:05.000Z ab-1 Task timed out after 3.00 seconds\n\n"
late[3] += "Status: timeout\n"
bug = [
    "START RequestId: ab-1 Version: 7\n",
    "[ERROR] KeyError: 'sku'\nTraceback (most recent...",
    report,
]
answer = name_that_failure(late, failed)
assert answer is not None, "name_that_failure returned nothing yet: return one of the eleven words."
words = "none throttled timeout memory exit import handler denied unreachable files exception"
assert answer in words.split(), f"{answer!r} is none of the eleven words of the docstring."
assert answer == "timeout", f"A REPORT line with Status: timeout was taken for {answer!r}."
answer = name_that_failure(bug, failed)
assert answer == "exception", f"An uncaught KeyError, which fits no other word: {answer!r}."
### BEGIN HIDDEN TESTS
import random

from course.incidents.seeds import hidden_seed, uuid
from course.telemetry.functions import log_lines
from course.telemetry.functions.log_lines import Attempt, Failure, Line, Run, Settings

WORDS = set(words.split())
LEVELS = ("INFO", "ERROR", None)
TRACE = (("/var/task/app.py", 31, "lambda_handler", "item = load(event)"),)


class Maker:
    """Logs of single invocations, as Lambda writes them, with names drawn from a seed."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.size = rng.choice([128, 192, 320, 1024])
        self.module = rng.choice(["app", "index", "orders", "main"])

    def log(
        self, status: str = "ok", said: tuple = (), used: float = 0.6, levels=LEVELS, **more
    ) -> list:
        rng, start = self.rng, 1767600000000 + self.rng.randrange(10**9)
        run = Run(uuid(rng), str(rng.randint(2, 90)), start, "2026/01/05/[7]ab", **more)
        run.init = (
            round(rng.uniform(200, 900), 2) if rng.random() < 0.4 and not run.attempts else None
        )
        run.status, run.memory_used = status, round(used * self.size)
        seconds = rng.choice([3, 6, 10])
        run.duration = 1000.0 * seconds if status == "timeout" else round(rng.uniform(3, 2400), 2)
        run.trace_id = "1-69b9a1c8-5aa1" if rng.random() < 0.3 else None
        run.lines = [Line(start + 1, rng.choice(levels), text) for text in said]
        found = log_lines.entries(run, Settings("f", self.size, 1000 * seconds))
        return [text for _, text in found]

    def raised(self, kind: str, text: str, said: tuple = (), levels=LEVELS) -> list:
        return self.log("error", said, levels=levels, failure=Failure(kind, text, TRACE))

    def unloaded(self, kind: str, text: str) -> list:
        """An initialisation that failed twice, as it does when code cannot be loaded."""
        failure = Failure(kind, text)
        tries = [
            Attempt(1767600000000 + at, 90.5, phase, "error", kind, failure)
            for at, phase in ((0, "init"), (200, "invoke"))
        ]
        return self.log("error", attempts=tries, failure=failure)


def cases(rng: random.Random) -> list:
    """(right word, log, metrics, what to say about a wrong one)."""
    make, table = Maker(rng), rng.choice(["orders", "carts", "stock"])
    lib = rng.choice(["pg8000", "requests", "numpy", "shapely"])
    user = f"User: arn:aws:sts::123456789012:assumed-role/{table}-role/f"
    action = rng.choice(["dynamodb:GetItem", "sqs:SendMessage", "kms:Decrypt"])
    refusals = (action, "AccessDeniedException"), ("s3:GetObject", "AccessDenied")
    refusals += (("SNS:Publish", "AuthorizationError"),)
    host = f"https://{table}.eu-west-9.amazonaws.com/"
    bad, good = {"Invocations": 1.0, "Errors": 1.0}, {"Invocations": 1.0, "Errors": 0.0}
    bad, good = {**bad, "Throttles": 0.0}, {**good, "Throttles": 0.0}
    refused = {"Invocations": 0.0, "Errors": 0.0, "Throttles": float(rng.randint(1, 90))}
    quoted = (
        f"{table} said: Task timed out after 3.00 seconds",
        "copied: REPORT Status: timeout, Runtime.ExitError, signal: killed",
        f"AccessDeniedException: {user} is not authorized to perform: {action}",
        "Unable to import module 'app': No module named 'app'",
        "EndpointConnectionError, [Errno 13] Permission denied, Process exited before completing",
    )
    quote = "An application only quoted these words; Lambda did not write that line, or it is the text of "
    quote += "an exception about something else. How do Lambda's own lines begin?"
    gone = {"error_type": "Runtime.ExitError"}
    exited = "Runtime exited with error: exit status {}"
    made = [
        ("throttled", [], refused, "There is no log, and Errors is 0: no code ran. Which metric counts that?"),
        ("throttled", [], {"Invocations": 6.0, "Errors": 2.0, "Throttles": 3.0},
         "There is no log, so it did not run: what ran and failed in that minute were other calls."),
        ("none", make.log(said=quoted[:2]), good, "Errors is 0: this invocation did not fail. " + quote),
        ("none", make.log(used=1.0), good, "Errors is 0, though all of its memory is in use: it did not fail."),
        ("none", make.log(), {**good, "Throttles": 5.0},
         "Its log shows a good end."),
        ("timeout", make.log("timeout", quoted[2:4]), bad, "Its REPORT line names the status."),
        ("timeout", make.log("timeout", used=1.0), bad,
         "All its memory was in use, and its REPORT line says another reason: full memory alone kills nobody."),
        ("timeout", make.log("timeout", ("signal: killed",)), {**bad, "Throttles": 3.0}, quote),
        ("memory", make.log("oom", quoted[:1], used=1.0), bad,
         "It was killed. Compare Max Memory Used with Memory Size in its REPORT line."),
        ("exit", make.log("exit", used=0.4, error_message="Runtime exited with error: signal: killed", **gone),
         bad, "It was killed, and less than half of its memory was in use."),
        ("exit", make.log("exit", quoted[:1], error_message=exited.format(rng.randint(1, 139)), **gone), bad,
         "Look at the line before END that begins with RequestId."),
        ("exit", make.log("exit", used=1.0, error_message=exited.format(1), **gone), bad,
         "Full memory alone kills nobody: what does the line say that begins with RequestId?"),
        ("import", make.unloaded("Runtime.ImportModuleError",
         f"Unable to import module '{make.module}': No module named '{lib}'"), bad,
         f"The module {make.module!r} is there; {lib!r}, which it imports, is not."),
        ("import", make.unloaded("Runtime.ImportModuleError",
         f"Unable to import module '{make.module}': /var/task/{lib}.so: invalid ELF header"), bad,
         "The module is there, and something that it imports is built for another platform."),
        ("handler", make.unloaded("Runtime.ImportModuleError",
         f"Unable to import module '{make.module}': No module named '{make.module}'"), bad,
         "Two module names in that line: which one could not be found, and who asked for it?"),
        ("handler", make.unloaded("Runtime.HandlerNotFound",
         f"Handler '{table}_handler' missing on module '{make.module}'"), bad,
         "The module is there, and a function of that name is not in it."),
        *(("denied", make.raised("ClientError", f"An error occurred ({code}) when calling the "
         f"{name.split(':')[1]} operation: {user} is not authorized to perform: {name}"), bad,
         "The text of the exception says what the role was not allowed to do.") for name, code in refusals),
        ("unreachable", make.raised("EndpointConnectionError",
         f'Could not connect to the endpoint URL: "{host}"'), bad,
         "The type of the exception says how far the call came."),
        ("unreachable", make.raised("ConnectTimeoutError", f'Connect timeout on endpoint URL: "{host}"'), bad,
         "No connection came about within the SDK's own time-out, and the function's was not over."),
        ("exception", make.raised("ReadTimeoutError", f'Read timeout on endpoint URL: "{host}"'), bad,
         "There was a connection: what did not come in time was the answer."),
        ("exception", make.raised("ClientError", "An error occurred (ValidationException) when calling the "
         "GetItem operation: The provided key element does not match the schema"), bad,
         "AWS refused this call, and not for lack of a permission."),
        ("files", make.raised("OSError", f"[Errno 30] Read-only file system: '/var/task/{table}.json'"), bad,
         "Where may a function write?"),
        ("files", make.raised("PermissionError", f"[Errno 13] Permission denied: '/var/task/{lib}.py'"), bad,
         "EACCES is an answer of the operating system, and IAM has no part in it."),
        ("exception", make.raised("KeyError", f"'{table}'", quoted), bad, quote),
        ("exception", make.raised("KeyError", "'sku'", quoted[2:3], levels=("ERROR",)), bad,
         "The function logged that line as an error, with a tab behind [ERROR], and went on."),
        ("exception", make.raised("PaymentError", f"{table}: Task timed out after 3.00 seconds"), bad, quote),
        ("exception", make.raised("OSError", "[Errno 28] No space left on device"), bad,
         "/tmp is full: the file may be written there, if there were room."),
        ("exception", make.raised("ValueError", "signal: killed is no state of an order"), bad, quote),
    ]  # fmt: skip
    rng.shuffle(made)
    return made


for trial_name in ("name_that_failure", "name_that_failure again"):
    for right, log, metrics, hint in cases(random.Random(hidden_seed(trial_name))):
        got = name_that_failure(list(log), dict(metrics))
        assert got in WORDS, f"{got!r} is none of the eleven words of the docstring."
        told = [
            line for line in log if not line.startswith(("START", "END", "INIT_START", "REPORT"))
        ]
        if got == "throttled" and log:
            hint = "It ran, as its log shows; the throttles of that minute were other calls."
        last = "an empty log" if not log else repr((told or log)[-1][:110])
        assert got == right, f"Taken for {got!r}: {last}. {hint}"
### END HIDDEN TESTS

# %% [markdown] facts="F4.2-14 F4.2-15 F4.2-16"
# ### Words that can be found
#
# A failure can only be named if the function has said something worth finding.
#
# | to say | do |
# |---|---|
# | what happened, field by field | log in JSON: `LoggingConfig={"LogFormat": "JSON"}`, then `logger.info("mailing", extra={...})` |
# | in which invocation | `context.aws_request_id`; Lambda's JSON format adds it as `requestId` |
# | that the **caller** is wrong | catch it and answer `{"statusCode": 400, "body": json.dumps(...)}`: the invocation succeeds, Errors stays 0 |
# | that **you** failed | let the exception out |
#
# Notes write `print(json.dumps({...}))`. That still works; the native format also gives Lambda's own records
# and log levels, and Powertools Logger more. (Lambda Developer Guide, "Log and monitor Python Lambda
# functions".)
#
# `receipt` is invoked by SNS, asynchronously. Its mail provider is down. What becomes of an order's receipt?

# %%
receipt = """
import logging
def lambda_handler(event, context):
    logging.getLogger().info("mailing", extra={"orderId": event["orderId"]})
    if event["orderId"] == "o-2": raise ConnectionError("the mail provider does not answer")
"""
tries = 'filter message = "mailing" | stats count(*) as tries by orderId, requestId'
ten_to_noon = (int(shop.now.timestamp()) - 600) * 1000
with account.fresh(World("lab", ten_to_noon, ten_to_noon, [], [])) as lab:
    deploy("receipt", receipt, LoggingConfig={"LogFormat": "JSON"})
    for event in ('{"orderId": "o-1"}', '{"orderId": "o-2"}'):  # "Event": nobody waits
        lambda_.invoke(FunctionName="receipt", InvocationType="Event", Payload=event)
    lab.advance(minutes=6)
    print(ask(tries, "/aws/lambda/receipt"))
    lines = logs.filter_log_events(logGroupName="/aws/lambda/receipt")["events"]
said = pd.DataFrame([json.loads(line["message"]) for line in lines])  # and in pandas:
print(said[said.message == "mailing"].groupby(["orderId", "requestId"]).size())
failed = said[said.level == "ERROR"][["timestamp", "errorMessage"]]
failed = failed.set_axis(["time", "text"], axis=1).assign(source=["try 1", "try 2", "try 3"])
show.timeline(failed.to_dict("records"), title="One event, one request id, three attempts")

# %% [markdown] facts="F4.2-17"
# ### Exercise 4.5: an event that nobody waits for (2 points)
#
# After the third attempt the receipt is gone. Who repeats what an exception stopped?
#
# | invoked by | after an exception |
# |---|---|
# | someone who waits: API Gateway, an SDK | nobody: the caller gets the error |
# | an asynchronous event: SNS, S3, EventBridge | Lambda, after 1 and 2 minutes; then it goes to the **on-failure destination** or the dead-letter queue, else it is dropped |
# | an SQS queue | the queue, until its `maxReceiveCount` |
# | a stream | Lambda, the whole batch; its shard waits |
#
# > **Exam answer / Today.** "Raise, and Lambda or the DLQ takes care" holds for the lower three alone. And a
# > destination gets a whole record, answer and error included; a DLQ the event with an error message beside it.
# > (Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations".)
#
# Write `keep_what_fails`.


# %% answer="keep_what_fails"
def keep_what_fails(function: str, queue_url: str) -> None:
    """Lets no asynchronous event of a function get lost.

    function: its name. queue_url: the URL of an SQS queue of the same account.
    From now on an event that fails is tried once more, and no second time. An event that has
    waited for ten minutes is not tried any more. Whatever was given up arrives in the queue with
    its reason: the record that Lambda writes, with the event, the condition and the error. Events
    that succeed send nothing.

    >>> keep_what_fails("receipt", "https://sqs.us-east-1.amazonaws.com/123456789012/unsent")
    """
    ### BEGIN SOLUTION
    asked = boto3.client("sqs").get_queue_attributes(
        QueueUrl=queue_url, AttributeNames=["QueueArn"]
    )
    boto3.client("lambda").put_function_event_invoke_config(
        FunctionName=function,
        MaximumRetryAttempts=1,
        MaximumEventAgeInSeconds=600,
        DestinationConfig={"OnFailure": {"Destination": asked["Attributes"]["QueueArn"]}},
    )
    ### END SOLUTION


# %%
with account.fresh(World("lab", ten_to_noon, ten_to_noon, [], [])) as lab:
    deploy("receipt", receipt)
    unsent = boto3.client("sqs").create_queue(QueueName="unsent")["QueueUrl"]
    keep_what_fails("receipt", unsent)
    for order in ("o-1", "o-2"):
        event = json.dumps({"orderId": order})
        lambda_.invoke(FunctionName="receipt", InvocationType="Event", Payload=event)
    lab.advance(minutes=6)
    got = boto3.client("sqs").receive_message(QueueUrl=unsent, MaxNumberOfMessages=10)
for message in got.get("Messages", []):
    record = json.loads(message["Body"])
    context = record.get("requestContext", {})
    print(
        record.get("requestPayload"),
        context.get("condition"),
        context.get("approximateInvokeCount"),
    )
    print(record.get("responsePayload", {}).get("errorMessage"))

# %% check="keep_what_fails" points=2 skills="4.1.S7" tests="F4.2-17"
from botocore.exceptions import BotoCoreError, ClientError

fails = "def lambda_handler(event, context):\n    raise ValueError('no such address')\n"
with account.fresh(World("trial", 1773748800000, 1773748800000, [], [])) as trial:
    deploy("mailer", fails)
    queue = boto3.client("sqs").create_queue(QueueName="kept")["QueueUrl"]
    try:
        keep_what_fails("mailer", queue)
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what keep_what_fails asks for: {refused}") from None
    event = json.dumps({"orderId": "o-9"})
    boto3.client("lambda").invoke(FunctionName="mailer", InvocationType="Event", Payload=event)
    trial.advance(minutes=8)
    got = boto3.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
bodies = [json.loads(message["Body"]) for message in got.get("Messages", [])]
assert bodies, "An event failed for good, and nothing arrived in the queue yet."
assert "requestContext" in bodies[0], f"The event alone arrived, without its reason: {bodies[0]}."
tried = bodies[0]["requestContext"]["approximateInvokeCount"]
assert tried == 2, f"The event was tried {tried} times; first, and once more, makes 2."
### BEGIN HIDDEN TESTS
import random

import boto3

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

FICKLE = """
import time

def lambda_handler(event, context):
    time.sleep(event.get("seconds", 0))
    if event.get("kind") == "bad":
        raise {error}(event["id"])
    if time.time() < event.get("down_until", 0):
        raise ConnectionError("not yet")
    return event["id"]
"""


def records(url: str) -> list:
    client, found = boto3.client("sqs"), []
    while got := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in got]
        for message in got:
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def judge(rng: random.Random, label: str) -> None:
    """Raise AssertionError unless what fails is kept, and nothing else."""
    name, error = rng.choice(["resize", "notify"]), rng.choice(["KeyError", "OSError", "Unsent"])
    head = "class Unsent(Exception):\n    pass\n"
    begin = 1767600000000 + 60_000 * rng.randrange(100_000)
    with account.fresh(World("trial", begin, begin, [], [])) as trial:
        client = boto3.client("lambda")
        deploy(name, head + FICKLE.format(error=error), Timeout=900, MemorySize=256)
        deploy(f"{name}-old", "def lambda_handler(event, context):\n    raise ValueError\n")
        url = boto3.client("sqs").create_queue(QueueName=f"kept-{rng.randrange(99)}")["QueueUrl"]
        keep_what_fails(name, url)

        def send(function: str = name, **event) -> None:
            payload = json.dumps(event)
            client.invoke(FunctionName=function, InvocationType="Event", Payload=payload)

        for number in range(3):
            send(id=f"good-{number}")
        for number in range(2):
            send(id=f"bad-{number}", kind="bad")
        send(id="shaky", down_until=trial.now.timestamp() + 30)
        send(f"{name}-old", id="neighbour")
        trial.advance(minutes=9)
        first = records(url)
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
        send(id="long", seconds=800)
        trial.advance(seconds=5)
        send(id="late")
        trial.advance(minutes=30)
        second = records(url)
        asked = client.list_function_event_invoke_configs(FunctionName=name)
        settings = client.get_function_configuration(FunctionName=name)
    sent = [record.get("requestPayload", {}).get("id") for record in first]
    assert all("requestContext" in record for record in first), (
        f"{label}: what arrived in the queue is the event alone. Which of the two ways to keep it "
        "tells the reason?"
    )
    good = [key for key in sent if key and key.startswith("good")]
    assert not good, f"{label}: {len(good)} events that succeeded were sent to the queue, too."
    assert "shaky" not in sent, (
        f"{label}: an event that succeeds when it is tried once more was given up at once."
    )
    lost = [f"bad-{n}" for n in range(2) if f"bad-{n}" not in sent]
    assert not lost, f"{label}: {len(lost)} of 2 events that fail are not in the queue."
    assert sorted(sent) == ["bad-0", "bad-1"], f"{label}: the queue holds {sorted(sent)}."
    tries = {record["requestContext"]["approximateInvokeCount"] for record in first}
    assert tries == {2}, (
        f"{label}: events that fail were tried {sorted(tries)} times. The first time is no retry."
    )
    late = [record["requestContext"]["condition"] for record in second]
    assert late, (
        f"{label}: an event that could not run for 13 minutes was tried all the same. Lambda keeps "
        "trying for six hours, unless it is told otherwise."
    )
    assert late == ["EventAgeExceeded"], (
        f"{label}: given up because of {late}; its age was the reason."
    )
    waited = moment_of(second[0]["timestamp"]) - begin / 1000 - 9 * 60 - 5
    assert waited > 300, (
        f"{label}: an event was given up after {waited:.0f} s; ten minutes are wanted."
    )
    age = asked["FunctionEventInvokeConfigs"][0]["MaximumEventAgeInSeconds"]
    assert age == 600, f"{label}: an event may wait for {age} s; ten minutes are wanted."
    kept = (settings["MemorySize"], settings["Timeout"], settings.get("DeadLetterConfig"))
    assert kept == (256, 900, None), (
        f"{label}: settings of the function have changed that need not."
    )


def moment_of(text: str) -> float:
    return pd.Timestamp(text).timestamp()


judge(random.Random(hidden_seed("keep_what_fails")), "Another function")
judge(random.Random(hidden_seed("keep_what_fails again")), "A third function")
### END HIDDEN TESTS

# %% [markdown]
# ## 4.3 Concurrency
#
# From 10:20 to 10:52 the concurrency of `payment` was 2 instead of 1, and no more orders came than before. The
# card provider had become slow. What would that have meant in a sale, with four orders a second?
#
# **Concurrency** is the number of invocations that run at the same moment. An execution environment serves
# one at a time, so this is also the number of environments:
#
# > concurrency = requests per second × seconds that each takes
#
# | requests | each takes | concurrency |
# |---|---|---|
# | 4 a second | 0.2 s | 0.8, and so 1 |
# | 4 a second | 3 s | 12 |
# | 300 a second | 0.2 s | 60 |
#
# Whatever makes a function slower eats concurrency. Each further environment begins with a cold start.


# %%
def lambda_metric(metric: str, function: str, statistic: str, end, minutes: int, period: int = 60):
    """A metric of AWS/Lambda until `end`, as a table with time and value."""
    asked = {"Namespace": "AWS/Lambda", "MetricName": metric, "Statistics": [statistic]}
    asked |= {"Dimensions": [{"Name": "FunctionName", "Value": function}], "Period": period}
    asked |= {"StartTime": end - timedelta(minutes=minutes), "EndTime": end}
    points = pd.DataFrame(cloudwatch.get_metric_statistics(**asked)["Datapoints"])
    points = points.rename(columns={"Timestamp": "time", statistic: "value"})
    return points.sort_values("time").assign(metric=metric)


arrivals = [(250 * k, 3 if 480 <= k < 960 else 0.2) for k in range(1440)]  # two bad minutes of six
with account.fresh(World("lab", ten_to_noon, ten_to_noon, [], [])) as lab:
    deploy(
        "payment", "import time\ndef lambda_handler(event, context): time.sleep(event)", Timeout=9
    )
    results = lab.traffic("payment", arrivals)
    lab.advance(minutes=7)
    running = lambda_metric("ConcurrentExecutions", "payment", "Maximum", lab.now, 7)
print(sum(result["cold"] for result in results), "cold starts in", len(results), "orders")
show.series(running, x="time", y="value", unit="at once", title="Four orders a second all the time")

# %% [markdown]
# ### Cold starts, and what helps
#
# First ask whether anybody waits for it: while fewer than 1 % of the calls are cold, the p99 hardly knows.
#
# | lever | what it does | but |
# |---|---|---|
# | load less | fewer imports, a smaller package: every start is shorter | the first thing to try |
# | SnapStart | restores a snapshot of the initialised environment | published versions; not for Node.js, or Python before 3.12 |
# | provisioned concurrency | keeps N environments of a version or alias ready | you pay for idle ones; request N + 1 starts cold |
# | reserved concurrency | keeps others away from your share | warms nothing |
# | more memory | a faster **handler**, where it computes | an initialisation has a full vCPU at every size |
#
# The last line is what measurements show; AWS does not document it.

# %%
starts = ask(
    """filter @type = "REPORT" or type = "platform.report"
    | fields coalesce(@duration, record.metrics.durationMs) as ms,
             coalesce(@initDuration, record.metrics.initDurationMs) as init
    | stats count(*) as calls, count(init) as cold, 100 * count(init) / count(*) as percent,
            pct(ms, 99) as p99, pct(ms + coalesce(init, 0), 99) as p99WithInit by @log
    | sort percent asc""",
    *[f"/aws/lambda/{name}" for name in ("checkout", "payment", "inventory", "cart", "search")],
    *[f"/aws/lambda/{name}" for name in ("receipt", "order-worker")],
)
starts.insert(0, "function", starts.pop("@log").str.split("/").str[-1])
print(show.table(starts.round(1), "Cold starts, 08:00 to 12:00"))
lines = data.frame("checkout", "/aws/lambda/payment").message  # the same in pandas, for payment
form = r"^REPORT.*?\tDuration: (?P<ms>[\d.]+) ms(?:.*Init Duration: (?P<init>[\d.]+))?"
found = lines.str.extract(form).dropna(subset="ms").astype(float)
print(100 * found.init.notna().mean(), (found.ms + found.init.fillna(0)).quantile(0.99))
show.bars(starts, label="function", value="percent", title="Share of cold starts", unit="%")

# %% [markdown]
# ### Exercise 4.6: the right lever (4 points)
#
# **What we know:** every twelfth call of `payment` is cold, and not because of its load: after a kill or a
# timeout everything has to be initialised again. Its lever was its memory, in exercise 4.2.
#
# Other functions need a decision, too. Write `cold_start_lever`: look at a morning's reports, find what
# keeps the function from its goal, and pull that lever. A cold start is where `init` **is there**; a long
# duration proves nothing.


# %% fixed="rehearsals"
def published(name: str, init: float, cpu: float, io: float, **settings) -> None:
    """Make a function that takes so many ms of work, with a version and the alias "live"."""
    code = f"from course.account import work\nwork(cpu_ms={init})\n"
    code += f"def lambda_handler(event, context):\n    work(cpu_ms={cpu}, io_ms={io})\n"
    deploy(name, code, Timeout=20, **settings)
    client = boto3.client("lambda")
    version = client.publish_version(FunctionName=name)["Version"]
    client.create_alias(FunctionName=name, Name="live", FunctionVersion=version)


def new_region(plan: list) -> World:
    """An account that may run 150 invocations at once, with a plan's functions (exercise 4.7)."""
    form = {"runtime": "python3.13", "handler": "lambda_function.lambda_handler"}
    form |= {"memory": 128, "timeout": 60}
    functions = [{**form, "name": row["function"]} for row in plan]
    quota = {"service": "lambda", "name": "Concurrent executions", "value": 150}
    noon, resources = 1773748800000, {"lambda": functions, "service-quotas": [quota]}
    return World("region", noon, noon, [], [], resources)


# %% answer="cold_start_lever"
def cold_start_lever(function: str, reports: pd.DataFrame, goal_ms: float, at_once: int) -> tuple:
    """Finds what keeps a function from its goal, and mends that.

    function: its name. Its callers use the alias "live", which leads to a published version.
    reports: a row for each invocation of a morning; "duration" and "init" in ms, init is NaN if warm.
    goal_ms: a caller waits for the initialisation and the handler; 99 % of the calls may take up to
        goal_ms (by pandas: quantile(0.99)). at_once: the most invocations that ever run at a time.

    Returns (the share of cold starts, from 0 to 1; one of the three words):
    "nothing"  the goal is reached. Nothing is changed.
    "init"     warm calls alone would reach it. From now on no caller of "live" waits for an
               initialisation of new code; what is kept ready is not more than at_once.
    "handler"  warm calls miss it, too. The code computes in one thread: callers of "live" get a
               full vCPU, 1,769 MB, and no more.

    >>> cold_start_lever("ranking", reports, 300.0, 4)
    (0.05, 'init')
    """
    ### BEGIN SOLUTION
    share = float(reports["init"].notna().mean())
    waited = reports["duration"] + reports["init"].fillna(0)
    warm = reports.loc[reports["init"].isna(), "duration"]
    if waited.quantile(0.99) <= goal_ms:
        return share, "nothing"
    client = boto3.client("lambda")
    if warm.quantile(0.99) <= goal_ms:
        client.put_provisioned_concurrency_config(
            FunctionName=function, Qualifier="live", ProvisionedConcurrentExecutions=at_once
        )
        return share, "init"
    client.update_function_configuration(FunctionName=function, MemorySize=1769)
    version = client.publish_version(FunctionName=function)["Version"]
    client.update_alias(FunctionName=function, Name="live", FunctionVersion=version)
    return share, "handler"
    ### END SOLUTION


# %%
rows = []
warm_and_cold = pd.DataFrame({"duration": [60.0] * 20, "init": [None] * 19 + [1500.0]}, dtype=float)
slow_handler = pd.DataFrame({"duration": [900.0] * 20, "init": [None] * 19 + [200.0]}, dtype=float)
for label, reports, work in (
    ("loads a model", warm_and_cold, {"init": 1400, "cpu": 8, "io": 0}),
    ("computes", slow_handler, {"init": 110, "cpu": 65, "io": 0}),
):
    with account.fresh(World("lab", ten_to_noon, ten_to_noon, [], [])) as lab:
        published("ranking", **work, MemorySize=128)
        before = lab.traffic("ranking:live", [(0, {})] * 4 + [(9000, {})] * 4)
        lab.advance(seconds=20)
        answer = cold_start_lever("ranking", reports, 300.0, 4)
        lab.advance(minutes=20)  # until what is kept ready is ready, and what was warm is gone
        after = lab.traffic("ranking:live", [(0, {})] * 4 + [(9000, {})] * 4)
        lab.advance(seconds=20)
    for when, results in (("before", before), ("after", after)):
        cold, warm = results[0]["total_ms"], results[-1]["total_ms"]
        rows.append({"function": label, "": when, "first call": cold, "later": warm, "you": answer})
show.table(rows, "How long callers wait, ms; the goal is 300")

# %% check="cold_start_lever" points=4 skills="4.3.S1 4.3.S3 4.3.S8" tests="F4.1-01 F4.1-03 F4.1-07 F4.1-26"
from botocore.exceptions import BotoCoreError, ClientError

shown = pd.DataFrame({"duration": [80.0] * 25, "init": [None] * 23 + [900.0] * 2}, dtype=float)
with account.fresh(World("trial", 1773748800000, 1773748800000, [], [])) as trial:
    published("shown", init=800, cpu=0, io=70, MemorySize=256)
    try:
        answer = cold_start_lever("shown", shown.copy(), 400.0, 3)
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what cold_start_lever asks for: {refused}") from None
    trial.advance(minutes=10)
    results = trial.traffic("shown:live", [(0, {})] * 3)
    trial.advance(minutes=1)
assert answer is not None, "cold_start_lever returned nothing yet: return a share and a word."
assert isinstance(answer, tuple | list) and len(answer) == 2, f"Return (share, word): {answer!r}."
share, word = answer
assert isinstance(share, int | float), f"First the share of cold starts, a number: {answer!r}."
assert abs(share - 0.08) < 1e-9, f"2 of 25 reports have an init, a share of 0.08; you say {share}."
assert word == "init", f"Cold calls take 980 ms, warm ones 80, the goal is 400: you say {word!r}."
slowest = max(result["total_ms"] for result in results)
assert slowest < 400, f"Three calls at once on the alias: one of them still waits {slowest:.0f} ms."
### BEGIN HIDDEN TESTS
import random

import boto3
import numpy as np

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World


def table(rng: random.Random, calls: int, cold: int, warm: float, init: float, spread=0.04):
    """Reports of a morning, in no particular order."""
    durations = [warm * (1 + spread * rng.random()) for _ in range(calls)]
    inits = [init * (1 + spread * rng.random()) for _ in range(cold)] + [np.nan] * (calls - cold)
    rng.shuffle(inits)
    return pd.DataFrame({"duration": durations, "init": inits}, index=range(900, 900 + calls))


def cases(rng: random.Random) -> list:
    """(label, right word, reports, goal, what the code does, settings)."""
    load, warm = rng.uniform(900, 1500), rng.uniform(60, 120)
    starts = {"init": load - 85, "cpu": 0, "io": warm}
    heavy = {"init": 100, "cpu": rng.uniform(50, 70), "io": 0}
    slow = heavy["cpu"] * 1769 / 256
    some = table(rng, 400, rng.randint(14, 30), warm, load)
    some.iloc[some["init"].isna().argmax(), 0] = 9 * warm  # one warm call of hundreds is late
    first = some[:350].copy()  # cold calls whose handler takes long, too: it connects
    first.loc[first["init"].notna(), "duration"] *= 6
    busy = table(rng, 300, 9, slow, 200.0)
    busy.loc[np.arange(300) % 5 < 3, "duration"] *= 0.3  # more than half of the orders are small
    jumpy = table(rng, 400, 8, warm, 150.0)
    jumpy.loc[jumpy["init"].isna() & (np.arange(400) % 50 == 7), "duration"] = 2.4 * warm
    edge = table(rng, 200, 6, 250.0, load, spread=0)
    return [
        ("A function that loads a model", "init", some, 2.5 * warm + 90, starts, {}),
        ("A function in Python 3.11", "init", first, 3 * warm + 90, starts, {"Runtime": "python3.11"}),
        ("A function that is rarely cold", "nothing", table(rng, 500, 3, warm, load), 2 * warm, starts, {}),
        ("A function that computes", "handler", busy, slow / 2, heavy, {}),
        ("A function whose starts are short", "nothing", jumpy, 2.4 * warm + 150, starts, {}),
        ("A function whose warm calls just reach the goal", "init", edge, 250.0, {**starts, "io": 60}, {}),
        ("A function that just reaches the goal", "nothing", edge[edge["init"].isna()], 250.0, starts, {}),
    ]  # fmt: skip


def state(client, name: str) -> dict:
    """What the function has that could have been changed."""
    alias = client.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
    listed = client.list_provisioned_concurrency_configs(FunctionName=name)
    reserved = client.get_function_concurrency(FunctionName=name)
    latest = client.get_function_configuration(FunctionName=name)
    live = client.get_function_configuration(FunctionName=name, Qualifier="live")
    return {
        "alias": alias,
        "ready": [
            (each["FunctionArn"].split(":")[-1], each["RequestedProvisionedConcurrentExecutions"])
            for each in listed["ProvisionedConcurrencyConfigs"]
        ],
        "reserved": reserved.get("ReservedConcurrentExecutions"),
        "latest": (latest["MemorySize"], latest["SnapStart"]["ApplyOn"], latest["Timeout"]),
        "live": (live["MemorySize"], live["SnapStart"]["ApplyOn"], live["Timeout"]),
    }


def judge(rng: random.Random, case: tuple) -> None:
    """Raise AssertionError unless the right lever was pulled, and no other."""
    label, right, reports, goal, work, settings = case
    name, at_once = f"f{rng.randrange(1000)}", rng.randint(3, 6)
    begin = 1767600000000 + 60_000 * rng.randrange(100_000)
    with account.fresh(World("trial", begin, begin, [], [])) as trial:
        client = boto3.client("lambda")
        published(name, **work, MemorySize=256)
        if settings:
            client.update_function_configuration(FunctionName=name, **settings)
            version = client.publish_version(FunctionName=name)["Version"]
            client.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
        before = state(client, name)
        try:
            said = cold_start_lever(name, reports.copy(), goal, at_once)
        except (BotoCoreError, ClientError) as refused:
            raise AssertionError(f"{label}: AWS refuses this: {refused}") from None
        after = state(client, name)
        trial.advance(minutes=10)
        calls = [(0, {})] * at_once
        results = trial.traffic(f"{name}:live", calls + [(30_000, {})] * at_once)
        trial.advance(minutes=2)
    told(label, said, right, reports, goal)
    late = results[at_once:] if right == "handler" else results
    slowest = max(result.get("total_ms", 1e9) for result in late)
    if right == "nothing":
        assert before == after, f"{label}: the goal is reached, and yet something was changed."
    elif right == "init":
        warmed(label, before, after, at_once, slowest, goal)
    else:
        sized(label, before, after, slowest, goal)


def told(label: str, said: tuple, right: str, reports: pd.DataFrame, goal: float) -> None:
    share, word = said
    cold = reports["init"].notna()
    waits = reports["duration"] + reports["init"].fillna(0)
    long = [(times > goal).mean() for times in (reports["duration"], waits)]
    near = abs(share - cold.mean()) < 1e-9
    assert near or min(abs(share - each) for each in long) > 1e-9, (
        f"{label}: {share:.4f} is the share of the calls that took long. What marks a cold start?"
    )
    assert near, f"{label}: a share of {share}; {cold.sum()} of {len(cold)} reports have an init."
    waited = waits.quantile(0.99)
    warm = reports.loc[~cold, "duration"].quantile(0.99)
    about = f"{label}, goal {goal:.0f} ms: you say {word!r}. "
    if word == right:
        return
    if right == "nothing":
        raise AssertionError(about + f"But 99 % of all calls take up to {waited:.0f} ms.")
    if word == "nothing":
        alone = reports["duration"].quantile(0.99)
        why = "That is what you get without the initialisation, for which the caller waits, too."
        why = why if alone <= goal else "What do 99 % of the calls take?"
        raise AssertionError(about + why)
    raise AssertionError(about + f"Without cold starts 99 % of the calls take up to {warm:.0f} ms.")


def warmed(label: str, before: dict, after: dict, most: int, slowest: float, goal: float) -> None:
    ready = sum(number for _, number in after["ready"])
    if slowest > goal:
        what = f"{label}: of {most} calls at once on the alias, one still waits {slowest:.0f} ms. "
        if after["reserved"] != before["reserved"]:
            what += "Reserved concurrency keeps a share for the function; it warms nothing."
        elif after["latest"][1] != "None" and after["live"][1] == "None":
            what += "A snapshot is made of the version published next; where does the alias lead?"
        elif ready:
            what += (
                f"{ready} environments are kept ready for {[name for name, _ in after['ready']]}."
            )
        elif after["latest"][0] != before["latest"][0]:
            what += (
                "An initialisation has a full vCPU at every size: more memory leaves it as it is."
            )
        else:
            what += "Nothing was done that would shorten its start."
        raise AssertionError(what)
    assert ready <= most, (
        f"{label}: {ready} environments are kept ready, and never more than {most} run at a time. Idle "
        "ones are paid for."
    )
    assert after["reserved"] == before["reserved"], f"{label}: a reservation was not asked for."
    for which in ("live", "latest"):
        kept = (after[which][0], after[which][2])
        assert kept == (before[which][0], before[which][2]), (
            f"{label}: memory or time-out changed as well, and neither was the reason."
        )


def sized(label: str, before: dict, after: dict, slowest: float, goal: float) -> None:
    size = after["live"][0]
    assert size == 1769 or after["latest"][0] == before["latest"][0] or size != before["live"][0], (
        f"{label}: $LATEST has {after['latest'][0]} MB now, but callers of the alias still run version "
        f"{after['alias']}, which has {size}. A version never changes."
    )
    assert slowest <= goal, f"{label}: warm calls on the alias still take up to {slowest:.0f} ms."
    assert size == 1769, f"{label}: {size} MB; one thread cannot use more than one vCPU."
    warming = after["ready"] or after["live"][1] != before["live"][1]
    assert not warming and after["reserved"] == before["reserved"], (
        f"{label}: something was done about cold starts, or reserved, and neither was the reason."
    )
    assert after["alias"] != "$LATEST", (
        f"{label}: the alias leads to $LATEST now, and with it every later change to its callers."
    )
    assert after["live"][2] == before["live"][2], f"{label}: the time-out has changed."


rng = random.Random(hidden_seed("cold_start_lever"))
for case in cases(rng):
    judge(rng, case)
### END HIDDEN TESTS

# %% [markdown] facts="F4.3-01 F4.3-02 F4.3-03"
# ### Who said no?
#
# From 11:10 to 11:40 somebody hammered `/search`. Two thousand requests failed, and the
# function's log is clean.
#
# | a caller of the API gets | from | the function |
# |---|---|---|
# | 429 | **API Gateway**, whose own limit was reached | was not asked |
# | 500, `integrationStatus` 429 | **Lambda**: throttled | was asked, and did not run |
# | 502 | API Gateway, about a bad answer | ran: it raised, or answered in the wrong form |
# | 504 | API Gateway, tired of waiting | may still be running |
#
# A sum of `Throttles` above 0 confirms it. Then compare the maximum of `ConcurrentExecutions` with the
# function's reserved concurrency and with the account's limit (`ClaimedAccountConcurrency`: what is in use or set
# aside).
#
# > **Exam answer / Today.** "A throttled Lambda behind API Gateway shows as 502 or 429" is wrong: it is **500**.
# > Who calls `Invoke` directly gets the 429, `TooManyRequestsException`. (Lambda Developer Guide, "Handling
# > Lambda errors with an API Gateway API".)

# %%
refused = ask(
    """filter status >= 429
    | stats count(*) as requests by resourcePath, status, integrationStatus
    | sort requests desc""",
    "/aws/apigateway/shop/access",
)
lines = data.frame("checkout", "/aws/apigateway/shop/access").message
access = pd.DataFrame([json.loads(line) for line in lines])  # the same in pandas:
same = access[access.status >= 429].groupby(["resourcePath", "status", "integrationStatus"]).size()
print(show.table(refused, "Who was refused"), same.sort_values(ascending=False), sep="\n")
reserved = lambda_.get_function_concurrency(FunctionName="search")["ReservedConcurrentExecutions"]
throttles = lambda_metric("Throttles", "search", "Sum", shop.now, 75, period=300)
running = lambda_metric("ConcurrentExecutions", "search", "Maximum", shop.now, 75, period=300)
look = {"x": "time", "y": "value", "by": "metric", "unit": "count", "threshold": reserved}
both = pd.concat([throttles, running])
show.series(both, title="search and its reserved concurrency", **look)

# %% [markdown] facts="F4.3-04 F4.3-05 F4.3-06 F4.3-07 F4.3-08 F4.3-09 F4.3-10"
# ### Exercise 4.7: a concurrency budget (3 points)
#
# **What we know:** `search` may run twice at once. Somebody reserved 2 to protect the others, and it stops there.
#
# | limit | says | reached |
# |---|---|---|
# | of the account, per Region | 1,000 at once, more on request; new accounts have less | functions without a reservation share the rest: **another** one can use it up |
# | reserved concurrency | a guaranteed share **and** a cap; 0 stops the function; 100 stay unreserved | too low, it throttles its own function |
# | scaling rate | 1,000 new environments every 10 s, for each function | a flood into cold functions |
#
# Callers back off exponentially, with jitter. What can wait goes into an SQS queue, which takes the peak.
#
# > **Exam answer / Today.** "A burst limit of 3,000 in us-east-1" ended in 2023: 1,000 per function every
# > 10 s (or 10,000 requests a second), in every Region. (Lambda Developer Guide, "Lambda scaling behavior".)
#
# The shop opens in a second Region, whose account may run 150 at once. Write `concurrency_budget`.


# %% answer="concurrency_budget"
def concurrency_budget(plan: list) -> None:
    """Divides the account's concurrency between functions.

    plan: a dict for each function of the account: "function" (its name), "per_second" (requests at
    the peak), "milliseconds" (how long each takes) and "rule":
    "protect"  reserve what its peak needs and a fifth more; only the result is rounded, up
    "cap"      let it never run more than its "at_most" (a whole number) at once
    "share"    no reservation: it lives on what is left to all
    Functions may have reservations from earlier. AWS refuses every step, also on the way, that
    would leave fewer than 100 unreserved.

    >>> concurrency_budget([{"function": "checkout", "per_second": 8, "milliseconds": 1500,
    ...     "rule": "protect"}])  # 8 a second, each 1.5 s: 12 at once, 15 with a fifth more
    """
    ### BEGIN SOLUTION
    import math

    client = boto3.client("lambda")
    for row in plan:  # what was reserved earlier is given back first
        client.delete_function_concurrency(FunctionName=row["function"])
    for row in plan:
        if row["rule"] == "share":
            continue
        needed = row["per_second"] * row["milliseconds"] * 12 / 10_000  # whole numbers: no rounding
        reserved = row["at_most"] if row["rule"] == "cap" else math.ceil(needed)
        client.put_function_concurrency(
            FunctionName=row["function"], ReservedConcurrentExecutions=reserved
        )
    ### END SOLUTION


# %%
plan = [
    {"function": "checkout", "per_second": 8, "milliseconds": 1500, "rule": "protect"},
    {"function": "export", "per_second": 20, "milliseconds": 2500, "rule": "cap", "at_most": 10},
    {"function": "search", "per_second": 60, "milliseconds": 400, "rule": "share"},
    {"function": "images", "per_second": 5, "milliseconds": 900, "rule": "share"},
]
rows, code = [], "import time\ndef lambda_handler(ms, context): time.sleep(ms / 1000)"
for images in (5, 140):  # at the peak; and when something calls images in a loop
    with account.fresh(new_region(plan)) as lab:
        concurrency_budget(plan)
        for row in plan:
            name = row["function"]
            lambda_.update_function_code(FunctionName=name, ZipFile=account.package(code))
            rate = images if name == "images" else row["per_second"]
            arrivals = [(1000 * k / rate, row["milliseconds"]) for k in range(4 * rate)]
            rows.append([images, name, lab.traffic(name, arrivals)])
        lab.advance(minutes=1)
found = pd.DataFrame(rows, columns=["images a second", "function", "throttled"])
found["throttled"] = [[call["status"] for call in calls].count(429) for calls in found.throttled]
show.table(found, "Within four seconds, under your budget")

# %% check="concurrency_budget" points=3 skills="4.3.S1 4.3.S7" tests="F4.3-04 F4.3-05 F4.3-08"
from botocore.exceptions import BotoCoreError, ClientError

small = [
    {"function": "orders", "per_second": 8, "milliseconds": 2500, "rule": "protect"},
    {"function": "export", "per_second": 9, "milliseconds": 2000, "rule": "cap", "at_most": 6},
    {"function": "browse", "per_second": 30, "milliseconds": 500, "rule": "share"},
]
with account.fresh(new_region(small)):
    try:
        concurrency_budget([dict(row) for row in small])
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses: {refused} (is your unit of time the second?)") from None
    client = boto3.client("lambda")
    told = [client.get_function_concurrency(FunctionName=row["function"]) for row in small]
got = [answer.get("ReservedConcurrentExecutions") for answer in told]
assert got != [None] * 3, "Nothing is reserved yet: concurrency_budget has not changed the account."
assert got[0] is None or got[0] >= 20, (
    f"orders has {got[0]}: how many run at once, each 2.5 s long?"
)
assert got == [24, 6, None], f"Reserved: {got}. For orders 20 at once and a fifth more are wanted."
### BEGIN HIDDEN TESTS
import math
import random

import boto3

from course import account
from course.incidents.seeds import hidden_seed

SLEEPER = "import time\ndef lambda_handler(event, context):\n    time.sleep(event)\n"


def another_plan(rng: random.Random) -> tuple:
    """(plan, reservations from earlier) of other functions."""
    names = rng.sample(["book", "pay", "ship", "quote", "stock", "mail", "feed", "rank"], 5)
    many = [(rate, 50 * k) for rate in range(6, 19) for k in range(20, 50)]
    loads = rng.sample([(r, ms) for r, ms in many if r * ms <= 14_000 and r * ms * 12 % 10_000], 2)
    plan = [
        {"function": name, "per_second": rate, "milliseconds": ms, "rule": "protect"}
        for name, (rate, ms) in zip(names, loads, strict=False)
    ]
    cap = {"function": names[2], "per_second": 50, "milliseconds": 1000 * rng.randint(2, 4)}
    plan.append({**cap, "rule": "cap", "at_most": rng.randint(3, 12)})
    plan += [
        {"function": name, "per_second": rng.randint(20, 40), "milliseconds": 700, "rule": "share"}
        for name in names[3:]
    ]
    rng.shuffle(plan)
    return plan, {names[4]: 20, names[0]: rng.choice([4, 29]), names[2]: 0}


def needs(row: dict) -> int:
    if row["rule"] == "cap":
        return row["at_most"]
    return math.ceil(row["per_second"] * row["milliseconds"] * 12 / 10_000)


def at_once(trial, counts: dict, seconds: float = 5) -> dict:
    """{function: throttled} when so many requests come in at the same moment."""
    sent = {name: trial.traffic(name, [(0, seconds)] * many) for name, many in counts.items()}
    trial.advance(minutes=1)
    return {name: sum(r["status"] == 429 for r in results) for name, results in sent.items()}


def judge(rng: random.Random, label: str) -> None:
    """Raise AssertionError unless the budget holds in the account of another plan."""
    plan, reserved = another_plan(rng)
    by_rule = {rule: [r for r in plan if r["rule"] == rule] for rule in ("protect", "cap", "share")}
    with account.fresh(new_region(plan)) as trial:
        client = boto3.client("lambda")
        for name, number in reserved.items():
            client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=number)
        code = account.package(SLEEPER)
        for row in plan:
            client.update_function_code(FunctionName=row["function"], ZipFile=code)
        try:
            concurrency_budget([dict(row) for row in plan])
        except (BotoCoreError, ClientError) as refused:
            raise AssertionError(f"{label}: AWS refuses this budget: {refused} {HINT}") from None
        greedy, modest = by_rule["share"]
        flood = {greedy["function"]: 160}
        flood |= {row["function"]: needs(row) for row in by_rule["protect"]}
        flooded = at_once(trial, flood)
        limit = by_rule["cap"][0]
        capped = at_once(trial, {limit["function"]: limit["at_most"] + 3})
        found = {
            row["function"]: client.get_function_concurrency(FunctionName=row["function"]).get(
                "ReservedConcurrentExecutions"
            )
            for row in plan
        }
    for row in by_rule["protect"]:
        explain(label, row, found[row["function"]], flooded[row["function"]])
    for row in by_rule["share"]:
        assert found[row["function"]] is None, (
            f"{label}: {row['function']} is to live on what is left to all, and has "
            f"{found[row['function']]} reserved."
        )
    name, over = limit["function"], capped[limit["function"]]
    assert over >= 3, (
        f"{label}: {limit['at_most'] + 3} of {name} ran at once; {limit['at_most']} are the most allowed."
    )
    assert over == 3, (
        f"{label}: {name} may run {limit['at_most']} at once; {found[name]} is its reservation."
    )


def explain(label: str, row: dict, reserved: int | None, throttled: int) -> None:
    """Why a function that is to be protected has the wrong share."""
    name, right = row["function"], needs(row)
    base = row["per_second"] * row["milliseconds"] / 1000
    about = f"{label}: {name}, {row['per_second']} a second, {row['milliseconds']} ms each. "
    assert reserved is not None or not throttled, (
        about
        + f"It has no reservation, and another function took what it needed: {throttled} throttled."
    )
    assert reserved is not None, about + "It has no reservation, and is protected from nobody."
    assert reserved != row["per_second"], (
        about + "Its requests a second are reserved. How long do they take?"
    )
    assert reserved == right or reserved != math.ceil(math.ceil(base) * 1.2), (
        about + f"{reserved} are reserved: that is what you get by rounding twice."
    )
    assert reserved <= right, (
        about
        + f"{reserved} are reserved, more than its peak and a fifth: they are lost to all others."
    )
    assert reserved != math.ceil(base), about + f"{reserved} are its peak, without a fifth more."
    assert reserved != right - 1, (
        about + f"{reserved} is not rounded up: {throttled} was throttled."
    )
    assert reserved == right, (
        about + f"{reserved} are too few: {throttled} of {right} were throttled."
    )


HINT = "(Which reservations are there from earlier, and when are they given back?)"
judge(random.Random(hidden_seed("concurrency_budget")), "Another Region")
judge(random.Random(hidden_seed("concurrency_budget again")), "A third Region")
exact = [{"function": "next", "per_second": 10, "milliseconds": 2000, "rule": "protect"}]
exact += [{"function": "even", "per_second": 5, "milliseconds": 2000, "rule": "protect"}]
with account.fresh(new_region(exact)):
    early = {"FunctionName": "even", "ReservedConcurrentExecutions": 30}
    boto3.client("lambda").put_function_concurrency(**early)
    try:
        concurrency_budget([dict(row) for row in exact])
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"Where room is short: {refused} {HINT}") from None
    got = boto3.client("lambda").get_function_concurrency(FunctionName="even")
    assert got["ReservedConcurrentExecutions"] == 12, (
        f"5 a second for 2 s are 10 at once, a fifth more is a whole number already: "
        f"{got['ReservedConcurrentExecutions']} are reserved."
    )
### END HIDDEN TESTS

# %% [markdown] facts="F4.3-11 F4.3-12 F4.3-13 F4.3-14 F4.3-15 F4.3-16 F4.3-17 F4.3-18"
# ### Records that wait
#
# `clicks` reads what customers do from a Kinesis stream; recommendations lag. The metric `IteratorAge` says how
# long the last record of a batch had waited when the function got it: high means that Lambda lags behind.
#
# | why it lags | what helps |
# |---|---|
# | a batch fails or times out: it is repeated, its shard waits | bisect it, limit attempts, an on-failure destination |
# | slow code, throttles | more memory where it computes; concurrency |
# | a fixed cost for every invocation | **larger** batches |
# | one batch at a time in each shard | `ParallelizationFactor` 1 (default) to 10, for Kinesis and DynamoDB streams; the order of a key is kept |
# | too few shards | more of them: Kinesis only, DynamoDB manages its own |
#
# > **Exam answer / Today.** "Smaller batches catch up faster" is usually wrong: the fixed cost weighs more.
# > Shrink only when batches time out. And IteratorAge is no "now minus the last processed record": it is
# > measured at the hand-over. (Lambda Developer Guide, best practices; metrics.)

# %% fixed="click_stream"
CLICKS = """import time
def lambda_handler(event, context):
    keys = [record["kinesis"]["partitionKey"] for record in event["Records"]]
    time.sleep(({batch_ms} + {record_ms} * len(keys)) / 1000)
    assert "broken" not in keys"""


def click_stream(lab, batch_ms: int, record_ms: int, timeout: int) -> str:
    """Make the stream "clicks" and the function that reads it; the id of the mapping between."""
    boto3.client("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    deploy("clicks", CLICKS.format(batch_ms=batch_ms, record_ms=record_ms), Timeout=timeout)
    return boto3.client("lambda").create_event_source_mapping(
        EventSourceArn=f"arn:aws:kinesis:us-east-1:{lab.id}:stream/clicks",
        FunctionName="clicks",
        StartingPosition="LATEST",
        BatchSize=10,
    )["UUID"]


# %%
def clicking(lab, seconds: int) -> None:  # five times a second
    kinesis = boto3.client("kinesis")
    for at in range(0, seconds, 5):
        clicks = [{"Data": b"click", "PartitionKey": f"{at}-{n}"} for n in range(25)]
        kinesis.put_records(StreamName="clicks", Records=clicks)
        lab.advance(seconds=5)


ages = []
for size, lanes in ((5, 1), (10, 1), (50, 1), (10, 2)):
    with account.fresh(World("lab", ten_to_noon, ten_to_noon, [], [])) as lab:
        mapping = click_stream(lab, batch_ms=2000, record_ms=50, timeout=10)
        lab.advance(seconds=10)  # a mapping takes a moment to be enabled
        settings = {"BatchSize": size, "ParallelizationFactor": lanes}
        lambda_.update_event_source_mapping(UUID=mapping, **settings)
        clicking(lab, 230)
        age = lambda_metric("IteratorAge", "clicks", "Maximum", lab.now, 4)
    ages.append(age.assign(setting=f"{size}, {lanes} at a time", value=age.value / 1000))
look = {"unit": "s", "title": "IteratorAge at five clicks a second"}
show.series(pd.concat(ages), x="time", y="value", by="setting", **look)

# %% [markdown]
# ### Exercise 4.8: keep up (3 points)
#
# An invocation of `clicks` takes `batch_ms`, and `record_ms` more for each record. One record a week is broken, and
# since Monday one blocks its shard: by default Lambda repeats a batch until its records expire. Write
# `keep_up`: settings that follow from the numbers.
#
# The order of thought: how large may a batch be, how many records a second does one such batch after the other
# make, how many at a time are needed? With `BisectBatchOnFunctionError` a failing batch is halved until the broken
# record is alone; halving uses up no attempt.


# %% answer="keep_up"
def keep_up(
    function: str, per_second: float, batch_ms: int, record_ms: int, failures_to: str
) -> None:
    """Sets the one event source mapping of a function, which reads a Kinesis stream.

    per_second: how many records come into each shard. failures_to: the ARN of an SQS queue.
    batch_ms, record_ms: whole numbers, see above.
    - Batches are as large as they can be, but none takes longer than half of the function's
      Timeout, and Lambda allows 10,000 records at most.
    - As few batches of a shard as possible run at a time, but enough to process at least twice as
      many records as come in.
    - A broken record is found by halving, tried twice again by itself, then reported to
      failures_to. No other record is given up because of it.

    >>> keep_up("clicks", 5, 2000, 50, "arn:aws:sqs:us-east-1:123456789012:broken-clicks")
    """
    ### BEGIN SOLUTION
    client = boto3.client("lambda")
    timeout = 1000 * client.get_function_configuration(FunctionName=function)["Timeout"]
    batch = min(10_000, (timeout // 2 - batch_ms) // record_ms)
    each = 1000 * batch / (batch_ms + batch * record_ms)  # records a second, one batch at a time
    factor = -int(-2 * per_second // each)
    [mapping] = client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    client.update_event_source_mapping(
        UUID=mapping["UUID"],
        BatchSize=batch,
        ParallelizationFactor=factor,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=2,
        DestinationConfig={"OnFailure": {"Destination": failures_to}},
    )
    ### END SOLUTION


# %%
with account.fresh(World("lab", ten_to_noon, ten_to_noon, [], [])) as lab:
    sqs = boto3.client("sqs")
    queue = sqs.create_queue(QueueName="broken-clicks")["QueueUrl"]
    mapping = click_stream(lab, batch_ms=2000, record_ms=50, timeout=10)
    lab.advance(seconds=10)
    clicking(lab, 60)  # a minute with batches of ten
    broken = {"Data": b"?", "PartitionKey": "broken"}
    boto3.client("kinesis").put_record(StreamName="clicks", **broken)
    keep_up("clicks", 5, 2000, 50, f"arn:aws:sqs:us-east-1:{lab.id}:broken-clicks")
    clicking(lab, 210)
    told = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    found = lambda_.get_event_source_mapping(UUID=mapping)
    age = lambda_metric("IteratorAge", "clicks", "Maximum", lab.now, 6)
print({key: found[key] for key in ("BatchSize", "ParallelizationFactor", "MaximumRetryAttempts")})
for record in (json.loads(message["Body"]) for message in told):
    print(record["requestContext"]["condition"], record["KinesisBatchInfo"]["batchSize"], "record")
look = {"x": "time", "y": "value", "unit": "s"}
show.series(age.assign(value=age.value / 1000), title="IteratorAge before and after", **look)

# %% check="keep_up" points=3 skills="4.3.S1 4.3.S8" tests="F4.3-12 F4.3-13 F4.3-16 F4.3-17"
from botocore.exceptions import BotoCoreError, ClientError

with account.fresh(World("trial", 1773748800000, 1773748800000, [], [])) as trial:
    boto3.client("sqs").create_queue(QueueName="bad")
    mapping = click_stream(trial, batch_ms=1000, record_ms=100, timeout=6)
    trial.advance(seconds=10)
    try:
        keep_up("clicks", 11, 1000, 100, f"arn:aws:sqs:us-east-1:{trial.id}:bad")
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what keep_up asks for: {refused}") from None
    now = boto3.client("lambda").get_event_source_mapping(UUID=mapping)
batch, factor = now["BatchSize"], now["ParallelizationFactor"]
assert (batch, factor) != (10, 1), (
    "The mapping still has its old settings: keep_up changed nothing."
)
took, rate = 1000 + 100 * batch, factor * batch / 3
assert took <= 3000, f"A batch of {batch} takes {took} ms, and half of the Timeout is 3,000 ms."
assert took == 3000, f"A batch of {batch} takes {took} ms; there is room up to 3,000 ms."
assert rate >= 22, f"{factor} at a time process {rate:.1f} records a second; 11 come."
assert factor == 4, f"{factor} at a time are more than are needed."
### BEGIN HIDDEN TESTS
import math
import random

import boto3

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

READER = """
import base64, time

def lambda_handler(event, context):
    time.sleep({batch_ms} / 1000)
    words = []
    for record in event["Records"]:
        time.sleep({record_ms} / 1000)
        words.append(base64.b64decode(record["kinesis"]["data"]).decode())
    print("got " + ",".join(words))
    if any(word.startswith("bad") for word in words):
        raise ValueError("cannot read this")
"""


def connected(rng: random.Random, stream: str, names: list, source: str, timeout: int) -> dict:
    """A stream with functions that read it: {function: id of its mapping}."""
    kinesis, client = boto3.client("kinesis"), boto3.client("lambda")
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"][
        "StreamARN"
    ]
    ids = {}
    for name in names:
        deploy(name, source, Timeout=timeout)
        ids[name] = client.create_event_source_mapping(
            EventSourceArn=arn,
            FunctionName=name,
            StartingPosition="LATEST",
            BatchSize=rng.choice([1, 7]),
        )["UUID"]
    return ids


def numbers(rng: random.Random) -> tuple:
    """(per_second, batch_ms, record_ms, timeout, right batch, right factor)."""
    batch_ms, record_ms = 10 * rng.randint(40, 150), 10 * rng.randint(11, 29)
    timeout = rng.randint(8, 20)
    batch = (500 * timeout - batch_ms) // record_ms
    each = 1000 * batch / (batch_ms + batch * record_ms)
    factor = rng.randint(2, 5)
    per_second = round(each * (factor - rng.uniform(0.2, 0.7)) / 2, 2)
    return per_second, batch_ms, record_ms, timeout, batch, factor


def settings_of(mapping: str) -> dict:
    found = boto3.client("lambda").get_event_source_mapping(UUID=mapping)
    return {key: value for key, value in found.items() if key not in ("ResponseMetadata", "State")}


def sized(label: str, now: dict, case: tuple) -> None:
    """Raise AssertionError unless batch size and factor follow from the numbers."""
    per_second, batch_ms, record_ms, timeout, right, wanted = case
    batch, factor = now["BatchSize"], now["ParallelizationFactor"]
    took, half = batch_ms + batch * record_ms, 500 * timeout
    about = f"{label}: batches of {batch} take {took} ms of a Timeout of {timeout} s. "
    assert batch == right or took != batch_ms + 2 * half, about + "Half of it was to be kept free."
    assert batch <= right, about + f"That is more than half of it, {half} ms."
    assert batch >= right, about + f"There is room for larger ones, up to {half} ms."
    rate = factor * 1000 * batch / took
    about = f"{label}: {factor} at a time process {rate:.1f} records a second, {per_second} come. "
    assert factor <= wanted, about + "Fewer would do."
    assert factor >= wanted, about + "At least twice as many are wanted."
    age = now.get("MaximumRecordAgeInSeconds", -1)
    assert age == -1 or age >= 3600, (
        f"{label}: after {age} s every record is given up, the good ones behind a lag, too."
    )


def judge(rng: random.Random, label: str) -> None:
    """Raise AssertionError unless the function keeps up, and one bad record blocks nobody."""
    case = numbers(rng)
    per_second, batch_ms, record_ms, timeout, _, _ = case
    stream, name = rng.choice(["orders", "gauges"]), f"reader-{rng.randrange(99)}"
    begin = 1767600000000 + 60_000 * rng.randrange(100_000)
    with account.fresh(World("trial", begin, begin, [], [])) as trial:
        sqs = boto3.client("sqs")
        queue = sqs.create_queue(QueueName=f"bad-{rng.randrange(99)}")["QueueUrl"]
        asked = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
        source = READER.format(batch_ms=batch_ms, record_ms=record_ms)
        ids = connected(rng, stream, ["audit", name], source, timeout)
        trial.advance(seconds=10)
        before = settings_of(ids["audit"])
        try:
            keep_up(name, per_second, batch_ms, record_ms, asked["QueueArn"])
        except (BotoCoreError, ClientError) as refused:
            raise AssertionError(f"{label}: AWS refuses this: {refused}") from None
        now, beside = settings_of(ids[name]), settings_of(ids["audit"])
        trial.advance(seconds=10)
        boto3.client("lambda").update_event_source_mapping(UUID=ids["audit"], Enabled=False)
        words = [f"w{n}" for n in range(24)]
        words.insert(rng.randrange(5, 20), "bad")
        records = [{"Data": word.encode(), "PartitionKey": "one"} for word in words]
        boto3.client("kinesis").put_records(StreamName=stream, Records=records)
        trial.advance(minutes=6)
        told = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        log = read_of(name)
        allowed = boto3.client("lambda").get_function_configuration(FunctionName=name)["Timeout"]
    assert allowed == timeout, f"{label}: the function's Timeout was {timeout} s, and is {allowed}."
    assert log, f"{label}: since your change the function has not been given a single batch."
    assert before == beside, f"{label}: the mapping of another function on that stream was changed."
    sized(label, now, case)
    batches = [e["message"][4:].strip().split(",") for e in log if e["message"].startswith("got ")]
    given_up(label, told, words, batches)


def read_of(name: str) -> list:
    """What a function has logged; nothing where it has never run."""
    logs = boto3.client("logs")
    group = f"/aws/lambda/{name}"
    known = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    return logs.filter_log_events(logGroupName=group)["events"] if known else []


def given_up(label: str, told: list, words: list, batches: list) -> None:
    done = {word for batch in batches if "bad" not in batch for word in batch}
    lost = [word for word in words if word != "bad" and word not in done]
    alone = batches.count(["bad"])
    whole = sum("bad" in batch for batch in batches)
    reports = [json.loads(message["Body"])["KinesisBatchInfo"]["batchSize"] for message in told]
    assert not lost or reports, (
        f"{label}: {len(lost)} good records were never processed: after six minutes a broken one still "
        f"blocks its shard. A batch with it was tried {whole} times."
    )
    assert not lost, (
        f"{label}: {len(lost)} good records were given up together with the broken one. What finds it "
        "among the others?"
    )
    assert alone, f"{label}: the broken record was never tried by itself."
    assert alone >= 3, (
        f"{label}: alone, the broken record was tried {alone} times; once and two more."
    )
    assert alone == 3, (
        f"{label}: alone, the broken record was tried {alone} times: once and two more are wanted."
    )
    assert reports, (
        f"{label}: the broken record was given up, and nothing in the queue tells of it."
    )
    assert reports == [1], (
        f"{label}: the queue tells of batches of {reports}; the broken record is one."
    )


judge(random.Random(hidden_seed("keep_up")), "Another stream")
judge(random.Random(hidden_seed("keep_up again")), "A third stream")
with account.fresh(World("trial", 1767600000000, 1767600000000, [], [])) as trial:
    ids = connected(random.Random(1), "dust", ["tiny"], READER, 900)
    mapping = click_stream(trial, batch_ms=1000, record_ms=100, timeout=10)
    trial.advance(seconds=10)
    queue = f"arn:aws:sqs:us-east-1:{trial.id}:bad"
    boto3.client("sqs").create_queue(QueueName="bad")
    try:
        keep_up("tiny", 100, 50, 1, queue)
        keep_up("clicks", 8, 1000, 100, queue)
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"Tiny records: AWS refuses this: {refused}") from None
    lanes = settings_of(mapping)["ParallelizationFactor"]
    assert lanes == 2, f"Two at a time make twice what comes, exactly: {lanes} were set."
    most = settings_of(ids["tiny"])["BatchSize"]
    assert most == 10_000, f"Tiny records: batches of {most}; Lambda allows 10,000 at most."
### END HIDDEN TESTS

# %% [markdown]
# ### Incident 4: Friday's timeouts (4 points)
#
# The case that everybody still tells of: Friday, 13 March. `checkout` stood in a VPC, beside a stock database.
# From 17:00 orders failed; p99 was 3.00 s flat, its Timeout. Everybody had changed something.
#
# | broken | what had happened |
# |---|---|
# | `subnet` | `checkout` was put into a second private subnet, whose route table leads to no NAT gateway |
# | `egress` | its security groups let no HTTPS out any more |
# | `memory` | its memory was cut to 128 MB |
# | `downstream` | the memory of `tax`, which it calls, was cut to 128 MB |
#
# From a VPC a function reaches AWS's APIs only through a NAT gateway or a VPC endpoint; what is blocked is
# **dropped**, so a call hangs. (Lambda Developer Guide, "Enable internet access for VPC-connected Lambda
# functions".)
#
# Write `fridays_timeouts`, which finds what is broken and mends that alone. What **was** right? A published version
# keeps the settings of its moment. A longer Timeout would only let orders hang for longer.

# %%
from course.incidents import friday

begin = int((shop.now - timedelta(days=4)).timestamp() * 1000)  # Friday, 12:00
query = """stats latest(message) as lastWords, max(record.metrics.durationMs) as ms
      by coalesce(requestId, record.requestId) as request
    | filter ms >= 3000 | stats count(*) as timeouts by lastWords"""
rows = []
for broken in friday.CAUSES:
    with account.fresh(World("lab", begin, begin, [], [])) as lab:
        friday.afternoon(friday.noon("public"), broken)
        results = lab.traffic("checkout", [(5000 * (k // 4), {"order": k}) for k in range(24)])
        lab.advance(minutes=1)
        found = ask(query, "/aws/lambda/checkout", minutes=7 * 24 * 60).assign(broken=broken)
        lines = logs.filter_log_events(logGroupName="/aws/lambda/checkout")["events"]
    p99 = pd.Series([result["total_ms"] for result in results]).quantile(0.99).round()
    rows.append(found.assign(p99=p99))
said = pd.DataFrame([json.loads(line["message"]) for line in lines])  # the same in pandas:
words = said[said.level.notna()].groupby("requestId").message.last()
print(words[words != "order placed"].value_counts())
show.table(pd.concat(rows), "24 orders on Friday evening: what they said last")


# %% answer="fridays_timeouts"
def fridays_timeouts(function: str, downstream: str) -> str:
    """Finds why a function has timed out since Friday, mends that, and returns what it was.

    function: stands in a VPC and must stay there. It calls Secrets Manager, then the function
    downstream. Version 1 of both was published when all was well. Traffic goes to $LATEST.
    Exactly one thing is broken:
    "subnet"      function was given another set of subnets, and not all of them lead out
    "egress"      none of its security groups allows TCP 443 to 0.0.0.0/0 any more
    "memory"      it has less memory than it had, and gets that back
    "downstream"  downstream has less memory than it had, and gets that back
    Other changes since version 1 are wanted and stay. So does the Timeout.

    >>> fridays_timeouts("checkout", "tax")
    'subnet'
    """
    ### BEGIN SOLUTION
    client, ec2 = boto3.client("lambda"), boto3.client("ec2")
    settings = client.get_function_configuration
    now, before = settings(FunctionName=function), settings(FunctionName=function, Qualifier="1")
    place, was = now["VpcConfig"], before["VpcConfig"]
    if set(place["SubnetIds"]) != set(was["SubnetIds"]):
        groups = place["SecurityGroupIds"]
        client.update_function_configuration(
            FunctionName=function,
            VpcConfig={"SubnetIds": was["SubnetIds"], "SecurityGroupIds": groups},
        )
        return "subnet"
    for name, kind in ((function, "memory"), (downstream, "downstream")):
        size = settings(FunctionName=name, Qualifier="1")["MemorySize"]
        if settings(FunctionName=name)["MemorySize"] < size:
            client.update_function_configuration(FunctionName=name, MemorySize=size)
            return kind
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    https["IpRanges"] = [{"CidrIp": "0.0.0.0/0"}]
    group = place["SecurityGroupIds"][0]
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[https])
    return "egress"
    ### END SOLUTION


# %%
rows = []
for broken in friday.CAUSES:
    with account.fresh(World("lab", begin, begin, [], [])) as lab:
        before = friday.noon("public")
        lab.advance(hours=4, minutes=58)
        friday.afternoon(before, broken)
        lab.advance(minutes=40)
        said = fridays_timeouts("checkout", "tax")
        results = lab.traffic("checkout", [(5000 * (k // 4), {"order": k}) for k in range(12)])
        lab.advance(minutes=20)  # CloudTrail's events take a while; the newest come first
        writes = [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}]
        calls = boto3.client("cloudtrail").lookup_events(LookupAttributes=writes)["Events"][:3]
    waits = max(result["total_ms"] for result in results)
    rows.append({"broken": broken, "you say": said, "longest of 12 orders, ms": waits})
print(show.table(rows, "After your repair"))
changes = [json.loads(call["CloudTrailEvent"]) for call in calls]
events = [{"time": e["eventTime"], "text": str(e["requestParameters"])[:80]} for e in changes]
show.timeline(events, title="What CloudTrail knows of the last case, your repair included")

# %% check="fridays_timeouts" points=4 skills="4.1.S1 4.1.S2 4.1.S7" tests="F4.2-01 F4.2-02"
from botocore.exceptions import BotoCoreError, ClientError

from course.incidents import friday

with account.fresh(World("trial", 1773403200000, 1773403200000, [], [])) as trial:
    friday.afternoon(friday.noon("public"), "memory")
    try:
        said = fridays_timeouts("checkout", "tax")
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what fridays_timeouts asks for: {refused}") from None
    now = boto3.client("lambda").get_function_configuration(FunctionName="checkout")
    results = trial.traffic("checkout", [(0, {})] * 3)
    trial.advance(minutes=1)
changed = now["MemorySize"] != 128 or now["Timeout"] != 3
assert said is not None or changed, "fridays_timeouts returned nothing yet, and mended nothing."
assert now["Timeout"] == 3, f"The Timeout is {now['Timeout']} s now. What took so long still does."
assert now["MemorySize"] != 128, f"You say {said!r}; checkout still has 128 MB, and had 1,024."
longest = max(result["total_ms"] for result in results)
assert longest < 2000, f"An order still takes {longest:.0f} ms."
assert said == "memory", f"Its memory had been cut, and fridays_timeouts says {said!r}."
### BEGIN HIDDEN TESTS
import random

import boto3

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

EC2, LAMBDA = boto3.client("ec2"), boto3.client("lambda")
HINTS = {
    "subnet": "half of the calls of Secrets Manager hang. Which of its subnets lead out?",
    "egress": "every call of AWS hangs. What may leave, by the rules of its groups?",
    "memory": "its own work takes too long. What did it have before?",
    "downstream": "the function that it calls takes too long. What did that have before?",
}
MINE = {"subnet": "VpcConfig", "egress": "", "memory": "MemorySize", "downstream": "MemorySize"}


def state(name: str) -> dict:
    """What a function has that must not change unless it is what was broken."""
    now = LAMBDA.get_function_configuration(FunctionName=name)
    network = now.get("VpcConfig") or {}
    return {
        "MemorySize": now["MemorySize"],
        "Timeout": now["Timeout"],
        "Environment": now.get("Environment", {}).get("Variables"),
        "CodeSha256": now["CodeSha256"],
        "VpcConfig": sorted(network.get("SubnetIds", [])),
        "SecurityGroupIds": sorted(network.get("SecurityGroupIds", [])),
    }


def egress(groups: tuple) -> list:
    """What each security group lets out."""
    found = EC2.describe_security_groups(GroupIds=list(groups))["SecurityGroups"]
    rules = {group["GroupId"]: group["IpPermissionsEgress"] for group in found}
    return [rules[group] for group in groups]


def no_wider(broken: str, old: list, new: list) -> None:
    """Raise AssertionError where more was let out than was asked for."""
    assert broken == "egress" or old == new, (
        f"In another shop the rules of the security groups changed, too: {HINTS[broken]}"
    )
    assert all(rule in after for before, after in zip(old, new, strict=True) for rule in before), (
        "In another shop a rule of a security group is gone, and something else needs it."
    )
    assert all(rule["IpProtocol"] != "-1" for rules in new[:-1] for rule in rules), (
        "In another shop a group that let only the database's port out lets everything out now. "
        "What does HTTPS need?"
    )


def left_alone(broken: str, name: str, culprit: str, old: dict, new: dict) -> None:
    about = f"In another shop, {name}: "
    assert new["Timeout"] == old["Timeout"], (
        about
        + f"its Timeout went from {old['Timeout']} to {new['Timeout']} s. What hangs then hangs for "
        "longer."
    )
    assert new["Environment"] == old["Environment"], (
        about + "a change that was wanted is lost: its variables are those of version 1."
    )
    assert new["VpcConfig"] or not old["VpcConfig"], (
        about + "it has left its VPC, and with it the database."
    )
    allowed = MINE[broken] if name == culprit else ""
    touched = [key for key in old if old[key] != new[key] and key != allowed]
    assert not touched, (
        about + f"{', '.join(touched)} changed, and that was not what was broken: {HINTS[broken]}"
    )


def judge(broken: str) -> None:
    """Raise AssertionError unless this is found and mended, and nothing else touched."""
    seed = hidden_seed(f"fridays_timeouts {broken}")
    noon = 1767600000000 + 60_000 * random.Random(seed).randrange(100_000)
    with account.fresh(World("trial", noon, noon, [], [])) as trial:
        other = friday.noon(seed)
        names = (other.function, other.downstream)
        friday.afternoon(other, broken)
        before, rules = {name: state(name) for name in names}, egress(other.groups)
        try:
            said = fridays_timeouts(*names)
        except (BotoCoreError, ClientError) as refused:
            raise AssertionError(f"AWS refuses what fridays_timeouts asks for: {refused}") from None
        after, opened = {name: state(name) for name in names}, egress(other.groups)
        results = trial.traffic(other.function, [(0, {})] * 2)
        trial.advance(seconds=30)
    for name in names:
        culprit = names[broken == "downstream"]
        left_alone(broken, name, culprit, before[name], after[name])
    no_wider(broken, rules, opened)
    failed = sum(result["error"] is not None for result in results)
    assert not failed, (
        f"In another shop {failed} of 2 orders still fail, you say {said!r}: {HINTS[broken]}"
    )
    size = after[names[broken == "downstream"]]["MemorySize"]
    assert MINE[broken] != "MemorySize" or size == other.memory, (
        f"In another shop what was cut to {friday.SMALL} MB has {size} now. What did it have before?"
    )
    longest = max(result["total_ms"] for result in results)
    assert longest < 2000, f"In another shop an order still takes {longest:.0f} ms: {HINTS[broken]}"
    assert said == broken, (
        f"The fault is mended, and fridays_timeouts says {said!r}: that was not it."
    )


for broken in ("egress", "downstream", "subnet", "memory"):
    judge(broken)
### END HIDDEN TESTS

# %% [markdown] quiz="quiz.toml" points=12
# **What you can say now:** what an invocation cost and why it failed, how much of everything may run at once,
# and what a queue, a stream or a network does to a function that has done nothing wrong.
#
# ## Quiz (12 points)
#
# Twelve situations as the exam words them. One option is right; the others are right elsewhere. Your
# feedback explains all four.
