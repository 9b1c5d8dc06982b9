# %% [markdown]
# # 03 CloudTrail: who did that?
#
# Metrics, logs and traces have shown *what* the shop did, but not **who** deployed, changed a setting,
# deleted a bucket. You look up this morning's calls, switch a trail on, and read next day what happened
# at night.
# In two and a half hours you learn to
#
# - **search** the API calls of an account, every page of them,
# - **harden** a trail so that it holds what an investigation needs,
# - **identify** the caller behind a role, a service or a missing name,
# - **alert** on a call within two minutes,
# - **verify** that nobody has altered the log.
#
# Exam skills: 4.1.2, 4.1.3, 4.1.7, 4.2.1, 4.2.2, 4.2.5.

# %% fixed="setup"
import gzip
import json
import pprint
from datetime import timedelta

import boto3
import pandas as pd

from course import account, data, show
from course.incidents import samples

shop = account.open(data.load("checkout"))  # from here on boto3 talks to this simulated account
cloudtrail = boto3.client("cloudtrail")
cloudwatch = boto3.client("cloudwatch")
logs = boto3.client("logs")
s3 = boto3.client("s3")
print(shop)

# %% [markdown] recall="F1.2-06 F1.2-09"
# **From lesson 01.** At 11:00 orders begin to fail. At 11:30 you make a metric filter that counts the ERROR
# lines, with an alarm on it. What do you see of the half hour before?
#
# <details><summary>Think first, then open</summary>
#
# **Nothing.** A metric filter looks at events as they are ingested, and is not retroactive. The lines are
# still there: a Logs Insights query finds them. Keep this in mind today: a trail begins when it is switched
# on, too, and the past must come from somewhere else.
# </details>

# %% [markdown] recall="F2-02 F2.3-01"
# **From lesson 02.** The auditors want a list of **every** order above 1,000 euros. A colleague offers X-Ray:
# the amount is an annotation. Why is that no answer?
#
# <details><summary>Think first, then open</summary>
#
# X-Ray keeps **sampled** requests: here a fifth of them, by default one a second and 5 % of the rest. It
# explains why requests are slow, and is no record of everything that happened. For calls of AWS's APIs,
# CloudTrail is such a record.
# </details>

# %% [markdown] recall="F1.6-01 F1.6-03"
# **From lesson 01.** A deployment fails at night. Which service hands that event to a queue or a topic
# within seconds, and what tells it which events you mean?
#
# <details><summary>Think first, then open</summary>
#
# **EventBridge**, formerly CloudWatch Events: a rule whose *pattern* fits the event's fields, for instance
# source `aws.codedeploy` and state `FAILURE`, passes it to the rule's targets. API calls arrive there
# as well, as `AWS API Call via CloudTrail`; you will use that today.
# </details>


# %% fixed="ask"
def ask(query: str, group: str = "/shop/trail", hours: int = 24, now=None) -> pd.DataFrame:
    """The answer of Logs Insights over the last `hours` of a log group, until `now`."""
    end = int((now or shop.now).timestamp())
    asked = {"logGroupName": group, "startTime": end - 3600 * hours, "endTime": end}
    key = logs.start_query(queryString=query, **asked)["queryId"]
    while (answer := logs.get_query_results(queryId=key))["status"] in ("Scheduled", "Running"):
        continue  # a real query takes seconds: sleep between two looks
    rows = [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]
    texts = pd.DataFrame(rows).drop(columns="@ptr", errors="ignore")
    numeric = [name for name in texts if texts[name].str.fullmatch(r"-?\d+(\.\d+)?").all()]
    return texts.assign(**{name: pd.to_numeric(texts[name]) for name in numeric})


# %% [markdown] facts="F3-01 F3-02 F3-03 F3.1-18 F3.1-19 F3.1-20"
# ## 3.1 Who did what
#
# Version 42 of `payment` went live at 09:37. Who put it there, and did anybody else try to change something?
#
# **CloudTrail** records calls of AWS's APIs, by console, CLI, SDK or a service, and some other events, such as
# sign-ins: the audit log of the account. Its **Event history** needs no set-up: 90 days of management events,
# one Region at a time. `lookup_events` takes:
#
# | argument | |
# |---|---|
# | `LookupAttributes` | **one** pair: EventId, EventName, EventSource, ReadOnly, Username, AccessKeyId, ResourceType or ResourceName |
# | `StartTime`, `EndTime` | two fixed moments; "the last 24 hours" is for you to compute |
# | `NextToken` | the next page: 50 events a page, newest first, two requests a second |
#
# > **Exam answer / Today.** "Every action" leaves out some services, and calls on data. Where notes print
# > `[email protected]`, read `AttributeKey=Username,AttributeValue=alice`. CloudTrail Lake is closed to new
# > customers since 31 May 2026. (API reference, LookupEvents, CreateEventDataStore.)

# %%
found = cloudtrail.lookup_events(
    LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "lambda.amazonaws.com"}],
    StartTime=shop.now - timedelta(hours=4),
    EndTime=shop.now,
)
records = [json.loads(event["CloudTrailEvent"]) for event in found["Events"]]
print(len(records), "calls of Lambda's API; more pages:", "NextToken" in found)
changes = [
    {
        "time": record["eventTime"],
        "text": f"{record['eventName']}  {record.get('errorCode', '')}",
        "source": record["userIdentity"]["arn"].rsplit("/", 1)[-1],
    }
    for record in records
    if not record["readOnly"]
]
show.timeline(changes, title="Who tried to change a function this morning")

# %% [markdown] facts="F3.1-02 F3.1-21 F3.1-22 F3.1-23 F3.1-24"
# **What we know:** `bob` tried three times and was refused; three minutes later the session `build-294`
# deployed. Each event is one JSON **record**:
#
# | field | says | watch out |
# |---|---|---|
# | `eventTime` | when, in UTC | records arrive in no particular order |
# | `eventSource`, `eventName` | which API | Lambda's names carry a date: `UpdateFunctionCode20150331v2` |
# | `userIdentity` | who | a role's session has no `userName` of its own |
# | `sourceIPAddress` | from where | a service's name if AWS called; a private address only through a VPC endpoint |
# | `requestParameters` | what was asked | may be null; secrets are left out |
# | `responseElements` | what a change answered | null or absent for reads |
# | `errorCode`, `errorMessage` | why it failed | **absent** on success |
#
# > **Exam answer / Today.** Sample records in notes say `"errorCode": null`, and an account id of nine digits in
# > the ARN: real ones have **12**. (CloudTrail User Guide, "Record contents"; Organizations, Account.)

# %%
alias = next(record for record in records if record["eventName"].startswith("UpdateAlias"))
shown = ("eventTime", "eventName", "userIdentity", "sourceIPAddress", "requestParameters")
pprint.pp({name: alias[name] for name in shown}, width=100)
for name in ("shop-ci-deploy", "build-294"):  # the role, and its session
    asked = [{"AttributeKey": "Username", "AttributeValue": name}]
    print(name, "->", len(cloudtrail.lookup_events(LookupAttributes=asked)["Events"]), "events")

# %% [markdown]
# ### Exercise 3.1: every page, and nothing else (3 points)
#
# The auditors want to know what one user changed through one service, and only what succeeded. One attribute
# goes into the request; the rest you filter yourself. `Username` is what Event history calls a user: for a
# role that is the **session's** name, as you have just seen.
#
# Look at the types in the answer before you compare. A busy hour has more than one page.


# %% answer="find_events"
def find_events(user: str, source: str, start, end) -> list[dict]:
    """What a user changed through one service, from Event history.

    user: as Event history shows it. source: an event source. start, end: datetimes in UTC; both
    ends belong to the range.
    Returns the records (the parsed CloudTrailEvent) of the calls that change something and did not
    fail, oldest first; an empty list if there are none.

    >>> morning = (shop.now - timedelta(hours=4), shop.now)
    >>> find_events("build-294", "lambda.amazonaws.com", *morning)[0]["eventName"]
    'UpdateFunctionCode20150331v2'
    """
    ### BEGIN SOLUTION
    pages = (
        boto3.client("cloudtrail")
        .get_paginator("lookup_events")
        .paginate(
            LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": user}],
            StartTime=start,
            EndTime=end,
        )
    )
    records = [json.loads(e["CloudTrailEvent"]) for page in pages for e in page["Events"]]
    kept = [
        record
        for record in records
        if record["eventSource"] == source and not record["readOnly"] and "errorCode" not in record
    ]
    return sorted(kept, key=lambda record: record["eventTime"])
    ### END SOLUTION


# %%
for user in ("build-294", "bob"):
    found = find_events(user, "lambda.amazonaws.com", shop.now - timedelta(hours=4), shop.now)
    print(user, [record["eventName"] for record in found or []])

# %% check="find_events" points=3 skills="4.1.S2 4.1.S3" tests="F3.1-19 F3.1-21 F3.1-24"
from botocore.exceptions import BotoCoreError, ClientError

from course.telemetry.world import World

noon, events = 1773748800000, data.load("checkout").trail
with account.fresh(World("trial", noon, noon, [], [], trail=events)) as trial:
    span = (trial.now - timedelta(hours=3), trial.now)
    try:
        found = find_events("build-294", "lambda.amazonaws.com", *span)
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what find_events asks for: {refused}") from None
assert found is not None, "find_events returned nothing yet: return a list of records."
assert isinstance(found, list), f"Return a list, not a {type(found).__name__}."
assert found, "Nothing found, but this session changed something. Is ReadOnly a bool? Who is user?"
kinds = {type(record).__name__ for record in found}
assert kinds == {"dict"}, f"Your list holds {kinds}: parse the JSON text in CloudTrailEvent."
names = [record.get("eventName", "") for record in found]
assert names[-1].startswith("UpdateAlias"), f"{names} is not what it did, oldest first."
### BEGIN HIDDEN TESTS
import random
from datetime import UTC, datetime

from course import account
from course.incidents import scribe
from course.incidents.seeds import hidden_seed

DAY = 86_400_000
WRITES = {"lambda": "UpdateAlias20150331", "kms": "DisableKey", "iam": "AttachRolePolicy"}
READS = {"lambda": "GetFunction20150331v2", "kms": "Decrypt", "iam": "SimulatePrincipalPolicy"}


