# %% [markdown]
# # 09 Errors and retries: again, or never again?
#
# Everything that the shop calls fails now and then. What the caller does **next** decides how bad it gets: one
# script asks faster the more it is refused, one customer paid twice, and a missing permission was "repeated"
# for an hour. In two and a half hours you learn to
#
# - **decide** what deserves another try,
# - **read** a denial, and grant just what is missing,
# - **answer** so that clients know what to do, and logs so that you do,
# - **repeat** within a budget, and do nothing twice,
# - **stop** a storm of retries.
#
# Exam skills: 4.1.1, 4.1.2, 4.1.3, 4.1.7, 4.2.2, 4.2.7.

# %% fixed="setup"
import json
import re
import time
from contextlib import nullcontext, suppress
from functools import partial

import boto3
import pandas as pd
from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import ClientError

from course import account, data, show
from course.telemetry.world import World

shop = account.open(data.load("checkout"))  # from here on boto3 talks to this simulated account
noon = int(shop.now.timestamp() * 1000)
once = Config(retries={"total_max_attempts": 1})  # for clients that are to repeat nothing
empty = World("lab", noon, noon, [], [])  # an account for experiments: with account.fresh(empty)
print(shop)

# %% [markdown] recall="F5.2-01 F5.2-05"
# **From lesson 05.** Two writes to `orders` got an HTTP 400. One should be sent again, the other never. How can
# both be a 400, and what tells them apart?
#
# <details><summary>Think first, then open</summary>
#
# DynamoDB answers nearly everything with 400. The **error code** counts:
# `ProvisionedThroughputExceededException` is over in a second, `ConditionalCheckFailedException` says that your
# condition was false. The number alone would have you give up on both, or repeat both.
# </details>

# %% [markdown] recall="F4.2-16 F4.2-17"
# **From lesson 04.** A worker fed by SQS ends with `except Exception: print("failed")`. Its queue is always
# empty, so is the dead-letter queue, and customers ask for their orders. Where are they?
#
# <details><summary>Think first, then open</summary>
#
# Gone. The handler ended well, so Lambda **deleted** the message. Answering an error politely is right where a
# client waits for the answer. Where nobody waits, the exception must leave the handler: only then is there
# another try, and a dead-letter queue at the end.
# </details>

# %% [markdown] recall="F3.1-04 F3.1-05"
# **From lesson 03.** A role's `PutItem` is denied all morning. The event history of CloudTrail has no trace of it.
# Why, and where do you find the text of the denial?
#
# <details><summary>Think first, then open</summary>
#
# `PutItem` is a **data event**: off by default, and never part of the event history. The text came back to the
# caller, so it is in the **log** of the function that called, if its code let the exception be seen.
# </details>

# %% [markdown] facts="F9.1-01 F9.1-02 F9.1-06 F9.1-09 F9.1-10 F9.1-11"
# ## 9.1 What a number says
#
# A status is a message to whoever might try again. **4xx**: mend your request. **5xx**: the trouble is ours.
#
# | status | says | and now? |
# |---|---|---|
# | 400 | a parameter is invalid, the body malformed | correct it |
# | 401, 403 | I do not know you; I know you, and you may not | sign in; ask for permission |
# | 404 | there is no such thing | check the name |
# | 409 | it exists already, or its state forbids this | look first, then decide |
# | 429 | too many requests | wait, then repeat |
# | 500 | internal error | repeat |
# | 502 | whoever is behind me gave no usable answer | repeat |
# | 503 | down or overloaded | wait, then repeat |
# | 504 | whoever is behind me took too long | repeat, if doing it twice is harmless |
#
# And what did the shop's own clients do this morning, when they were refused?


# %% fixed="ask"
def ask(query: str, group: str, minutes: int = 24 * 60) -> pd.DataFrame:
    """The answer of Logs Insights over the last `minutes` of a log group, in the open account."""
    logs, end = boto3.client("logs"), int(time.time())
    asked = {"logGroupName": group, "startTime": end - 60 * minutes, "endTime": end}
    key = logs.start_query(queryString=query, **asked)["queryId"]
    while (answer := logs.get_query_results(queryId=key))["status"] in ("Scheduled", "Running"):
        time.sleep(0.5)
    rows = [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]
    texts = pd.DataFrame(rows).drop(columns="@ptr", errors="ignore")
    numbers = texts.apply(pd.to_numeric, errors="coerce")  # every value arrives as text
    return numbers.where(numbers.notna(), texts).infer_objects()


# %%
access_log = "/aws/apigateway/shop/access"
refused = ask(
    """filter status = 429 or status >= 500
    | stats count(*) as refused, count_distinct(ip) as clients by status, resourcePath
    | sort refused desc""",
    access_log,
)
# The same in pandas:
lines = pd.DataFrame(data.frame("checkout", access_log).message.map(json.loads).tolist())
told = lines[(lines.status == 429) | (lines.status >= 500)]
print(told.groupby(["status", "resourcePath"]).ip.agg(["size", "nunique"]), "\n")

print(show.table(refused, "Refused this morning"))
searches = lines[lines.resourcePath == "/search"].sort_values("requestTimeEpoch")
later = searches.groupby("ip").requestTimeEpoch.shift(-1) - searches.requestTimeEpoch
pauses = later[(searches.status == 429) & (later > 0)]
title, marks = "How soon a client asks again after a 429", {"median": float(pauses.median())}
show.distribution(pauses, title=title, unit="ms", marks=marks)

# %% [markdown] facts="F9.1-03 F9.1-04 F9.1-05 F9.1-07"
# One script makes nearly all of these refusals: told to wait, it was there again after 36 ms. Is AWS itself any clearer
# in its numbers? Three troubles at three services:
#
# > **Exam answer / Today.** "401: missing or expired credentials": AWS's APIs answer **403**, or 400 (DynamoDB; S3
# > for an expired token). You meet 401 at an authorizer of API Gateway. (Lambda API Reference, "Common Errors"; DynamoDB
# > Developer Guide, "Error handling with DynamoDB".)
#
# Simplified as well: 403 also stands for a bad signature; DynamoDB's `AccessDeniedException` and
# `ResourceNotFoundException` are **400**, as in most JSON services; and only some throttle with 429.

# %%
reads = {  # service: (a call, its parameters, the code with which the service throttles)
    "dynamodb": ("get_item", {"TableName": "o", "Key": {"id": {"S": "1"}}}, "ThrottlingException"),
    "lambda": ("invoke", {"FunctionName": "o"}, "TooManyRequestsException"),
    "s3": ("get_object", {"Bucket": "o", "Key": "1"}, "SlowDown"),
}
said, trust = {}, '{"Version": "2012-10-17", "Statement": []}'
with account.fresh(empty) as lab:
    boto3.client("iam").create_role(RoleName="nobody", AssumeRolePolicyDocument=trust)
    for service, (call, asked, throttle) in reads.items():
        troubles = {"not permitted": partial(lab.acting_as, "nobody"), "no such thing": nullcontext}
        troubles["throttled"] = partial(lab.fault, f"{service}:*", error=throttle)
        for trouble, around in troubles.items():
            try:
                with around():
                    getattr(boto3.client(service, config=once), call)(**asked)
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                said[service, trouble] = f"{status} {error.response['Error']['Code']}"
show.table(pd.Series(said).unstack().reset_index(names="service"), "Three troubles, three services")

# %% [markdown] facts="F9.1-08 F9.1-12 F9.1-13 F9.1-14 F9.1-15"
# ### What the SDK repeats
#
# boto3 decides by rules of its own, the **standard** mode: 3 attempts in all, 4 for DynamoDB. (Older versions:
# *legacy* mode, 5 attempts.)
#
# | it got | it repeats |
# |---|---|
# | no answer: no connection, a broken one, a timeout | yes |
# | 500, 502, 503, 504 | yes, whatever the code |
# | a code that means throttling, **whatever the status** | yes, after longer waits |
# | 429 | yes |
# | `RequestTimeout`, `RequestTimeoutException`, `PriorRequestNotComplete` | yes |
# | any other 4xx: 400, 401, 403, 404 | no |
#
# > **Exam answer / Today.** "A 400 is never retried": one with a throttling code is. "401, 403, 404 never": right for
# > the SDK; but renew credentials that expired, and what was made a second ago may need another look. "5xx always":
# > repeat, but a **write** that got a 500 may have been done. (botocore, `retries/standard.py`; SDKs and Tools
# > Reference Guide, "Retry behavior"; DynamoDB Developer Guide, "Error handling with DynamoDB".)

# %%
attempts = []
with account.fresh(empty) as lab:
    client = boto3.client("dynamodb")  # with its own rules: no Config
    for code in ("InternalServerError", "ThrottlingException", "ValidationException"):
        before = len(lab.calls())
        with lab.fault("dynamodb:GetItem", error=code), suppress(ClientError):
            client.get_item(TableName="orders", Key={"id": {"S": "o-1"}})
        for number, call in enumerate(lab.calls()[before:], start=1):
            attempts.append({"time": call["time"], "source": code, "text": f"try {number}"})
show.timeline(attempts, title="One GetItem each: 4 tries, 4 tries, 1 try")

# %% [markdown]
# ### Exercise 9.1: retry, or not? (3 points)
#
# After a crash the support team gets the exception, and one question: is it worth another try? Write
# `should_retry`, by the rules of the table. What boto3 raises is either a `ClientError`, which has AWS's answer in
# `error.response`, or another exception of `botocore.exceptions`. Of those, connections that cannot be made,
# break or time out derive from `ConnectionError` or `HTTPClientError`; the others tell of mistakes on your side.
#
# Judge by what **is** there: codes are whole words, and a message may say anything.


# %% answer="retry_or_not"
# The codes that mean throttling, in all services (botocore, retries/standard.py).
THROTTLING = {
    *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled"),
    *("RequestThrottledException", "TooManyRequestsException", "EC2ThrottledException"),
    *("ProvisionedThroughputExceededException", "TransactionInProgressException"),
    *("RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown"),
    "PriorRequestNotComplete",
}


def should_retry(error: Exception) -> bool:
    """Whether the same call may succeed if it is repeated, by the rules of boto3's standard mode.

    error: what a call of a boto3 client raised, or what your own code raised around it.
    For a ClientError: error.response["Error"]["Code"], and the status as an int in
    error.response["ResponseMetadata"]["HTTPStatusCode"].

    >>> answer = {"Error": {"Code": "NoSuchKey"}, "ResponseMetadata": {"HTTPStatusCode": 404}}
    >>> should_retry(ClientError(answer, "GetObject"))
    False
    """
    ### BEGIN SOLUTION
    if isinstance(error, ClientError):
        code = error.response["Error"]["Code"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        passing = ("RequestTimeout", "RequestTimeoutException", *THROTTLING)
        return code in passing or status in (429, 500, 502, 503, 504)
    return isinstance(error, (exceptions.ConnectionError, exceptions.HTTPClientError))
    ### END SOLUTION


# %%
met = [
    ("dynamodb", "get_item", {"TableName": "o", "Key": {"id": {"S": "1"}}}, "ThrottlingException"),
    ("dynamodb", "get_item", {"TableName": "o", "Key": {"id": {"S": "1"}}}, "ReadTimeout"),
    ("dynamodb", "get_item", {"TableName": "o"}, None),
    ("sqs", "send_message", {"QueueUrl": "https://sqs/1/q", "MessageBody": ""}, "AccessDenied"),
    ("s3", "get_object", {"Bucket": "o", "Key": "1"}, "SlowDown"),
    ("s3", "get_object", {"Bucket": "o", "Key": "1"}, None),
]
rows = []
with account.fresh(empty) as lab:
    for service, call, asked, trouble in met:
        fault = lab.fault(f"{service}:*", error=trouble) if trouble else nullcontext()
        try:
            with fault:
                getattr(boto3.client(service, config=once), call)(**asked)
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            rows.append({"raised": text[:47], "retry": should_retry(error)})
show.table(rows, "Six calls that failed")

# %% check="retry_or_not" points=3 skills="4.1.S1" tests="F9.1-01 F9.1-07 F9.1-08 F9.1-12 F9.1-13 F9.1-14 F9.1-15 F9.2-04 F9.2-05 F9.2-06 F9.2-07 F9.2-08 F9.2-09 F9.2-13"
from botocore.exceptions import ClientError, ParamValidationError, ReadTimeoutError


def refusal(code: str, status: int, message: str = "no") -> ClientError:
    told = {"Code": code, "Message": message}
    metadata = {"HTTPStatusCode": status, "RetryAttempts": 0}
    return ClientError({"Error": told, "ResponseMetadata": metadata}, "GetItem")


found = should_retry(refusal("NoSuchKey", 404))
assert found is not None, "should_retry returned nothing yet: return True or False."
assert found is False, f"Nobody puts the object there meanwhile: False, not {found!r}."
found = should_retry(refusal("InternalServerError", 500))
assert found is True, f"500 is trouble at AWS, and worth another try: True, not {found!r}."
found = should_retry(ReadTimeoutError(endpoint_url="https://dynamodb"))
assert found is True, f"No answer came in time: True, not {found!r}."
found = should_retry(ParamValidationError(report="Missing required parameter"))
assert found is False, f"A parameter is missing, and will be missing again: False, not {found!r}."
### BEGIN HIDDEN TESTS
import random
from types import SimpleNamespace

import botocore.session
from botocore import exceptions as raised
from botocore.retries import standard

from course.incidents.seeds import hidden_seed

# (service, operation, code, status): what AWS answers.
ANSWERED = """
dynamodb PutItem ProvisionedThroughputExceededException 400
dynamodb PutItem ThrottlingException 400
dynamodb Query RequestLimitExceeded 400
dynamodb TransactWriteItems TransactionInProgressException 400
dynamodb PutItem ConditionalCheckFailedException 400
dynamodb PutItem ValidationException 400
dynamodb GetItem ResourceNotFoundException 400
dynamodb GetItem AccessDeniedException 400
dynamodb GetItem UnrecognizedClientException 400
dynamodb GetItem ExpiredTokenException 400
dynamodb PutItem ItemCollectionSizeLimitExceededException 400
dynamodb TransactWriteItems TransactionCanceledException 400
dynamodb GetItem InternalServerError 500
dynamodb GetItem ServiceUnavailable 503
lambda Invoke TooManyRequestsException 429
lambda Invoke ResourceConflictException 409
lambda Invoke InvalidParameterValueException 400
lambda Invoke RequestTooLargeException 413
lambda Invoke ResourceNotFoundException 404
lambda Invoke AccessDeniedException 403
lambda Invoke MissingAuthenticationTokenException 403
lambda Invoke ServiceException 500
lambda Invoke EC2ThrottledException 502
lambda Invoke ENINotReadyException 502
s3 GetObject NoSuchKey 404
s3 HeadObject 404 404
s3 HeadObject 403 403
s3 HeadObject 503 503
s3 GetObject AccessDenied 403
s3 GetObject InvalidRange 416
s3 PutObject SlowDown 503
s3 PutObject RequestTimeout 400
s3 PutObject RequestTimeTooSkewed 403
s3 PutObject EntityTooLarge 400
s3 GetObject InternalError 500
s3 PutObject NotImplemented 501
s3 PutObject PreconditionFailed 412
s3 CreateBucket BucketAlreadyExists 409
s3 CreateBucket TooManyBuckets 400
s3 GetObject ExpiredToken 400
sqs SendMessage RequestThrottled 403
sqs SendMessage OverLimit 403
sqs SendMessage InvalidMessageContents 400
kinesis PutRecord ProvisionedThroughputExceededException 400
kinesis DescribeStream LimitExceededException 400
kinesis PutRecord InternalFailure 500
kinesis PutRecord InvalidArgumentException 400
iam CreateRole LimitExceeded 409
iam CreateRole Throttling 400
iam CreateRole EntityAlreadyExists 409
sts AssumeRole ExpiredTokenException 403
cloudwatch PutMetricData Throttling 400
cloudwatch GetMetricData MissingParameter 400
logs PutLogEvents ServiceUnavailableException 500
logs PutLogEvents DataAlreadyAcceptedException 400
route53 ChangeResourceRecordSets PriorRequestNotComplete 400
stepfunctions StartExecution ExecutionLimitExceeded 400
apigateway GetRestApis TooManyRequestsException 429
secretsmanager GetSecretValue DecryptionFailure 400
kms Decrypt ThrottlingException 400
""".strip().splitlines()
MESSAGES = [
    "Rate exceeded", "The request timed out.", "Internal error, please try again later",
    "Throttling: reduce your request rate (SlowDown)", "Not found", "ServiceUnavailable 503", "",
]  # fmt: skip
UNSENT = [
    (raised.ConnectTimeoutError(endpoint_url="https://sqs"), "no connection came about in time"),
    (raised.EndpointConnectionError(endpoint_url="https://sqs"), "there was no connection"),
    (raised.ConnectionClosedError(endpoint_url="https://sqs"), "the connection broke"),
    (raised.ReadTimeoutError(endpoint_url="https://s3"), "the answer did not come in time"),
    (raised.HTTPClientError(error=OSError("reset")), "the HTTP exchange broke off"),
    (raised.NoCredentialsError(), "it found no credentials, and will find none"),
    (raised.NoRegionError(), "no Region is set, and none will be"),
    (raised.ParamValidationError(report="x"), "a parameter is wrong, and stays so"),
    (raised.UnknownServiceError(service_name="x", known_service_names="s3"), "a name is wrong"),
    (KeyError("timeout"), "your own code raised it"),
    (ValueError("Throttling"), "your own code raised it, and will again"),
]  # fmt: skip
loaded, known_models = botocore.session.get_session(), {}


def rule_of_botocore(service: str, operation: str, code: str, status: int) -> bool:
    """What boto3's standard mode decides, with the model of this operation."""
    if service not in known_models:
        known_models[service] = loaded.get_service_model(service)
    context = standard.RetryContext(
        attempt_number=1,
        operation_model=known_models[service].operation_model(operation),
        parsed_response={"Error": {"Code": code}},
        http_response=SimpleNamespace(status_code=status, headers={}, content=b""),
    )
    return standard.StandardRetryConditions().is_retryable(context)


def ask_about(error: Exception, shown: str) -> object:
    try:
        found = should_retry(error)
    except Exception as failed:
        raise AssertionError(f"{shown}: {type(failed).__name__}: {failed}.") from None
    assert isinstance(found, bool), f"{shown}: True or False is wanted, not {found!r}."
    return found


def hint_about(code: str, status: int, right: bool) -> str:
    """Where to look, for an answer that was judged wrongly."""
    if right and status < 500 and status != 429:
        return "The status tells too little here. What does the code mean?"
    if right:
        return "Go through the rows of the table: one of them is about this status."
    if status > 500:
        return "The table has four numbers of 5xx. This one says that it will never do that."
    return "Nothing in the table fits this code as a whole word, nor its status. Messages prove nothing."


def judge_answers(rng: random.Random) -> None:
    """Raise AssertionError unless should_retry decides as botocore does."""
    cases = [line.split() for line in ANSWERED]
    for number in range(12):  # codes that nobody has seen before
        status = rng.choice([400, 403, 404, 409, 429, 500, 501, 502, 503, 504, 505])
        cases.append(["s3", "PutObject", f"Unheard{rng.randrange(1000)}Of{number}", str(status)])
    for code in [
        *standard.ThrottledRetryableChecker()._throttled_error_codes,
        "RequestTimeoutException",
    ]:
        cases.append(["s3", "PutObject", code, str(rng.choice([400, 403, 409]))])
        cases.append(["s3", "PutObject", f"Not{code}", "400"])
    rng.shuffle(cases)
    cases += [["s3", "PutObject", "Unheard", status] for status in ("400", "503", "400")]
    for service, operation, code, text in cases:
        status, message = int(text), rng.choice(MESSAGES)
        told = {"Error": {"Code": code, "Message": message}}
        told["ResponseMetadata"] = {"HTTPStatusCode": status, "RetryAttempts": rng.randint(0, 3)}
        error, shown = ClientError(told, operation), f"{service}, {code} with status {status}"
        right, found = rule_of_botocore(service, operation, code, status), ask_about(error, shown)
        assert found == right, f"{shown}: you return {found}. {hint_about(code, status, right)}"


for trial in ("retry_or_not", "retry_or_not again"):
    judge_answers(random.Random(hidden_seed(trial)))
for error, why in UNSENT:
    shown = f"{type(error).__name__} ({why})"
    right = isinstance(error, (raised.ConnectionError, raised.HTTPClientError))
    assert ask_about(error, shown) == right, f"{shown}: you return {not right}."
### END HIDDEN TESTS

# %% [markdown]
# ### Whose no is it?
#
# Repeating a denial is hopeless, and "add an Allow" helps in one case only. AWS names the kind of policy that said
# no, and how: `because no ... allows` (an **Allow is missing** there), or `with an explicit deny in ...` (a **Deny**,
# which no Allow outweighs).
#
# | the text says | who can change it |
# |---|---|
# | identity-based policy | you: it belongs to your role |
# | resource-based policy | the owner of the bucket, queue, key |
# | permissions boundary | administrators: the most this role may ever get |
# | session policy | whoever assumes the role, for this session |
# | service control policy, resource control policy | the organisation |
# | VPC endpoint policy | the network's owner |
#
# (IAM User Guide, "Troubleshoot access denied error messages".) Every kind has to agree:


# %% fixed="policy"
def policy(effect: str, action: str, resource: str = "*", **more) -> str:
    """A policy document with one statement, as JSON."""
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_role(name: str, **policies: str) -> None:
    """A role in the open account, with these inline policies."""
    iam = boto3.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    document = {"Version": "2012-10-17", "Statement": [{**trust, "Action": "sts:AssumeRole"}]}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))
    for inline, text in policies.items():
        iam.put_role_policy(RoleName=name, PolicyName=inline, PolicyDocument=text)


# %% fixed="tries"
def make_table(name: str) -> None:
    """A table of the open account, on demand, with the key id."""
    boto3.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def tries(lab, role: str, *calls, **limits) -> list[str]:
    """What a session of a role gets for these calls: each time "done", or AWS's message."""
    said = ["done"] * len(calls)
    with lab.acting_as(role, **limits):
        for number, call in enumerate(calls):
            try:
                call()
            except ClientError as error:
                said[number] = error.response["Error"]["Message"]
    return said


# %%
every, no_get = policy("Allow", "s3:*"), policy("Deny", "s3:GetObject")
only_put = policy("Allow", "s3:PutObject", Principal="*")
cases = {  # between role and object: the role's own policies, and what else there is
    "no policy": ({}, {}),
    "an Allow and a Deny": ({"one": every, "other": no_get}, {}),
    "organisation denies": ({"one": every}, {"scps": [[every, no_get]]}),
    "session is for SQS": ({"one": every}, {"session_policy": policy("Allow", "sqs:*")}),
    "endpoint is for Put": ({"one": every}, {"endpoint_policy": only_put}),
}
rows = []
with account.fresh(empty) as lab:
    boto3.client("s3").create_bucket(Bucket="receipts")
    get = partial(boto3.client("s3").get_object, Bucket="receipts", Key="o-1")
    for number, (case, (policies, limits)) in enumerate(cases.items()):
        make_role(f"role-{number}", **policies)
        [denied] = tries(lab, f"role-{number}", get, **limits)
        rows.append({"case": case, "AWS": denied.split('o-1" ')[1].split(" allows ")[0]})
show.table(rows, "One GetObject, five reasons")

# %% [markdown]
# ### Exercise 9.2: read the denial (3 points)
#
# Support pastes denials into a channel, hundreds a day, and somebody must sort them. Write `read_denial`.
#
# S3 writes the resource in quotes, and a key may have **spaces** and any words; the others write it without. Roles
# and tables are called as people please, `no-session-policy` included. Some services, and older ones, leave the reason
# out, and S3 tells another account only `Access Denied`: say None for what a text does not say.


# %% answer="read_the_denial"
def read_denial(line: str) -> dict:
    """What AWS says in a denial.

    line: a line of a log, or what somebody pasted: AWS's message with or without text around it.
    Returns a dict with
      policy: "identity", "resource", "boundary", "session", "scp", "rcp" or "endpoint";
      by: "deny" if there is an explicit deny, "missing" if an Allow is missing;
      action: as it is written;
      resource: as it is written, without quotes.
    Each is None if the text does not say it.

    >>> read_denial("User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: "
    ...     "sqs:sendmessage on resource: arn:aws:sqs:eu-west-1:1:jobs because no "
    ...     "identity-based policy allows the sqs:sendmessage action")["policy"]
    'identity'
    """
    ### BEGIN SOLUTION
    kinds = {
        "identity-based policy": "identity",
        "resource-based policy": "resource",
        "permissions boundary": "boundary",
        "session policy": "session",
        "service control policy": "scp",
        "resource control policy": "rcp",
        "VPC endpoint policy": "endpoint",
    }
    told = re.search(r'not authorized to perform: (\S+) on resource: (?:"([^"]*)"|(\S+))(.*)', line)
    if told is None:
        return {"policy": None, "by": None, "action": None, "resource": None}
    action, quoted, bare, reason = told.groups()
    by, policy_type = None, None
    if reason.startswith(" because no "):
        by, policy_type = "missing", reason.removeprefix(" because no ").split(" allows ")[0]
    elif reason.startswith(" with an explicit deny"):
        by, policy_type = "deny", re.sub(r"^ with an explicit deny( in an?)? ?", "", reason)
    kind = [word for phrase, word in kinds.items() if (policy_type or "").startswith(phrase)]
    return {
        "policy": kind[0] if kind else None,
        "by": by,
        "action": action,
        "resource": quoted or bare,
    }
    ### END SOLUTION


# %%
from course.incidents import denials

channel = denials.samples("channel", 8)
rows = [{"ends with": one["text"][-40:], **(read_denial(one["text"]) or {})} for one in channel]
show.table(rows, "What your function makes of the channel")

# %% check="read_the_denial" points=3 skills="4.1.S2 4.1.S7" tests="F4.2-11"
started = "User: arn:aws:sts::123456789012:assumed-role/cart/cart is not authorized to perform: "
table = "arn:aws:dynamodb:eu-west-1:123456789012:table/carts"
lacking = (
    f"{started}dynamodb:Query on resource: {table} because no permissions boundary allows the "
)
found = read_denial(lacking + "dynamodb:Query action")
assert found is not None, "read_denial returned nothing yet: return a dict."
assert isinstance(found, dict) and set(found) == {"policy", "by", "action", "resource"}, (
    f"A dict with policy, by, action and resource is wanted, not {found!r}."
)
assert found["action"] == "dynamodb:Query", f"The action of the text, not {found['action']!r}."
assert found["resource"] == table, f"The resource of the text, not {found['resource']!r}."
assert found["policy"] == "boundary", f"The text names a boundary; you say {found['policy']!r}."
assert found["by"] == "missing", f"No Allow there, and no Deny either; you say {found['by']!r}."
refused = f'{started}s3:GetObject on resource: "arn:aws:s3:::day/1" with an explicit deny in an '
found = read_denial(refused + "identity-based policy")
assert found["by"] == "deny", f"The text says: explicit deny. You say {found['by']!r}."
### BEGIN HIDDEN TESTS
import random

from course.incidents import denials
from course.incidents.seeds import hidden_seed
from course.telemetry.permissions import Policies, Request, decide, denial

MISLEADING = [
    "no-session-policy", "explicit-deny", "permissions-boundary-log", "service-control-policy",
    "identity-based-policy", "because-no", "endpoint-policy", "deny",
]  # fmt: skip
KEYS = [
    "because no session policy allows the s3:GetObject action", "a b/with an explicit deny in a VPC endpoint policy",
    "report on resource: x", "identity-based policy", "2026/03/17 17:00.csv",
]  # fmt: skip


def named_after(rng: random.Random, kind: str, explicit: bool) -> dict:
    """A denial in which the names of role and resource mislead."""
    action, resource = rng.choice(
        [
            ("s3:GetObject", f"arn:aws:s3:::{rng.choice(MISLEADING)}/{rng.choice(KEYS)}"),
            ("dynamodb:PutItem", f"arn:aws:dynamodb:eu-west-1:123456789012:table/{rng.choice(MISLEADING)}"),
            ("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:123456789012:{rng.choice(MISLEADING)}"),
            ("logs:CreateLogGroup", "*"),
        ]
    )  # fmt: skip
    role = rng.choice(MISLEADING)
    request = Request(f"arn:aws:sts::123456789012:assumed-role/{role}/i-0a", action, resource)
    wide = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    gone = {"Statement": {"Effect": "Deny", "Action": action, "Resource": "*", "Principal": "*"}}
    other = {"Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Principal": "*"}}
    said = gone if explicit else other
    policies = {"identity": [wide]}
    if kind == "identity":
        policies["identity"] = [wide, said] if explicit else [said]
    else:
        place = {"scp": "scps", "rcp": "rcps"}.get(kind, kind)
        policies[place] = {
            "scps": [[wide, said] if explicit else [said]],
            "rcps": [said],
            "session": [said],
        }.get(place, said)
    found = decide(request, Policies(**policies))
    return {"text": denial(request, found), "kind": found.kind, "explicit": found.explicit}


def parts_of(text: str) -> tuple:
    """Action and resource as they stand in a text that a service has written."""
    after = text.split("is not authorized to perform: ", 1)[1]
    action, rest = after.split(" on resource: ", 1)
    return action, rest[1:].split('"')[0] if rest[0] == '"' else rest.split(" ")[0]


def judge_denial(line: str, right: dict) -> None:
    """Raise AssertionError unless read_denial says of a line what is right."""
    shown = repr(line if len(line) < 330 else line[:330] + "...")
    try:
        found = read_denial(line)
    except Exception as error:
        raise AssertionError(f"{shown}: {type(error).__name__}: {error}.") from None
    assert isinstance(found, dict) and set(found) == set(right), f"{shown}: you return {found!r}."
    for key in ("action", "resource", "by", "policy"):
        got, due = found[key], right[key]
        if got == due:
            continue
        hint = "Which words of the text tell it?"
        if due is None:
            hint = "The text does not say it; then None is the answer, not a guess."
        elif key == "resource" and got and got.strip('"') == due:
            hint = "The quotes are the text's, not the resource's."
        elif key == "resource":
            hint = "Where does it begin, and where does it end? Mind quotes and spaces."
        elif key == "action" and got and got.lower() == due.lower():
            hint = "Leave the letters as they are written."
        elif key == "by":
            hint = "Look at the words that follow the resource, and only there."
        elif got == "identity":
            hint = "That is what you get when every denial is taken for a missing Allow of the role's own policy."
        elif key == "policy" and got is None:
            hint = (
                "The text does name a kind of policy. Is it in your list, spelled as AWS spells it?"
            )
        elif key == "policy":
            hint = "That word stands in a name, or in the ARN of a policy. Which words follow the resource?"
        raise AssertionError(f"{shown}: {key} is {got!r} for you. {hint}")