def history(rng: random.Random, many: int, service: str) -> dict:
    """Days of calls by users and sessions, and one question to them with its answer."""
    names = rng.sample(["ada", "grace", "linus", "margaret", "ken", "barbara"], 3)
    roles = rng.sample(["deploy", "backup", "report"], 2)
    actors = [scribe.user(rng, name, "203.0.113.5") for name in names]
    begin = 1767600000000 + 1000 * rng.randrange(10**6)
    actors += [
        scribe.session(rng, role, f"run-{rng.randint(10, 99)}", begin, "198.51.100.7")
        for role in roles
    ]
    wanted = rng.choice([actors[0], actors[3]])
    user = wanted.identity["arn"].rsplit("/", 1)[1]
    actors.append(scribe.user(rng, f"{user}-2", "203.0.113.6"))  # a name that holds the other
    services = sorted(WRITES)
    pen = scribe.Scribe(rng)
    first, last = begin + DAY, begin + 2 * DAY
    moments = {begin + 1000 * at for at in rng.sample(range(3 * 86_400), many // 2)}
    moments |= {first + 1000 * at for at in rng.sample(range(86_400), many // 2)}
    plan = [
        (at, rng.choices(actors, [6 if a is wanted else 1 for a in actors])[0])
        for at in sorted(moments - {first, last})
    ]
    written = []
    for at, actor in [*plan, (first, wanted), (last, wanted)]:
        edge = at in (first, last)
        of = service if edge or rng.random() < 0.6 else rng.choice(services)
        name = WRITES[of] if edge or rng.random() < 0.6 else READS[of]
        error = ("ThrottlingException", "Rate exceeded"), ("AccessDenied", "not authorized")
        failed = None if edge or rng.random() < 0.75 else rng.choice(error)
        written.append(pen.write(at, actor, of, name, {"name": "x"}, error=failed))
    return {
        "trail": sorted(written, key=lambda record: record["eventTime"]), "end": begin + 4 * DAY,
        "user": user, "source": f"{service}.amazonaws.com", "first": first, "last": last,
    }  # fmt: skip


def moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def judge(case: dict, label: str) -> None:
    """Raise AssertionError unless find_events answers the question to this history."""
    begin, end = moment(case["first"]), moment(case["last"])
    by_user = [
        r for r in case["trail"] if r["userIdentity"]["arn"].endswith("/" + case["user"])
    ]  # fmt: skip
    span = [r for r in by_user if begin <= r["eventTime"] <= end]
    due = [
        r["eventID"]
        for r in span
        if r["eventSource"] == case["source"] and not r["readOnly"] and "errorCode" not in r
    ]
    world = World("trial", case["end"], case["end"], [], [], trail=case["trail"])
    with account.fresh(world):
        times = (datetime.fromtimestamp(case[name] / 1000, UTC) for name in ("first", "last"))
        answer = find_events(case["user"], case["source"], *times)
    assert isinstance(answer, list), f"{label}: find_events returns no list."
    known = {r["eventID"]: r for r in case["trail"]}
    got = [record.get("eventID") for record in answer]
    given = [known[key] for key in got if key in known]
    where = f"{label}, {case['user']} and {case['source'].split('.')[0]}: "
    assert len(given) == len(got) == len(set(got)), (
        where + "some records come twice, or are not those of Event history."
    )
    mine = {r["eventID"] for r in by_user}
    foreign = [r for r in given if r["eventID"] not in mine]
    assert not foreign, where + f"{len(foreign)} calls were made by somebody else."
    outside = [r for r in given if not begin <= r["eventTime"] <= end]
    assert not outside, where + f"{len(outside)} calls lie outside the range that was asked for."
    others = [r for r in given if r["eventSource"] != case["source"]]
    assert not others, where + f"{len(others)} calls went to another service."
    reads = [r for r in given if r["readOnly"]]
    assert not reads, where + f"{len(reads)} calls only read; what was changed is asked."
    failed = [r for r in given if "errorCode" in r]
    assert not failed, (
        where
        + f"{len(failed)} calls failed, {failed[0]['errorCode']} for instance: nothing changed. "
        "Which field tells, and where does the answer of lookup_events have it?"
    )
    lost = [key for key in due if key not in got]
    for newest in (50, 100):
        pages = {r["eventID"] for r in span[-newest:]}
        assert not lost or set(got) != set(due) & pages, (
            where + f"{len(got)} of {len(due)} calls, all from the newest {newest} events: what "
            "comes after them?"
        )
    edges = {known[key]["eventTime"] for key in lost} & {begin, end}
    assert not edges, where + "a call at the very start or end of the range is left out."
    assert not lost, where + f"{len(lost)} of {len(due)} calls are missing."
    stamps = [r["eventTime"] for r in given]
    assert stamps == sorted(stamps), where + "the records are not in the order of their time."


for trial_name, asked in (("find_events", "iam"), ("find_events again", "kms")):
    judge(history(random.Random(hidden_seed(trial_name)), 420, asked), "In another account")
judge(history(random.Random(hidden_seed("find_events few")), 30, "lambda"), "In a quiet account")
quiet = history(random.Random(hidden_seed("find_events none")), 40, "lambda")
judge({**quiet, "user": "nobody"}, "For a user who did nothing")
### END HIDDEN TESTS

# %% [markdown] facts="F3.1-01 F3.1-03 F3.1-04 F3.1-05 F3.1-06 F3.1-07 F3.1-08 F3.1-17"
# ### What Event history does not show
#
# An object is gone from S3. `lookup_events` knows nothing of it, because CloudTrail has four kinds of events:
#
# | kind | for instance | logged |
# |---|---|---|
# | management | `CreateBucket`, `RunInstances`, also reads | always in Event history; in a trail by default, the first copy free |
# | data | S3 `GetObject`, Lambda `Invoke`, DynamoDB `GetItem`, many more | only what a trail selects; costs extra |
# | network activity | calls through a VPC endpoint | only what a trail selects; costs extra |
# | Insights | unusual call or error rates, such as a burst of `RunInstances` | only if switched on; costs extra |
#
# > **Exam answer / Today.** Older tables have three rows: **network activity** is new, and a trail can also
# > aggregate data events. And `lookup-events` cannot find `DeleteObject`, a data event: log it on a trail, then
# > search with Athena or CloudWatch Logs. (User Guide, "Understanding CloudTrail events"; API reference,
# > LookupEvents, PutEventConfiguration.)

# %%
before = shop.now
s3.create_bucket(Bucket="shop-drafts")
s3.put_object(Bucket="shop-drafts", Key="price-list.csv", Body=b"book;9.90")
s3.delete_object(Bucket="shop-drafts", Key="price-list.csv")
for minutes in (1, 5):
    shop.advance(minutes=minutes)
    seen = cloudtrail.lookup_events(
        LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "s3.amazonaws.com"}],
        StartTime=before,
    )["Events"]
    print(f"{shop.now:%H:%M}", [(event["EventName"], event["Username"]) for event in seen])

# %% [markdown] facts="F3.1-09 F3.1-11 F3.1-13 F3.1-14"
# ### A trail
#
# `CreateBucket` appeared after some minutes; the object's calls never will. What you want for longer than 90
# days, and every data event, goes to S3 through a **trail**. Its settings, and what you get without them:
#
# | `create_trail(...)` | gives you | without it |
# |---|---|---|
# | `IsMultiRegionTrail` | the events of every enabled Region | one Region (the console: all) |
# | `EnableLogFileValidation` | every hour a signed digest file with the SHA-256 hash of each log file | no proof that a file is unaltered |
# | `KmsKeyId` | log and digest files encrypted with your KMS key ("CMK" is old wording) | encrypted by S3 (SSE-S3) |
# | `CloudWatchLogsLogGroupArn` | a copy of the events in a log group | none |
# | `IsOrganizationTrail` | every account of the organization; for its management account or a delegated administrator | this account |
#
# The bucket's policy must let CloudTrail write; `old_trail` below shows it. (API reference, CreateTrail; User
# Guide, "Amazon S3 bucket policy for CloudTrail".)


# %% fixed="old_trail"
def old_trail(name: str, bucket: str, account_id: str, **settings) -> None:
    """A bucket that CloudTrail may write to, and a trail into it that does not log yet."""
    to = f"arn:aws:s3:::{bucket}"
    allow = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    acl = {**allow, "Action": "s3:GetBucketAcl", "Resource": to}
    put = {**allow, "Action": "s3:PutObject", "Resource": f"{to}/AWSLogs/{account_id}/*"}
    policy = {"Version": "2012-10-17", "Statement": [acl, put]}
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    cloudtrail.create_trail(Name=name, S3BucketName=bucket, **settings)


def delivered(bucket: str) -> list[dict]:
    """The records of all log files in a trail's bucket."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
    keys = [key for key in keys if "/CloudTrail/" in key]  # digest files lie beside them
    bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]
    return [record for body in bodies for record in json.loads(gzip.decompress(body))["Records"]]


# %%
group_arn = f"arn:aws:logs:us-east-1:{shop.id}:log-group:/shop/trail:*"
if not cloudtrail.describe_trails()["trailList"]:  # so that this cell can run twice
    logs.create_log_group(logGroupName="/shop/trail")
    role = f"arn:aws:iam::{shop.id}:role/cloudtrail-to-logs"
    copy = {"CloudWatchLogsLogGroupArn": group_arn, "CloudWatchLogsRoleArn": role}
    old_trail("shop-audit", "shop-audit", shop.id, **copy)
    cloudtrail.start_logging(Name="shop-audit")
    boto3.client("sns").create_topic(Name="returns")
shop.advance(minutes=15)
for each in s3.list_objects_v2(Bucket="shop-audit").get("Contents", []):
    print(each["Key"])
for record in delivered("shop-audit"):
    print(record["eventTime"], record["userIdentity"]["userName"], record["eventName"])

# %% [markdown]
# ### Exercise 3.2: harden the trail (3 points)
#
# A trail records from `start_logging` on; what was before, only Event history has. The auditors object to
# `shop-audit`: one Region, no proof that its files are unaltered, and nobody could say who deleted an
# object of `shop-invoices`.
#
# Write `harden_the_trail`. `update_trail` keeps what you leave out. `put_event_selectors` **replaces all
# selectors**, and takes basic ones:
#
# ```python
# {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": False,
#  "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::a-bucket/"]}]}
# ```
#
# or advanced ones. An event is logged if **any** selector matches. (API reference, PutEventSelectors.)


# %% answer="harden_the_trail"
def harden_the_trail(trail: str, bucket: str) -> None:
    """Brings an existing trail up to what the auditors ask for, and changes nothing else of it.

    trail: its name. bucket: the name of the bucket whose objects matter. Afterwards the trail
    - logs, in every Region,
    - has digest files written beside its log files,
    - logs every management event, reads and writes alike; and of the data events those which
      write or delete objects of `bucket`, and no others, whatever it selected before.

    >>> harden_the_trail("shop-audit", "shop-invoices")
    """
    ### BEGIN SOLUTION
    client = boto3.client("cloudtrail")
    client.update_trail(Name=trail, IsMultiRegionTrail=True, EnableLogFileValidation=True)
    objects = {"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{bucket}/"]}
    client.put_event_selectors(
        TrailName=trail,
        EventSelectors=[
            {"ReadWriteType": "All", "IncludeManagementEvents": True},
            {
                "ReadWriteType": "WriteOnly",
                "IncludeManagementEvents": False,
                "DataResources": [objects],
            },
        ],
    )
    client.start_logging(Name=trail)
    ### END SOLUTION


# %%
since = f"{shop.now:%Y-%m-%dT%H:%M:%SZ}"
harden_the_trail("shop-audit", "shop-invoices")
s3.create_bucket(Bucket="shop-invoices")
for bucket in ("shop-invoices", "shop-drafts"):
    s3.put_object(Bucket=bucket, Key="17.pdf", Body=b"%PDF")
    s3.get_object(Bucket=bucket, Key="17.pdf")
boto3.client("sns", region_name="eu-west-1").create_topic(Name="returns")
shop.advance(minutes=65)
for record in delivered("shop-audit"):  # what should be here, and what should not?
    if record["eventTime"] >= since:
        asked = record["requestParameters"] or {}
        print(record["awsRegion"], record["eventName"], asked.get("bucketName", ""))
keys = [each["Key"] for each in s3.list_objects_v2(Bucket="shop-audit")["Contents"]]
print(sum("/CloudTrail-Digest/" in key for key in keys), "digest files")

# %% check="harden_the_trail" points=3 skills="4.2.S2" tests="F3.1-01 F3.1-03 F3.1-04 F3.1-05 F3.1-09 F3.1-11"
from botocore.exceptions import BotoCoreError, ClientError

from course.telemetry.world import World

noon = 1773748800000
with account.fresh(World("trial", noon, noon, [], [])) as trial:
    client = boto3.client("cloudtrail")
    old_trail("audit", "audit-files", trial.id)
    before = client.get_trail(Name="audit")["Trail"]
    try:
        harden_the_trail("audit", "invoices")
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what harden_the_trail asks for: {refused}") from None
    after = client.describe_trails()["trailList"]
    started = client.get_trail_status(Name="audit")["IsLogging"] if after else False
assert before not in after or started, "harden_the_trail has not changed the trail yet."
assert started, "The trail does not log: whatever its settings are, nothing reaches its bucket."
assert len(after) == 1, f"{len(after)} trails now. The auditors asked for this one, improved."
### BEGIN HIDDEN TESTS
import gzip
import json
import random

import boto3

from course import account
from course.incidents import scribe
from course.incidents.seeds import hidden_seed

ROLE = "arn:aws:iam::{0}:role/cloudtrail-to-logs"
GROUP = "arn:aws:logs:us-east-1:{0}:log-group:{1}:*"
ALL_OBJECTS = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}
OLD_SELECTORS = [{"ReadWriteType": "WriteOnly", "DataResources": [ALL_OBJECTS]}]


def make_trail(name: str, audit: str, owner: str, prefix: str, group: str) -> None:
    """A bucket for log files and a trail into it, with a copy in a log group, and a tag."""
    to, s3 = f"arn:aws:s3:::{audit}", boto3.client("s3")
    allow = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    statements = [
        {**allow, "Action": "s3:GetBucketAcl", "Resource": to},
        {**allow, "Action": "s3:PutObject", "Resource": f"{to}/{prefix}/AWSLogs/{owner}/*"},
    ]
    s3.create_bucket(Bucket=audit)
    s3.put_bucket_policy(Bucket=audit, Policy=json.dumps({"Statement": statements}))
    boto3.client("logs").create_log_group(logGroupName=group)
    boto3.client("cloudtrail").create_trail(
        Name=name, S3BucketName=audit, S3KeyPrefix=prefix,
        CloudWatchLogsLogGroupArn=GROUP.format(owner, group),
        CloudWatchLogsRoleArn=ROLE.format(owner),
        TagsList=[{"Key": "owner", "Value": "audit"}],
    )  # fmt: skip


def calls(bucket: str, others: list, far: str) -> None:
    """What happens after the repair: in two Regions, to the bucket and to others."""
    s3, sns = boto3.client("s3"), boto3.client("sns")
    topic = sns.create_topic(Name="near")["TopicArn"]
    sns.list_topics()
    sns.publish(TopicArn=topic, Message="hello")
    boto3.client("sns", region_name=far).create_topic(Name="far")
    for each in (bucket, *others):
        s3.put_object(Bucket=each, Key="a/1", Body=b"1")
        s3.get_object(Bucket=each, Key="a/1")
        s3.copy_object(Bucket=each, Key="b/2", CopySource=f"{each}/a/1")
        s3.delete_object(Bucket=each, Key="a/1")


def calls_elsewhere(rng: random.Random, now: int) -> list[dict]:
    """Calls that nobody makes by hand here: of KMS, and of a function."""
    pen, user = scribe.Scribe(rng), scribe.user(rng, "ada", "203.0.113.8")
    arn = f"arn:aws:lambda:us-east-1:{scribe.ACCOUNT}:function:cart"
    return [
        pen.write(now + 60_000, user, "kms", "DisableKey", {"keyId": "1"}),
        pen.write(now + 61_000, user, "lambda", "Invoke", {"functionName": arn}),
    ]


def judge(seed_name: str, used: bool) -> None:
    """Raise AssertionError unless the trail then delivers what it should; used: it had a past."""
    rng = random.Random(hidden_seed(seed_name))
    name, prefix = rng.choice(["main", "company", "org"]) + "-trail", rng.choice(["logs", "ct"])
    bucket = f"{rng.choice(['contracts', 'payroll', 'scans'])}-{rng.randrange(100)}"
    group, far = f"/audit/{rng.randrange(100)}", rng.choice(["eu-west-1", "eu-central-1"])
    audit, now = f"{bucket}-audit-files", 1767600000000 + 3_600_000 * rng.randrange(1000)
    others = [f"{bucket}-old", f"a-{bucket}"]
    with account.fresh(World("trial", now, now, [], [])) as trial:
        client, s3 = boto3.client("cloudtrail"), boto3.client("s3")
        make_trail(name, audit, trial.id, prefix, group)
        if used:
            client.put_event_selectors(TrailName=name, EventSelectors=OLD_SELECTORS)
            client.start_logging(Name=name)
        for each in (bucket, *others):
            s3.create_bucket(Bucket=each)
        trial.advance(minutes=10)
        before = client.get_trail(Name=name)["Trail"]
        try:
            harden_the_trail(name, bucket)
        except (BotoCoreError, ClientError) as refused:
            raise AssertionError(f"For another trail, AWS refuses your calls: {refused}") from None
        trails = client.list_trails()["Trails"]
        after = client.describe_trails()["trailList"][0] if trails else {}
        calls(bucket, others, far)
        trial.replay(trail=calls_elsewhere(rng, int(trial.now.timestamp()) * 1000))
        trial.advance(minutes=75)
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=audit).get("Contents", [])]
        bodies = [
            s3.get_object(Bucket=audit, Key=key)["Body"].read()
            for key in keys
            if key.startswith(f"{prefix}/") and "/CloudTrail/" in key
        ]
        seen = boto3.client("logs").filter_log_events(logGroupName=group)["events"]
        tags = [
            tag["Key"]
            for each in trails
            for found in client.list_tags(ResourceIdList=[each["TrailARN"]])["ResourceTagList"]
            for tag in found["TagsList"]
        ]
    records = [record for body in bodies for record in json.loads(gzip.decompress(body))["Records"]]
    label = "A trail that logged before" if used else "A trail that never logged"
    assert [each["Name"] for each in trails] == [name], (
        f"{label}: there are the trails {[each['Name'] for each in trails]} now. The auditors asked "
        "for the old one, improved; each further copy of the events is charged."
    )
    about(records, bucket, far, label)
    assert any("/CloudTrail-Digest/" in key for key in keys), (
        f"{label}: an hour later there is no digest file, so a changed log file would not be noticed."
    )
    assert any("CreateTopic" in event["message"] for event in seen) and tags == ["owner"], (
        f"{label}: its log group gets no events any more, or its tags are gone. Change the trail that "
        "exists, and only what must change."
    )
    changed = {field for field in {*before, *after} if before.get(field) != after.get(field)}
    changed -= {"IsMultiRegionTrail", "LogFileValidationEnabled", "HasCustomEventSelectors"}
    assert not changed, (
        f"{label}: the trail has another {', '.join(sorted(changed))} now. Whatever the auditors did "
        "not ask for stays as it was; Insights, for one, is charged."
    )


def about(records: list, bucket: str, far: str, label: str) -> None:
    """What the delivered records say about Regions and selectors."""
    management = {(r["eventName"], r["awsRegion"]) for r in records if r["managementEvent"]}
    near = {event for event, region in management if region == "us-east-1"}
    assert near, (
        f"{label}: no management event is delivered any more. What do the new selectors say about "
        "them? They replace all the old ones."
    )
    assert "ListTopics" in near, (
        f"{label}: calls that only read, such as ListTopics, are missing among the management events. "
        "ReadWriteType of a selector is about both kinds of events."
    )
    assert "CreateTopic" in near, f"{label}: management events that write are missing."
    assert "DisableKey" in near, (
        f"{label}: a call of KMS is missing. What do the selectors say about that service's events?"
    )
    assert ("CreateTopic", far) in management, (
        f"{label}: a topic was created in {far}, and the trail does not know of it."
    )
    data = {
        (r["eventName"], (r["requestParameters"] or {}).get("bucketName", ""))
        for r in records
        if not r["managementEvent"]
    }
    due = {(event, bucket) for event in ("PutObject", "CopyObject", "DeleteObject")}
    assert due & data, f"{label}: an object of {bucket} was deleted, and no record says by whom."
    assert due <= data, (
        f"{label}: of the calls that write or delete objects, some kinds are missing. The API has more "
        "of them than anybody would list by name."
    )
    strangers = {place for _, place in data} - {bucket}
    assert not any(place.startswith(f"{bucket}-") for place in strangers) or len(strangers) > 1, (
        f"{label}: objects of {bucket}-old are logged, too. With which character do the ARNs of all "
        f"objects of {bucket} go on after its name?"
    )
    assert not strangers, (
        f"{label}: data events of {len(strangers)} further buckets or services are logged, and each "
        "is charged. Which ones does the new list of selectors ask for?"
    )
    assert data == due, (
        f"{label}: {sorted(event for event, _ in data - due)} of {bucket} are logged and charged; "
        "only what writes or deletes was asked for."
    )


judge("harden_the_trail", used=False)
judge("harden_the_trail again", used=True)
### END HIDDEN TESTS

# %% [markdown] facts="F3.1-15"
# ### The night after
#
# Next morning the backup job reports `NoSuchBucket: shop-backups`. This time a trail was on, and copied its
# events (but for those above 256 KB) to `/shop/trail`, where queries, metric filters and alarms work as on any
# log. This pattern counts refused calls, of most services and of EC2:
#
# ```
# { ($.errorCode = "AccessDenied*") || ($.errorCode = "*UnauthorizedOperation") }
# ```
#
# A filter sees only what comes after it, so it is made before the night begins. (User Guide, "Creating
# CloudWatch alarms for CloudTrail events".)


# %%
def a_day_later(record: dict) -> dict:
    """A record of the sample night, moved to the night that is about to begin."""
    at = pd.Timestamp(record["eventTime"]) + timedelta(days=1)
    refused = {"errorCode": "AccessDenied"} if record["eventName"] == "StopLogging" else {}
    return {**record, **refused, "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}"}


refusal = '{ ($.errorCode = "AccessDenied*") || ($.errorCode = "*UnauthorizedOperation") }'
metric = {"metricNamespace": "Shop/Audit", "metricName": "Refusals", "metricValue": "1"}
counted = {"filterPattern": refusal, "metricTransformations": [metric]}
logs.put_metric_filter(logGroupName="/shop/trail", filterName="refusals", **counted)
if shop.now.day == 17:  # the night passes once, however often this cell is run
    shop.replay(trail=[a_day_later(record) for record in samples.deleted_bucket("public")])
    shop.advance(hours=32 - shop.now.hour, minutes=-shop.now.minute)
asked = {"Namespace": "Shop/Audit", "MetricName": "Refusals", "Period": 12 * 3600}
asked |= {"StartTime": shop.now - timedelta(hours=12), "EndTime": shop.now}
found = cloudwatch.get_metric_statistics(**asked, Statistics=["Sum"])["Datapoints"]
print("refused calls in the night:", sum(point["Sum"] for point in found))

# %%
# Four calls were refused. Who was in the account at all? A caller's name stands in different places;
# coalesce takes the first that is there.
calls = ask(
    """fields coalesce(userIdentity.sessionContext.sessionIssuer.userName,
        userIdentity.userName, userIdentity.invokedBy, userIdentity.accountId) as who
    | stats count(*) as calls, count(errorCode) as failed by who, userIdentity.type as kind
    | sort calls desc"""
)
print(calls.to_string())

# The same in pandas, from the files in S3:
flat = pd.json_normalize(delivered("shop-audit"))
who = flat["userIdentity.sessionContext.sessionIssuer.userName"]
for other in ("userName", "invokedBy", "accountId"):
    who = who.fillna(flat[f"userIdentity.{other}"])
by = [who.rename("who"), flat["userIdentity.type"].rename("kind")]
totals = flat.groupby(by, dropna=False).agg(
    calls=("eventID", "size"), failed=("errorCode", "count")
)
print(totals.sort_values("calls", ascending=False).head(4))

# %% [markdown]
# People, roles, services, even another account; and some records without a `type`, as in real trails.
# **When** was something unusual going on? `@timestamp` is when an event reached the log group. When the
# call was made stands in `eventTime`, a text: its first 15 characters are the ten minutes.

# %%
pace = ask(
    """filter eventTime >= "2026-03-17T23" # texts of this form are in the order of time
    | fields concat(substr(eventTime, 0, 15), "0:00Z") as time
    | stats count(*) as calls by time, eventSource
    | sort time"""
)
# The same in pandas:
flat["time"] = pd.to_datetime(flat.eventTime).dt.floor("10min")
again = flat[flat.eventTime >= "2026-03-17T23"].groupby(["time", "eventSource"]).size()
print(again[again > 15])

lines = pace.pivot(index="time", columns="eventSource", values="calls").fillna(0)  # no row: no call
show.series(lines.reset_index(), title="Calls of the night, by service", unit="calls in 10 min")

# %%
# Between 01:40 and 01:50 somebody reads secrets, which nobody else does all night. Who, from where?
secrets = ask(
    """filter eventName = "GetSecretValue"
    | stats count(*) as calls, count_distinct(requestParameters.secretId) as secrets
        by userIdentity.arn as session, sourceIPAddress as address"""
)
# The same in pandas:
read = flat[flat.eventName == "GetSecretValue"]
keys = ["userIdentity.arn", "sourceIPAddress"]
print(read.groupby(keys)["requestParameters.secretId"].agg(["size", "nunique"]).to_string())
show.table(secrets, "Who read secrets in the night")

# %% [markdown]
# ### Exercise 3.3: who deleted it? (3 points)
#
# That is a suspect, not a proof. Find the call that deleted the bucket, whoever made it. Each kind of
# caller has its name in a different place:
#
# | `userIdentity.type` | actor | session |
# |---|---|---|
# | IAMUser | `userName` | none, even if `sessionContext` is there (a user with MFA) |
# | AssumedRole | the role: `sessionContext.sessionIssuer.userName` | what follows the last `/` of `arn` |
# | AWSService | `invokedBy` | none |
# | missing | whatever is there of these | |
#
# A role can also have `invokedBy`: the service that uses it. (User Guide, "CloudTrail userIdentity element".)


# %% answer="who_deleted_it"
def who_deleted(records: list[dict], bucket: str) -> dict | None:
    """Who deleted a bucket, and when, out of CloudTrail records in no particular order.

    Returns {"actor", "session", "address", "time"}: the name of the user, role or service; the
    name of the role's session, else None; the source address; the eventTime as it is written.
    None if nobody deleted this bucket. It was deleted at most once.

    >>> who_deleted(records, "shop-drafts")
    {'actor': 'ci', 'session': 'run-7', 'address': '192.0.2.1', 'time': '2026-03-01T04:05:06Z'}
    """
    ### BEGIN SOLUTION
    for record in records:
        asked = record.get("requestParameters") or {}
        if record["eventName"] != "DeleteBucket" or asked.get("bucketName") != bucket:
            continue
        if record.get("errorCode"):
            continue
        who = record["userIdentity"]
        role = ((who.get("sessionContext") or {}).get("sessionIssuer") or {}).get("userName")
        return {
            "actor": role or who.get("userName") or who.get("invokedBy"),
            "session": who["arn"].split("/")[-1] if role else None,
            "address": record["sourceIPAddress"],
            "time": record["eventTime"],
        }
    return None
    ### END SOLUTION


# %%
found = who_deleted(delivered("shop-audit"), "shop-backups")
print(found)
night = flat[flat.eventTime >= "2026-03-18"].sort_values("eventTime")
same = night[night.sourceIPAddress == (found or {}).get("address")].drop_duplicates("eventName")
tries = night[night.eventName.str.startswith("DeleteBucket") | night.errorCode.notna()]
columns = ["eventName", "requestParameters.bucketName", "errorCode"]
story = pd.concat([same, tries]).drop_duplicates("eventID")
rows = [
    {"time": time, "text": "  ".join(text for text in texts if text), "source": arn.split("/")[-1]}
    for time, arn, *texts in story[["eventTime", "userIdentity.arn", *columns]].fillna("").values
]
show.timeline(rows, title="The night of shop-backups")

# %% check="who_deleted_it" points=3 skills="4.1.S2" tests="F3.1-21 F3.1-24 F3.2-06"
from course.incidents import samples

events = samples.deleted_bucket("public")
try:
    found = who_deleted(samples.deleted_bucket("public"), "shop-backups")
except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
    raise AssertionError(
        f"A record lacks what you look for: {error!r}. Which fields may?"
    ) from None
assert found is not None, (
    "who_deleted found nobody yet, though shop-backups was deleted that night."
)
assert isinstance(found, dict), f"Return a dict, not a {type(found).__name__}."
missing = {"actor", "session", "address", "time"} - set(found)
assert not missing, f"The answer lacks {sorted(missing)}."
at = [each for each in events if each["eventTime"] == found["time"]]
assert at, f"Nothing at all happened at {found['time']!r}: give eventTime as it is written."
wrong = [each for each in at if each["eventName"] == "DeleteBucket" and "errorCode" in each]
assert not wrong, f"The call at {found['time']} failed: it deleted nothing. Which field says so?"
assert any(each["eventName"] == "DeleteBucket" for each in at), "That call deleted no bucket."
### BEGIN HIDDEN TESTS
import copy
import random

from course.incidents import scribe
from course.incidents.seeds import hidden_seed

FIELDS = ("actor", "session", "address", "time")


def answer_to(records: list, bucket: str, label: str) -> dict | None:
    """What who_deleted says; a lookup that fails becomes a message."""
    try:
        return who_deleted(copy.deepcopy(records), bucket)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise AssertionError(
            f"{label}: who_deleted stops with {error!r}. Some records have no requestParameters, no "
            "userIdentity.type, or other fields left out; and somebody may have deleted nothing."
        ) from None


def judge(records: list, bucket: str, due: dict, label: str) -> None:
    """Raise AssertionError unless who_deleted finds what really happened."""
    got = answer_to(records, bucket, label)
    assert isinstance(got, dict), f"{label}: the bucket was deleted, and who_deleted finds nobody."
    at = [r for r in records if r["eventTime"] == got.get("time")]
    named = [r for r in at if (r["requestParameters"] or {}).get("bucketName") == bucket]
    deleting = [r for r in at if r["eventName"] == "DeleteBucket"]
    assert deleting or not named, (
        f"{label}: at {got['time']} somebody called {sorted({r['eventName'] for r in named})}, which "
        "deletes no bucket. Names that begin alike are other calls."
    )
    assert named or not deleting, (
        f"{label}: at {got['time']} another bucket was deleted. Where does a record name the bucket?"
    )
    assert not any("errorCode" in r for r in deleting), (
        f"{label}: the call at {got['time']} failed and deleted nothing. Others tried, too."
    )
    assert got.get("time") == due["time"], f"{label}: time is {got.get('time')!r}, which is not it."
    [record] = [r for r in at if r["eventName"] == "DeleteBucket"]
    who, actor = record["userIdentity"], got.get("actor")
    kind = who.get("type", "missing type")
    assert not str(actor).startswith("arn:"), f"{label} ({kind}): the actor is an ARN, not a name."
    assert due["session"] is None or actor != due["session"], (
        f"{label} ({kind}): actor is the session's name. Whose session is it?"
    )
    assert actor is not None, (
        f"{label} ({kind}): actor is None. Where does this kind of identity have its name?"
    )
    assert actor != who.get("invokedBy") or actor == due["actor"], (
        f"{label} ({kind}): actor is the service that was used. On whose behalf did it call?"
    )
    assert actor == due["actor"], f"{label} ({kind}): actor is {actor!r}, which is not its name."
    assert due["session"] or got.get("session") is None, (
        f"{label} ({kind}): session is {got.get('session')!r}, but no role was assumed."
    )
    assert got.get("session") == due["session"], (
        f"{label} ({kind}): session is {got.get('session')!r}. What follows the role in the ARN?"
    )
    assert got.get("address") == due["address"], f"{label} ({kind}): address is not the record's."


def hard_night(rng: random.Random, variant: str) -> tuple:
    """Few records, each of which looks like the one that counts; and what is true of them."""
    pen, at = scribe.Scribe(rng), 1767600000000 + 1000 * rng.randrange(10**6)
    bucket = f"{rng.choice(['films', 'scans', 'books'])}-{rng.randrange(100)}"
    session = f"{rng.choice(['ana', 'leo'])}@shop.example"
    role = scribe.session(rng, "night-shift", session, at, "198.51.100.9")
    user = scribe.user(rng, "mia", "203.0.113.77")
    with_mfa = {"attributes": {"mfaAuthenticated": "true"}, "sessionIssuer": {}}
    changed = {
        "invoked": {**role.identity, "invokedBy": "cloudformation.amazonaws.com"},
        "untyped": {name: value for name, value in role.identity.items() if name != "type"},
        "mfa": {**user.identity, "sessionContext": with_mfa},
        "nobody": user.identity,
    }[variant]
    actor = scribe.Actor(changed, "192.0.2.200", scribe.CLI)
    gone = ("NoSuchBucket", "The specified bucket does not exist")

    def call(minute: int, who, name: str, of: str | None, error: tuple | None = None) -> dict:
        asked = {"bucketName": of} if of else None
        return pen.write(at + 60_000 * minute, who, "s3", name, asked, error=error)

    written = [
        call(1, user, "ListBuckets", None),
        call(2, role, "DeleteBucket", f"{bucket}-old"),
        call(3, user, "DeleteBucket", bucket[:-1]),
        call(4, user, "DeleteBucket", bucket, ("BucketNotEmpty", "The bucket is not empty")),
        call(5, role, "DeleteBucketPolicy", bucket),
        pen.write(at + 600_000, user, "sts", "GetCallerIdentity"),
        call(9, role, "DeleteBucket", bucket, gone),
    ]
    done = call(7, actor, "DeleteBucket", bucket)
    namesake = scribe.user(rng, bucket, "203.0.113.78")  # a user called like the bucket
    written.append(call(6, namesake, "DeleteBucket", f"{bucket}-tmp"))
    written += [] if variant == "nobody" else [done]
    rng.shuffle(written)
    assumed = variant in ("invoked", "untyped")
    due = {"actor": "night-shift" if assumed else "mia", "session": session if assumed else None}
    due |= {"address": "192.0.2.200", "time": done["eventTime"]}
    return written, bucket, due


for place, kind in enumerate(("AssumedRole", "IAMUser", "AWSService", "untyped", None)):
    seed = hidden_seed(f"who_deleted_it {place}")
    records, truth = (
        samples.deleted_bucket(seed, kind),
        samples.deleted_bucket_truth(seed, kind),
    )
    random.Random(seed).shuffle(records)
    judge(records, truth["bucket"], {name: truth[name] for name in FIELDS}, "In another night")
for variant in ("invoked", "untyped", "mfa"):
    judge(*hard_night(random.Random(hidden_seed(variant)), variant), "Among calls that look alike")
records, bucket, _ = hard_night(random.Random(hidden_seed("nobody")), "nobody")
nobody = answer_to(records, bucket, "Where every attempt failed")
assert nobody is None, (
    f"Every attempt failed, nobody deleted the bucket; who_deleted says {nobody}."
)
### END HIDDEN TESTS

# %% [markdown] facts="F3.1-10 F3.1-12 F3.1-16"
# ### Minutes until somebody knows
#
# That night `StopLogging` was refused. How soon would you hear of one that works? Four ways lead from a call
# to you:
#
# | way | made for | the call is there |
# |---|---|---|
# | Event history | who did that? | after minutes |
# | log file in S3 | evidence, for years | after about 5 minutes on average |
# | CloudWatch Logs: metric filter, alarm | counting and searching | after about 5 minutes, plus the alarm's period |
# | EventBridge rule on the call | reacting | as a rule within a minute; best effort |
#
# CloudTrail by itself is **not real time**. EventBridge gets calls only while a trail logs, too. Let 150
# calls happen, and measure.
#
# > **Exam answer / Today.** "Log files come within 15 minutes": since 2023 it is **about 5 on average**, not
# > guaranteed. "With CloudWatch Logs you get real-time alerts": minutes late as well. For a reaction, put an
# > EventBridge rule on the call. (User Guide, "Getting and viewing your CloudTrail log files"; EventBridge,
# > "AWS service events delivered via AWS CloudTrail".)


# %% fixed="start_trail"
from course.telemetry.world import World

sts = boto3.client("sts")
noon = 1_773_748_800_000  # 12:00 on 17 March 2026


def start_trail(name: str, log_group: str) -> str:
    """A trail that logs into a bucket and a log group, both new; returns the bucket's name."""
    owner = sts.get_caller_identity()["Account"]
    logs.create_log_group(logGroupName=log_group)
    to_logs = {"CloudWatchLogsRoleArn": f"arn:aws:iam::{owner}:role/trail-to-logs"}
    to_logs["CloudWatchLogsLogGroupArn"] = f"arn:aws:logs:us-east-1:{owner}:log-group:{log_group}:*"
    old_trail(name, f"{name}-files", owner, EnableLogFileValidation=True, **to_logs)
    cloudtrail.start_logging(Name=name)
    return f"{name}-files"


# %%
calls = [record for file in samples.log_files("public") for record in file["records"]]
calls = sorted((r for r in calls if not r["readOnly"]), key=lambda r: r["eventTime"])[:150]
with account.fresh(World("stopwatch", noon, noon, [], [])) as trial:
    bucket, seen = start_trail("stopwatch", "/stopwatch"), "/aws/events/calls"
    logs.create_log_group(logGroupName=seen)
    events = boto3.client("events")  # this rule writes every call down, in a log group
    events.put_rule(Name="calls", EventPattern=json.dumps({"source": [{"prefix": "aws."}]}))
    log_group = {"Id": "log", "Arn": f"arn:aws:logs:us-east-1:{trial.id}:log-group:{seen}"}
    events.put_targets(Rule="calls", Targets=[log_group])
    trial.replay(trail=calls)
    trial.advance(hours=4)
    query = (
        "fields coalesce(eventTime, detail.eventTime) as called, @ingestionTime as came | limit 999"
    )
    came = {"EventBridge": ask(query, seen, now=trial.now), "File in S3": []}
    came["CloudWatch Logs"] = ask(query, "/stopwatch", now=trial.now)
    for file in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        body = s3.get_object(Bucket=bucket, Key=file["Key"])["Body"].read()
        for record in json.loads(gzip.decompress(body)).get("Records", []):  # digests have none
            came["File in S3"].append({"called": record["eventTime"], "came": file["LastModified"]})

# %%
waits = []
for way, frame in came.items():
    times = pd.DataFrame(frame).apply(pd.to_datetime, utc=True)
    minutes = (times.came - times.called).dt.total_seconds() / 60
    for share, q in (("half of the calls", 0.5), ("nine of ten", 0.9), ("all", 1.0)):
        waits.append({"way": f"{way}: {share}", "minutes": minutes.quantile(q)})
look = {"label": "way", "value": "minutes", "unit": "minutes"}
show.bars(waits, **look, title="How long until a call is there")

# %% [markdown]
# ### Exercise 3.4: an alert within two minutes (3 points)
#
# Six minutes are too many. Write `alert_in_two_minutes`: when somebody stops or deletes **a trail**, the on-call
# topic must hear of it within two minutes. Which way you take is up to you.
#
# EventBridge may publish only if the topic's `Policy` (an attribute, JSON text) has a statement for it, beside
# the statements for others:
#
# ```json
# {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
#  "Action": "sns:Publish", "Resource": "<the topic's ARN>"}
# ```
#
# In a pattern, CloudTrail's own calls have the source `aws.cloudtrail`, and `[{"exists": false}]` takes
# events without the field. (EventBridge User Guide, "Using resource-based policies", "Comparison operators".)


# %% answer="alert_in_two_minutes"
def alert_in_two_minutes(name: str, topic_arn: str, log_group: str) -> None:
    """Tells a topic within two minutes that somebody has stopped or deleted a trail.

    name: for whatever you make (a rule, an alarm). topic_arn: of an SNS topic that exists, with a
    policy that lets others publish; they must not lose that. log_group: where a trail of the
    account delivers its events, should you need it.
    The topic hears of StopLogging and DeleteTrail, of whatever trail, if the call succeeded. A
    call that failed (its record has an errorCode) stopped nothing and must not wake anybody, and
    neither must any other event.

    >>> alert_in_two_minutes("trail-stopped", "arn:aws:sns:us-east-1:123456789012:on-call", "/audit")
    """
    ### BEGIN SOLUTION
    events, sns = boto3.client("events"), boto3.client("sns")
    pattern = {
        "source": ["aws.cloudtrail"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventName": ["StopLogging", "DeleteTrail"],
            "errorCode": [{"exists": False}],
        },
    }
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "on-call", "Arn": topic_arn}])
    policy = json.loads(sns.get_topic_attributes(TopicArn=topic_arn)["Attributes"]["Policy"])
    letter = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}}
    policy["Statement"].append(letter | {"Action": "sns:Publish", "Resource": topic_arn})
    sns.set_topic_attributes(
        TopicArn=topic_arn, AttributeName="Policy", AttributeValue=json.dumps(policy)
    )
    ### END SOLUTION