def judge_channel(rng: random.Random, seed: int) -> None:
    """Denials of every kind, plain ones and misleading ones, and some that say little."""
    made = denials.samples(seed, 12)
    made += [named_after(rng, kind, explicit) for kind, explicit in denials.CASES for _ in range(2)]
    rng.shuffle(made)
    for one in made:
        action, resource = parts_of(one["text"])
        right = {"policy": one["kind"], "by": "deny" if one["explicit"] else "missing"}
        right |= {"action": action, "resource": resource}
        before = rng.choice(
            [
                "",
                "[ERROR] ClientError: An error occurred (AccessDenied) when calling the X operation: ",
            ]
        )
        after = rng.choice(
            ["", "\nTraceback (most recent call last):\n  File 'a.py'", "  (seen 3 times)"]
        )
        judge_denial(before + one["text"] + after, right)
    nothing = dict.fromkeys(("policy", "by", "action", "resource"))
    judge_denial(
        "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
        nothing,
    )
    judge_denial("because no identity-based policy allows it, said somebody", nothing)
    short = made[0]["text"].split(" because no ")[0].split(" with an explicit ")[0]
    if '"' not in short:
        action, resource = parts_of(short)
        judge_denial(short, {**nothing, "action": action, "resource": resource})
        judge_denial(
            f"{short} with an explicit deny",
            {**nothing, "by": "deny", "action": action, "resource": resource},
        )


for trial in ("read_the_denial", "read_the_denial again"):
    judge_channel(random.Random(hidden_seed(trial)), hidden_seed(trial))
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 9.3: just enough (4 points)
#
# `order-worker` was denied, somebody attached `AdministratorAccess`, and it stayed. Let a program do it better. Write
# `grant`: it gets the text of a denial (the one who asked is a session of a role), and adds to the role's own
# policies what is missing. **One** action on **one** resource, nothing that was there may go, and where no Allow of
# the role's own can help, nothing is touched.
#
# The next denial of the same role will come. `put_role_policy` **replaces** a policy of the same name.


# %% answer="just_enough"
import uuid


def grant(denial: str) -> bool:
    """Lets a role do what it was denied, if an Allow in a policy of the role's own makes that so.

    denial: AWS's message, "User: arn:aws:sts::...:assumed-role/ROLE/SESSION is not ...".
    Returns True if the role was given the permission: for this action on this resource, no other.
    Returns False if the denial has another reason; then no policy of the account changes.

    >>> grant("User: arn:aws:sts::1:assumed-role/cart/c is not authorized to perform: s3:GetObject "
    ...     'on resource: "arn:aws:s3:::a/1" with an explicit deny in a resource-based policy')
    False
    """
    ### BEGIN SOLUTION
    asked = r':assumed-role/([^/]+)/\S+ is not authorized to perform: (\S+) on resource: "?(.+?)"?'
    told = re.search(asked + r" because no identity-based policy allows the \S+ action", denial)
    if told is None:
        return False
    role, action, resource = told.groups()
    boto3.client("iam").put_role_policy(
        RoleName=role,
        PolicyName=uuid.uuid5(uuid.NAMESPACE_URL, action + resource).hex,
        PolicyDocument=policy("Allow", action, resource),
    )
    return True
    ### END SOLUTION


# %%
key, orders = {"id": {"S": "o-1"}}, {"TableName": "orders"}
with account.fresh(empty) as lab:
    make_table("orders")
    make_role("order-worker", reads=policy("Allow", "dynamodb:GetItem"))
    client = boto3.client("dynamodb")
    both = (
        partial(client.put_item, Item=key, **orders),
        partial(client.delete_item, Key=key, **orders),
    )
    before = tries(lab, "order-worker", *both)
    print("grant:", grant(before[0]))
    after = tries(lab, "order-worker", *both)
short = [[text.split(" on ")[0][-40:] for text in texts] for texts in (before, after)]
rows = {"call": ["PutItem", "DeleteItem"], "before": short[0], "after": short[1]}
show.table(pd.DataFrame(rows), "order-worker, before and after")

# %% check="just_enough" points=4 skills="4.1.S7"
key, orders = {"id": {"S": "o-1"}}, {"TableName": "orders"}
with account.fresh(empty) as trial:
    make_table("orders")
    make_role("order-worker", reads=policy("Allow", "dynamodb:GetItem"))
    client = boto3.client("dynamodb")
    both = (
        partial(client.put_item, Item=key, **orders),
        partial(client.delete_item, Key=key, **orders),
    )
    put, delete = tries(trial, "order-worker", *both)
    gave = grant(put)
    again, other = tries(trial, "order-worker", *both)
    denied = grant(put.split(" because ")[0] + " with an explicit deny in a session policy")
assert gave is not None, "grant returned nothing yet: return True or False."
assert again == "done", f"You return {gave!r}, and the call is still denied: {again}"
assert gave is True, f"The role was given what it lacked: True, not {gave!r}."
assert other != "done", "It was denied PutItem, and now it may delete orders as well."
assert denied is False, f"A Deny stands in a session policy: no Allow helps. False, not {denied!r}."
### BEGIN HIDDEN TESTS
import random
import re
from functools import partial

import boto3

from course import account
from course.incidents import denials
from course.incidents.seeds import hidden_seed
from course.telemetry import permissions
from course.telemetry.world import World

OF_ROLES = {f"{verb}RolePolicy" for verb in ("Put", "Delete", "Attach", "Detach")}
OF_ROLES |= {"CreatePolicy", "CreatePolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion"}


def changes_since(trial, before: int) -> list:
    """The calls since then that changed something, in whichever service."""
    reading = ("Get", "List", "Describe", "Head", "Simulate", "Generate", "Decode")
    made = [call["operation"] for call in trial.calls()[before:]]
    return [operation for operation in made if not operation.startswith(reading)]


def asked_to_grant(text: str, why: str) -> bool:
    try:
        gave = grant(text)
    except Exception as error:
        raise AssertionError(f"{why}: {type(error).__name__}: {error}") from None
    assert isinstance(gave, bool), f"{why}: True or False is wanted, not {gave!r}."
    return gave


def judge_grants(trial, names: dict, rng: random.Random) -> None:
    """Three things that one role lacks; what it had stays, what nobody asked for stays denied."""
    role, table, bucket = names["role"], names["table"], names["bucket"]
    dynamodb, sqs, s3 = (boto3.client(name) for name in ("dynamodb", "sqs", "s3"))
    queue, key = sqs.create_queue(QueueName=names["queue"])["QueueUrl"], {"id": {"S": "1"}}
    make_table(table)
    make_table(f"{table}-archive")
    s3.create_bucket(Bucket=bucket)
    for each in ("day 1/a", "day 1/ab"):
        s3.put_object(Bucket=bucket, Key=each, Body=b"x")
    make_role(role, reads=policy("Allow", "dynamodb:GetItem"))
    make_role(f"{role}-2")
    wanted = {
        "dynamodb:PutItem": partial(dynamodb.put_item, TableName=table, Item=key),
        "sqs:SendMessage": partial(sqs.send_message, QueueUrl=queue, MessageBody="x"),
        "s3:GetObject": partial(s3.get_object, Bucket=bucket, Key="day 1/a"),
    }
    too_much = {
        "dynamodb:DeleteItem": partial(dynamodb.delete_item, TableName=table, Key=key),
        "dynamodb:PutItem, of another table,": partial(
            dynamodb.put_item, TableName=f"{table}-archive", Item=key
        ),
        "sqs:PurgeQueue": partial(sqs.purge_queue, QueueUrl=queue),
        "s3:GetObject, of another object,": partial(s3.get_object, Bucket=bucket, Key="day 1/ab"),
        "s3:PutObject": partial(s3.put_object, Bucket=bucket, Key="day 1/a"),
        "s3:GetObjectTagging": partial(s3.get_object_tagging, Bucket=bucket, Key="day 1/a"),
    }
    kept = {"dynamodb:GetItem": partial(dynamodb.get_item, TableName=table, Key=key)}
    order = rng.sample(sorted(wanted), 3)
    denied = tries(trial, role, *[wanted[name] for name in order])
    before = len(trial.calls())
    gave = [asked_to_grant(text, text) for text in denied]
    other = [name for name in changes_since(trial, before) if name not in OF_ROLES]
    assert not other, (
        f"You call {other[0]}. What a role lacks is added to a policy of its own, and nothing else is changed."
    )
    kept |= {name: wanted[name] for name in order}
    now = dict(zip(kept, tries(trial, role, *kept.values()), strict=True))
    assert now[order[-1]] == "done", (
        f"{denied[-1]}\nYou return {gave[-1]}, and it is still denied. "
        + (
            "Compare the resource of your policy with this one, letter by letter."
            if gave[-1]
            else ""
        )
    )
    lost = [name for name, got in now.items() if got != "done"]
    hint = "What became of the policy that you had put for it?"
    if len(lost) == 1 and lost[0] in order:
        hint = f"Compare the resource of your policy with this text: {denied[order.index(lost[0])]}"
    assert not lost, (
        f"{role} was denied {', '.join(order)}, and each was handed to grant. Now it is denied {', '.join(lost)}. "
        + hint
    )
    assert all(gave), f"{order[gave.index(False)]} works now, and you returned False."
    found = boto3.client("iam").list_role_policies(RoleName=role)["PolicyNames"]
    bad = [name for name in found if not re.fullmatch(r"[\w+=,.@-]{1,128}", name, re.ASCII)]
    assert not bad, (
        f"The real IAM refuses the policy name {bad[0]!r}: up to 128 letters, digits and _+=,.@- are allowed."
    )
    for name, got in zip(too_much, tries(trial, role, *too_much.values()), strict=True):
        assert got != "done", f"Nobody asked for {name} and the role may do it now."
    got = tries(trial, f"{role}-2", wanted["dynamodb:PutItem"])[0]
    assert got != "done", f"{role} was denied, and now {role}-2 may do it, too."


def judge_refusals(trial, names: dict, rng: random.Random) -> None:
    """Denials that no Allow of the role's own can cure."""
    role = f"{names['role']}-3"
    make_role(role, own=policy("Allow", "*"))
    arn = f"arn:aws:sts::{trial.id}:assumed-role/{role}/s"
    table = f"arn:aws:dynamodb:us-east-1:{trial.id}:table/{names['table']}"
    asked = permissions.Request(arn, "dynamodb:PutItem", table)
    others = [case for case in [*denials.CASES, ("resource", False)] if case != ("identity", False)]
    texts = [
        permissions.denial(asked, permissions.Decision(False, kind, explicit))
        for kind, explicit in rng.sample(sorted(others), len(others))
    ]
    texts.append(
        "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied"
    )
    for text in texts:
        before = len(trial.calls())
        gave, changed = asked_to_grant(text, text), changes_since(trial, before)
        assert not changed, (
            f"{text}\nAn Allow of the role's own does not help here; {changed[0]} was called."
        )
        assert gave is False, f"{text}\nNothing was granted, and you return {gave}."


rng = random.Random(hidden_seed("just_enough"))
begin = 1767600000000 + 60_000 * rng.randrange(10**5)
words = rng.sample(["parcels", "rooms", "flights", "sensors", "carts", "bids"], 4)
names = dict(zip(("role", "table", "bucket", "queue"), words, strict=True))
names["bucket"] += f"-{rng.randrange(10**6)}"
with account.fresh(World("trial", begin, begin, [], [])) as trial:
    judge_grants(trial, names, rng)
    judge_refusals(trial, names, rng)
### END HIDDEN TESTS

# %% [markdown]
# ### Now you are the service
#
# So far you read the errors of others. Who reads yours? A client that waits, and an operator who comes later:
#
# | | the client gets | the log gets |
# |---|---|---|
# | the client's mistake | 4xx, and what to correct | one line: which request, what, why |
# | our trouble | 5xx, "internal error", and a **request id** | the same, with the stack trace |
# | a message of a queue | nobody waits | the same; and the exception **leaves** the handler |
#
# Stack traces, host names, denials describe your house to a burglar: they stay inside. The id leads from a client's
# screenshot to your line. And `checkout` until today? `except Exception: return {"statusCode": 200, ...}`, with the
# whole trace in it. A **200 with an error in it** is invisible to every alarm.


# %% fixed="deploy"
def deploy(name: str, files: str | dict, handler: str = "lambda_handler", **settings) -> None:
    """A function with a role, in the open account: lambda_function.py as text, or {file: text}."""
    make_role(f"{name}-role")
    owner = boto3.client("sts").get_caller_identity()["Account"]
    made = {"Runtime": "python3.13", "Handler": f"lambda_function.{handler}", **settings}
    made |= {"FunctionName": name, "Role": f"arn:aws:iam::{owner}:role/{name}-role"}
    boto3.client("lambda").create_function(Code={"ZipFile": account.package(files)}, **made)


def send(name: str, *events: dict) -> list[dict]:
    """Invokes a function with each event: its answers, and the errors that Lambda counts."""
    client, got = boto3.client("lambda"), []
    for event in events:
        answer = client.invoke(FunctionName=name, Payload=json.dumps(event))
        error = answer.get("FunctionError")
        got.append({"answer": json.loads(answer["Payload"].read()), "error": error})
    return got


# %% fixed="orders_file"
orders_file = """
class InvalidOrder(Exception): "The client can correct it; the text says how."
class UnknownProduct(Exception): "There is no such product; the text says which."
class SoldOut(Exception): "There is none left; the text says so."
class Busy(Exception): "A service behind us throttles, or does not answer, after all retries."

def place(order):
    sku = order["sku"]
    if order.get("quantity", 1) < 1: raise InvalidOrder("quantity must be 1 or more")
    if sku == "ghost": raise UnknownProduct("no product ghost")
    if sku == "lamp": raise SoldOut("the lamp is sold out")
    if sku == "desk": raise Busy("payment.shop.internal throttles")
    return {"orderId": "o-1", "sku": sku}
"""
requests = ['{"sku": "mug"}', '{"sku": "mug", "quantity": 0}', '{"sku": "ghost"}']
requests += ['{"sku": "lamp"}', '{"sku": "desk"}', '{"quantity": 1}', "mug, please"]

# %% [markdown]
# ### Exercise 9.4: exceptions to HTTP (4 points)
#
# Write `lambda_function.py` anew, as text. It has two handlers around `place` of `orders.py`, which you have just seen:
#
# | raised, or a subclass of it | status | the client is told |
# |---|---|---|
# | the body is no JSON object; InvalidOrder | 400 | for InvalidOrder its text |
# | UnknownProduct | 404 | its text |
# | SoldOut | 409 | its text |
# | Busy | 503, header `Retry-After` | nothing of its text |
# | anything else, a denial by AWS included | 500 | nothing of its text |
#
# A service behind you that answers 403 to **you** is your trouble, not your client's.


# %% answer="exceptions_to_http"
# api(event, context): gets a request of a REST API, whose event["body"] is a text or None.
#   Returns statusCode, body (JSON) and headers if needed: 200 with what place() returned; else the
#   body is {"message": what the client is told, "requestId": the id of this invocation}.
# worker(event, context): gets one message of SQS: event["Records"][0]["body"] is an order as JSON.
#   Calls place; whatever fails is logged, and must make the message come back.
# Each failure, in both handlers, prints one line of JSON with "requestId", "errorType" (name of the
#   exception's class), "detail" (its text), in api also "status" (a number). Where the status is
#   500, and in worker always, also "stack" (the stack trace).
error_file = ""
### BEGIN SOLUTION
error_file = """
import json
import traceback

import orders


def log(error, context, **more):
    line = {"requestId": context.aws_request_id, "errorType": type(error).__name__}
    print(json.dumps({**line, "detail": str(error), **more}))


def status_of(error):
    if isinstance(error, orders.InvalidOrder):
        return 400
    if isinstance(error, orders.UnknownProduct):
        return 404
    if isinstance(error, orders.SoldOut):
        return 409
    return 503 if isinstance(error, orders.Busy) else 500


def parsed(body):
    try:
        order = json.loads(body or "")
    except ValueError:
        order = None
    if not isinstance(order, dict):
        raise orders.InvalidOrder("the body must be a JSON object")
    return order


def api(event, context):
    try:
        return {"statusCode": 200, "body": json.dumps(orders.place(parsed(event["body"])))}
    except Exception as error:
        status = status_of(error)
        more = {"stack": traceback.format_exc()} if status == 500 else {}
        log(error, context, status=status, **more)
        told = str(error) if status < 500 else "internal error, try again later"
        body = {"message": told, "requestId": context.aws_request_id}
        headers = {"Retry-After": "2"} if status == 503 else {}
        return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def worker(event, context):
    try:
        orders.place(json.loads(event["Records"][0]["body"]))
    except Exception as error:
        log(error, context, stack=traceback.format_exc())
        raise
"""
### END SOLUTION


# %%
rows, files = [], {"lambda_function.py": error_file, "orders.py": orders_file}
if error_file.strip():
    with account.fresh(empty) as lab:
        deploy("checkout", files, "api")
        answers = [
            got["answer"] for got in send("checkout", *[{"body": text} for text in requests])
        ]
        lab.advance(minutes=1)
        by_type = "filter ispresent(errorType) | stats count(*) as n by errorType, status"
        print(ask(by_type, "/aws/lambda/checkout", 5), "\n")
        kept = boto3.client("logs").filter_log_events(logGroupName="/aws/lambda/checkout")
    # The same in pandas:
    texts = [event["message"] for event in kept["events"] if event["message"].startswith("{")]
    told = pd.DataFrame([json.loads(text) for text in texts], columns=["errorType", "status"])
    print(told.groupby(["errorType", "status"]).size())
    for body, answer in zip(requests, answers, strict=True):
        rows.append({"order": body, "status": answer["statusCode"], "body": answer["body"][:45]})
show.table(rows or [{"order": "error_file is still empty"}], "What clients get now")


# %% check="exceptions_to_http" points=4 skills="4.1.S1 4.2.S7" tests="F4.2-14 F4.2-15 F4.2-16 F4.2-17 F9.1-02 F9.1-05 F9.1-06 F9.1-09 F9.1-10"
def reply(got: dict) -> tuple:
    """Status and body of an answer; the body parsed, if it is JSON."""
    answer = got["answer"] if isinstance(got["answer"], dict) else {}
    with suppress(KeyError, TypeError, ValueError):
        return answer.get("statusCode"), json.loads(answer["body"])
    return answer.get("statusCode"), answer.get("body")


assert isinstance(error_file, str), "error_file must be a text: what is in lambda_function.py."
assert error_file.strip(), "error_file is still empty: write the file's text between the quotes."
files = {"lambda_function.py": error_file, "orders.py": orders_file}
with account.fresh(empty) as trial:
    deploy("checkout", files, "api")
    fine, bad = send("checkout", *[{"body": text} for text in requests[:2]])
    deploy("order-worker", files, "worker")
    [lost] = send("order-worker", {"Records": [{"messageId": "m-1", "body": requests[3]}]})
assert reply(fine) == (200, {"orderId": "o-1", "sku": "mug"}), f"A good order: {fine['answer']}"
assert reply(bad)[0] == 400, f"A quantity of 0 is a 400: {bad['answer']}"
assert "quantity must be 1" in str(reply(bad)[1]), f"What is to be corrected? {bad['answer']}"
assert lost["error"], "worker ended well although the lamp was sold out: SQS deletes that message."
### BEGIN HIDDEN TESTS
import json
import random

import boto3

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

OTHER_ORDERS = """
from botocore.exceptions import ClientError

class InvalidOrder(Exception): pass
class BadAddress(InvalidOrder): pass
class UnknownProduct(Exception): pass
class Withdrawn(UnknownProduct): pass
class SoldOut(Exception): pass
class TooLate(SoldOut): pass
class Busy(Exception): pass
class NoAnswer(Busy): pass

def place(order):
    kind, text = order["kind"], order["text"]
    print("place is called")
    if kind == "fine":
        return {"orderId": text, "kinds": [kind]}
    if kind == "ClientError":
        told = {"Error": {"Code": "AccessDeniedException", "Message": text}}
        told["ResponseMetadata"] = {"HTTPStatusCode": 403, "RequestId": "not-this-one"}
        raise ClientError(told, "PutItem")
    known = [InvalidOrder, BadAddress, UnknownProduct, Withdrawn, SoldOut, TooLate, Busy, NoAnswer]
    known += [KeyError, ValueError, TypeError, RuntimeError]
    raise {each.__name__: each for each in known}[kind](text)
"""
STATUS_OF_KIND = {
    "fine": 200, "InvalidOrder": 400, "BadAddress": 400, "UnknownProduct": 404, "Withdrawn": 404,
    "SoldOut": 409, "TooLate": 409, "Busy": 503, "NoAnswer": 503, "KeyError": 500, "ValueError": 500,
    "TypeError": 500, "RuntimeError": 500, "ClientError": 500,
}  # fmt: skip
NO_ORDERS = [None, "", "{oops", "17", "[]", '"mug"', "null"]
STATUS_HINTS = {
    "ClientError": "AWS answered 403 to you. Is that your client's business?",
    "ValueError": "place() itself raised it, for a body that was fine. Who has to mend that?",
    "TypeError": "place() itself raised it, for a body that was fine. Who has to mend that?",
    "BadAddress": "It is a kind of InvalidOrder: a subclass.",
    "Withdrawn": "It is a kind of UnknownProduct: a subclass.",
    "TooLate": "It is a kind of SoldOut: a subclass.",
    "NoAnswer": "It is a kind of Busy: a subclass.",
}


def lines_by_invocation(name: str) -> list:
    """For each invocation in turn: its request id, and the objects that its JSON lines hold.

    Raises AssertionError if one of them has called place more than once.
    """
    found, placed = [], 0
    for event in boto3.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")[
        "events"
    ]:
        text = event["message"]
        if text.startswith("START RequestId: "):
            found.append((text.split()[2], []))
            placed = 0
        placed += text.startswith("place is called")
        assert placed < 2, (
            "place() is called twice for one request. Who orders a lamp, and gets two? Busy comes after all "
            "retries."
        )
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and found:
            found[-1][1].append(line)
    return found


def judge_line(shown: str, lines: list, key: str, due: dict) -> None:
    """Raise AssertionError unless one line of JSON tells of the failure."""
    told = [line for line in lines if "errorType" in line]
    assert told, f"{shown}: no line of the log is JSON with errorType. Lines of JSON there: {lines}"
    assert len(told) == 1, (
        f"{shown}: {len(told)} lines tell of one failure, and are counted as so many."
    )
    line = told[0]
    assert line.get("requestId") == key, (
        f"{shown}: the line's requestId is {line.get('requestId')!r}, and Lambda's id of that invocation was {key!r}."
    )
    for name, wanted in due.items():
        got = line.get(name)
        if name == "detail":
            assert isinstance(got, str) and wanted in got, (
                f"{shown}: detail is {got!r}, without the exception's text."
            )
        elif name == "stack":
            assert isinstance(got, str) and "in place" in got, (
                f"{shown}: stack is {got!r}. The operator wants to see the line of orders.py."
            )
        else:
            assert got == wanted, f"{shown}: in the log {name} is {got!r}; expected: {wanted!r}."


def judge_answer(shown: str, got: dict, kind: str, text: str, key: str) -> None:
    """Raise AssertionError unless the client of api is told what it may know."""
    assert not got["error"], (
        f"{shown}: the exception left api. A client waits: {str(got['answer'])[:200]}"
    )
    answer, due = got["answer"], STATUS_OF_KIND[kind]
    assert isinstance(answer, dict) and isinstance(answer.get("body"), str), (
        f"{shown}: API Gateway wants a dict with statusCode and a text as body, not {answer!r}."
    )
    status = answer.get("statusCode")
    hint = STATUS_HINTS.get(kind, "What does the table say?")
    assert status == due, f"{shown}: the client gets {status}. {hint}"
    _, body = reply(got)
    if kind == "fine":
        assert body == {"orderId": text, "kinds": ["fine"]}, (
            f"{shown}: what place() returned is wanted: {body}"
        )
        return
    assert isinstance(body, dict) and {"message", "requestId"} <= set(body), (
        f"{shown}: the body is {body}."
    )
    assert body["requestId"] == key, (
        f"{shown}: the client is told the id {body['requestId']!r}; Lambda's was {key!r}."
    )
    assert isinstance(body["message"], str) and body["message"], (
        f"{shown}: an empty message helps nobody."
    )
    everything = json.dumps(answer)
    if due >= 500:
        assert text not in everything, (
            f"{shown}: the client reads what only you may know: {everything}"
        )
    elif text:
        assert text in body["message"], (
            f"{shown}: what went wrong? The client is told {body['message']!r}."
        )
    assert "Traceback" not in everything and ".py" not in everything, (
        f"{shown}: a stack trace goes to the client."
    )
    names = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
    if due == 503:
        after = str(names.get("retry-after"))
        assert after.endswith(" GMT") or (after.isdecimal() and int(after) > 0), (
            f"{shown}: 503, and when shall the client come back? In seconds. Headers: {names}"
        )


def judge_file(rng: random.Random, name: str) -> None:
    """Orders of all kinds in any sequence, through both handlers."""
    begin = 1767600000000 + 60_000 * rng.randrange(10**5)
    files = {"lambda_function.py": error_file, "orders.py": OTHER_ORDERS}
    kinds = rng.sample(sorted(STATUS_OF_KIND), len(STATUS_OF_KIND))
    sent = [
        (kind, f"{rng.choice(['rack', 'shelf', 'box'])}-{rng.randrange(10**6)}") for kind in kinds
    ]
    bodies = rng.sample(NO_ORDERS, len(NO_ORDERS))
    with account.fresh(World("trial", begin, begin, [], [])) as trial:
        deploy(name, files, "api")
        deploy(f"{name}-worker", files, "worker")
        orders = [json.dumps({"kind": kind, "text": text}) for kind, text in sent]
        answers = send(name, *[{"body": body} for body in [*orders, *bodies]])
        messages = [{"messageId": "m", "body": body} for body in [*orders, "{oops"]]
        ends = send(f"{name}-worker", *[{"Records": [message]} for message in messages])
        trial.advance(minutes=2)
        of_api, of_worker = lines_by_invocation(name), lines_by_invocation(f"{name}-worker")
    for (kind, text), got, end, (key, lines), (worker_key, worker_lines) in zip(
        sent, answers, ends, of_api, of_worker, strict=False
    ):
        shown, status = (
            f"api, when place() {'returns' if kind == 'fine' else f'raises {kind}'}",
            STATUS_OF_KIND[kind],
        )
        judge_answer(shown, got, kind, text, key)
        due = {
            "errorType": kind,
            "detail": text,
            "status": status,
            **({"stack": ""} if status == 500 else {}),
        }
        if kind == "fine":
            failures = [line for line in [*lines, *worker_lines] if "errorType" in line]
            assert not failures, f"{shown}: nothing failed, and the log says: {failures[0]}"
            assert not end["error"], f"worker failed for an order that was fine: {end['answer']}"
            continue
        judge_line(shown, lines, key, due)
        shown = f"worker, when place() raises {kind}"
        assert end["error"], (
            f"{shown}: the invocation ended well, so SQS deletes the message, and no dead-letter queue sees it."
        )
        judge_line(
            shown, worker_lines, worker_key, {"errorType": kind, "detail": text, "stack": ""}
        )
    for body, got, (key, lines) in zip(
        bodies, answers[len(sent) :], of_api[len(sent) :], strict=True
    ):
        judge_answer(f"api, with the body {body!r}", got, "InvalidOrder", "", key)
        judge_line(f"api, with the body {body!r}", lines, key, {"status": 400})
    assert ends[-1]["error"], (
        "worker, with a body that is no JSON: the invocation ended well; the message is gone."
    )
    judge_line(
        "worker, with a body that is no JSON", of_worker[-1][1], of_worker[-1][0], {"detail": ""}
    )


rng = random.Random(hidden_seed("exceptions_to_http"))
judge_file(rng, rng.choice(["buy", "book", "reserve"]))
### END HIDDEN TESTS

# %% [markdown] facts="F9.2-01 F9.2-02 F9.2-03 F9.2-10 F9.2-11 F9.2-12 F9.2-13 F9.2-14"
# ## 9.2 The same troubles by their names
#
# Whoever calls a service writes `except` for **codes**. Of **Lambda**'s API, and of **S3**:
#
# | code | status | says | and now? |
# |---|---|---|---|
# | TooManyRequestsException | 429 | a limit of invocations; `Reason` says which | wait; then see whose limit it is |
# | ResourceConflictException | 409 | somebody else is changing it; it exists; it is `Pending` | use a waiter, look again |
# | InvalidParameterValueException | 400 | a setting that cannot be | correct it |
# | NoSuchBucket, NoSuchKey | 404 | there is no such bucket, or object | check the name |
# | AccessDenied | 403 | not permitted | read the denial |
# | SlowDown | 503 | too many requests for a prefix | wait, fewer at once |
# | BucketAlreadyExists | 409 | the name is taken, by anybody on earth | another name |
#
# > **Exam answer / Today.** "TooManyRequestsException: the concurrency limit." `Reason` knows six, among them
# > invocation rates and snapshots of SnapStart. Your **own** bucket gives `BucketAlreadyOwnedByYou`; names may also
# > belong to your account in a Region. And without `s3:ListBucket`, a missing key is a **403**. (botocore, lambda and s3;
# > S3 API Reference, "GetObject".)


# %% fixed="met"
import random

THROTTLES = (  # DynamoDB's codes that mean throttling
    "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"
)  # fmt: skip


def met(call, **asked) -> dict:
    """What a call of a boto3 client meets in the open account, and how often boto3 repeated it."""
    began, name = time.time(), call.__name__
    try:
        answer = call(**asked)
    except ClientError as error:
        answer = error.response
    said = answer["ResponseMetadata"]
    code, reason = answer.get("Error", {}).get("Code", ""), answer.get("Reason", "")
    row = {"call": name, "status": said["HTTPStatusCode"], "code": code, "Reason": reason}
    return row | {"repeated": said["RetryAttempts"], "seconds": round(time.time() - began, 2)}


# %%
with account.fresh(empty) as lab:
    source = "def lambda_handler(event, context):\n    return 'paid'"
    deploy("payment", source)
    fn, s3 = boto3.client("lambda"), boto3.client("s3", region_name="eu-central-1")
    here = {"LocationConstraint": "eu-central-1"}
    named = {"FunctionName": "payment"}
    role = fn.get_function_configuration(**named)["Role"]
    twin = {**named, "Role": role, "Runtime": "python3.13", "Handler": "a.b"}
    rows = [met(fn.create_function, Code={"ZipFile": account.package(source)}, **twin)]
    mine = {"Variables": {"AWS_REGION": "eu-central-1"}}
    rows.append(met(fn.update_function_configuration, Environment=mine, **named))
    fn.put_function_concurrency(ReservedConcurrentExecutions=0, **named)
    rows += [met(fn.invoke, **named), met(s3.get_object, Bucket="receipts", Key="o-1")]
    s3.create_bucket(Bucket="receipts", CreateBucketConfiguration=here)
    rows.append(met(s3.get_object, Bucket="receipts", Key="o-1"))
    rows.append(met(s3.create_bucket, Bucket="receipts", CreateBucketConfiguration=here))
    with lab.fault("s3:PutObject", error="SlowDown"):
        rows.append(met(s3.put_object, Bucket="receipts", Key="o-1", Body=b"paid"))