# %%
# A drill: somebody stops the trail. What does the topic hear, and how long after the call?
with account.fresh(World("drill", noon, noon, [], [])) as trial:
    start_trail("drill", "/drill")
    topic = boto3.client("sns").create_topic(Name="on-call")["TopicArn"]
    alert_in_two_minutes("trail-stopped", topic, "/drill")
    trial.advance(minutes=10)
    called = trial.now
    cloudtrail.stop_logging(Name="drill")
    happened = trial.advance(minutes=25)
for each in happened:  # a rule has handed an event to its target, or an alarm has acted
    if topic in (each.get("target"), each.get("action")):
        late = pd.Timestamp(each["time"]) - called
        print(
            f"{late.total_seconds():4.0f} s after the call:", each["what"], each.get("error") or ""
        )

# %% check="alert_in_two_minutes" points=3 skills="4.2.S5" tests="F3.1-12 F3.1-16"
from botocore.exceptions import BotoCoreError, ClientError

with account.fresh(World("trial", noon, noon, [], [])) as trial:
    start_trail("night", "/night")
    topic = boto3.client("sns").create_topic(Name="duty")["TopicArn"]
    trial.advance(minutes=7)
    try:
        alert_in_two_minutes("stopped", topic, "/night")
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what the function asks for: {refused}") from None
    called, _ = trial.now, cloudtrail.stop_logging(Name="night")
    happened = trial.advance(minutes=25)
heard = [h for h in happened if topic in (h.get("target"), h.get("action")) and h.get("to") != "OK"]
assert heard, "In 25 minutes nothing was sent to the topic. Is alert_in_two_minutes still empty?"
reached = [each["time"] for each in heard if not each.get("error")]
assert reached, f"A rule saw the call, and the topic refused the message: {heard[0]['error']}."
late = (pd.Timestamp(reached[0]) - called).total_seconds()
assert late <= 120, f"The topic heard of it after {late / 60:.1f} minutes. Which way is quicker?"
assert len(reached) == 1, f"One call, one message; {len(reached)} were sent."
### BEGIN HIDDEN TESTS
import random

import boto3

from course import account
from course.incidents import scribe
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

bus, sns = boto3.client("events"), boto3.client("sns")
MISSED = {
    "StopLogging": "A trail was stopped, and two minutes later the topic had heard nothing.",
    "DeleteTrail": "A trail was deleted, which ends its logging for good, and the topic heard nothing.",
}
WOKEN = {
    "denied": "It rang for a StopLogging that was denied: that call stopped nothing. What has the record "
    "of a call that failed, and a record of one that succeeded has not?",
    "failed": "It rang for a DeleteTrail that failed, because there is no such trail. Any errorCode "
    "means that nothing was stopped.",
    "StartLogging": "It rang because a trail was started.",
    "UpdateTrail": "It rang for an UpdateTrail. Which two calls were asked for?",
    "relative": "It rang for another call of CloudTrail whose name begins alike. Which two were asked for?",
    "drill": "It rang for an event that the shop's own training sends, and that no AWS service sent. "
    "Whose events does the pattern let through?",
    "other service": "It rang for a call of another service.",
}


def call(pen, actor, at: int, name: str, source: str = "cloudtrail", error=None) -> dict:
    return pen.write(at, actor, source, name, {"name": f"trail-{name}"}, error=error)


def happens(rng: random.Random, pen, begin: int) -> list:
    """(what, record, whether the pager must hear), a few minutes apart."""
    user = scribe.user(rng, rng.choice(["ada", "linus"]), "203.0.113.9")
    role = scribe.session(rng, "admin", f"s-{rng.randrange(99)}", begin, "198.51.100.9")
    denied = scribe.denied(user, "cloudtrail:StopLogging", "*")
    gone = ("TrailNotFoundException", "Unknown trail")
    plan = [
        ("denied", user, "StopLogging", "cloudtrail", denied, 0),
        ("StopLogging", role, "StopLogging", "cloudtrail", None, 1),
        ("StartLogging", role, "StartLogging", "cloudtrail", None, 0),
        ("failed", user, "DeleteTrail", "cloudtrail", gone, 0),
        ("UpdateTrail", user, "UpdateTrail", "cloudtrail", None, 0),
        ("other service", user, "DeleteBucket", "s3", None, 0),
        ("DeleteTrail", user, "DeleteTrail", "cloudtrail", None, 1),
        ("StopLogging", user, "StopLogging", "cloudtrail", None, 1),
        ("relative", role, "StopImport", "cloudtrail", None, 0),
        ("relative", user, "DeleteEventDataStore", "cloudtrail", None, 0),
    ]
    first, *others = plan
    rng.shuffle(others)
    found = []
    for k, (what, who, name, source, error, due) in enumerate([first, *others]):
        at = begin + (k + 1) * 1_200_000 + 1000 * rng.randrange(60)
        found.append((what, at, call(pen, who, at, name, source, error), due))
    return found


def let_in_before(topic: str) -> None:
    """Another service's letter in the topic's policy, which must stay: a rule of the shop's own."""
    pattern = {"source": ["shop.deploy"]}
    rule = bus.put_rule(Name="deployed", EventPattern=json.dumps(pattern))["RuleArn"]
    bus.put_targets(Rule="deployed", Targets=[{"Id": "t", "Arn": topic}])
    policy = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    policy["Statement"].append(
        {
            "Sid": "deployed", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sns:Publish", "Resource": topic,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
        }
    )  # fmt: skip
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy)
    )


def open_to_all(topic: str) -> list:
    """The statements of the topic's policy that let anybody publish."""
    policy = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    everybody = ("*", {"AWS": "*"}, {"AWS": ["*"]})
    return [
        statement
        for statement in policy["Statement"]
        if statement.get("Principal") in everybody and not statement.get("Condition")
    ]


def reached(happened: list, topic: str) -> list:
    """When (epoch ms) a message reached the topic."""
    return [
        pd.Timestamp(each["time"]).value // 10**6
        for each in happened
        if topic in (each.get("target"), each.get("action"))
        and not each.get("error")
        and each.get("to") != "OK"
    ]