show.table(rows, "What boto3 repeats by itself, and what it hands to you at once")

# %% [markdown] facts="F9.2-04 F9.2-05 F9.2-06 F9.2-07 F9.2-08 F9.2-09"
# ### DynamoDB: nearly everything is a 400
#
# | code | says | repeat? |
# |---|---|---|
# | ProvisionedThroughputExceededException | more than the table has, or a partition can | yes, later |
# | RequestLimitExceeded | more than the account's quota | yes, later |
# | InternalServerError (500) | DynamoDB's own trouble | yes, but a write **may have been done** |
# | ConditionalCheckFailedException | your condition was false | no: it is an **answer** |
# | ValidationException | the request makes no sense | no |
# | ResourceNotFoundException | no such table, or not yet | no |
#
# boto3 repeats the first three, three times each, before you hear of them. It counts what it did in
# `ResponseMetadata`'s `RetryAttempts`. (DynamoDB Developer Guide, "Error handling with DynamoDB"; botocore,
# `retries/standard.py`.)

# %%
with account.fresh(empty) as lab:
    make_table("orders")
    table = boto3.client("dynamodb")
    item = {"TableName": "orders", "Item": {"id": {"S": "o-1"}}}
    rows, codes = [], ("ProvisionedThroughputExceededException", "RequestLimitExceeded")
    for code in (*codes, "InternalServerError"):
        with lab.fault("dynamodb:PutItem", error=code):
            rows.append(met(table.put_item, **item))
    table.put_item(**item)
    once_only = {"ConditionExpression": "attribute_not_exists(id)"}
    rows.append(met(table.put_item, **item, **once_only))
    rows.append(met(table.put_item, TableName="orders", Item={"order": {"S": "o-1"}}))
    rows.append(met(table.put_item, **{**item, "TableName": "order"}))
told = pd.DataFrame(rows).drop(columns=["call", "Reason"])
print(show.table(told, "Six refusals of one PutItem"))
show.bars(told, label="code", value="seconds", title="How long until you hear of it", unit="s")

# %% [markdown]
# ### Exercise 9.5: what a log should keep of an error (2 points)
#
# `str(error)` in a log is for people. To **count** failures by code, you need fields, and what helps most is easily
# lost: the reason behind a throttle, which action of a transaction failed, how often the SDK had tried, the request id
# that AWS Support asks for. And there is not always an answer: a timeout has none.
#
# Write `error_record`. It must not fail itself, whatever boto3 raised: an error in the error handling hides the first.


# %% answer="error_record"
def error_record(error: Exception) -> dict:
    """What to log of a call of boto3 that failed: a dict for json.dumps.

    error: a ClientError, or another exception that a call raised. Keys, all of them each time:
      code: AWS's error code; for an exception without an answer of AWS, the name of its class
      operation: such as "PutItem"; status: HTTP status, an int; request_id: AWS's id of the request;
      retries: how often the SDK repeated the call, an int. Each None where it is not known.
      reasons: a list of texts, in AWS's order; [] where AWS gives none. There are three kinds:
        Lambda's Reason (a text beside Error); the `reason` of each of DynamoDB's ThrottlingReasons
        (in a ThrottlingException: throttlingReasons); the Code of each of CancellationReasons.

    >>> error_record(exceptions.ConnectTimeoutError(endpoint_url="https://..."))["code"]
    'ConnectTimeoutError'
    """
    ### BEGIN SOLUTION
    answer = getattr(error, "response", None) or {}
    said = answer.get("ResponseMetadata", {})
    throttling = answer.get("ThrottlingReasons") or answer.get("throttlingReasons") or []
    reasons = [answer["Reason"]] if answer.get("Reason") else []
    reasons += [each["reason"] for each in throttling]
    reasons += [each["Code"] for each in answer.get("CancellationReasons", [])]
    return {
        "code": answer.get("Error", {}).get("Code") or type(error).__name__,
        "operation": getattr(error, "operation_name", None),
        "status": said.get("HTTPStatusCode"),
        "request_id": said.get("RequestId"),
        "retries": said.get("RetryAttempts"),
        "reasons": reasons,
    }
    ### END SOLUTION


# %%
with account.fresh(empty) as lab:
    make_table("orders")
    table, lines = boto3.client("dynamodb"), []
    lab.fault("dynamodb:*", error="ThrottlingException", rate=0.6)
    for number in range(40):
        try:
            table.get_item(TableName="orders" if number % 9 else "order", Key={"id": {"S": "o"}})
        except ClientError as error:
            lines.append(json.dumps(error_record(error)))
    stream = {"logGroupName": "/shop/errors", "logStreamName": "checkout"}
    boto3.client("logs").create_log_group(logGroupName="/shop/errors")
    boto3.client("logs").create_log_stream(**stream)
    events = [{"timestamp": int(time.time() * 1000), "message": line} for line in lines]
    boto3.client("logs").put_log_events(**stream, logEvents=events)
    lab.advance(seconds=5)
    print(ask("stats count(*) as n, sum(retries) as again by operation, code", "/shop/errors", 5))
# The same in pandas:
known = pd.DataFrame([json.loads(line) or {"code": "none yet", "retries": 0} for line in lines])
print(known.groupby("code").retries.agg(["count", "sum"]))

# %% check="error_record" points=2 skills="4.2.S2 4.2.S7" tests="F5.2-02 F9.2-01"
met_here = []
with account.fresh(empty) as trial:
    make_table("orders")
    asked = {"TableName": "orders", "Key": {"id": {"S": "o-1"}}}
    for trouble in ("ProvisionedThroughputExceededException", "ReadTimeout"):
        with trial.fault("dynamodb:GetItem", error=trouble):
            try:
                boto3.client("dynamodb").get_item(**asked)
            except (ClientError, exceptions.BotoCoreError) as error:
                met_here.append(error)
try:
    throttled, lost = (error_record(error) for error in met_here)
except Exception as error:
    raise AssertionError(f"error_record itself failed: {type(error).__name__}: {error}") from None
assert throttled is not None, "error_record returned nothing yet: return a dict."
keys = {"code", "operation", "status", "request_id", "retries", "reasons"}
assert set(throttled) == keys, f"The keys are {sorted(keys)}, not {sorted(throttled)}."
assert throttled["retries"] == 3, f"boto3 repeated it 3 times; you say {throttled['retries']!r}."
assert lost["code"] == "ReadTimeoutError", f"There was no answer; your code is {lost['code']!r}."
### BEGIN HIDDEN TESTS
import copy
import random

from course.incidents.seeds import hidden_seed


def deep(answer: dict, *path: str):
    """What stands there, or None."""
    for name in path:
        answer = answer.get(name, {}) if isinstance(answer, dict) else {}
    return answer if answer != {} else None


def true_record(error: Exception) -> dict:
    """What is to be kept of an error."""
    answer = getattr(error, "response", None) or {}
    throttles = answer.get("ThrottlingReasons", answer.get("throttlingReasons", []))
    kinds = [
        [answer["Reason"]] if "Reason" in answer else [],
        [each["reason"] for each in throttles],
    ]
    kinds.append([each["Code"] for each in answer.get("CancellationReasons", [])])
    return {
        "code": deep(answer, "Error", "Code") or type(error).__name__,
        "operation": getattr(error, "operation_name", None),
        "status": deep(answer, "ResponseMetadata", "HTTPStatusCode"),
        "request_id": deep(answer, "ResponseMetadata", "RequestId"),
        "retries": deep(answer, "ResponseMetadata", "RetryAttempts"),
        "reasons": [text for kind in kinds for text in kind],
    }


def collected(rng: random.Random) -> list:
    """Errors of many kinds, as this account gives them."""
    name, errors = f"bookings{rng.randrange(100)}", []
    with account.fresh(World("trial", noon, noon, [], [])) as trial:
        db, s3, fn = (boto3.client(kind) for kind in ("dynamodb", "s3", "lambda"))
        units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
        db.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            ProvisionedThroughput=units,
        )
        make_table("ledger")
        db.put_item(TableName="ledger", Item={"id": {"S": "a"}})
        big = {"TableName": name, "Item": {"id": {"S": "b"}, "scan": {"B": b"x" * 330_000}}}
        db.put_item(**big)
        new = {"ConditionExpression": "attribute_not_exists(id)"}
        puts = [{"Put": {"TableName": "ledger", "Item": {"id": {"S": k}}, **new}} for k in "za"]
        deploy("worker", "def lambda_handler(event, context):\n    return 1")
        fn.put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=0)
        calls = [
            lambda: db.put_item(**big),
            lambda: db.transact_write_items(TransactItems=puts),
            lambda: fn.invoke(FunctionName="worker"),
            lambda: fn.invoke(FunctionName="nobody"),
            lambda: s3.head_object(Bucket="none-such", Key="x"),
            lambda: s3.get_object(Bucket="none-such", Key="x"),
            lambda: db.get_item(TableName="ledger"),
            lambda: boto3.client("dynamodb", config=once).put_item(**big),
        ]
        for call in calls:
            try:
                call()
            except (ClientError, exceptions.BotoCoreError) as error:
                errors.append(error)
        for kind in ("ConnectTimeout", "ReadTimeout", "ConnectionReset"):
            with trial.fault("lambda:Invoke", error=kind):
                try:
                    boto3.client("lambda", config=once).invoke(FunctionName="worker")
                except exceptions.BotoCoreError as error:
                    errors.append(error)
    reason = f"Table{rng.choice(('Read', 'Write'))}MaxOnDemandThroughputExceeded"
    many = [
        {"reason": reason, "resource": "arn:t"},
        {"reason": "IndexWriteKeyRangeThroughputExceeded"},
    ]
    answer = {"Error": {"Code": "ThrottlingException", "Message": "x"}, "throttlingReasons": many}
    errors.append(ClientError({**answer, "ResponseMetadata": {"HTTPStatusCode": 400}}, "Query"))
    errors.append(ClientError({"Error": {"Code": "SlowDown"}}, "UploadPart"))
    errors.append(ValueError("the order has no items"))
    return errors


def judge_record(error: Exception) -> None:
    """Raise AssertionError unless everything of this error is kept."""
    expected, told = true_record(error), f"For {type(error).__name__} ({str(error)[:90]}): "
    before = copy.deepcopy(getattr(error, "response", None))
    try:
        found = error_record(error)
        json.dumps(found)
    except Exception as failed:
        raise AssertionError(
            told
            + f"error_record fails with {type(failed).__name__}: {failed}. Which of the things that "
            "you look up are always there?"
        ) from None
    assert getattr(error, "response", None) == before, (
        told + "error_record changes the exception, which others look at, too."
    )
    assert isinstance(found, dict) and set(found) == set(expected), (
        told
        + f"the keys are {sorted(found) if isinstance(found, dict) else found!r}: all six, each time."
    )
    hints = {
        "code": "Take AWS's word, not the class's or the message's; without one, the class's name.",
        "operation": "A ClientError knows what was called.",
        "status": "It stands in ResponseMetadata, a number; without an answer there is none.",
        "request_id": "It stands in ResponseMetadata; without an answer there is none.",
        "retries": "ResponseMetadata counts them; what is unknown is not 0.",
        "reasons": "Look at the whole of error.response: what stands beside Error?",
    }
    for key, hint in hints.items():
        known, mine = expected[key] is not None, found[key]
        assert mine == expected[key], (
            told
            + f"`{key}` is {mine!r}; AWS "
            + (
                f"gave {'something else' if expected[key] != [] else 'no reasons'}. {hint}"
                if known
                else f"said nothing. {hint}"
            )
        )


for trial_error in collected(random.Random(hidden_seed("error_record"))):
    judge_record(trial_error)
### END HIDDEN TESTS

# %% [markdown]
# ### When everybody is patient in the same way
#
# For four seconds a table refuses everything. Forty workers each have an item to store, and repeat what is refused.
# Twice: with waits of 1, 2, 4, 8 s, and with **random** waits up to these bounds (*full jitter*). That is the whole
# difference.
#
# Without jitter all come back in the same instant, and go on being each other's overload: they keep in step as long
# as they repeat. (Amazon Builders' Library, "Timeouts, retries, and backoff with jitter".)


# %%
def crowd(jitter: bool) -> pd.Series:
    def store(number: int) -> None:
        for bound in (1, 2, 4, 8, 0):
            with suppress(ClientError):
                return client.put_item(TableName="o", Item={"id": {"S": f"o-{number}"}})
            time.sleep(random.uniform(0, bound) if jitter else bound)

    with account.fresh(empty) as lab:
        make_table("o")
        client = boto3.client("dynamodb", config=once)
        lab.fault("dynamodb:PutItem", error="InternalServerError", during=4)
        lab.together([partial(store, number) for number in range(40)])
        at = pd.to_datetime([call["time"] for call in lab.calls()[1:]])
    return pd.Series(1, index=at).resample("500ms").sum()


random.seed(9)
waves = pd.DataFrame({"fixed waits": crowd(False), "random waits": crowd(True)}).fillna(0)
waves = waves.rename_axis("time").reset_index()
show.series(waves, title="Calls in each half second, forty workers", unit="calls")

# %% [markdown]
# ### Exercise 9.6: patience with a budget (3 points)
#
# Jitter spreads repetitions; it does not make them fewer. In an outage, with four attempts each, a service gets four
# times its load just when it can bear least. A **retry budget** bounds that: repetitions are paid from a bucket, and
# only success fills it. boto3's standard mode has one in every client: 500 tokens; a repetition costs 5 after a
# throttle, 14 after other failures; a success at once puts 1 back, one after a repetition what the last one cost.
# (botocore, `retries/standard.py`.)
#
# Write `store_all` with a bucket of your own.


# %% answer="backoff_with_budget"
def store_all(table: str, items: list[dict], budget: int) -> list[str]:
    """Puts items into a table, one after another, and repeats while the budget lasts.

    items: as put_item of a client takes them. For each, returns "stored", "given up" or "refused".
    One bucket of tokens serves all items. It holds `budget` tokens at first, and never more.
    - Each item gets one attempt, however empty the bucket is, and six at most.
    - What another try may cure is repeated: a code in THROTTLES, a status from 500 on, no answer at
      all. Each repetition takes 5 tokens; with fewer left, the item is "given up" without a wait.
    - Everything else is "refused" at once.
    - An item stored by its first attempt puts 1 token back, by a later one 5.
    - Before each repetition a random wait: below 1 second at first, its bound doubles, up to 8 s.

    >>> store_all("orders", [{"id": {"S": "o-1"}}, {"id": {"S": "o-2"}}], budget=20)
    ['stored', 'stored']
    """
    results = []
    ### BEGIN SOLUTION
    client, tokens = boto3.client("dynamodb", config=once), budget
    for item in items:
        ended = "given up"
        for attempt in range(6):
            if attempt:
                if tokens < 5:
                    break
                tokens -= 5
                time.sleep(random.uniform(0, min(8, 2 ** (attempt - 1))))
            try:
                client.put_item(TableName=table, Item=item)
                tokens = min(budget, tokens + (5 if attempt else 1))
                ended = "stored"
                break
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                if status < 500 and error.response["Error"]["Code"] not in THROTTLES:
                    ended = "refused"
                    break
            except (exceptions.ConnectionError, exceptions.HTTPClientError):
                continue
        results.append(ended)
    ### END SOLUTION
    return results