def send(source: str, detail: dict) -> None:
    kind = "AWS API Call via CloudTrail" if "eventName" in detail else "Deployment"
    entry = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail)}
    bus.put_events(Entries=[entry])


for seed_name in ("alert_in_two_minutes", "alert_in_two_minutes again"):
    rng = random.Random(hidden_seed(seed_name))
    begin = 1767600000000 + 60_000 * rng.randrange(100_000)
    pen, group = scribe.Scribe(rng), f"/audit/{rng.randrange(1000)}"
    plan = happens(rng, pen, begin)
    with account.fresh(World("trial", begin, begin, [], [])) as trial:
        start_trail(f"trail-{rng.randrange(1000)}", group)
        topic = sns.create_topic(Name=f"people-{rng.randrange(1000)}")["TopicArn"]
        let_in_before(topic)
        alert_in_two_minutes(f"watch-{rng.randrange(1000)}", topic, group)
        anybody = open_to_all(topic)
        trial.replay(trail=[record for _, _, record, _ in plan])
        messages = reached(trial.advance(minutes=20 * len(plan) + 40), topic)
        send(
            "shop.training", {"eventName": "StopLogging", "eventSource": "cloudtrail.amazonaws.com"}
        )
        drill = reached(trial.advance(minutes=3), topic)
        send("shop.deploy", {"state": "FAILURE"})
        others = reached(trial.advance(minutes=1), topic)
    for what, at, _, due in plan:
        after = [time - at for time in messages if at <= time < at + 1_140_000]
        if not due:
            assert not after, WOKEN[what]
            continue
        assert after, MISSED[what]
        assert after[0] <= 120_000, (
            f"The topic heard of a {what} after {after[0] / 60_000:.1f} minutes. What does the way that "
            "you chose wait for?"
        )
        assert len(after) == 1, f"{len(after)} messages for one {what}; one is enough."
    assert not drill, WOKEN["drill"]
    assert not anybody, (
        "The topic's policy lets everybody publish now, of whatever account: anyone could wake you. "
        "Whose letter does the statement have to let in?"
    )
    assert others, (
        "The rule that used to tell this topic of deployments cannot reach it any more: its statement in "
        "the topic's policy is gone. Setting the attribute replaces the whole policy."
    )
### END HIDDEN TESTS

# %% [markdown] facts="F3.2-01 F3.2-02 F3.2-03 F3.2-04 F3.2-05"
# ## 3.2 Unusual activity
#
# No rule says in advance which call will be misused. **CloudTrail Insights**, switched on for a trail, compares
# every minute with what is usual in this account and Region:
#
# | type | looks at |
# |---|---|
# | `ApiCallRateInsight` | management calls that **write** |
# | `ApiErrorRateInsight` | management calls that failed, **reads too**, by error code |
#
# Usual is what the seven days before it were. One event tells the start of the unusual time, a second its
# end; the first can take 36 hours after switching on. "From 5 to 200 RunInstances" is an illustration: no
# threshold is published. Cryptomining, intruder, bug? The event names who called, never a cause.
#
# > **Exam answer / Today.** "Unusual **write** activity" is half of it: error rates include reads, and trails take
# > data events as well. (User Guide, "Working with CloudTrail Insights".)