# %%
sixty, rows = [{"id": {"S": f"o-{number}"}} for number in range(60)], []
for trouble, rate in (("all well", 0.0), ("one in five fails", 0.2), ("outage", 1.0)):
    for budget in (20, 10_000):
        with account.fresh(empty) as lab:
            make_table("orders")
            with lab.fault("dynamodb:PutItem", error="InternalServerError", rate=rate):
                ended = store_all("orders", sixty, budget)
            row = {"trouble": trouble, "budget": budget, "calls": len(lab.calls()) - 1}
        rows.append({**row, **{end: ended.count(end) for end in ("stored", "given up")}})
show.table(rows, "Sixty items")

# %% check="backoff_with_budget" points=3 skills="4.1.S7" tests="F9.1-07 F9.1-08 F9.1-14"
two = [{"id": {"S": "o-1"}}, {"id": {"S": "o-2"}}]
with account.fresh(empty) as trial:
    make_table("orders")
    with trial.fault("dynamodb:PutItem", error="ThrottlingException", times=2):
        try:
            ended = store_all("orders", two, 20)
        except Exception as error:
            raise AssertionError(f"Two throttles, and {type(error).__name__}: {error}") from None
    sent = [call["time"] for call in trial.calls() if call["operation"] == "PutItem"]
assert ended or sent, "store_all did nothing yet: put the items, and return a list of results."
assert ended == ["stored", "stored"], f"Both can be stored, the first at its third try: {ended!r}"
assert len(sent) == 4, f"Three attempts and one make 4 calls; DynamoDB got {len(sent)}."
assert sent[0] != sent[1] != sent[2], "No time passes between an attempt and its repetition."
### BEGIN HIDDEN TESTS
import copy
import random
from statistics import mean

from course.incidents.seeds import hidden_seed

LAWS = {  # what a student may have believed -> how it differs
    "no_budget": "nothing ever stops the repetitions: the bucket is not asked.",
    "own_bucket": "each item has a bucket of its own. Then an outage with many items has no bound.",
    "no_refund": "nothing is put back into the bucket by a success.",
    "one_back": "a success after repetitions puts back as much as one at once.",
    "five_back": "a success at the first attempt puts back as much as a later one.",
    "no_bound": "the bucket grows beyond its size. After a calm day it would allow any storm.",
    "first_pays": "the first attempts are paid from the bucket, too.",
    "one_token": "a repetition costs one token.",
    "last_one": "the last tokens are not spent: a repetition needs five, no more.",
    "four": "an item gets fewer attempts than six.",
    "seven": "an item gets more attempts than six.",
    "any_left": "a repetition is allowed as long as anything is left in the bucket.",
}


def lawful(answers: list, count: int, budget: int, flaw: str = "") -> list:
    """How many attempts each item gets; answers: whether each call, in order, may be repeated."""
    tokens, made, at = budget, [], 0
    cost = 1 if flaw == "one_token" else 5
    need = {"last_one": cost + 1, "any_left": 1}.get(flaw, cost)
    most = {"four": 4, "seven": 7}.get(flaw, 6)
    for _ in range(count):
        attempts = 0
        if flaw == "own_bucket":
            tokens = budget
        if flaw == "first_pays":
            tokens = max(0, tokens - 5)
        while at < len(answers):
            attempts, said, at = attempts + 1, answers[at], at + 1
            if said == "stored":
                back = {"no_refund": 0, "one_back": 1, "five_back": 5}.get(
                    flaw, 5 if attempts > 1 else 1
                )
                tokens = tokens + back if flaw == "no_bound" else min(budget, tokens + back)
            if said != "again" or attempts == most or (tokens < need and flaw != "no_budget"):
                break
            tokens -= cost
        made.append(attempts)
    return made


def attempted(table: str, count: int, budget: int, faults: list) -> tuple:
    """What store_all returned, how each call ended, attempts for each item, and all waits."""
    items = [{"id": {"S": f"{table}-{k}"}} if k != 7 else {"key": {"S": "x"}} for k in range(count)]
    with account.fresh(
        World("trial", noon + 60_000 * count, noon + 60_000 * count, [], [])
    ) as trial:
        make_table(table)
        for fault in faults:
            trial.fault("dynamodb:PutItem", **fault)
        given = copy.deepcopy(items)
        try:
            ended = store_all(table, given, budget)
        except Exception as error:
            raise AssertionError(
                f"{count} items, troubles {[fault['error'] for fault in faults]}: store_all ended with "
                f"{type(error).__name__}: {error}. What are the other items to do with it?"
            ) from None
        calls = trial.calls()[1:]
    others = {call["operation"] for call in calls} - {"PutItem"}
    assert not others, f"store_all also calls {', '.join(sorted(others))}; PutItem is all it needs."
    added = [call["parameters"]["Item"] for call in calls if call["parameters"]["Item"] not in items]
    assert not added, f"An item is stored otherwise than it was given: {added[0]}."
    assert given == items, "The list of items, or an item, is changed. It is the caller's, who may need it."
    order = [items.index(call["parameters"]["Item"]) for call in calls]
    assert order == sorted(order), "The items are to be stored one after another, in their order."
    ends, waits, before = [], [], None
    for number, call in zip(order, calls, strict=True):
        at = pd.Timestamp(call["time"]).timestamp()
        if before and before[0] == number:
            waits.append((order[: len(ends)].count(number), at - before[1]))
        code = call["error"]
        before = (number, at) if code != "ConnectTimeout" else None  # that takes a minute itself
        ends.append(
            "stored" if not code else "refused" if code == "ValidationException" else "again"
        )
    return ended, ends, [order.count(number) for number in range(count)], waits


def judge_budget(table: str, count: int, budget: int, *faults: dict) -> tuple:
    """Raise AssertionError for a wrong number of attempts or results; the waits, and a flaw's fits."""
    ended, ends, made, waits = attempted(table, count, budget, list(faults))
    told = (
        f"{count} items, a budget of {budget}, {', '.join(str(each['error']) for each in faults)}: "
    )
    mine = ends[sum(made[:7]) : sum(made[:8])]
    assert "refused" not in mine[:-1], (
        told + "an item without its key was refused for that, and sent again. It will not get one."
    )
    assert max(made) <= 7, (
        told
        + f"{max(made)} calls for one item, and six are allowed. Who else repeats, beside your code?"
    )
    asked = lawful(ends, count, budget)
    good = made == asked
    fits = {flaw for flaw in LAWS if made == lawful(ends, count, budget, flaw)}
    at, results = 0, []
    for attempts in made:
        at += attempts
        results.append(ends[at - 1].replace("again", "given up"))
    return told, good, fits, waits, ended, results, sum(made)


def judge_laws(runs: list) -> None:
    """Raise AssertionError, with the misconception that explains all runs, if one is unlawful."""
    bad = [run for run in runs if not run[1]]
    if bad:
        fits = set(LAWS).intersection(*(run[2] for run in runs))
        why = [LAWS[flaw] for flaw in LAWS if flaw in fits]
        told, calls = bad[0][0], bad[0][6]
        assert not why, told + f"{calls} calls. That is what you get when {why[0]}"
        raise AssertionError(
            told + f"{calls} calls, and the budget does not explain that. Follow the tokens."
        )
    for told, _, _, _, ended, results, _ in runs:
        assert ended == results, (
            told
            + f"the calls are right, the results are not: {list(ended or [])[:12]} for what ended as "
            f"{results[:12]}"
        )


def judge_waits(waits: list) -> None:
    """Raise AssertionError unless waits are random, grow, and are bounded."""
    by_number = [[wait for number, wait in waits if number == k] for k in range(1, 6)]
    first, late = by_number[0], by_number[3] + by_number[4]
    assert max(first) < 1.1, f"One first wait lasted {max(first):.1f} s: its bound is 1 second."
    assert max(by_number[1]) < 4.1, (
        f"One second wait lasted {max(by_number[1]):.1f} s; the bound doubles, from 1 second on."
    )
    longest = max(wait for _, wait in waits)
    assert longest < 8.1, f"A wait lasted {longest:.1f} s: nothing ends the doubling."
    assert max(late) > 0.05, "No time passes before the repetitions, on the account's clock."
    assert mean(late) > 2 * mean(first), (
        f"First waits last {mean(first):.2f} s on average, late ones {mean(late):.2f} s: they should grow."
    )
    assert max(late) > 1.2 * min(late) and max(first) > 1.2 * min(first), (
        f"Fourth and fifth waits last from {min(late):.2f} to {max(late):.2f} s. So little chance, and all "
        "clients come back together."
    )


rng = random.Random(hidden_seed("backoff_with_budget"))
table = f"bookings{rng.randrange(100)}"
THROTTLE = rng.choice(
    ("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded")
)
found = [
    judge_budget(table, 14, 12, {"error": THROTTLE}),
    judge_budget(table, 26, 17, {"error": "InternalServerError", "rate": 0.45}),
    judge_budget(table, 30, 7, {"error": THROTTLE, "rate": 0.25}),
    judge_budget(
        table,
        9,
        400,
        {"error": THROTTLE, "times": 21},
        {"error": "InternalServerError", "times": 9},
    ),
    judge_budget(
        table, 12, 33, {"error": "ConnectionReset", "times": 3}, {"error": "ConnectTimeout", "times": 2},
        {"error": THROTTLE, "rate": 0.5},
    ),
]
judge_laws(found)
judge_waits([wait for run in found for wait in run[3]])
### END HIDDEN TESTS

# %% [markdown]
# ### The answer that got lost
#
# `payment` takes 59 euros off a customer's credit. DynamoDB does it, and the answer gets lost on its way back. boto3
# sees a **timeout**, and repeats, as it should: it cannot know.
#
# The second subtraction is as good as the first. So a write that may be repeated, by the SDK, by a queue, by a
# customer who clicks again, must be **idempotent**: doing it twice is doing it once. (Builders' Library, "Making
# retries safe with idempotent APIs".)

# %%
less = {
    "UpdateExpression": "SET cents = cents - :n",
    "ExpressionAttributeValues": {":n": {"N": "5900"}},
}
credit = {"TableName": "credits", "Key": {"id": {"S": "credit#7"}}}
rows = []
for trouble in (None, "ReadTimeout", "ConnectionReset"):
    with account.fresh(empty) as lab:
        make_table("credits")
        table = boto3.client("dynamodb")
        table.put_item(TableName="credits", Item={**credit["Key"], "cents": {"N": "20000"}})
        with lab.fault("dynamodb:UpdateItem", error=trouble, times=1) if trouble else nullcontext():
            again = table.update_item(**credit, **less)["ResponseMetadata"]["RetryAttempts"]
        left = table.get_item(**credit)["Item"]["cents"]["N"]
    rows.append({"what happened": trouble or "all well", "boto3 repeated": again, "left": left})
show.table(rows, "59 euros off 200, in cents")

# %% [markdown]
# ### Exercise 9.7: pay once (4 points)
#
# Three ways to remember what was done, each with a gap:
#
# | way | its gap |
# |---|---|
# | look first, then write | two workers look at the same time |
# | a key made by the one who writes, such as `uuid4()` | whoever repeats makes another |
# | `ClientRequestToken` of a transaction | after **10 minutes** it is forgotten |
#
# A condition on a record that bears the **order's** name has none, if the record and the subtraction are written
# **together**. And when the condition fails, that may have been your own first try. Write `pay`.


# %% answer="idempotent_create"
def pay(table: str, order: str, customer: str, cents: int) -> str:
    """Takes an order's price off a customer's credit: once, however often and by whomever called.

    table: its key is `id`. The item credit#<customer> has the number `cents`; it always exists. What
    else you keep in the table, under other ids or in the credit's item, is up to you.

    Returns
      "paid": the price is taken off, now or by an earlier call for this order, maybe one that failed;
      "conflict": the order was paid before, by another customer or with another price: nothing done;
      "declined": the credit does not suffice: nothing done. A later call may find more.
    Trouble that boto3's own repetitions cannot cure may be raised. A later call then must be right.
    It must be right, too, when two workers call it at the same time.

    >>> pay("credits", "o-1", "7", 5900)
    'paid'
    """
    ### BEGIN SOLUTION
    client = boto3.client("dynamodb")
    record = {"id": {"S": f"payment#{order}"}, "by": {"S": customer}, "cents": {"N": str(cents)}}
    put = {"TableName": table, "Item": record, "ConditionExpression": "attribute_not_exists(id)"}
    take = {
        "TableName": table,
        "Key": {"id": {"S": f"credit#{customer}"}},
        "UpdateExpression": "SET cents = cents - :n",
        "ConditionExpression": "cents >= :n",
        "ExpressionAttributeValues": {":n": record["cents"]},
    }
    for _ in range(8):
        try:
            client.transact_write_items(TransactItems=[{"Put": put}, {"Update": take}])
            return "paid"
        except client.exceptions.TransactionCanceledException as error:
            codes = [reason["Code"] for reason in error.response["CancellationReasons"]]
        if "TransactionConflict" in codes:
            time.sleep(random.random() / 5)
            continue
        found = client.get_item(TableName=table, Key={"id": record["id"]}, ConsistentRead=True)
        if "Item" in found:
            return "paid" if found["Item"] == record else "conflict"
        if codes[1] == "ConditionalCheckFailed":
            return "declined"
    raise RuntimeError(order)
    ### END SOLUTION


# %%
def credit_of(customer: str, cents: int | None = None) -> int | None:
    """Reads a customer's credit in the table `credits`, or sets it."""
    client, key = boto3.client("dynamodb"), {"id": {"S": f"credit#{customer}"}}
    if cents is not None:
        client.put_item(TableName="credits", Item={**key, "cents": {"N": str(cents)}})
        return cents
    return int(client.get_item(TableName="credits", Key=key)["Item"]["cents"]["N"])


with account.fresh(empty) as lab:
    make_table("credits")
    credit_of("7", 20_000)
    with lab.fault("dynamodb:TransactWriteItems", error="ReadTimeout", times=1):
        print(pay("credits", "o-1", "7", 5900), credit_of("7"))
    print(pay("credits", "o-1", "7", 5900), credit_of("7"))  # the customer clicks again
    print(pay("credits", "o-2", "7", 99_00), pay("credits", "o-2", "7", 1), credit_of("7"))
    both = lab.together([lambda: pay("credits", "o-3", "7", 100)] * 2)
    print(both.results, credit_of("7"))

# %% check="idempotent_create" points=4 skills="4.1.S1 4.1.S7" tests="F5.2-05 F5.2-13 F9.1-08 F9.2-07"
with account.fresh(empty) as trial:
    make_table("credits")
    table, mine = boto3.client("dynamodb"), {"id": {"S": "credit#7"}}
    table.put_item(TableName="credits", Item={**mine, "cents": {"N": "20000"}})
    try:
        said = [pay("credits", "o-1", "7", 5900) for _ in range(2)]
        said.append(pay("credits", "o-2", "7", 90_000))
    except Exception as error:
        raise AssertionError(f"No trouble at all, and {type(error).__name__}: {error}") from None
    left = int(table.get_item(TableName="credits", Key=mine)["Item"]["cents"]["N"])