# %%
records = samples.call_rates("public")  # 15 days of the company's data account
begin, today = (pd.Timestamp(day).value // 10**6 for day in ("2026-03-02", "2026-03-15"))
old = [record for record in records if record["eventTime"] < "2026-03-15"]
with account.fresh(World("fifteen-days", begin, today, [], [], trail=old)) as trial:
    start_trail("data-team", "/data-team")
    kinds = [{"InsightType": kind} for kind in ("ApiCallRateInsight", "ApiErrorRateInsight")]
    cloudtrail.put_insight_selectors(TrailName="data-team", InsightSelectors=kinds)
    trial.replay(trail=[record for record in records if record["eventTime"] > "2026-03-15"])
    trial.advance(hours=48)
    reported = cloudtrail.lookup_events(EventCategory="insight")["Events"]
    busiest = """stats count(*) as calls by substr(eventTime, 0, 16) as minute, eventName
        | sort calls desc, minute | limit 12"""
    print(ask(busiest, "/data-team", hours=48, now=trial.now), "\n")
for event in reversed(reported):
    record = json.loads(event["CloudTrailEvent"])
    about = [record["insightDetails"][name] for name in ("state", "insightType", "eventName")]
    print(record["eventTime"], *about)

# %%
# The same in pandas, over all 15 days: the busiest minute of every two hours.
lines = pd.DataFrame(records)
minute = pd.to_datetime(lines.eventTime).dt.floor("min")
rates = lines.groupby([minute, "eventName"]).size().unstack(fill_value=0)
names = ["CreateSnapshot", "DescribeInstances", "RunInstances", "GetSecretValue"]
peaks = rates[names].resample("2h").max().fillna(0).reset_index()
told = [
    ("2026-03-15 04:17", "Insights: RunInstances"),
    ("2026-03-15 13:55", "Insights: GetSecretValue"),
]
look = {
    "x": "eventTime",
    "unit": "calls a minute",
    "title": "Busy minutes, and what Insights reports",
}
show.series(peaks, **look, events=told)

# %% [markdown]
# ### Exercise 3.5: your own Insights (3 points)
#
# Insights reported two of four busy times: the weekly snapshots are usual, `DescribeInstances` only reads, and
# `GetSecretValue`, a read too, was denied.
#
# Log files can be judged without Insights, by a rule of your own. Write `unusual_calls`: a minute is unusual
# when it has **at least 10** calls of a kind, and **more than three times** as many as that kind's busiest
# minute before. Unusual minutes at most five minutes apart are one episode.


# %% answer="unusual_calls"
def unusual_calls(records: list[dict], since: str) -> list[dict]:
    """The unusual times in CloudTrail records, from `since` on.

    records: management and data events in no particular order; only management events count. What
    lies before `since`, a full minute ("2026-03-15T00:00:00Z"), is the time to compare with.
    A kind of calls is, for insightType
        "ApiCallRateInsight": the calls of one eventName of one eventSource that do not only read;
        "ApiErrorRateInsight": those that failed with one errorCode, whether they read or not.
    Returns a dict for each episode, by start: insightType, eventSource, eventName, errorCode (None
    for a call rate), start and end (its first and last unusual minute).

    >>> unusual_calls(records, "2026-03-15T00:00:00Z")[0]["start"]
    '2026-03-15T04:17:00Z'
    """
    ### BEGIN SOLUTION
    rates: dict = {}
    for record in records:
        if record["eventCategory"] != "Management":
            continue
        minute = record["eventTime"][:16] + ":00Z"
        kinds = [] if record["readOnly"] else [("ApiCallRateInsight", None)]
        if "errorCode" in record:
            kinds.append(("ApiErrorRateInsight", record["errorCode"]))
        for kind, code in kinds:
            calls = rates.setdefault((kind, record["eventSource"], record["eventName"], code), {})
            calls[minute] = calls.get(minute, 0) + 1
    found = []
    for (kind, source, name, code), calls in rates.items():
        usual = max((count for minute, count in calls.items() if minute < since), default=0)
        limit = max(9, 3 * usual)
        episode = None
        for minute in sorted(m for m, count in calls.items() if m >= since and count > limit):
            gap = episode and pd.Timestamp(minute) - pd.Timestamp(episode["end"])
            if episode is None or gap > timedelta(minutes=5):
                episode = {"insightType": kind, "eventSource": source, "eventName": name}
                episode |= {"errorCode": code, "start": minute}
                found.append(episode)
            episode["end"] = minute
    return sorted(found, key=lambda episode: episode["start"])
    ### END SOLUTION


# %%
episodes = unusual_calls(records, "2026-03-15T00:00:00Z")
columns = ["start", "end", "insightType", "eventName", "errorCode"]
show.table(pd.DataFrame(episodes or [], columns=columns), "What unusual_calls found")

# %% check="unusual_calls" points=3 skills="4.1.S2" tests="F3.1-06 F3.2-01 F3.2-02 F3.2-03"
from course.incidents import samples

shown = samples.call_rates("public")
found = unusual_calls([dict(record) for record in shown], "2026-03-15T00:00:00Z")
assert found is not None, "unusual_calls returned nothing yet: return a list of dicts."
assert isinstance(found, list), f"Return a list, not a {type(found).__name__}."
wanted = {"insightType", "eventSource", "eventName", "errorCode", "start", "end"}
odd = [each for each in found if set(each) != wanted]
assert not odd, f"An episode has the keys {sorted(odd[0])}; compare them with the docstring."
names = [each["eventName"] for each in found]
assert "CreateSnapshot" not in names, (
    "The weekly snapshots are reported. Did a minute as busy as theirs never come before?"
)
assert "DescribeInstances" not in names, (
    "DescribeInstances is reported, and it only reads. Which type of insight counts reads, and when?"
)
assert names, "Nothing at all? Each kind has a busiest minute of its own, before `since`."
assert "GetSecretValue" in names, "Which type of insight counts calls that failed, reads too?"
assert names == ["RunInstances", "GetSecretValue"], f"The episodes are of {names}."
### BEGIN HIDDEN TESTS
import random
import re
from collections import Counter
from datetime import UTC, datetime

from course.incidents.seeds import hidden_seed

MISTAKES = {  # another reading of the task, and what to ask about it
    "data": "Data events are counted as well. Which category was asked for?",
    "reads": "Calls that only read are in a call rate. Which field says that a call only reads?",
    "no reads": "Reads are left out of the error rate: a probe for secrets only reads, and fails.",
    "codes": "Different error codes are added up. Each code is a kind of its own.",
    "no failed": "Calls that failed are left out of the call rate: they were made all the same.",
    "sources": "Calls of the same name to different services are added up.",
    "actors": "Calls are counted for each caller apart. Whose rate is to be judged?",
    "no usual": "An episode is reported that is no busier than the days before. What is usual there?",
    "average": "Compare with the busiest minute before. A batch in one minute a week leaves the average "
    "near nothing.",
    "total": "The limit seems to come from all kinds together. Each kind has a busiest minute of its own.",
    "last week": "A busy minute more than seven days back was forgotten. Insights looks at seven days; what "
    "is compared with here?",
    "whole past": "The busy minutes to judge are also in what you compare with: nothing can ever be more "
    "than three times itself.",
    "at limit": "A minute with exactly three times the busiest one is reported: more than that is asked.",
    "above ten": "A minute with exactly 10 calls counts, if nothing like it was usual.",
    "few": "A minute with fewer than 10 calls is reported: three times almost nothing is still nothing.",
    "twice": "How many times the busiest minute must it be? Look at the factor.",
    "single minutes": "Every unusual minute became an episode of its own. How far apart may they be?",
    "one episode": "Unusual times hours apart became one episode.",
    "four minutes": "Unusual minutes exactly five minutes apart belong together.",
    "six minutes": "Unusual minutes six minutes apart are two episodes.",
}


def minute_of(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) // 60


def text_of(minute: int) -> str:
    return datetime.fromtimestamp(60 * minute, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def counted(records: list, slip: str) -> dict:
    """{kind: Counter of its minutes}, or what a slip makes of it."""
    rates: dict = {}
    for record in records:
        reads, code = record["readOnly"], record.get("errorCode")
        if record["eventCategory"] != "Management" and slip != "data":
            continue
        source = "" if slip == "sources" else record["eventSource"]
        source = (source, record["userIdentity"]["arn"]) if slip == "actors" else source
        kinds = []
        if (not reads or slip == "reads") and not (slip == "no failed" and code):
            kinds.append(("ApiCallRateInsight", source, record["eventName"], None))
        if code and not (slip == "no reads" and reads):
            code = "" if slip == "codes" else code
            kinds.append(("ApiErrorRateInsight", source, record["eventName"], code))
        for kind in kinds:
            rates.setdefault(kind, Counter())[minute_of(record["eventTime"])] += 1
    return rates


def limit_of(calls: Counter, since: int, slip: str, everything: int) -> float:
    """The most calls that a minute may have without being unusual."""
    back = 7 * 1440 if slip == "last week" else 10**9
    before = [count for minute, count in calls.items() if since - back <= minute < since]
    usual: float = max(before, default=0)
    if slip == "average":
        usual = sum(before) / max(1, len(before))
    usual = {"no usual": 0, "total": everything}.get(slip, usual)
    usual = max(calls.values()) if slip == "whole past" else usual
    factor = 2 if slip == "twice" else 3
    floor = {"above ten": 10, "few": 0}.get(slip, 9)
    return max(floor, factor * usual - (slip == "at limit"))


def found_in(records: list, since: str, slip: str = "") -> list:
    """Every (type, source, name, code, first minute, last minute) that is unusual."""
    start, rates = minute_of(since), counted(records, slip)
    gap = {"single minutes": 0, "one episode": 10**6, "four minutes": 4, "six minutes": 6}.get(
        slip, 5
    )
    everything = max((n for c in rates.values() for m, n in c.items() if m < start), default=0)
    found = []
    for kind, calls in rates.items():
        limit = limit_of(calls, start, slip, everything)
        busy = sorted(m for m, n in calls.items() if m >= start and n > limit)
        runs: list = []
        for minute in busy:
            if runs and minute - runs[-1][1] <= gap:
                runs[-1][1] = minute
            else:
                runs.append([minute, minute])
        found += [(kind[0], kind[2], kind[3] or None, *run) for run in runs]
    return sorted(found, key=str)


def edges(rng: random.Random) -> tuple:
    """Records at every edge of the rule, and their `since`."""
    first = 29460000 + rng.randrange(400_000)
    start = first + 12_000  # more than eight days
    users = [f"arn:aws:iam::123456789012:user/{name}" for name in ("ada", "ken", "joan")]
    made: list = []

    def put(minute: int, n: int, name: str, source: str = "ec2", reads: bool = False,
            code: str | None = None, data: bool = False) -> None:  # fmt: skip
        for k in range(n):
            one = {"eventTime": text_of(minute)[:17] + f"{59 - k % 60:02d}Z", "eventName": name,
                   "eventSource": f"{source}.amazonaws.com", "readOnly": reads,
                   "eventCategory": "Data" if data else "Management", "managementEvent": not data,
                   "eventID": f"{rng.getrandbits(64):x}", "awsRegion": "us-east-1",
                   "eventType": "AwsApiCall", "sourceIPAddress": "203.0.113.4",
                   "userIdentity": {"type": "IAMUser", "arn": rng.choice(users)}}  # fmt: skip
            made.append(one | ({"errorCode": code} if code else {}))

    put(start, 10, "RunInstances")  # ten, and nothing before, in the very first minute
    put(start + 30, 9, "StopInstances")
    put(first + 50, 5, "CreateTags"), put(start + 40, 15, "CreateTags")  # exactly three times
    put(first + 60, 5, "DeleteTags"), put(start + 50, 16, "DeleteTags")
    put(start - 300, 12, "RebootInstances"), put(start + 55, 30, "RebootInstances")
    put(first + 80, 40, "CreateSnapshot"), put(first + 900, 1, "CreateSnapshot")
    put(start + 60, 44, "CreateSnapshot")
    for k in (0, 5, 9):  # one episode, and with the next two three in all
        put(start + 100 + k, 20, "TerminateInstances")
    put(start + 115, 20, "TerminateInstances"), put(start + 900, 20, "TerminateInstances")
    put(first + 300, 50, "CreateVolume")
    put(start + 70, 7, "TagResource"), put(start + 70, 7, "TagResource", "lambda")
    put(start + 80, 60, "PutObject", "s3", data=True)
    put(start + 90, 60, "GetObject", "s3", reads=True, code="AccessDenied", data=True)
    put(start + 200, 33, "ListUsers", "iam", reads=True)
    put(start + 210, 14, "GetSecretValue", "secretsmanager", reads=True, code="AccessDenied")
    put(start + 220, 7, "Decrypt", "kms", reads=True, code="AccessDenied")
    put(start + 220, 7, "Decrypt", "kms", reads=True, code="ThrottlingException")
    put(
        start + 230, 18, "DeleteBucket", "s3", code="BucketNotEmpty"
    )  # a call rate and an error rate
    (
        put(start + 240, 6, "CreateUser", "iam"),
        put(start + 240, 6, "CreateUser", "iam", code="LimitExceeded"),
    )
    rng.shuffle(made)
    return made, text_of(start)


def judge(records: list, since: str, label: str) -> None:
    answer = unusual_calls([dict(record) for record in records], since)
    assert isinstance(answer, list), f"{label}: no list came back."
    for each in answer:
        for name in ("start", "end"):
            assert re.fullmatch(r"[\d-]{10}T\d\d:\d\d:00Z", str(each[name])), (
                f"{label}: {name} is {each[name]!r}. Write a minute as the docstring does."
            )
    got = sorted(
        (
            (e["insightType"], e["eventName"], e["errorCode"] or None, minute_of(str(e["start"])),
             minute_of(str(e["end"])))
            for e in answer
        ),
        key=str,
    )  # fmt: skip
    wanted = found_in(records, since)
    if got != wanted:
        for slip, question in MISTAKES.items():
            other = found_in(records, since, slip)
            same = [e[:2] + e[3:] for e in got] == [e[:2] + e[3:] for e in other]
            assert not (same if slip == "codes" else got == other), f"{label}: {question}"
    lost, extra = [e for e in wanted if e not in got], [e for e in got if e not in wanted]
    assert {e[:3] for e in got} <= {e[:3] for e in wanted}, (
        f"{label}: {extra[0][1]} is reported as {extra[0][0]} and should not be. Count its minutes before "
        "and after `since`."
    )
    assert {e[:3] for e in got} >= {e[:3] for e in wanted}, (
        f"{label}: an unusual time of {lost[0][1]} is not reported as {lost[0][0]}."
    )
    assert not lost and not extra, (
        f"{label}: for {(lost or extra)[0][1]} there are {sum(e[1] == (lost or extra)[0][1] for e in got)} "
        "episodes whose first and last minutes are not all right. Which minutes are unusual, and which "
        "of them belong together?"
    )
    starts = [str(each["start"]) for each in answer]
    assert starts == sorted(starts), f"{label}: the episodes are not in the order of their start."
    of_source = {record["eventName"]: set() for record in records}
    for record in records:
        of_source[record["eventName"]].add(record["eventSource"])
    strange = [each for each in answer if each["eventSource"] not in of_source[each["eventName"]]]
    assert not strange, (
        f"{label}: eventSource is {strange[0]['eventSource']!r} for {strange[0]['eventName']}."
    )


judge(*edges(random.Random(hidden_seed("unusual_calls edges"))), "At the edges of the rule")
for trial_name in ("unusual_calls", "unusual_calls again"):
    other = samples.call_rates(hidden_seed(trial_name))
    since = text_of(minute_of(other[0]["eventTime"][:10] + "T00:00:00Z") + 13 * 1440)
    judge(other, since, "In another account")
### END HIDDEN TESTS

# %% [markdown]
# ### Can you trust the log?
#
# Whoever deletes a bucket may tidy up log files, too. With validation on, a trail writes a **digest file** every
# hour:
#
# - it lists the log files of the hour, each with the SHA-256 of its content,
# - it names the digest before it, with that one's SHA-256: a chain,
# - its signature stands in the metadata of its S3 object, made with a key that only AWS has.
#
# What is hashed is the **uncompressed** content. `aws cloudtrail validate-logs` walks the chain for you. Let a
# trail deliver three hours, and look into the second digest. (User Guide, "CloudTrail digest
# file structure", "Custom implementations of log file integrity validation".)

# %%
with account.fresh(World("evidence", noon, noon, [], [])) as trial:
    bucket = start_trail("evidence", "/evidence")
    trial.replay(trail=calls)
    trial.advance(hours=4)
    evidence = {}  # key -> the object's bytes: what the exercise works on
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for each in page["Contents"]:
            stored = s3.get_object(Bucket=bucket, Key=each["Key"])
            evidence[each["Key"]] = stored["Body"].read()
    second = sorted(key for key in evidence if "/CloudTrail-Digest/" in key)[1]
    signed = s3.head_object(Bucket=bucket, Key=second)["Metadata"]
digest = json.loads(gzip.decompress(evidence[second]))
names = ("digestEndTime", "digestS3Object", "previousDigestS3Object", "previousDigestHashValue")
pprint.pp({name: digest[name] for name in names} | {"logFiles": digest["logFiles"][:1]}, width=120)
print("signature:", signed["signature"][:40], "...")

# %% [markdown]
# ### Exercise 3.6: has the log been tampered with? (3 points)
#
# Write `tampered_log`: which objects in a trail's bucket are not what CloudTrail delivered? The content of an
# object was **altered**; or it is **missing**, though a digest names it; or a log file was **added** that no
# digest lists.
#
# Somebody careful alters a log file *and* its hash in the digest. Which later file still tells? (The newest
# digest has no later one. Its signature protects it; leave that check to `validate-logs`.)


# %% answer="tampered_log"
import hashlib


def tampered_log(objects: dict[str, bytes]) -> dict[str, list[str]]:
    """What is wrong in a trail's bucket, by its chain of digests.

    objects: the bytes of every object by its key, gzip files all. Digest files have
    "/CloudTrail-Digest/" in their key, log files "/CloudTrail/". The first digest of a chain has no
    previous one (null). The newest digest is genuine; every log file's hour has ended.
    Returns sorted keys: {"altered": [...], "missing": [...], "added": [...]}
        altered: log files and digests whose uncompressed content has another SHA-256 than a digest
            says (a log file that was packed anew, with the same content, is not altered);
        missing: log files and digests that a digest names and the bucket lacks;
        added: log files that no digest lists.

    >>> tampered_log(evidence)
    {'altered': [], 'missing': [], 'added': []}
    """
    ### BEGIN SOLUTION
    contents = {key: gzip.decompress(body) for key, body in objects.items()}
    promised, listed = {}, set()
    for key, content in contents.items():
        if "/CloudTrail-Digest/" not in key:
            continue
        digest = json.loads(content)
        for file in digest["logFiles"]:
            promised[file["s3Object"]] = file["hashValue"]
            listed.add(file["s3Object"])
        if digest["previousDigestS3Object"]:
            promised[digest["previousDigestS3Object"]] = digest["previousDigestHashValue"]
    hashes = {key: hashlib.sha256(content).hexdigest() for key, content in contents.items()}
    altered = [key for key, value in promised.items() if key in hashes and hashes[key] != value]
    logs = {key for key in contents if "/CloudTrail/" in key}
    return {
        "altered": sorted(altered),
        "missing": sorted(set(promised) - set(hashes)),
        "added": sorted(logs - listed),
    }
    ### END SOLUTION


# %%
# The same evidence after a visit: a record disappears, a file too, and one is packed anew.
visited = dict(evidence)
first, second, third = sorted(key for key in visited if "/CloudTrail/" in key)[:3]
kept = json.loads(gzip.decompress(visited[first]))["Records"][1:]
visited[first] = gzip.compress(json.dumps({"Records": kept}).encode())
visited[second] = gzip.compress(gzip.decompress(visited[second]), compresslevel=1)
del visited[third]
for name, objects in (("as delivered", evidence), ("after the visit", visited)):
    found = tampered_log(objects) or {}
    print(name, {kind: [key[-26:] for key in keys] for kind, keys in found.items()})

# %% check="tampered_log" points=3 skills="4.1.S2" tests="F3.1-11"
from course.incidents import samples

shown = samples.digest_chain("public")["objects"]
found = tampered_log(dict(shown))
assert found is not None, "tampered_log returned nothing yet: return the three lists of keys."
assert isinstance(found, dict), f"Return a dict, not a {type(found).__name__}."
assert set(found) == {"altered", "missing", "added"}, f"The keys are {sorted(found)}."
assert None not in found.values(), "Where nothing is wrong, the list is empty, not None."
counts = {kind: len(keys) for kind, keys in found.items()}
assert counts["missing"] == 1, f"{counts['missing']} objects are missing? One was deleted."
assert counts["added"] == 0, f"{counts['added']} files were added? Every file here is listed."
assert counts["altered"] <= 2, (
    f"{counts['altered']} objects are altered? One was only packed anew. What did CloudTrail hash?"
)
assert counts["altered"] == 2, (
    f"{counts['altered']} objects were altered? It is one log file and one digest file."
)
### BEGIN HIDDEN TESTS
import gzip
import hashlib
import json
import random

from course.incidents.seeds import hidden_seed

DIGEST, LOG = "/CloudTrail-Digest/", "/CloudTrail/"


def packed(document: object) -> bytes:
    return gzip.compress(json.dumps(document).encode(), mtime=0)


def chain(rng: random.Random, hours: int) -> dict:
    """A bucket with its chain of digests, as it was delivered; some hours are quiet."""
    account, region = f"{rng.randrange(10**12):012d}", rng.choice(["eu-west-1", "us-east-2"])
    prefix = rng.choice(["", "audit/", "a/CloudTrail-logs/"])
    base, day = f"{prefix}AWSLogs/{account}", f"{region}/2026/02/{rng.randint(10, 28)}"
    objects, previous = {}, None
    for hour in range(hours):
        files = []
        for k in range(0 if hour == 2 else rng.randint(2, 5)):
            name = (
                f"{base}/CloudTrail/{day}/{account}_CloudTrail_{hour:02d}{k}_{rng.randrange(10**9)}"
            )
            records = [{"eventID": f"{rng.getrandbits(64):x}"} for _ in range(rng.randint(1, 6))]
            objects[f"{name}.json.gz"] = packed({"Records": records})
            files.append(f"{name}.json.gz")
        key = f"{base}/CloudTrail-Digest/{day}/{account}_CloudTrail-Digest_{region}_{hour:02d}.json.gz"
        before = objects[previous] if previous else None
        objects[key] = packed(
            {
                "digestS3Object": key,
                "previousDigestS3Object": previous,
                "previousDigestHashValue": sha(before) if before else None,
                "logFiles": [
                    {"s3Object": each, "hashValue": sha(objects[each]), "hashAlgorithm": "SHA-256"}
                    for each in files
                ],
            }
        )
        previous = key
    return objects


def sha(body: bytes) -> str:
    return hashlib.sha256(gzip.decompress(body)).hexdigest()


def changed(body: bytes) -> bytes:
    document = json.loads(gzip.decompress(body))
    return packed({**document, "note": "tidied up"})


def attacked(rng: random.Random) -> tuple:
    """A bucket after a visit, {kind: keys} of what was done to it, and the keys that tell most."""
    objects = chain(rng, 7)
    digests = sorted(key for key in objects if DIGEST in key)
    lost, home = digests[4], digests[rng.choice([0, 1, 5])]
    listed = {
        digest: [f["s3Object"] for f in json.loads(gzip.decompress(objects[digest]))["logFiles"]]
        for digest in digests
    }
    hidden = rng.choice(listed[home])
    others = [key for each in digests if each not in (lost, home) for key in listed[each]]
    altered, also, missing, repacked = rng.sample(others, 4)
    for key in (altered, also, hidden):
        objects[key] = changed(objects[key])
    objects[repacked] = gzip.compress(gzip.decompress(objects[repacked]), 1, mtime=5)
    # A careful hand: the log file's new hash stands in its digest.
    document = json.loads(gzip.decompress(objects[home]))
    for each in document["logFiles"]:
        if each["s3Object"] == hidden:
            each["hashValue"] = sha(objects[hidden])
    objects[home] = packed(document)
    foreign = altered.replace(".json.gz", "x.json.gz")
    objects[foreign] = packed({"Records": []})
    del objects[missing], objects[lost]
    truth = {
        "altered": {altered, also, home},
        "missing": {missing, lost},
        "added": {foreign, *listed[lost]},
    }
    return objects, truth, {"repacked": repacked, "home": home, "lost": lost}


def judge(objects: dict, truth: dict, known: dict, label: str) -> None:
    answer = tampered_log(dict(objects))
    assert isinstance(answer, dict) and set(answer) == set(truth), (
        f"{label}: three lists are wanted."
    )
    got = {kind: set(keys) for kind, keys in answer.items()}
    assert known.get("repacked") not in got["altered"], (
        f"{label}: a log file that was only packed anew counts as altered. Does the hash cover the gzip "
        "bytes, or what is in them?"
    )
    assert known.get("home") not in truth["altered"] - got["altered"], (
        f"{label}: a log file was altered together with its hash in the digest, and that digest is not "
        "reported. What does the next digest know about it?"
    )
    assert known.get("lost") not in truth["missing"] - got["missing"], (
        f"{label}: a whole digest file is gone, and is not reported as missing."
    )
    for kind, question in (
        ("missing", "Which keys do the digests name that the bucket lacks?"),
        ("added", "Which log files lie in the bucket that no digest lists?"),
        ("altered", "Which content has another hash than a digest says?"),
    ):
        extra, lost = got[kind] - truth[kind], truth[kind] - got[kind]
        assert not any(DIGEST in key for key in extra), (
            f"{label}: the digest file {sorted(extra)[-1][-40:]} is reported as {kind}, and it is not. Only "
            "a digest's successor knows its hash."
        )
        assert not extra, (
            f"{label}: {len(extra)} objects are reported as {kind} and are not. {question}"
        )
        assert not lost, (
            f"{label}: {len(lost)} objects that are {kind} are not reported. {question}"
        )
    assert all(list(keys) == sorted(got[kind]) for kind, keys in answer.items()), (
        f"{label}: the keys are not sorted, or one stands twice."
    )


for trial_name in ("tampered_log", "tampered_log again", "tampered_log thrice"):
    judge(*attacked(random.Random(hidden_seed(trial_name))), "In another bucket")
calm = chain(random.Random(hidden_seed("tampered_log calm")), 4)
judge(
    calm,
    {"altered": set(), "missing": set(), "added": set()},
    {},
    "In a bucket that nobody touched",
)
seed = hidden_seed("tampered_log sample")
sample, truth = samples.digest_chain(seed), samples.digest_chain_truth(seed)
due = {"altered": {truth["altered"], truth["altered_digest"]}, "missing": {truth["missing"]}}
judge(
    sample["objects"],
    {**due, "added": set()},
    {"home": truth["altered_digest"]},
    "After another night",
)
### END HIDDEN TESTS

# %% [markdown] facts="F3.2-06 F3.2-07 F3.2-08 F3.2-09 F3.2-10 F3.2-11 F3.2-12 F3.2-13"
# ### Whom to ask
#
# Three lessons, three services. A good question decides which one you open first:
#
# | | CloudWatch | X-Ray | CloudTrail |
# |---|---|---|---|
# | holds | metrics and logs | traces across services | API calls |
# | answers | since when, how much? | where does a request spend its time? | who called which API, from where? |
# | focus | monitoring | performance, debugging | audit |
# | grain | a metric, a log entry | one request, **sampled** | one API call |
# | kept | metrics up to 455 days, fixed; logs as long as you set | 30 days; spans in `aws/spans` as long as the log group says | management events 90 days per Region, free; in S3 as long as you like |
#
# "Retention is configurable" holds for logs, not for metrics. (CloudWatch API reference,
# GetMetricStatistics; X-Ray guide, "Concepts"; CloudTrail guide, "Working with Event history".)

# %% [markdown]
# ## Incident 3: the 2 a.m. bucket
#
# 24 March, 09:00. Finance has no orders of last night: the shop's export fails, every five minutes, all night.
# Bob tried to delete its bucket at ten to two; somebody heard of it, and he is already being blamed.
#
# Before you look: what would you expect in the trail if it was Bob, and what if it was not? First the
# export's log: since when does it fail?

# %%
from course.incidents.two_am import two_am

night = two_am("public")  # six days and a night of API calls, and the export's log lines
with account.fresh(night) as trial:
    failing = """filter level = "ERROR"
        | stats min(@timestamp) as since, count(*) as failures by error, bucket"""
    print(ask(failing, "/aws/lambda/shop-export", hours=9, now=trial.now).to_string(), "\n")
    asked = [{"AttributeKey": "EventName", "AttributeValue": "DeleteBucket"}]
    tried = cloudtrail.lookup_events(LookupAttributes=asked)["Events"]
# The same in pandas:
lines = pd.DataFrame([json.loads(event["message"]) for event in night.logs])
failed = lines[lines.level == "ERROR"]
print(failed.groupby(["error", "bucket"]).timestamp.agg(["min", "count"]), "\n")
for event in reversed(tried):
    record = json.loads(event["CloudTrailEvent"])
    if (
        record["eventTime"] > "2026-03-24"
        and record["requestParameters"]["bucketName"] == "shop-exports"
    ):
        print(record["eventTime"], record["userIdentity"]["arn"], record.get("errorCode", "done"))

# %% [markdown]
# ### Exercise 3.7: who was behind the role? (4 points)
#
# Bob was refused three times. At 02:13 a **session** of a role succeeded, and a session is made for somebody:
# the answer to `AssumeRole` names its access key (`responseElements.credentials.accessKeyId`), and every call
# of the session bears it. Compare whoever called with the week before:
#
# | cause | who called AssumeRole |
# |---|---|
# | changed job | a service, for a job that had worked every night |
# | wrong workspace | a user, from an address that this user had called from before |
# | stolen key | somebody with a user's key, from an address unknown for this user |
#
# A `userAgent` proves nothing: the caller writes it. Nor does an address alone: a VPN has many users.


# %% answer="two_am_bucket"
def two_am_bucket(bucket: str, midnight: str) -> dict:
    """What happened to a bucket last night, from Event history of the account that is open.

    midnight: when the night began, such as "2026-03-24T00:00:00Z". A bucket of that name may have
    been deleted and made again before; what counts is the deletion after midnight that succeeded.
    Returns a dict: time (eventTime of the deletion), role, session, address (sourceIPAddress),
    cause ("changed job", "wrong workspace" or "stolen key") and behind, by cause:
        changed job: the user whose change of the function's configuration
            (UpdateFunctionConfiguration..., the function is called like the session) was the last
            that succeeded before the deletion;
        wrong workspace: the user who called AssumeRole;
        stolen key: the access key that AssumeRole was called with.
    An address is unknown if the user has not called from it before midnight.

    >>> two_am_bucket("shop-exports", "2026-03-24T00:00:00Z")["role"]
    'ci-deploy'
    """

    ### BEGIN SOLUTION
    def succeeded(key: str, value: str) -> list[dict]:
        """The records with this attribute that did not fail, newest first."""
        pages = (
            boto3.client("cloudtrail")
            .get_paginator("lookup_events")
            .paginate(LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}])
        )
        records = [json.loads(e["CloudTrailEvent"]) for page in pages for e in page["Events"]]
        return [record for record in records if "errorCode" not in record]

    [done] = [
        record
        for record in succeeded("ResourceName", bucket)
        if record["eventName"] == "DeleteBucket" and record["eventTime"] >= midnight
    ]
    who = done["userIdentity"]
    [given] = [
        record
        for record in succeeded("EventName", "AssumeRole")
        if record["responseElements"]["credentials"]["accessKeyId"] == who["accessKeyId"]
    ]
    session, by = who["arn"].split("/")[-1], given["userIdentity"]
    if by["type"] == "AWSService":
        changes = [
            record["userIdentity"]["userName"]
            for record in succeeded("ResourceName", session)
            if record["eventName"].startswith("UpdateFunctionConfiguration")
            and record["eventTime"] < done["eventTime"]
        ]
        cause, behind = "changed job", changes[0]
    else:
        before = [r for r in succeeded("Username", by["userName"]) if r["eventTime"] < midnight]
        if given["sourceIPAddress"] in [record["sourceIPAddress"] for record in before]:
            cause, behind = "wrong workspace", by["userName"]
        else:
            cause, behind = "stolen key", by["accessKeyId"]
    return {
        "time": done["eventTime"],
        "role": who["sessionContext"]["sessionIssuer"]["userName"],
        "session": session,
        "address": done["sourceIPAddress"],
        "cause": cause,
        "behind": behind,
    }
    ### END SOLUTION


# %%
with account.fresh(night):
    found = two_am_bucket("shop-exports", "2026-03-24T00:00:00Z")
print(found or "two_am_bucket returned nothing yet")
story = []
for record in night.trail:  # the night, from the address that you found
    if (
        found
        and record["eventTime"] > "2026-03-24"
        and record["sourceIPAddress"] == found["address"]
    ):
        name, about = record["eventName"], record["requestParameters"] or {}
        text = f"{name} {about.get('bucketName', '')}{about.get('roleArn', '')[31:]}".strip()
        if not (story and story[-1]["text"] == text):  # many secrets, one line
            who = record["userIdentity"]["arn"].split("/")[-1]
            story.append({"time": record["eventTime"], "text": text, "source": who})
end = {"time": failed.timestamp.min(), "text": "NoSuchBucket", "source": "export"}
show.timeline([*story, end], title="What came from that address, and what followed")

# %% check="two_am_bucket" points=4 skills="4.1.S2 4.1.S3" tests="F3.1-01 F3.1-19 F3.1-21 F3.1-24 F3.2-06"
from botocore.exceptions import BotoCoreError, ClientError

from course.incidents.two_am import two_am

with account.fresh(two_am("public")):
    try:
        found = two_am_bucket("shop-exports", "2026-03-24T00:00:00Z")
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what two_am_bucket asks for: {refused}") from None
    except (LookupError, ValueError, StopIteration) as empty:
        raise AssertionError(f"Stopped by {empty!r}: is it perhaps on a later page?") from None
assert found is not None, "two_am_bucket returned nothing yet: return a dict."
named = ["address", "behind", "cause", "role", "session", "time"]
assert sorted(found) == named, f"It returns {sorted(found)}; compare that with the docstring."
assert found["time"] > "2026-03-24", (
    f"{found['time']}? That was when the bucket moved, days before."
)
assert found["role"] == "ci-deploy", f"{found['role']}? One call that night was not refused."
said = f"{found['cause']}? Who called AssumeRole for this very session, and from where?"
assert found["cause"] == "stolen key", said + " An agent's name proves nothing."
### BEGIN HIDDEN TESTS
import copy
import json

from course import account
from course.incidents.seeds import hidden_seed
from course.incidents.two_am import two_am, two_am_truth
from course.telemetry.world import World

HINTS = {
    "stolen key": "A user can have two keys, and a session has a third: which one called AssumeRole?",
    "changed job": "Whose change was the last that succeeded, on this function, before the deletion?",
    "wrong workspace": "Which user called AssumeRole for that session?",
}


def told_by(assumed: dict, world: World, midnight: str) -> tuple:
    """(cause, behind) as an AssumeRole record tells them; behind is open for a service's."""
    by = assumed["userIdentity"]
    if by["type"] == "AWSService":
        return "changed job", None
    known = {
        record["sourceIPAddress"]
        for record in world.trail
        if record["eventTime"] < midnight
        and record["userIdentity"].get("userName") == by["userName"]
    }
    if assumed["sourceIPAddress"] in known:
        return "wrong workspace", by["userName"]
    return "stolen key", by["accessKeyId"]


def of_another_session(world: World, truth: dict, answer: dict) -> str:
    """When a session began that the answer seems to be read from, and that is another one."""
    midnight = truth["time"][:10]
    for record in reversed(world.trail):
        if record["eventName"] == "AssumeRole" and midnight <= record["eventTime"] <= truth["time"]:
            cause, behind = told_by(record, world, midnight)
            same = cause == answer["cause"] and behind in (None, answer["behind"])
            if same and record["requestParameters"]["roleSessionName"] != truth["session"]:
                return str(record["eventTime"])
    return ""


def answer_in(world: World, truth: dict, midnight: str, label: str) -> dict:
    """What two_am_bucket says in this world; whatever stops it becomes a message."""
    with account.fresh(world):
        try:
            answer = two_am_bucket(truth["bucket"], midnight)
        except (BotoCoreError, ClientError) as refused:
            raise AssertionError(f"{label}: AWS refuses your call: {refused}") from None
        except (LookupError, ValueError, TypeError, StopIteration) as error:
            raise AssertionError(
                f"{label}: two_am_bucket stops with {error!r}. Does it expect exactly one record where "
                "there are more, or none? And which fields does a service's record lack?"
            ) from None
    assert isinstance(answer, dict), f"{label}: two_am_bucket returned no dict."
    lacking = {"time", "role", "session", "address", "cause", "behind"} - set(answer)
    assert not lacking, f"{label}: the answer lacks {sorted(lacking)}, whatever the cause is."
    return answer


def judge(world: World, truth: dict, label: str) -> None:
    """Raise AssertionError unless the answer tells what happened in this world."""
    midnight = truth["time"][:10] + "T00:00:00Z"
    answer = answer_in(world, truth, midnight, label)
    refused = {
        record["eventTime"]
        for record in world.trail
        if record["eventName"] == "DeleteBucket" and "errorCode" in record
    }
    time = str(answer["time"])
    assert time not in refused, f"{label}: the deletion at {time} was refused: it deleted nothing."
    assert not "2" <= time < midnight, (
        f"{label}: {time} was days before, when the bucket was moved on purpose."
    )
    assert time == truth["time"], f"{label}: this bucket was not deleted at {time}."
    assert answer["role"] == truth["role"], (
        f"{label}: the role is not {answer['role']!r}. Where does a session's record name its role?"
    )
    assert answer["session"] == truth["session"], (
        f"{label}: {answer['session']!r} is not the session's name, which ends the session's ARN."
    )
    assert answer["address"] == truth["address"], (
        f"{label}: the deletion came from another address than {answer['address']}."
    )
    if answer["cause"] != truth["cause"]:
        began = of_another_session(world, truth, answer)
        assert not began, (
            f"{label}: this tells of a session that began at {began}, and another one deleted the bucket. "
            "Which field do a session and the AssumeRole that made it share?"
        )
    assert (answer["cause"], truth["cause"]) != ("wrong workspace", "stolen key"), (
        f"{label}: the address counts as known. Had this very user called from it before midnight?"
    )
    assert answer["cause"] == truth["cause"], (
        f"{label}: the cause is not {answer['cause']!r}. Who called AssumeRole for the session that "
        "deleted, and from where? Names of roles, user agents and what else the session did prove "
        "nothing."
    )
    assert answer["behind"] == truth["behind"], (
        f"{label}, {truth['cause']}: {answer['behind']!r} is not what was asked. {HINTS[truth['cause']]}"
    )


def with_late_change(world: World, truth: dict) -> World:
    """The same world, in which somebody changes the job again after the deletion."""
    changes = [r for r in world.trail if r["eventName"].startswith("UpdateFunctionConfiguration")]
    late = copy.deepcopy(next(r for r in changes if "errorCode" not in r))
    late["eventTime"], late["eventID"] = truth["time"][:10] + "T05:30:00Z", "late"
    late["requestParameters"] = {"functionName": truth["session"]}
    trail = sorted([*world.trail, late], key=lambda record: record["eventTime"])
    return World(world.name, world.start, world.end, world.logs, [], trail=trail)