assert said[0] is not None, "pay returned nothing yet, and took nothing."
assert said[0] == "paid", f"The credit suffices, and pay says {said[0]!r}."
assert left == 14_100, (
    f"59 euros off 200, asked for twice: 14,100 cents should be left, not {left:,}."
)
assert said[1] == "paid", f"Called again for the same order, pay says {said[1]!r}."
assert said[2] == "declined", f"900 euros with a credit of 141, and pay says {said[2]!r}."
### BEGIN HIDDEN TESTS
import random

from botocore.exceptions import BotoCoreError

from course.incidents.another_process import elsewhere
from course.incidents.seeds import hidden_seed

BANK, DYNAMO = f"bank{hidden_seed('idempotent_create') % 97}", boto3.client("dynamodb")
WRITING = ("TransactWriteItems", "PutItem", "UpdateItem", "BatchWriteItem")


def holds(customer: str, cents: int | None = None) -> int:
    """The credit of a customer in the trial's table, or a new one."""
    key = {"id": {"S": f"credit#{customer}"}}
    if cents is not None:
        change = {
            "UpdateExpression": "SET cents = :n",
            "ExpressionAttributeValues": {":n": {"N": str(cents)}},
        }
        DYNAMO.update_item(TableName=BANK, Key=key, **change)
        return cents
    return int(DYNAMO.get_item(TableName=BANK, Key=key, ConsistentRead=True)["Item"]["cents"]["N"])


def asked_for(order: str, customer: str, cents: int, story: str, code=pay) -> str:
    """What pay says, in a story that it can cope with."""
    try:
        return code(BANK, order, customer, cents)
    except Exception as error:
        raise AssertionError(f"{story} pay ended with {type(error).__name__}: {error}") from None


def judge_lost(trial, rng: random.Random) -> None:
    """An answer gets lost; the call has been carried out."""
    order, price, story = (
        f"order-{rng.randrange(10**6)}",
        rng.randrange(100, 900),
        "An answer got lost. ",
    )
    holds("a", 5000)
    faults = [trial.fault(f"dynamodb:{name}", error="ReadTimeout", times=1) for name in WRITING]
    said = asked_for(order, "a", price, story)
    for fault in faults:
        fault.remove()
    left = holds("a")
    assert left != 5000 - 2 * price, story + f"{price} cents were taken twice. Who repeated what?"
    assert left == 5000 - price, (
        story + f"{price} cents were to be taken off 5,000, and {left:,} are left."
    )
    assert said == "paid", story + f"The price was taken, once; pay says {said!r}."
    trial.advance(minutes=rng.randrange(30, 600))
    there = elsewhere(pay)
    said = asked_for(order, "a", price, "Hours later, in another process: ", there)
    assert holds("a") == left, (
        "A queue delivers the order again, hours later, to another process, and it is paid again. What had "
        "forgotten it? A token ends after ten minutes, a variable with its process."
    )
    assert said == "paid", f"Hours later, for an order that is paid, pay says {said!r}."


def judge_conflict(rng: random.Random) -> None:
    """The same order with other contents; another order with the same ones."""
    order, price = f"order-{rng.randrange(10**6)}-" + "x" * 40, rng.randrange(100, 900)
    holds("a", 5000), holds("b", 5000)
    said = [asked_for(order, "a", price, "A long order id. "), asked_for(order, "a", price + 1, "")]
    said += [asked_for(order, "b", price, ""), asked_for(f"{order}2", "a", price, "")]
    left = holds("a"), holds("b")
    assert left == (5000 - 2 * price, 5000), (
        f"Two orders of {price} cents, and two calls with another price or customer for the first: of 5,000 "
        f"cents each, {left} are left."
    )
    assert said == ["paid", "conflict", "conflict", "paid"], (
        f"An order, the same with another price, with another customer, another order: you say {said}."
    )


def judge_declined(rng: random.Random) -> None:
    """Too little credit, then more."""
    order, price = f"order-{rng.randrange(10**6)}", rng.randrange(400, 900)
    holds("c", price - 1)
    first, left = asked_for(order, "c", price, ""), holds("c")
    assert (first, left) == ("declined", price - 1), (
        f"One cent short: {first!r}, and {left} cents are left."
    )
    holds("c", price)
    said, left = asked_for(order, "c", price, ""), holds("c")
    assert left == 0, (
        f"Declined before, and now the credit of {price} cents suffices exactly: {left} are left. You say {said!r}."
    )
    assert said == "paid", f"The second call took the price, and says {said!r}."
    said = [asked_for(order, "c", price, ""), asked_for(order, "c", price + 1, "")]
    assert holds("c") == 0, f"An order was paid with the last cent; two calls later: {holds('c')}."
    assert said == ["paid", "conflict"], (
        f"An order was paid with the last cent. Called again for it, then with a higher price, you say {said}. "
        "Does it matter what is left of the credit?"
    )


def judge_broken(trial, rng: random.Random) -> None:
    """Every single write fails for a while, whichever it is: half of the work must not remain."""
    for name in WRITING:
        order, price = f"order-{rng.randrange(10**6)}", rng.randrange(100, 900)
        holds("d", 5000)
        broken = trial.fault(f"dynamodb:{name}", error="InternalServerError")
        with broken, suppress(ClientError, BotoCoreError, RuntimeError):
            pay(BANK, order, "d", price)
        said, left = asked_for(order, "d", price, f"{name} failed for a while. "), holds("d")
        assert left == 5000 - price, (
            f"{name} failed in a first call, as long as it lasted; a second call says {said!r}. Of 5,000 cents "
            f"{left:,} are left, at a price of {price}: which half of the work had been done?"
        )
        assert said == "paid", (
            f"After trouble with {name}, and with the price taken, pay says {said!r}."
        )


def judge_race(trial, rng: random.Random) -> None:
    """Workers at the same time."""
    for seed in range(4):
        order, price = f"order-{rng.randrange(10**6)}", rng.randrange(100, 900)
        holds("e", 5000)
        run = trial.together([lambda o=order, p=price: pay(BANK, o, "e", p)] * 2, seed=seed)
        broken = [error for error in run.errors if error is not None]
        left = holds("e")
        assert left != 5000 - 2 * price, (
            "Two workers got the same order at the same time, and the customer paid twice. What happens between "
            "your look and your write?"
        )
        assert not broken, f"Two workers at the same time: one ended with {broken[0]!r}."
        assert left == 5000 - price, (
            f"Two workers, one order of {price} cents: of 5,000 are left {left:,}."
        )
        assert run.results == ["paid", "paid"], f"Two workers, one order: they say {run.results}."
    orders = [f"order-{rng.randrange(10**6)}-{k}" for k in range(3)]
    holds("f", 1000)
    run = trial.together(
        [lambda o=o: pay(BANK, o, "f", 400) for o in orders], seed=rng.randrange(99)
    )
    left, broken = holds("f"), [error for error in run.errors if error is not None]
    assert not broken, (
        f"Three orders of one customer at the same time: one ended with {broken[0]!r}."
    )
    assert left == 200 and sorted(run.results) == ["declined", "paid", "paid"], (
        f"Three orders of 400 cents at the same time, a credit of 1,000: you say {run.results}, {left} are left."
    )


rng = random.Random(hidden_seed("idempotent_create"))
begin = 1767600000000 + 60_000 * rng.randrange(100_000)
with account.fresh(World("trial", begin, begin, [], [])) as trial:
    make_table(BANK)
    owner = {"cents": {"N": "0"}, "since": {"S": f"20{rng.randrange(10, 26)}"}}
    for name in "abcdef":
        DYNAMO.put_item(TableName=BANK, Item={"id": {"S": f"credit#{name}"}, **owner})
    judge_lost(trial, rng)
    judge_conflict(rng)
    judge_declined(rng)
    judge_broken(trial, rng)
    judge_race(trial, rng)
    for name in "abcdef":
        kept = DYNAMO.get_item(TableName=BANK, Key={"id": {"S": f"credit#{name}"}})["Item"]
        assert kept.get("since") == owner["since"], (
            "The item of a credit had another attribute, `since`, and now it is gone or changed. Write what you "
            "mean to change, and nothing else."
        )
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 9.8: a fuse for the carrier (3 points)
#
# `checkout` asks the function `carrier` for the price of shipping. When `carrier` is down, each customer waits two
# seconds for nothing, and each call keeps it down. A **circuit breaker** stops asking for a while; customers get a
# standard price at once. (AWS Prescriptive Guidance, "Circuit breaker pattern".)
#
# | state | a call | leaves it when |
# |---|---|---|
# | closed | passes | five failures **in a row**: open |
# | open | is not made | 30 s after it opened: half-open |
# | half-open | **one** passes | success: closed; failure: open again, for another 30 s |
#
# A failure is what says that the service is **in trouble**. A 400 says that it is well, and that your request is not.


# %% fixed="impatient"
impatient = Config(connect_timeout=2, read_timeout=2, retries={"total_max_attempts": 1})
carrier = """
def lambda_handler(event, context):
    return {"cents": 400 + 10 * event["weight"]}
"""


def wait_until(moment: float) -> None:
    """Waits until time.time() is this moment, if that is still to come."""
    time.sleep(max(0.0, moment - time.time()))


# %% answer="circuit_breaker"
def ask_carrier(function: str, baskets: list[dict]) -> list:
    """Asks a Lambda function for the price of each basket, through a circuit breaker, closed at first.

    baskets: {"second": when it is to be asked, counted from the start of this call, "payload": a
      dict}, in the order of time. Wait with wait_until; use time.time(), which knows the account's clock.
    Returns for each basket what the function answered, from JSON; None where the call was not made
    or brought no answer of the function's code. At most one request for each basket.
    Failures: no connection, no answer within two seconds, a 429, a status from 500 on, and a function
    that ended with an error (FunctionError in Invoke's answer). Everything else, also another 4xx, is
    a success to the breaker.

    >>> ask_carrier("carrier", [{"second": 0, "payload": {"weight": 3}}])
    [{'cents': 430}]
    """
    prices = []
    ### BEGIN SOLUTION
    client = boto3.client("lambda", config=impatient)
    began, failures, open_until = time.time(), 0, 0.0
    for basket in baskets:
        wait_until(began + basket["second"])
        price = None
        if time.time() >= open_until:
            failed = True
            try:
                got = client.invoke(FunctionName=function, Payload=json.dumps(basket["payload"]))
                failed = "FunctionError" in got
                price = None if failed else json.loads(got["Payload"].read())
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                failed = status == 429 or status >= 500
            except (exceptions.ConnectionError, exceptions.HTTPClientError):
                pass
            failures = failures + 1 if failed else 0
            if failures >= 5:
                open_until = time.time() + 30
        prices.append(price)
    ### END SOLUTION
    return prices


# %%
plan = [{"second": 7 * n, "payload": {"weight": 3}} for n in range(24)]
with account.fresh(empty) as lab:
    deploy("carrier", carrier)
    lab.fault("lambda:Invoke", error="ServiceException", during=(30, 110))
    prices, began = ask_carrier("carrier", plan), pd.Timestamp(noon, unit="ms", tz="UTC")
    asked = {
        call["time"][:19]: call["error"] for call in lab.calls() if call["operation"] == "Invoke"
    }
story = [{"time": began + pd.Timedelta(seconds=30), "end": began + pd.Timedelta(seconds=110),
          "text": "carrier is down", "source": "carrier"}]  # fmt: skip
for at, error in asked.items():
    story.append({"time": at, "text": error or "a price", "source": "checkout asks"})
print(
    f"{len(asked)} of {len(plan)} customers were asked for;", sum(map(bool, prices)), "got a price"
)
show.timeline(story, title="A fuse before the carrier")

# %% check="circuit_breaker" points=3 skills="4.1.S7" tests="F9.1-01 F9.1-07"
trial_plan = [{"second": 7 * n, "payload": {"weight": 3}} for n in range(8)]
with account.fresh(empty) as trial:
    deploy("carrier", carrier)
    trial.fault("lambda:Invoke", error="ServiceException", during=(3, 600))
    try:
        prices = ask_carrier("carrier", trial_plan)
    except Exception as error:
        raise AssertionError(f"ask_carrier ended with {type(error).__name__}: {error}") from None
    sent = [call["error"] for call in trial.calls() if call["operation"] == "Invoke"]
assert prices or sent, "ask_carrier did nothing yet: ask, and return a list."
assert len(prices) == 8, f"Eight baskets, and you return {len(prices)} prices."
assert prices[0] == {"cents": 430}, f"The first one is answered {{'cents': 430}}: {prices[0]!r}."
assert prices[1:] == [None] * 7, f"After three seconds nothing is answered: {prices[1:]}"
assert len(sent) == 6, f"One success and five failures, then the breaker opens: {len(sent)} calls."
### BEGIN HIDDEN TESTS
import copy
import random

from course.incidents.seeds import hidden_seed

BELIEFS = {  # a misconception -> what it means
    "never": "nothing ever opens the breaker.",
    "every_4xx": "a request that is wrong counts as a failure of the service.",
    "no_429": "a 429 is taken for a mistake of the request. The service asks you to stop.",
    "no_timeout": "a call without an answer is not counted.",
    "timeout_is_well": "a call without an answer is taken for a success.",
    "no_function_error": "a function that ended with an error is not counted. Invoke's status is 200 then.",
    "total": "failures are counted altogether. How many were there in a row?",
    "kept_by_4xx": "a wrong request leaves the count of failures as it is. It shows that the service is well.",
    "for_ever": "an open breaker never tries again.",
    "forgets": "after 30 s the breaker is simply closed: five more calls meet a service that is still down.",
    "no_second_pause": "a failed probe does not begin another 30 s.",
    "stays_half_open": "a success in half-open does not close the breaker: the next single failure opens it.",
    "while_open": "calls that were not made prolong the pause.",
}


def breaker(plan: list, belief: str = "") -> list:
    """Which of the baskets are asked for; plan: (second, how its call would end)."""
    failures, opened, asked, probing = 0, None, [], False
    for second, end in plan:
        if opened is not None and (second - opened < 30 or belief == "for_ever"):
            opened = second if belief == "while_open" else opened
            asked.append(False)
            continue
        if opened is not None and belief == "forgets":
            failures, opened = 0, None
        probing = opened is not None
        asked.append(True)
        wrong = {"throttled": belief != "no_429", "timeout": belief != "timeout_is_well"}
        wrong |= {"function error": belief != "no_function_error", "4xx": belief == "every_4xx"}
        wrong |= {"5xx": True, "ok": False, "no connection": wrong["timeout"]}
        if end == "4xx" and belief == "kept_by_4xx":
            continue
        if end in ("timeout", "no connection") and belief == "no_timeout":
            continue
        failed = wrong[end]
        if belief == "stays_half_open" and probing and not failed:
            failures, opened = 4, None
            continue
        if not (belief == "total" and not failed and not probing):
            failures = failures + 1 if failed else 0
        if failures >= 5 and belief != "never":
            opened = opened if belief == "no_second_pause" and probing else second
        elif not failed:
            opened = None
    return asked


ERRORS = {
    "throttled": "TooManyRequestsException",
    "timeout": "ReadTimeout",
    "no connection": "ConnectTimeout",
    "5xx": "ServiceException",
}
ERRORS["4xx"] = "InvalidRequestContentException"