ACTS = {"StopLogging": ("sqs", "DeleteQueue"), "GetSecretValue": ("monitoring", "DeleteAlarms")}
ACTS |= {name: (source, act) for act, (source, name) in {
    "StopLogging": ("cloudtrail", "DeleteQueue"), "GetSecretValue": ("secretsmanager", "DeleteAlarms"),
}.items()}  # fmt: skip
ACTS["GetCallerIdentity"] = ("s3", "ListBuckets")


def in_disguise(world: World, truth: dict) -> World:
    """The same night, in which thief and colleague have changed habits; the cause stays.

    The thief takes things down, the colleague reads secrets and stops the trail; the colleague has
    a new key and another network, and the session goes on from a third address.
    """
    trail, midnight = copy.deepcopy(world.trail), truth["time"][:10]
    done = next(r for r in trail if r["eventTime"] == truth["time"])
    key = done["userIdentity"]["accessKeyId"]
    given = next(r for r in trail if key in json.dumps(r["responseElements"]))
    user, address = given["userIdentity"].get("userName"), given["sourceIPAddress"]
    for record in (r for r in trail if r["eventName"] in ACTS and r["eventTime"] > midnight):
        source, record["eventName"] = ACTS[record["eventName"]]
        record["eventSource"] = f"{source}.amazonaws.com"
    if truth["cause"] == "wrong workspace":
        for record in trail:
            identity = record["userIdentity"]
            if identity.get("userName") == user and record["eventTime"] < midnight:
                identity["accessKeyId"] = "AKIA" + "2" * 16
            if record["sourceIPAddress"] == address:
                record["sourceIPAddress"] = "198.51.100.9"
            if identity.get("accessKeyId") == key:
                record["sourceIPAddress"] = truth["address"] = "192.0.2.3"
    else:  # the victim works as well, in a session of the same name
        twin = copy.deepcopy(given)
        earlier = next(r for r in trail if r["userIdentity"].get("userName") == user)
        twin["responseElements"]["credentials"]["accessKeyId"] = "ASIA" + "2" * 16
        twin["sourceIPAddress"] = earlier["sourceIPAddress"]
        twin["eventTime"], twin["eventID"] = done["eventTime"][:17] + "00Z", "twin"
        trail.append(twin)
    trail.sort(key=lambda record: record["eventTime"])
    return World(world.name, world.start, world.end, world.logs, [], trail=trail)


def seed_with(cause: str, role: str) -> int:
    """A seed whose night has this cause, and a session of this role."""
    seeds = (hidden_seed(f"two_am_bucket {role} {n}") for n in range(100))
    return next(seed for seed in seeds if two_am_truth(seed, cause)["role"].startswith(role))


for cause, role in (
    ("wrong workspace", "terraform"),
    ("changed job", ""),
    ("stolen key", "terraform"),
    ("stolen key", "ci-deploy"),
):
    seed = seed_with(cause, role)
    world, truth = two_am(seed, cause), two_am_truth(seed, cause)
    if cause == "changed job":
        world = with_late_change(world, truth)
    judge(world, truth, "Another night")
    if cause != "changed job":
        judge(in_disguise(world, truth), truth, "A night in which habits mislead")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 3.8: contain it, and no more (3 points)
#
# Knowing is half of it. Stop what did it, give finance a bucket, let the trail log again; and touch nothing
# else, for a wrong lever makes a second incident:
#
# | cause | lever |
# |---|---|
# | stolen key | `iam.update_access_key`: this key Inactive; the user's other key carries the pipeline |
# | changed job | `events.disable_rule`: the rule that starts the job |
# | wrong workspace | `iam.detach_role_policy`: every policy of the role that lets it delete, until the pipeline checks the workspace |
#
# An inactive key can be looked at later, a deleted one cannot. A session lives on until it expires,
# whatever happens to the key: in earnest, revoke the role's sessions too. (IAM User Guide, "Revoke IAM role
# temporary security credentials".)


# %% answer="contain"
def contain(found: dict) -> None:
    """Contains the incident and restores what is lost, with as little as it takes.

    found: {"cause": "stolen key" | "changed job" | "wrong workspace", "bucket": the bucket to make
        again (us-east-1), "trail": a trail that must log, and what the cause needs:
        stolen key: "user" and "access_key"; changed job: "rule", on the default event bus;
        wrong workspace: "role", all of whose attached policies are to be detached}
    The bucket exists afterwards, whether it was gone or not, and the trail logs.

    >>> contain({"cause": "changed job", "bucket": "shop-exports", "trail": "shop", "rule": "nightly"})
    """
    ### BEGIN SOLUTION
    iam = boto3.client("iam")
    if found["cause"] == "stolen key":
        iam.update_access_key(
            UserName=found["user"], AccessKeyId=found["access_key"], Status="Inactive"
        )
    elif found["cause"] == "changed job":
        boto3.client("events").disable_rule(Name=found["rule"])
    else:
        attached = iam.list_attached_role_policies(RoleName=found["role"])["AttachedPolicies"]
        for policy in attached:
            iam.detach_role_policy(RoleName=found["role"], PolicyArn=policy["PolicyArn"])
    boto3.client("s3").create_bucket(Bucket=found["bucket"])
    boto3.client("cloudtrail").start_logging(Name=found["trail"])
    ### END SOLUTION


# %%
# A rehearsal: the key of ci-runner was stolen, and somebody stopped the trail.
with account.fresh(World("rehearsal", noon, noon, [], [])) as trial:
    iam = boto3.client("iam")
    iam.create_user(UserName="ci-runner")
    keys = [iam.create_access_key(UserName="ci-runner")["AccessKey"] for _ in range(2)]
    start_trail("shop", "/shop/audit")
    cloudtrail.stop_logging(Name="shop")
    key = keys[0]["AccessKeyId"]
    contain({"cause": "stolen key", "bucket": "shop-exports", "trail": "shop",
             "user": "ci-runner", "access_key": key})  # fmt: skip
    for each in iam.list_access_keys(UserName="ci-runner")["AccessKeyMetadata"]:
        print("stolen" if each["AccessKeyId"] == key else "other ", "key:", each["Status"])
    print("buckets:", [each["Name"] for each in s3.list_buckets()["Buckets"]])
    print("logging:", cloudtrail.get_trail_status(Name="shop")["IsLogging"])

# %% check="contain" points=3 skills="4.1.S7"
from botocore.exceptions import BotoCoreError, ClientError

with account.fresh(World("trial", noon, noon, [], [])):
    client = boto3.client("iam")
    client.create_user(UserName="ken")
    stolen = client.create_access_key(UserName="ken")["AccessKey"]["AccessKeyId"]
    start_trail("watch", "/watch")
    cloudtrail.stop_logging(Name="watch")
    about = {"cause": "stolen key", "bucket": "papers", "trail": "watch", "user": "ken"}
    try:
        contain({**about, "access_key": stolen})
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what contain asks for: {refused}") from None
    is_there = "papers" in [each["Name"] for each in s3.list_buckets()["Buckets"]]
    logs_again = cloudtrail.get_trail_status(Name="watch")["IsLogging"]
    left = [each["Status"] for each in client.list_access_keys(UserName="ken")["AccessKeyMetadata"]]
assert is_there or logs_again or left != ["Active"], "Nothing has changed: contain is still empty."
assert is_there, "The export's bucket is still missing."
assert logs_again, "The trail still does not log: nobody would see the next visit."
assert left == ["Inactive"], f"The stolen key is {left or 'deleted'}. What can be looked at later?"
### BEGIN HIDDEN TESTS
import random

import boto3

from course import account
from course.incidents import scribe
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

iam, events, storage = (boto3.client(name) for name in ("iam", "events", "s3"))
audit = boto3.client("cloudtrail")
POLICIES = ("Everything", "Buckets")


def furnish(rng: random.Random) -> dict:
    """An account with users, roles, rules and a trail; the names of all that."""
    word = rng.randrange(1000)
    users = {name: [] for name in (f"runner-{word}", "bob")}
    for name in users:
        iam.create_user(UserName=name)
        for _ in range(2):
            users[name].append(iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"])
    roles = (f"tf-{word}", f"job-{word}")
    for name in roles:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
        for k in range(2):
            policy = iam.create_policy(PolicyName=f"{name}-{POLICIES[k]}", PolicyDocument=ALLOW)
            iam.attach_role_policy(RoleName=name, PolicyArn=policy["Policy"]["Arn"])
    rules = (f"nightly-{word}", f"hourly-{word}")
    for name in rules:
        events.put_rule(Name=name, ScheduleExpression="rate(1 hour)")
    trail = f"trail-{word}"
    files = start_trail(trail, f"/{trail}")
    return {"users": users, "roles": roles, "rules": rules, "trail": trail, "files": files,
            "user": f"runner-{word}"}  # fmt: skip


ALLOW = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
)


def state(names: dict) -> dict:
    """What the account looks like: keys, rules, policies by role, buckets."""
    found = {"keys": {}, "rules": {}, "roles": {}}
    for user in names["users"]:
        for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
            found["keys"][key["AccessKeyId"]] = key["Status"]
    found["rules"] = {rule["Name"]: rule["State"] for rule in events.list_rules()["Rules"]}
    kept = {role["RoleName"] for role in iam.list_roles()["Roles"]} & set(names["roles"])
    for role in sorted(kept):
        attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        found["roles"][role] = sorted(policy["PolicyName"] for policy in attached)
    found["buckets"] = {each["Name"] for each in storage.list_buckets()["Buckets"]}
    return found


CHANGED = {
    "schedules": "a rule has another schedule now. To disable it is enough.",
    "policies": "a policy itself was deleted. Others may use it; to detach it is enough.",
    "users": "a user has a new policy of its own. What does it do to the other key, and the pipeline?",
    "trail": "the trail has other settings than before. To let it log is enough.",
}


def untouched(names: dict) -> dict:
    """What no lever needs to change."""
    local = iam.list_policies(Scope="Local")["Policies"]
    return {
        "schedules": {r["Name"]: r.get("ScheduleExpression") for r in events.list_rules()["Rules"]},
        "policies": sorted(policy["PolicyName"] for policy in local),
        "users": [
            [iam.list_user_policies(UserName=user)["PolicyNames"],
             iam.list_attached_user_policies(UserName=user)["AttachedPolicies"]]
            for user in names["users"]
        ],
        "trail": audit.describe_trails()["trailList"],
    }  # fmt: skip


LEVERS = {
    "stolen key": "The stolen key still works.",
    "changed job": "The rule still starts the job every night.",
    "wrong workspace": "The role can still delete: some policy is attached to it.",
}


def judge(trial, names: dict, rng: random.Random, cause: str, is_gone: bool) -> None:
    """Let `contain` work in this account, and look at everything before and after."""
    label = (
        f"After a {cause}"
        if cause != "wrong workspace"
        else "After a destroy in the wrong workspace"
    )
    bucket = f"papers-{rng.randrange(10**6)}"
    about = {"cause": cause, "bucket": bucket, "trail": names["trail"]}
    key, rule, role = names["users"][names["user"]][1], names["rules"][0], names["roles"][0]
    about |= {"stolen key": {"user": names["user"], "access_key": key},
              "changed job": {"rule": rule}, "wrong workspace": {"role": role}}[cause]  # fmt: skip
    if is_gone:
        audit.stop_logging(Name=names["trail"])
    else:
        storage.create_bucket(Bucket=bucket)
        storage.put_object(Bucket=bucket, Key="monday.csv", Body=b"kept")
    before, fixed = state(names), untouched(names)
    try:
        contain(about)
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"{label}: AWS refuses your call: {refused}") from None
    except LookupError as error:
        raise AssertionError(
            f"{label}: contain stops with {error!r}. `found` holds what this cause needs, no more."
        ) from None
    after, left = state(names), untouched(names)
    pen, user = scribe.Scribe(rng), scribe.user(rng, "ada", "203.0.113.7")
    at = int(trial.now.timestamp()) * 1000 + 300_000
    call = pen.write(at, user, "iam", "TagUser", {"userName": bucket})
    trial.replay(trail=[call])
    trial.advance(minutes=20)
    assert bucket in after["buckets"], f"{label}: the bucket of the export is missing."
    kept = is_gone or storage.list_objects_v2(Bucket=bucket)["KeyCount"]
    assert kept, f"{label}: the bucket was there, and what lay in it is gone now."
    assert call["eventID"] in [record["eventID"] for record in delivered(names["files"])], (
        f"{label}: a call made five minutes later is in no log file of the trail. Which call lets a "
        "trail log again?"
    )
    trails = audit.describe_trails()["trailList"]
    assert len(trails) == 1, f"{label}: {len(trails)} trails now; the one there was must log."
    lost = [
        name for kind in ("keys", "rules", "roles") for name in {*before[kind]} - {*after[kind]}
    ]
    assert not lost, f"{label}: {lost[0]} was deleted. What is switched off can still be looked at."
    wanted = {kind: dict(before[kind]) for kind in ("keys", "rules", "roles")}
    kind, name, off = {
        "stolen key": ("keys", key, "Inactive"),
        "changed job": ("rules", rule, "DISABLED"),
        "wrong workspace": ("roles", role, []),
    }[cause]
    wanted[kind][name] = off
    assert after[kind][name] == off, f"{label}: {LEVERS[cause]}"
    keys = [each for each in wanted["keys"] if after["keys"][each] != wanted["keys"][each]]
    owner = next((u for u, owned in names["users"].items() if set(keys) & set(owned)), "")
    assert not keys, (
        f"{label}: a key of {owner} is {after['keys'][keys[0]]} now, and is not at fault."
    )
    assert after["rules"] == wanted["rules"], f"{label}: another rule was switched off or changed."
    assert after["roles"] == wanted["roles"], (
        f"{label}: another role lost its policies, or got some."
    )
    for what, told in CHANGED.items():
        assert fixed[what] == left[what], f"{label}: {told}"


rng = random.Random(hidden_seed("contain"))
begin = 1767600000000 + 60_000 * rng.randrange(100_000)
with account.fresh(World("trial", begin, begin, [], [])) as trial:
    names = furnish(rng)
    nights = [("changed job", True), ("stolen key", False), ("wrong workspace", True)]
    for cause, is_gone in rng.sample(nights, 3):
        judge(trial, names, rng, cause, is_gone)
### END HIDDEN TESTS

# %% [markdown] quiz="quiz.toml" points=12
# **What you can say now:** who deployed, who deleted, with whose key; how soon you will know the next time; and
# that nobody has altered the record.
#
# ## Quiz (12 points)
#
# Twelve situations as the exam words them. One option is right; the others are right elsewhere. Your
# feedback explains all four.