def run_plan(ends: list, rng: random.Random, name: str) -> tuple:
    """The plan, which baskets were asked for, and what ask_carrier returned, in the account."""
    plan = [(7 * n + 36 * (n > 13) + rng.choice((0, 0.5)), end) for n, end in enumerate(ends)]
    baskets = [
        {"second": second, "payload": {"weight": 0 if end == "function error" else 1 + n, "n": n}}
        for n, (second, end) in enumerate(plan)
    ]
    begin = 1767600000000 + 60_000 * rng.randrange(100_000)
    with account.fresh(World("trial", begin, begin, [], [])) as trial:
        source = "return {'cents': 60 // event['weight'], 'errorMessage': 'none'}"
        deploy(name, f"def lambda_handler(event, context):\n    {source}")
        for second, end in plan:
            if end in ERRORS:
                trial.fault("lambda:Invoke", error=ERRORS[end], during=(second - 0.5, second + 4))
        given = copy.deepcopy(baskets)
        try:
            prices = ask_carrier(name, given)
        except Exception as error:
            raise AssertionError(
                f"Calls that would end with {', '.join(ends)}: ask_carrier ended with {type(error).__name__}: "
                f"{error}. Which kinds of failure does it expect?"
            ) from None
        calls = [call for call in trial.calls() if call["operation"] == "Invoke"]
    assert given == baskets, "A basket is changed. It is the caller's, who may need it."
    sent = [json.loads(call["parameters"]["Payload"]) for call in calls]
    known = [basket["payload"] for basket in baskets]
    strange = [payload for payload in sent if payload not in known]
    assert not strange, f"The payload of a basket is to be sent as it is; {strange[0]} was sent."
    numbers = [payload["n"] for payload in sent]
    late = [
        (pd.Timestamp(call["time"]).timestamp() - begin / 1000 - plan[n][0])
        for n, call in zip(numbers, calls, strict=True)
    ]
    assert max(map(abs, late), default=0) < 4, (
        f"A basket was asked for {max(late, key=abs):.1f} s off its second. Wait with wait_until."
    )
    assert len(set(numbers)) == len(numbers), "A basket was asked for twice. Who repeats?"
    return plan, [n in numbers for n in range(len(plan))], prices


def judge_breakers(runs: list) -> None:
    """Raise AssertionError unless each run asked for the right baskets, and answered rightly."""
    wrong = [(plan, asked) for plan, asked, _ in runs if asked != breaker(plan)]
    if wrong:
        plan, asked = wrong[0]
        first = [a == b for a, b in zip(asked, breaker(plan), strict=True)].index(False)
        told = (
            f"Calls would end with {', '.join(end for _, end in plan)}, one in 7 s and later. Basket {first + 1} is "
            f"{'' if asked[first] else 'not '}asked for. "
        )
        for belief, meaning in BELIEFS.items():
            fits = all(asked == breaker(plan, belief) for plan, asked, _ in runs)
            assert not fits, told + f"That is what you get when {meaning}"
        raise AssertionError(told + "In which state is the breaker by then, and since when?")
    for plan, asked, prices in runs:
        expected = [
            {"cents": 60 // (1 + n), "errorMessage": "none"} if end == "ok" and was else None
            for n, ((_, end), was) in enumerate(zip(plan, asked, strict=True))
        ]
        assert prices == expected, (
            f"The right baskets are asked for; you return {prices}, where the function said {expected}."
        )


rng = random.Random(hidden_seed("circuit_breaker"))
mixed = rng.sample(["throttled", "timeout", "5xx", "function error", "no connection"], 5)
judge_breakers(
    [
        run_plan(stream_of, rng, f"freight{rng.randrange(99)}")
        for stream_of in (
            [*mixed, "5xx", *["5xx"] * 15, *["ok"] * 3, "5xx", "ok", "5xx"],
            [*["throttled"] * 5, *["ok"] * 7, "4xx", *["5xx"] * 4, "ok", "5xx", "5xx"],
            ["4xx"] * 6
            + ["5xx"] * 3
            + ["4xx"]
            + ["5xx"] * 2
            + ["ok"]
            + ["function error"] * 6
            + ["4xx"] * 7,
            ["timeout"] * 6 + ["ok"] * 4 + ["5xx", "ok", "ok"],
        )
    ]
)
### END HIDDEN TESTS

# %% [markdown]
# ### Incident 9: the retry storm (4 points)
#
# 10:00:30, the card provider is down for twenty seconds. It has been up again for two minutes, and gets many times the
# requests that there are charges. In four shops, `checkout` calls `payment`, that calls `card-gateway`, that calls the
# provider. One of these keeps the storm alive:
#
# | cause | what is wrong |
# |---|---|
# | `layers` | all three functions repeat, so their attempts **multiply** |
# | `lockstep` | charges that begin together come back together |
# | `every_error` | cards that were **declined** are charged again |
# | `redrive` | dead refunds are sent back to their queue each minute, and die again |
#
# Settings alone do not tell: what is fatal in one shop is harmless in the next. One charge in five is logged.

# %%
from course.incidents import retry_storm

query = """filter message = "answer" | stats count(*) as answers, count_distinct(charge) as charges,
count_distinct(requestId) as invocations by source, code | sort answers desc | limit 4"""
gateway_log, answered, events_of, runs = "/aws/lambda/card-gateway", [], {}, []
cloudwatch, logs = boto3.client("cloudwatch"), boto3.client("logs")
for cause in retry_storm.CAUSES:
    storm, row = retry_storm.shop(cause), {"cause": cause}
    with account.fresh(retry_storm.world(storm)) as lab:
        answered.append(ask(query, gateway_log, minutes=3).assign(cause=cause))
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=gateway_log)
        events_of[cause] = [event["message"] for page in pages for event in page["events"]]
        span = {"StartTime": lab.now - pd.Timedelta(minutes=3), "EndTime": lab.now, "Period": 180}
        for function in storm.functions:
            which = [{"Name": "FunctionName", "Value": function}]
            counted = {"Namespace": "AWS/Lambda", "MetricName": "Invocations", "Dimensions": which}
            answer = cloudwatch.get_metric_statistics(**counted, **span, Statistics=["Sum"])
            row[function] = answer["Datapoints"][0]["Sum"]
    runs.append(row)

# %%
print(show.table(runs, "Invocations in three minutes"))
print(show.table(pd.concat(answered), "The provider's answers, one charge in five", rows=16))
lines_of = {cause: pd.DataFrame(map(json.loads, events)) for cause, events in events_of.items()}
kinds = lines_of["redrive"].groupby(["source", "code"])  # the same in pandas, for one shop
print(kinds.agg(answers=("charge", "size"), charges=("charge", "nunique")).nlargest(4, "answers"))
waves = []
for cause, lines in lines_of.items():
    counts = pd.Series(1, index=pd.to_datetime(lines.timestamp)).resample("2s").sum()
    rate = counts.values * retry_storm.SAMPLE / 2
    waves.append(pd.DataFrame({"time": counts.index, "rate": rate, "cause": cause}))
kept = {"x": "time", "y": "rate", "by": "cause", "unit": "requests/s"}
show.series(pd.concat(waves), title="What reaches the provider; it can take 9 a second", **kept)


# %% answer="retry_storm"
def calm_the_storm(functions: list[str], redrive: str) -> str:
    """Finds what keeps a retry storm alive, mends that, returns the cause.

    functions: three, each of which calls the next one. Each has the variable ATTEMPTS: so often it
      calls in all, while that fails; the waits in between double, from 4 s to 30 s. The last one
      calls the provider, and has two more: JITTER ("full": waits are random up to that, "none":
      exactly that), and RETRY_ON ("transient": 429 and 5xx, or "all"). It logs the answers to one
      charge in five: charge, source, attempt, status, code, and the requestId of its invocation.
    redrive: a function that sends dead refunds back to their queue when the rule <redrive>-schedule
      says so, if there are any.
    Exactly one thing is wrong; returns "layers", "lockstep", "every_error" or "redrive". Afterwards,
    even with a short outage, 95 of 100 charges that the provider can take go through, with fewer
    than four requests for each. Nothing else has changed. A rule may be disabled, not deleted.

    >>> calm_the_storm(["checkout", "payment", "card-gateway"], "redrive-refunds")
    'lockstep'
    """
    ### BEGIN SOLUTION
    client, logs = boto3.client("lambda"), boto3.client("logs")

    def change(name: str, **variables: str) -> None:
        now = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        client.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**now, **variables}}
        )

    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{functions[-1]}"
    )
    lines = [json.loads(event["message"]) for page in pages for event in page["events"]]
    known = pd.DataFrame(lines)
    if (known.source == "refunds").mean() > 0.25:
        boto3.client("events").disable_rule(Name=f"{redrive}-schedule")
        return "redrive"
    charged = known[known.source != "refunds"]
    if charged.groupby("charge").requestId.nunique().max() > 1:
        for name in functions[:2]:
            change(name, ATTEMPTS="1")
        return "layers"
    declined = charged[charged.code == "CardDeclined"].groupby("charge").size()
    if len(declined) > 0.1 * charged.charge.nunique() and declined.mean() > 1.1:
        change(functions[-1], RETRY_ON="transient")
        return "every_error"
    change(functions[-1], JITTER="full")
    return "lockstep"
    ### END SOLUTION


# %%
rows, loads = [], []
for cause in retry_storm.CAUSES:
    storm = retry_storm.shop(cause)
    with account.fresh(retry_storm.world(storm)):
        storm.start()
        said = calm_the_storm(list(storm.functions), storm.redrive)
        after = storm.later()  # the next minutes, with the settings of now, and one more outage
    row = {"cause": cause, "you say": said, "success %": round(100 * after.success)}
    rows.append({**row, "requests per charge": round(after.load, 1)})
    times = pd.date_range("2026-03-17 10:05:15", periods=len(after.by_second), freq="s")
    loads.append(pd.DataFrame({"time": times, "rate": after.by_second, "cause": cause}))
print(show.table(rows, "After your repair"))
kept = {"x": "time", "y": "rate", "by": "cause", "unit": "requests/s"}
show.series(pd.concat(loads), title="What reaches the provider after your repair", **kept)

# %% check="retry_storm" points=4 skills="4.1.S2 4.1.S3 4.1.S7" tests="F9.1-12 F9.1-13"
from course.incidents import retry_storm

storm = retry_storm.shop("every_error")
with account.fresh(retry_storm.world(storm)):
    storm.start()
    try:
        said = calm_the_storm(list(storm.functions), storm.redrive)
    except Exception as refused:
        kind = type(refused).__name__
        raise AssertionError(f"calm_the_storm ended with {kind}: {refused}") from None
    now = boto3.client("lambda").get_function_configuration(FunctionName="card-gateway")
    repeats = now["Environment"]["Variables"].get("RETRY_ON")
assert said is not None or repeats != "all", "calm_the_storm returned nothing yet, mended nothing."
assert repeats == "transient", (
    f"You say {said!r}. In this shop two cards in five are declined, and RETRY_ON is {repeats!r}."
)
assert said == "every_error", f"RETRY_ON was to be mended, and you say {said!r}."
### BEGIN HIDDEN TESTS
import boto3

from course import account
from course.incidents import retry_storm
from course.incidents.seeds import hidden_seed

ENGINE, CLOCKWORK = boto3.client("lambda"), boto3.client("events")
SEEK = {
    "layers": "how often does the last function run for one charge, and who calls it again?",
    "lockstep": "in which seconds do the renewals reach the provider?",
    "every_error": "which answers does one and the same charge get several times, and how many charges do?",
    "redrive": "whose requests are most of the answers, and where do these come from?",
}


def settings_now(storm: retry_storm.Shop) -> dict:
    """Everything that a repair may change: {(which function or rule, what): value}."""
    found: dict = {}
    for each in ENGINE.list_functions()["Functions"]:
        name, own = each["FunctionName"], each.get("Environment", {}).get("Variables", {})
        found |= {(name, key): text for key, text in own.items()}
        kept = set(each) - {"Environment", "LastModified", "RevisionId"}
        found |= {(name, key): each[key] for key in sorted(kept) if "Status" not in key}
    try:
        rule = CLOCKWORK.describe_rule(Name=storm.rule)
        found[storm.rule, "state"] = rule["State"]
        found[storm.rule, "schedule"] = rule.get("ScheduleExpression")
        targets = CLOCKWORK.list_targets_by_rule(Rule=storm.rule)["Targets"]
        found[storm.rule, "targets"] = [each["Arn"] for each in targets]
    except CLOCKWORK.exceptions.ResourceNotFoundException:
        found[storm.rule, "the rule"] = "gone"
    return found


def other_changes(calls: list) -> list:
    """What was called beside what reads, changes a function's settings, or disables a rule."""
    reading = ("Get", "List", "Describe", "Filter", "BatchGet", "Lookup")
    fitting = ("UpdateFunctionConfiguration", "DisableRule", "PutRule", "StartQuery", "StopQuery")
    made = [call["operation"] for call in calls if not call["error"]]
    return [name for name in made if name not in fitting and not name.startswith(reading)]


def may_change(storm: retry_storm.Shop) -> set:
    """What is wrong in this shop."""
    last = storm.functions[-1]
    return {
        "layers": {(name, "ATTEMPTS") for name in storm.functions},
        "lockstep": {(last, "JITTER")},
        "every_error": {(last, "RETRY_ON")},
        "redrive": {(storm.rule, "state")},
    }[storm.cause]


def judge_storm(cause: str) -> None:
    """Raise AssertionError unless this cause is found and mended, and nothing else is touched."""
    storm = retry_storm.shop(cause, hidden_seed(f"retry_storm {cause}"))
    with account.fresh(retry_storm.world(storm)) as trial:
        storm.start()
        before, begun = settings_now(storm), len(trial.calls())
        try:
            said = calm_the_storm(list(storm.functions), storm.redrive)
        except Exception as refused:
            kind = type(refused).__name__
            raise AssertionError(
                f"In another shop calm_the_storm ended with {kind}: {refused}. Names and numbers differ there."
            ) from None
        others = other_changes(trial.calls()[begun:])
        after, told = settings_now(storm), f"In another shop, where you say {said!r}: "
        changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        stray = [key for key in changed if key not in may_change(storm)]
        lost = [key for key in stray if key not in after]
        assert not lost, (
            told
            + f"{' of '.join(lost[0][::-1])} is gone. What becomes of what a change does not name?"
        )
        assert not others, told + (
            f"you also call {others[0]}. What a function's variables say, and whether a rule is enabled, is all "
            "that was to change."
        )
        assert changed, told + f"nothing was changed. {SEEK[cause].capitalize()}"
        assert not stray, told + (
            f"{' of '.join(stray[0][::-1])} went to {after.get(stray[0])!r}, and was harmless there. "
            f"{SEEK[cause].capitalize()}"
        )
        try:
            came = storm.later()
        except ValueError as wrong:
            raise AssertionError(told + f"a function fails now: {wrong}.") from None
    assert came.load < 4, told + (
        f"the provider still gets {came.load:.1f} requests for each charge. {SEEK[cause].capitalize()}"
    )
    assert came.success > 0.952, told + (
        f"{100 * came.success:.0f} % of the charges go through, in calm and in a short outage of the provider. "
        "Does anybody still repeat?"
    )
    assert said == cause, f"In another shop all is mended, and you say {said!r}: that was not it."


def judge_storms() -> None:
    """All four; the cause of a shop is in no variable of the notebook."""
    for cause in ("redrive", "lockstep", "layers", "every_error"):
        judge_storm(cause)


judge_storms()
### END HIDDEN TESTS

# %% [markdown] quiz="quiz.toml" points=12
# **What you can say now:** what deserves another try, what it costs, and who pays; whose no it was; that nothing was
# done twice; and, when all call at once, which setting keeps the storm alive.
#
# ## Quiz (12 points)
#
# Twelve situations as the exam words them. One option is right; the others are right elsewhere. Your
# feedback explains all four.
