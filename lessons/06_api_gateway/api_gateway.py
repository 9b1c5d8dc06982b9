# %% [markdown]
# # 06 API Gateway: whose error is it, and whose milliseconds?
#
# Support forwards what customers saw this morning: a number, 403, 429, 500, 502 or 504, and hardly a word
# beside it. You know the functions behind these answers; today you stand at the **front door**. In two and
# a half hours you learn to
#
# - **triage** a failed request by what API Gateway wrote down about it,
# - **return** what API Gateway can pass on,
# - **measure** which milliseconds are its own,
# - **configure** logs that explain failures and give nothing away,
# - **limit** and **cache** without hurting or confusing anybody.
#
# Exam skills: 4.1.1, 4.1.2, 4.1.3, 4.1.7, 4.2.2, 4.2.7, 4.3.1, 4.3.5, 4.3.7, 4.3.9.

# %% fixed="setup"
import json
import pprint
from datetime import timedelta

import boto3
import pandas as pd
import requests

from course import account, data, show
from course.telemetry.world import World

shop = account.open(data.load("checkout"))  # from here on boto3 talks to this simulated account
logs = boto3.client("logs")
noon = int(shop.now.timestamp() * 1000)
access_log = "/aws/apigateway/shop/access"
print(shop)

# %% [markdown] recall="F4.3-02 F4.3-04"
# **From lesson 04.** A function has a reserved concurrency of 1, and a client sends ten requests at once.
# What do its `Throttles`, its `Errors` and its log group say about the nine that were refused?
#
# <details><summary>Think first, then open</summary>
#
# `Throttles` counts nine. `Errors` and the log group know nothing of them: no code ran. Keep this in mind
# today, when a client gets a 5xx and the function looks perfectly healthy.
# </details>

# %% [markdown] recall="F4.2-01"
# **From lesson 04.** A function's log ends with `Task timed out after 3.00 seconds`. Who set these 3 seconds,
# and did its caller get an answer?
#
# <details><summary>Think first, then open</summary>
#
# The function's own **timeout**. Lambda stopped the code, so nothing was returned; the caller got an error
# from Lambda instead. API Gateway has a timeout too, of its own: which of the two ends first decides
# what the client sees.
# </details>

# %% [markdown] recall="F1.2-16"
# **From lesson 01.** You look for throttled requests with `filter @message like /429/`. Why does that find
# too much, and what do you write instead?
#
# <details><summary>Think first, then open</summary>
#
# The digits also stand in ids, times and latencies. Filter the **field**: `status = 429`. And even then it
# is worth asking who said 429: API Gateway, or the function behind it. Today you can tell.
# </details>

# %% [markdown] facts="F6.1-01 F6.1-02 F6.1-03 F6.1-04 F6.1-05 F6.1-07 F6.1-08 F6.1-10 F6.1-15"
# ## 6.1 Six numbers, many causes
#
# A status alone says little: a 403 can be any of five things. But whenever API Gateway answers by itself,
# instead of the backend, it notes a **response type**, `$context.error.responseType`:
#
# | status | response type | what happened | who acts |
# |---|---|---|---|
# | 400 | BAD_REQUEST_PARAMETERS, BAD_REQUEST_BODY | a parameter is missing, or the body does not fit its model | client |
# | 401 | UNAUTHORIZED | the authorizer got no token, or a bad one | client |
# | 403 | ACCESS_DENIED | authorizer, IAM or resource policy says no | owner of the API |
# | 403 | INVALID_API_KEY | the key is missing, wrong, or in no usage plan of this stage | client |
# | 403 | WAF_FILTERED | a rule of the web application firewall blocks it | security |
# | 403 | MISSING_AUTHENTICATION_TOKEN | no such path or method; or no signature where IAM wants one | client |
# | 429 | THROTTLED | a limit of usage plan, method, stage or account | client: back off; owner: raise it, or cache |
# | 429 | QUOTA_EXCEEDED | the quota of the usage plan is used up | whoever sold the plan |
# | 500 | AUTHORIZER_FAILURE, AUTHORIZER_CONFIGURATION_ERROR | the authorizer itself is broken | owner of the API |
# | 500 | API_CONFIGURATION_ERROR | the integration is set up wrongly, or may not invoke | owner of the API |
# | 500, 502, 504 | INTEGRATION_FAILURE | the backend refused, failed, or cannot be reached | look closer |
# | 504 | INTEGRATION_TIMEOUT | no answer within the integration's timeout | backend |
# | any | none: the log has `-` | the backend's own answer, passed on | backend |
#
# (API Gateway Developer Guide, "Gateway response types".) What did the shop's customers get this morning?


# %% fixed="ask"
def ask(query: str, group: str = access_log, minutes: int = 24 * 60) -> pd.DataFrame:
    """The answer of Logs Insights over the last `minutes` of a log group."""
    end = int(shop.now.timestamp())
    asked = {"logGroupName": group, "startTime": end - 60 * minutes, "endTime": end}
    key = logs.start_query(queryString=query, **asked)["queryId"]
    while (answer := logs.get_query_results(queryId=key))["status"] in ("Scheduled", "Running"):
        continue  # a real query takes seconds: sleep between two looks
    rows = [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]
    texts = pd.DataFrame(rows).drop(columns="@ptr", errors="ignore")
    numbers = texts.apply(pd.to_numeric, errors="coerce")  # every value arrives as text
    return numbers.where(numbers.notna(), texts).infer_objects()


# %%
refused = ask(
    """
    filter status >= 400
    | stats count(*) as requests by status, errorType, integrationStatus, resourcePath
    | sort status
    """
)
# The same in pandas:
lines = pd.DataFrame(data.frame("checkout", access_log).message.map(json.loads).tolist())
told_apart = ["status", "errorType", "integrationStatus", "resourcePath"]
print(lines[lines.status >= 400].groupby(told_apart).size().to_string(), "\n")

show.table(refused, "What customers got instead of a 200")

# %% [markdown] facts="F6.1-09 F6.1-11 F6.1-12 F6.1-13"
# 126 answers of `/search` were a `500`, and `search` has not one error. The third column is what **Lambda's
# service** answered: 429, for the reserved concurrency was used up. 17 were a `502`, although Lambda answered
# 200: there the code ran.
#
# | | the client gets | Lambda counts |
# |---|---|---|
# | Lambda **rejects** the invocation: throttled, not permitted, no such function | 500 | Throttles, or nothing |
# | the function **ran** and raised, ran out of memory, or into its own timeout | 502 | Errors |
# | it ran, and returned what is no proxy response | 502 | Invocations only |
# | API Gateway's own patience ended first | 504 | Invocations only: it runs on |
#
# > **Exam answer / Today.** Many notes have it the wrong way round: "500: the function threw an exception",
# > "502: the function was throttled". Rejected is **500**, ran and failed is **502**. (Lambda Developer
# > Guide, "Handling Lambda errors with an API Gateway API".) Not convinced? Then try it:


# %% fixed="deploy"
def deploy(routes: dict[str, str], **settings) -> tuple[str, str]:
    """Deploys {"POST /orders": a handler's source} as stage prod: the API's id and address."""
    rest, functions, iam = (boto3.client(name) for name in ("apigateway", "lambda", "iam"))
    api = rest.create_rest_api(name="lab", binaryMediaTypes=["image/png"])["id"]
    root = rest.get_resources(restApiId=api)["items"][0]["id"]
    role = iam.create_role(RoleName=f"lab-{api}", AssumeRolePolicyDocument='{"Statement": []}')
    made = {"Runtime": "python3.13", "Handler": "lambda_function.lambda_handler", **settings}
    for route, source in routes.items():
        verb, path = route.split(" /")
        made |= {"Role": role["Role"]["Arn"], "Code": {"ZipFile": account.package(source)}}
        arn = functions.create_function(FunctionName=path, **made)["FunctionArn"]
        allowed = {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
        functions.add_permission(FunctionName=path, StatementId="api", **allowed)
        place = rest.create_resource(restApiId=api, parentId=root, pathPart=path)["id"]
        method = {"restApiId": api, "resourceId": place, "httpMethod": verb}
        rest.put_method(**method, authorizationType="NONE")
        uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
        rest.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    rest.create_deployment(restApiId=api, stageName="prod")
    return api, f"https://{api}.execute-api.us-east-1.amazonaws.com/prod"


# %% fixed="log_to_lab"
names = "requestId path status integrationStatus responseLatency integrationLatency"
variables = {name: name for name in names.split()}  # member of a line -> $context variable
variables |= {"errorType": "error.responseType", "integrationError": "integration.error"}
variables |= {"functionStatus": "integration.status", "authorizerLatency": "authorizer.latency"}


def patch(changes: dict[str, str]) -> list[dict]:
    """The patch operations that replace these values by path, as update_stage wants them."""
    return [{"op": "replace", "path": path, "value": value} for path, value in changes.items()]


def log_to_lab(api: str) -> None:
    """Stage prod writes a line of JSON for each request to the log group /lab."""
    rest, owner = boto3.client("apigateway"), boto3.client("sts").get_caller_identity()["Account"]
    to, role = f"arn:aws:logs:us-east-1:{owner}:log-group:/lab", f"arn:aws:iam::{owner}:role/logs"
    rest.update_account(patchOperations=patch({"/cloudwatchRoleArn": role}))  # once per Region
    boto3.client("logs").create_log_group(logGroupName="/lab")
    line = json.dumps({name: f"$context.{variable}" for name, variable in variables.items()})
    there = patch({"/accessLogSettings/destinationArn": to, "/accessLogSettings/format": line})
    rest.update_stage(restApiId=api, stageName="prod", patchOperations=there)


# %%
start = "from course.account import work\ndef lambda_handler(event, context):\n    "
bodies = {  # `work` tells the account what the code would cost
    "answers": 'return {"statusCode": 503, "body": "closed on Tuesdays"}',
    "raises": 'raise KeyError("stock")',
    "grows": "work(memory_mb=500)  # it has 128",
    "hangs": "work(io_ms=20_000)  # its own timeout is 3 s",
    "patient": "work(io_ms=40_000)  # its own timeout is 60 s",
    "malformed": 'return {"statusCode": 200, "body": {"id": 7}}',
    "busy": "return {}  # no concurrency is left for it",
}
with account.fresh(World("lab", noon, noon, [], [])) as lab:
    api, address = deploy({f"POST /{path}": start + body for path, body in bodies.items()})
    log_to_lab(api)
    functions = boto3.client("lambda")
    functions.put_function_concurrency(FunctionName="busy", ReservedConcurrentExecutions=0)
    functions.update_function_configuration(FunctionName="patient", Timeout=60)
    statuses = [requests.post(f"{address}/{path}").status_code for path in [*bodies, "nowhere"]]
    found = boto3.client("logs").filter_log_events(logGroupName="/lab")["events"]
lab_lines = [json.loads(event["message"]) for event in found]
show.table(pd.DataFrame(lab_lines).drop(columns=["requestId", "authorizerLatency"]), "Try it")


# %% [markdown] facts="F6.1-06 F6.1-14 F6.1-16 F6.1-17"
# Eight requests, four numbers. `patient` ended well after 40 s, and nobody was there any more; `/nowhere` is
# told to bring a token that it would not need. HTTP APIs, the younger and cheaper kind, choose other numbers
# (their 503 is what clients report, not what AWS documents):
#
# | | REST API | HTTP API |
# |---|---|---|
# | no such path | 403, as above | 404 |
# | function failed, or answered nonsense | 502 | 500 |
# | function throttled | 500 | 503 |
# | no answer in time | 504 after 29 s, or what the integration sets | 503 or 504 after 30 s |
#
# > **Exam answer / Today.** *404: wrong URL* is rare on REST APIs. *503: backend unavailable* is on no list of
# > theirs: a backend said so. *29 seconds* can be raised by quota for Regional and private REST APIs. Better
# > let nobody wait: queue the work, answer 202 with an id. (Developer Guide, "Gateway response types",
# > "Quotas"; re:Post, "Missing Authentication Token".)

# %%
failed = ask(
    """
    filter status >= 500
    | stats count(*) as requests by bin(5m) as time, status
    | sort time
    """
)
print(failed.head(4), "\n")
# The same in pandas, and a 0 where Insights has no row:
server = lines[lines.status >= 500]
began = pd.to_datetime(server.requestTimeEpoch, unit="ms").dt.floor("5min").rename("time")
counts = server.groupby([began, server.status.astype(str)]).size().unstack(fill_value=0)
counts = counts.asfreq("5min", fill_value=0).reset_index()

known = [("2026-03-17 10:20", "northbank slow"), ("2026-03-17 11:10", "one client searches")]
show.series(counts, title="Two incidents hide behind 5xx", unit="answers in 5 min", events=known)
# %% [markdown]
# ### Exercise 6.1: who has to act? (3 points)
#
# Whoever is on call wants one word for each line of an access log. Write `triage`:
#
# | word | the line says |
# |---|---|
# | answered | the backend answered, whatever its status |
# | bad_request | the request did not pass the method's validation |
# | unknown_path | no such path or method here, or no signature |
# | not_authorized | authorizer, IAM or policy refused this caller |
# | api_key, blocked | the key is not accepted; a WAF rule fired |
# | throttled, quota | a limit of API Gateway; the plan's quota |
# | authorizer_broken | the authorizer itself failed |
# | setup | the integration points nowhere, or may not invoke |
# | function_throttled | Lambda had no concurrency left |
# | function_failed, malformed | the code failed; its answer is no proxy response |
# | too_slow | API Gateway stopped waiting |
# | unreachable | no connection to the backend: `integrationStatus` is `-`, too |
#
# Beware: the owner of an API may customise its gateway responses, and send a THROTTLED as 503.


# %% answer="status_triage"
def triage(line: dict) -> str:
    """One word of the table above: why a request ended as it did.

    line: a line of an access log, all values text, "-" for what is not there. It has at least
    status, errorType ($context.error.responseType), integrationStatus (what Lambda's service or
    an HTTP backend answered), integrationError ($context.integration.error), functionStatus
    ($context.integration.status), responseLatency and integrationLatency (ms).

    >>> triage({"status": "429", "errorType": "THROTTLED", "integrationStatus": "-", ...})
    'throttled'
    """
    ### BEGIN SOLUTION
    words = {
        "-": "answered",
        "BAD_REQUEST_PARAMETERS": "bad_request",
        "BAD_REQUEST_BODY": "bad_request",
        "MISSING_AUTHENTICATION_TOKEN": "unknown_path",
        "UNAUTHORIZED": "not_authorized",
        "ACCESS_DENIED": "not_authorized",
        "INVALID_API_KEY": "api_key",
        "WAF_FILTERED": "blocked",
        "THROTTLED": "throttled",
        "QUOTA_EXCEEDED": "quota",
        "AUTHORIZER_FAILURE": "authorizer_broken",
        "AUTHORIZER_CONFIGURATION_ERROR": "authorizer_broken",
        "API_CONFIGURATION_ERROR": "setup",
        "INTEGRATION_TIMEOUT": "too_slow",
    }
    if line["errorType"] != "INTEGRATION_FAILURE":
        return words[line["errorType"]]
    if line["integrationStatus"] == "200":  # the code ran
        failed = line["integrationError"].startswith("Lambda Customer Function Error")
        return "function_failed" if failed else "malformed"
    return {"429": "function_throttled", "404": "setup"}.get(
        line["integrationStatus"], "unreachable"
    )
    ### END SOLUTION


# %%
words = pd.DataFrame(lab_lines).assign(triage=[triage(line) for line in lab_lines])
show.table(words[["path", "status", "errorType", "integrationStatus", "triage"]], "The lab's lines")

# %% check="status_triage" points=3 skills="4.1.S2 4.1.S7" tests="F4.3-01 F6.1-01 F6.1-02 F6.1-03 F6.1-04 F6.1-05 F6.1-06 F6.1-07 F6.1-09 F6.1-10 F6.1-11 F6.1-12 F6.1-14 F6.1-15 F6.2-09 F6.2-10"
known = dict.fromkeys(("integrationStatus", "integrationError", "functionStatus"), "-")
known |= {"responseLatency": "3", "integrationLatency": "-"}
refused = triage({**known, "status": "429", "errorType": "THROTTLED"})
assert refused is not None, "triage returned nothing yet: return one of the words of the table."
assert refused == "throttled", f"The example of the docstring gives {refused!r}."
passed_on = {"status": "404", "errorType": "-", "integrationStatus": "200", "functionStatus": "404"}
said = triage({**known, **passed_on})
assert said == "answered", (
    f"The function itself answered 404, API Gateway passed it on, and triage says {said!r}. What "
    "stands in errorType when API Gateway has nothing to complain about?"
)
### BEGIN HIDDEN TESTS
import random

from course.incidents.seeds import hidden_seed

FUNCTION = "Lambda Customer Function Error:"
# word, type, its usual status, integrationStatus, integrationError
KINDS = (
    ("bad_request", "BAD_REQUEST_PARAMETERS", 400, "-", "-"),
    ("bad_request", "BAD_REQUEST_BODY", 400, "-", "-"),
    ("unknown_path", "MISSING_AUTHENTICATION_TOKEN", 403, "-", "-"),
    ("not_authorized", "UNAUTHORIZED", 401, "-", "-"),
    ("not_authorized", "ACCESS_DENIED", 403, "-", "-"),
    ("api_key", "INVALID_API_KEY", 403, "-", "-"),
    ("blocked", "WAF_FILTERED", 403, "-", "-"),
    ("throttled", "THROTTLED", 429, "-", "-"),
    ("quota", "QUOTA_EXCEEDED", 429, "-", "-"),
    ("authorizer_broken", "AUTHORIZER_FAILURE", 500, "-", "-"),
    ("authorizer_broken", "AUTHORIZER_CONFIGURATION_ERROR", 500, "-", "-"),
    ("setup", "API_CONFIGURATION_ERROR", 500, "403", "Invalid permissions on Lambda function"),
    ("setup", "INTEGRATION_FAILURE", 500, "404", "Function not found"),
    ("function_throttled", "INTEGRATION_FAILURE", 500, "429", "Rate Exceeded."),
    ("function_failed", "INTEGRATION_FAILURE", 502, "200", FUNCTION + "'stock'"),
    (
        "function_failed",
        "INTEGRATION_FAILURE",
        502,
        "200",
        FUNCTION + "Task timed out after 3.00 s",
    ),
    (
        "function_failed",
        "INTEGRATION_FAILURE",
        502,
        "200",
        FUNCTION + "Malformed Lambda proxy order",
    ),
    ("malformed", "INTEGRATION_FAILURE", 502, "200", "Malformed Lambda proxy response"),
    ("too_slow", "INTEGRATION_TIMEOUT", 504, "-", "-"),
    ("unreachable", "INTEGRATION_FAILURE", 504, "-", "Connection refused"),
)


def refusal(rng: random.Random, kind: tuple, customised: dict) -> dict:
    """A line for a request that did not get the backend's own answer."""
    word, error_type, status, integration, why = kind
    waited = "-" if integration == why == "-" and word != "too_slow" else str(rng.randint(3, 2900))
    if word == "too_slow":
        waited = rng.choice(["29000", "6000", "1500"])
    if word == "unreachable":
        waited = rng.choice(["29100", "31040", "4"])
        why = rng.choice([why, "Network error communicating with endpoint"])
    if integration == "200" and "timed out" not in why:
        waited = rng.choice([waited, "38120"])  # a raised quota: too slow is another type
    own = 0 if waited == "-" else int(waited)
    return {
        "status": str(customised.get(error_type, status)),
        "errorType": error_type,
        "integrationStatus": integration,
        "integrationError": why,
        "functionStatus": "-",
        "responseLatency": str(own + rng.randint(1, 9)),
        "integrationLatency": waited,
        "requestId": f"{rng.getrandbits(64):016x}",
    }


def answer(rng: random.Random, status: int, *, http: bool = False) -> dict:
    """A line for the own answer of a function or, http, of another web server."""
    waited = rng.choice([rng.randint(20, 900), rng.randint(29_500, 58_000)])  # a raised quota
    return {
        "status": str(status),
        "errorType": "-",
        "integrationStatus": str(status) if http else "200",
        "integrationError": "-",
        "functionStatus": "-" if http else str(status),
        "responseLatency": str(waited + rng.randint(2, 9)),
        "integrationLatency": str(waited),
        "requestId": f"{rng.getrandbits(64):016x}",
    }


def judge(lines: list, label: str) -> None:
    """Raise AssertionError for the first line that gets another word than its own."""
    found = []
    for line, word in lines:
        try:
            found.append((line, word, triage(dict(line))))
        except (KeyError, ValueError, TypeError) as error:
            raise AssertionError(
                f"{label}: triage ended with {type(error).__name__}: {error}, on the line {line}."
            ) from None
    wrong = [each for each in found if each[1] != each[2]]
    notes = {("function_throttled", "function_failed"), ("function_failed", "function_throttled")}
    assert not any((word, got) in notes for _, word, got in wrong), (
        f"{label}: 502 is taken for a throttled function, or 500 for one that failed. Many notes say "
        "so; it is the other way round. What did Lambda's service answer in each case?"
    )
    for line, word, got in wrong:
        told = (
            f"{label}: a line with " + ", ".join(f"{k} {line[k]}" for k in SHOWN) + f" is {got!r}: "
        )
        assert word != "answered", (
            told
            + "API Gateway has not complained about this request, it passed an answer on. Which "
            "field tells that, whatever the status and however long it took?"
        )
        assert line["errorType"] != "INTEGRATION_FAILURE", (
            told
            + "the type alone does not say it. Did Lambda answer, and what? Did code run, and how "
            "does integrationError begin?"
        )
        assert word != "too_slow", told + "which type is noted when API Gateway stops waiting?"
        assert got is not None, told + "it has no word yet."
        assert line["status"] == str(USUAL[line["errorType"]]), (
            told + "this API customised its gateway responses. The status is what the client saw; "
            "which field says what happened?"
        )
        raise AssertionError(told + "look its type up in the table of 6.1, then in the exercise's.")


SHOWN = ("status", "errorType", "integrationStatus", "integrationError", "integrationLatency")
USUAL = {error_type: status for _, error_type, status, _, _ in KINDS}
for trial_name in ("status_triage", "status_triage again"):
    rng = random.Random(hidden_seed(trial_name))
    usual = [(refusal(rng, kind, {}), kind[0]) for kind in KINDS * 3]
    usual += [(answer(rng, s), "answered") for s in (200, 201, 302, 400, 403, 404, 409, 422)]
    rng.shuffle(usual)
    judge(usual, "In another API")
    every = (401, 403, 413, 429, 500, 502, 503, 504)
    own = [(answer(rng, s), "answered") for s in every]
    own += [(answer(rng, s, http=True), "answered") for s in (200, 404, *every)]
    judge(own, "In an API whose backend answers with every status")
    sent = {error_type: rng.choice([400, 404, 418, 500, 502, 503, 504]) for error_type in USUAL}
    judge(
        [(refusal(rng, kind, sent), kind[0]) for kind in KINDS],
        "In an API with customised gateway responses",
    )
### END HIDDEN TESTS
# %% [markdown] facts="F6.1-18 F6.1-19 F6.1-20 F6.1-21 F6.1-22 F6.1-23 F6.1-24"
# ### The answer that API Gateway can use
#
# `malformed` ran well, and its caller got a 502. With proxy integration the **function** makes the whole HTTP
# response, and a REST API takes these members, no others:
#
# | member | rule |
# |---|---|
# | `statusCode` | a whole number |
# | `headers`, `multiValueHeaders` | optional; texts, and lists of texts |
# | `body` | optional; a **text**. A dict is a 502: `json.dumps` it |
# | `isBase64Encoded` | optional; true for binary bodies, of the API's binary media types |
#
# CORS headers, too, come from the function: in them, name your page, not `*`.
#
# > **Exam answer / Today.** "Any deviation gives 502, `statusCode` must be an integer": right for the exam.
# > In fact REST APIs take `"201"`, and a missing one for 200; and HTTP APIs (format 2.0) *build* a response
# > where none is. See for yourself: one function, two APIs. (Developer Guide, "Lambda proxy integrations",
# > of REST and of HTTP APIs.)

# %%
ok = {"statusCode": 200}
returned = [{**ok, "body": '{"id": 7}'}, {**ok, "body": {"id": 7}}, {**ok, "requestId": "r-7"}]
returned += [{"statusCode": "201"}, {"id": 7}, "thank you"]
echo = "import json\ndef lambda_handler(event, context):\n    return json.loads(event['body'])"
rows = []
with account.fresh(World("lab", noon, noon, [], [])) as lab:
    _, rest = deploy({"POST /echo": echo})
    http, arn = boto3.client("apigatewayv2"), f"arn:aws:lambda:us-east-1:{lab.id}:function:echo"
    web = http.create_api(Name="web", ProtocolType="HTTP")
    called = {"IntegrationType": "AWS_PROXY", "IntegrationUri": arn, "PayloadFormatVersion": "2.0"}
    made = http.create_integration(ApiId=web["ApiId"], **called)["IntegrationId"]
    http.create_route(ApiId=web["ApiId"], RouteKey="POST /echo", Target=f"integrations/{made}")
    http.create_stage(ApiId=web["ApiId"], StageName="$default", AutoDeploy=True)
    for value in returned:
        row = {"the function returned": json.dumps(value)}
        for kind, place in (("REST", rest), ("HTTP", web["ApiEndpoint"])):
            answer = requests.post(f"{place}/echo", json=value)
            row |= {kind: answer.status_code, f"body from {kind}": answer.text}
        rows.append(row)
show.table(rows, "One function behind two APIs")

# %% [markdown]
# ### Exercise 6.2: whatever the code returns (3 points)
#
# Half of the shop's handlers return what they have: a dict with prices from DynamoDB, which are `Decimal`, a
# delivery time, a text, the bytes of a QR code, or nothing. Write the one function that turns all of it into
# what a REST API can use. Your answers are sent through a deployed API, and judged by what a client gets.

# %% answer="to_proxy_response"
import base64
from datetime import datetime
from decimal import Decimal


def to_proxy_response(result, origin: str) -> dict:
    """What a handler returns to a REST API's proxy integration, so that the client gets `result`.

    None: 204, no body.   str: 200, Content-Type "text/plain; charset=utf-8".
    bytes (a PNG): 200, Content-Type "image/png", which is a binary media type of the API.
    All else: 200, Content-Type "application/json". Lists and dicts hold texts, numbers, booleans,
    None, and also Decimal, which the client gets as a number (59.9 for 59.90; 3 for 3, and a whole
    number of any length exactly), and datetime, which it gets as a text, as isoformat() writes it.
    origin: for the header Access-Control-Allow-Origin, which every response has.

    >>> to_proxy_response({"total": Decimal("59.90")}, "https://shop.example")["body"]
    '{"total": 59.9}'
    """
    ### BEGIN SOLUTION

    def plain(value):
        if isinstance(value, datetime):
            return value.isoformat()
        return int(value) if value == value.to_integral_value() else float(value)

    def response(kind: str, body: str, **more) -> dict:
        return {"statusCode": 200, "headers": {**cors, "Content-Type": kind}, "body": body, **more}

    cors = {"Access-Control-Allow-Origin": origin}
    if result is None:
        return {"statusCode": 204, "headers": cors}
    if isinstance(result, str):
        return response("text/plain; charset=utf-8", result)
    if isinstance(result, bytes):
        return response("image/png", base64.b64encode(result).decode(), isBase64Encoded=True)
    return response("application/json", json.dumps(result, default=plain))
    ### END SOLUTION


# %%
order = {"total": Decimal("59.90"), "items": Decimal(3), "due": datetime(2026, 3, 19, 9, 30)}
for result in (order, "Merci, Zoë", b"\x89PNG", None):
    pprint.pp(to_proxy_response(result, "https://shop.example"), width=100)

# %% check="to_proxy_response" points=3 skills="4.1.S1 4.1.S7" tests="F6.1-18 F6.1-21 F6.1-22 F6.1-23 F6.1-24"
page = "https://shop.example"
made = to_proxy_response({"id": "o-74170", "paid": True}, page)
assert made is not None, "to_proxy_response returned nothing yet: return a dict with statusCode."
try:
    text = json.dumps(made)
except TypeError as error:
    raise AssertionError(f"Lambda cannot turn your answer into JSON: {error}.") from None
with account.fresh(World("trial", noon, noon, [], [])):
    echo = "import json\ndef lambda_handler(event, context):\n    return json.loads(event['body'])"
    _, address = deploy({"POST /echo": echo})
    got = requests.post(f"{address}/echo", data=text)
assert got.status_code != 502, f"502, malformed. Compare its members with the rules above: {made}"
assert got.status_code == 200, f"The client gets {got.status_code} for an order that is fine."
assert "Access-Control-Allow-Origin" in got.headers, "A browser may not read it: no CORS header."
### BEGIN HIDDEN TESTS
import json
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from course.incidents.seeds import hidden_seed

TEXTS = ("shoes", "café", "größe 42", "靴", 'say "hi"', "a\nb", "", "null", "{}", "59.90")


def atom(rng: random.Random):
    """(what the code has, what the client must get)."""
    cents, whole = 100 * rng.randrange(999) + rng.randint(1, 99), rng.randint(0, 500)
    moment = datetime(2026, 1, 1, tzinfo=rng.choice([None, UTC])) + timedelta(
        seconds=rng.randrange(30_000_000), microseconds=rng.choice([0, 250_000])
    )
    if rng.random() < 0.3:
        return moment, moment.isoformat()
    if rng.random() < 0.3:
        return Decimal(cents) / 100, cents / 100
    text = rng.choice(TEXTS)
    return rng.choice(
        [(text, text), (Decimal(whole), whole), (None, None), (True, True), (0, 0), (0.5, 0.5)]
    )


def nested(rng: random.Random, depth: int):
    """The same for dicts and lists of such values, some levels deep."""
    if depth == 0:
        return atom(rng)
    pairs = [nested(rng, rng.randrange(depth)) for _ in range(rng.randint(1, 4))]
    if rng.random() < 0.4:
        return [a for a, _ in pairs], [b for _, b in pairs]
    names = rng.sample(["id", "total", "größe", "due", "items", "body", "statusCode"], len(pairs))
    given, due = zip(*pairs, strict=True)
    return dict(zip(names, given, strict=True)), dict(zip(names, due, strict=True))


def received(address: str, result: object, origin: str, shown: str):
    """What a client gets, after the answer went through a deployed API."""
    try:
        made = to_proxy_response(result, origin)
    except Exception as error:
        raise AssertionError(f"{shown}: {type(error).__name__}: {error}.") from None
    try:
        text = json.dumps(made)
    except (TypeError, ValueError) as error:
        raise AssertionError(
            f"{shown}: Lambda cannot turn the answer into JSON: {error}. Which text has to be made of "
            "it before?"
        ) from None
    assert isinstance(made, dict), f"{shown}: returned {made!r}, which is no proxy response."
    alien = sorted(
        set(made) - {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
    )
    assert not alien, (
        f"{shown}: a REST API knows no member {alien[0]!r}, and makes a 502 of the whole answer."
    )
    assert not isinstance(made.get("body"), dict | list), (
        f"{shown}: the body is a {type(made['body']).__name__}, and a REST API wants a text: 502."
    )
    accept = {"Accept": "image/png"} if isinstance(result, bytes) else {}
    got = requests.post(f"{address}/echo", data=text.encode(), headers=accept)
    assert got.status_code != 502, (
        f"{shown}: the client gets 502, for this is malformed: {str(made)[:300]}. What stands in a "
        "result is not the response's own."
    )
    assert got.headers.get("Access-Control-Allow-Origin") == origin, (
        f"{shown}: for a page of {origin} the browser gets Access-Control-Allow-Origin "
        f"{got.headers.get('Access-Control-Allow-Origin')!r}. Does every response name its page?"
    )
    return got


def kind_of(got: requests.Response) -> str:
    return got.headers["Content-Type"].replace(" ", "").lower()


def judge(address: str, rng: random.Random) -> None:
    """Raise AssertionError unless clients get what the code had."""
    origin = f"https://shop-{rng.randrange(100)}.example"
    empty = received(address, None, origin, "None")
    assert (empty.status_code, empty.content) == (204, b""), (
        f"None: the client gets {empty.status_code} with {empty.content!r}. It asks for a status "
        "that promises no body."
    )
    for text in (*TEXTS, "Ünïcode " * rng.randint(1, 5)):
        got = received(address, text, origin, f"the text {text!r}")
        assert got.status_code == 200, f"the text {text!r}: the client gets {got.status_code}."
        assert got.content.decode() == text, (
            f"the text {text!r}: the client gets {got.content.decode()!r}."
        )
        assert kind_of(got) == "text/plain;charset=utf-8", (
            f"a text: its Content-Type is {got.headers['Content-Type']!r}."
        )
    square = b"\x89PNG\r\n\x1a\n" + rng.randbytes(40)
    for picture in (square, b"\x89PNG", b""):
        got = received(address, picture, origin, f"{len(picture)} bytes")
        assert got.status_code == 200, f"{len(picture)} bytes: the client gets {got.status_code}."
        assert kind_of(got) == "image/png", f"bytes: Content-Type {got.headers['Content-Type']!r}."
        assert got.content == picture, (
            f"a picture that begins with {picture[:6]!r}: the client gets {got.content[:12]!r}... Who has "
            "to be told that the text is base64?"
        )
    big, cents = rng.randint(10**18, 10**19), rng.randint(100, 999) * 10 + 9
    moment = datetime(2026, 3, 17, rng.randrange(24), 30, tzinfo=UTC)
    values = [(Decimal(cents) / 100, cents / 100, "is a price, and has to arrive as that number")]
    values += [(Decimal(n), n, "is a whole number: 3, not 3.0, and exactly") for n in (3, -3, big)]
    values += [(Decimal("0.125"), 0.125, "is a weight with three decimals")]
    values += [(moment, moment.isoformat(), "is a time, as isoformat() writes it")]
    values = [({"it": given}, {"it": due}, f"the member {why}") for given, due, why in values]
    values += [
        (given, due, why.replace("the member", "what lies deeper"))
        for given, due, why in [
            ([{"in": [given]}], [{"in": [due]}], why) for given, due, why in values
        ]
    ]
    false = "is false in Python, and an answer all the same"
    values += [(empty, empty, false) for empty in ({}, [], 0, False)]
    own = {"statusCode": 404, "body": "see over", "headers": None}
    values += [(own, own, "is a result like any other, whatever its members are called")]
    values += [
        (*nested(rng, 3), "holds all sorts of values, some of them deep inside") for _ in range(9)
    ]
    for given, due, why in values:
        shown = f"{given!r}"[:200]
        got = received(address, given, origin, shown)
        assert got.status_code == 200, f"{shown} {why}: the client gets {got.status_code}."
        assert kind_of(got).partition(";")[0] == "application/json", (
            f"{shown}: its Content-Type is {got.headers['Content-Type']!r}."
        )
        try:
            found = got.json()
        except ValueError:
            raise AssertionError(
                f"{shown}: the client gets no JSON but {got.text[:200]!r}."
            ) from None
        assert repr(found) == repr(due), f"{shown} {why}: the client gets {got.text[:200]}"


with account.fresh(World("trial", noon, noon, [], [])):
    echo = "import json\ndef lambda_handler(event, context):\n    return json.loads(event['body'])"
    _, address = deploy({"POST /echo": echo})
    for trial_name in ("to_proxy_response", "to_proxy_response again"):
        judge(address, random.Random(hidden_seed(trial_name)))
### END HIDDEN TESTS
# %% [markdown]
# ### Exercise 6.3: whose milliseconds? (2 points)
#
# Every five minutes a partner waits 300 ms for `/stock`, and the function's Duration is 60 ms. Where are
# the others?
#
# | metric, and access log | runs |
# |---|---|
# | Latency, `responseLatency` | from the request's arrival to the answer's departure: what the client waits |
# | IntegrationLatency, `integrationLatency` | from the call of the backend to its answer; `-` without a call |
# | `authorizer.latency` | the authorizer; `-` while its kept answer serves, 300 s by default |
#
# The difference of the first two is **API Gateway's own** time: authorizer, validation, logging. Take it
# request by request: the slowest request and the one with the most overhead are seldom the same, so
# percentiles do not subtract. The next cell builds this API and calls it for twelve minutes. (Developer
# Guide, "Amazon API Gateway dimensions and metrics".)

# %%
allow = {"Statement": {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}}
guard = f"{start}work(io_ms=220, spread=0.3); return dict(principalId='p', policyDocument={allow})"
stock = start + 'work(io_ms=60, spread=0.2)\n    return {"statusCode": 200}'
ago = noon - 900_000
with account.fresh(World("lab", ago, ago, [], [])) as lab:
    api, address = deploy({"GET /stock": stock, "GET /guard": guard})
    log_to_lab(api)
    rest = boto3.client("apigateway")
    at = {place["path"]: place["id"] for place in rest.get_resources(restApiId=api)["items"]}
    uri = rest.get_integration(restApiId=api, resourceId=at["/guard"], httpMethod="GET")["uri"]
    token = {"type": "TOKEN", "identitySource": "method.request.header.Authorization"}
    key = rest.create_authorizer(restApiId=api, name="guard", authorizerUri=uri, **token)["id"]
    where = {"restApiId": api, "resourceId": at["/stock"], "httpMethod": "GET"}
    guarded = patch({"/authorizationType": "CUSTOM", "/authorizerId": key})
    rest.update_method(**where, patchOperations=guarded)
    rest.create_deployment(restApiId=api, stageName="prod")
    tokens = [{"Authorization": f"partner-{k * k % 41}"} for k in range(360)]
    lab.traffic(address + "/stock", [(2000 * k, {"headers": h}) for k, h in enumerate(tokens)])
    lab.advance(minutes=13)
    partner_events = boto3.client("logs").filter_log_events(logGroupName="/lab")["events"]

# %% answer="whose_milliseconds"
# Columns: path, ownP99 (99th percentile of API Gateway's own ms), authorizerShare (how many percent of
# all of its own ms the authorizer took). Only requests that reached the backend count; a kept answer of
# the authorizer took it no time.
overhead_query = ""
### BEGIN SOLUTION
overhead_query = """
filter integrationLatency != "-"
| fields responseLatency - integrationLatency as own
| stats pct(own, 99) as ownP99, 100 * sum(authorizerLatency) / sum(own) as authorizerShare by path
"""
### END SOLUTION

# %%
place = {"logGroupName": "/lab", "logStreamName": "s"}
held = [{"timestamp": e["timestamp"], "message": e["message"], **place} for e in partner_events]
if overhead_query:
    with account.fresh(World("partner", ago, noon, held, [])):
        print(ask(overhead_query, "/lab"), "\n")

# What must not be subtracted, in pandas:
partner = pd.DataFrame([json.loads(event["message"]) for event in partner_events])
ms = partner.filter(like="Latency").apply(pd.to_numeric, errors="coerce")  # "-" becomes NaN
p99 = ms.quantile(0.99, interpolation="higher")
print("difference of the two p99:", p99.responseLatency - p99.integrationLatency)
ms["own"] = ms.responseLatency - ms.integrationLatency
print("p99 of the differences:   ", ms.own.quantile(0.99, interpolation="higher"))

ms.insert(0, "time", pd.to_datetime([event["timestamp"] for event in partner_events], unit="ms"))
look = {"x": "time", "y": ["integrationLatency", "own"], "unit": "ms"}
show.series(ms, title="The backend is steady, API Gateway is not", **look)

# %% check="whose_milliseconds" points=2 skills="4.1.S3 4.3.S9" tests="F6.1-25"
assert isinstance(overhead_query, str), "overhead_query must be a text: the query itself."
assert overhead_query.strip(), "overhead_query is still empty: write the query between the quotes."
line = {"path": "/a", "status": "200", "responseLatency": "90", "integrationLatency": "50"}
event = {"logGroupName": "/lab", "logStreamName": "s", "timestamp": noon}
event["message"] = json.dumps(line | {"authorizerLatency": "30"})
with account.fresh(World("trial", noon, noon, [event], [])):
    try:
        found = ask(overhead_query, "/lab")
    except logs.exceptions.MalformedQueryException as error:
        raise AssertionError(f"Logs Insights refuses overhead_query: {error}") from None
assert len(found) == 1, f"One path was called, one row is wanted; the query gives {len(found)}."
lacks = {"path", "ownP99", "authorizerShare"} - set(found)
assert not lacks, f"The row comes without {sorted(lacks)}. A column's name stands after as, or by."
### BEGIN HIDDEN TESTS
import random

import boto3

from course import account
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World


def line(path: str, own: int, integration: int | None, authorizer: int | None) -> dict:
    """A line of an access log; integration None: refused before the backend was called."""
    waited = 0 if integration is None else integration
    answered = "200" if waited % 2 else "403"  # the backend's own 403 has reached it, too
    return {
        "path": path,
        "status": "403" if integration is None else answered,
        "responseLatency": str(own + waited),
        "integrationLatency": "-" if integration is None else str(integration),
        "authorizerLatency": "-" if authorizer is None else str(authorizer),
    }


def traffic(rng: random.Random, path: str, asks: float, count: int) -> list:
    """Requests to one path; asks: the share for which the authorizer has to be asked."""
    lines = []
    for _ in range(count):
        authorizer = rng.randint(120, 400) if rng.random() < asks else None
        own = (authorizer or 0) + rng.randint(2, 9)
        # The slow backend calls are others than those for which the authorizer is asked.
        slow = authorizer is None and rng.random() < 0.1
        backend = rng.randint(900, 2500) if slow else rng.randint(20, 90)
        refused = rng.random() < 0.15
        lines.append(line(path, own, None if refused else backend, authorizer))
    return lines


def rows_of(query: str, lines: list) -> list:
    """What an account whose access log holds these lines answers: one dict a row."""
    start = 1_767_600_000_000
    place = {"logGroupName": "/lab", "logStreamName": "s"}
    events = [
        {"timestamp": start + 40 * k, "message": json.dumps(each), **place}
        for k, each in enumerate(lines)
    ]
    with account.fresh(World("trial", start, events[-1]["timestamp"], events, [])):
        client = boto3.client("logs")
        asked = {"logGroupName": "/lab", "startTime": start // 1000, "endTime": start // 1000 + 900}
        key = client.start_query(queryString=query, **asked)["queryId"]
        client.get_query_results(queryId=key)  # the first look finds it running
        answer = client.get_query_results(queryId=key)["results"]
    return [{cell["field"]: cell["value"] for cell in row} for row in answer]


def near(found: float, wanted: float, tolerance: float = 0.02) -> bool:
    return abs(found - wanted) <= tolerance


def truth_of(lines: list) -> dict:
    """What can be taken of one path's lines, right and wrong."""
    all_ms = pd.DataFrame(lines).filter(like="Latency").apply(pd.to_numeric, errors="coerce")
    ms = all_ms[all_ms.integrationLatency.notna()]
    own = ms.responseLatency - ms.integrationLatency
    p99 = {how: ms.quantile(0.99, interpolation=how) for how in ("lower", "higher")}
    asked = ms.authorizerLatency
    good = ms.integrationLatency % 2 == 1  # see line: for these the status is 200
    return {
        "low": own.quantile(0.99, interpolation="lower"),
        "high": own.quantile(0.99, interpolation="higher"),
        "differences": [
            p99[a].responseLatency - p99[b].integrationLatency for a in p99 for b in p99
        ],
        "mean": own.mean(),
        "most": own.max(),
        "total": p99["higher"].responseLatency,
        "share": 100 * asked.sum() / own.sum(),
        "refused too": 100 * all_ms.authorizerLatency.sum() / own.sum(),
        "averages": 100 * asked.mean() / own.mean(),
        "of all": 100 * asked.sum() / ms.responseLatency.sum(),
        "good": 100 * asked[good].sum() / own[good].sum(),
    }


def judge_p99(found: float, truth: dict, where: str) -> None:
    told = f"{where}ownP99 is {found:g}. "
    for wrong in truth["differences"]:
        assert not near(found, wrong) or truth["low"] <= found <= truth["high"], (
            told + "That is what you get when one percentile is subtracted from another: the two "
            "belong to different requests. What has to be done first?"
        )
    assert not near(found, truth["mean"]), told + "That is the average; nobody waits for it."
    assert not near(found, truth["total"]), told + "That is all that the client waits for."
    assert truth["low"] - 0.5 <= found <= truth["high"] + 0.5, (
        told + "Of 100 requests that reached the backend, for 99 API Gateway's own part was no "
        f"longer than about {truth['high'] // 10 * 10:.0f} ms. Which requests, and which ms, does "
        "the query take?"
    )


def judge_share(found: float, truth: dict, where: str) -> None:
    told = f"{where}authorizerShare is {found:g}. "
    assert not near(found, truth["share"] / 100, 0.002) or near(truth["share"], 0), (
        told + "That is a share of 1; percent are wanted."
    )
    assert not near(found, truth["refused too"]) or near(found, truth["share"]), (
        told
        + "That is what you get when the authorizer's time of refused requests is counted, too. "
        "Do they have an integrationLatency?"
    )
    assert not near(found, truth["averages"]) or near(found, truth["share"]), (
        told + "That is what you get from averages: avg leaves out the requests without a value, "
        "and here they took the authorizer 0 ms."
    )
    assert not near(found, truth["of all"]) or near(found, truth["share"]), (
        told + "That is its share of all that the client waits for, the backend's time included."
    )
    assert not near(found, truth["good"]) or near(found, truth["share"]), (
        told + "That is what you get from the answers with status 200 alone. The backend refuses "
        "some requests itself, and these have reached it: which field tells?"
    )
    assert near(found, truth["share"]), (
        told + "Divide all of the authorizer's milliseconds by all of API Gateway's own."
    )


def judge(lines: list, label: str) -> None:
    """Raise AssertionError unless the query tells each path's own milliseconds."""
    by_path: dict = {}
    for each in lines:
        by_path.setdefault(each["path"], []).append(each)
    rows = rows_of(overhead_query, lines)
    got = {row.get("path", ""): row for row in rows}
    assert len(rows) == len(got) and set(got) == set(by_path), (
        f"{label}: {len(by_path)} paths were called, and the rows are for {sorted(got)}."
    )
    for path, part in by_path.items():
        truth, where = truth_of(part), f"{label}, {path}: "
        judge_p99(float(got[path].get("ownP99", "nan")), truth, where)
        judge_share(float(got[path].get("authorizerShare", 0)), truth, where)


for trial_name in ("whose_milliseconds", "whose_milliseconds again"):
    rng = random.Random(hidden_seed(trial_name))
    paths = rng.sample(["/prod/stock", "/prod/prices", "/prod/orders", "/prod/returns"], 3)
    lines = traffic(rng, paths[0], 0.3, 240) + traffic(rng, paths[1], 1.0, 130)
    lines += traffic(rng, paths[2], 0.02, 300)
    rng.shuffle(lines)
    judge(lines, "For another partner")
plain = [line("/live/health", 2 + k % 3, 10 + k, None) for k in range(50)]
plain += [line("/live/pay", 300 + k, 400 - k, 295 + k) for k in range(50)]
judge(plain, "In a quiet API")
### END HIDDEN TESTS
# %% [markdown] facts="F6.1-25 F6.1-26 F6.1-27 F6.1-28 F6.1-29"
# ### Exercise 6.4: logs that explain, and give nothing away (3 points)
#
# | | access log | execution log |
# |---|---|---|
# | says | one line a request: the `$context` variables that you choose | what API Gateway did: at INFO for each request, at ERROR for those that failed |
# | bodies and headers | never | only with **data tracing** |
# | is set | on the stage; requestId or extendedRequestId must be in it | on the stage, or on one method of it; not on HTTP APIs |
# | goes to | a log group of yours, or Firehose | `API-Gateway-Execution-Logs_{api}/{stage}` |
#
# > **Exam answer / Today.** "Execution logs expose data: development only." The warning is about data tracing
# > (full requests and responses); ERROR, without it, belongs in production. (Developer Guide, "Set up
# > CloudWatch logging for REST APIs".)
#
# Last week somebody traced one method of the payment API, and card numbers lie in its log. Write `log_safely`.


# %% answer="logging_hygiene"
def log_safely(api_id: str, stage: str, log_group_arn: str, role_arn: str) -> None:
    """Set up the logs of a stage of a REST API; a function like this runs after every deployment.

    log_group_arn: of a group that exists. role_arn: with it API Gateway may write logs; perhaps the
    account's settings name none yet.
    Afterwards the group gets one JSON object for every request, whatever became of it, with: request
    id, source IP, HTTP method, resource path, status, response latency, integration latency and
    status, the error's response type, and the integration's error; in members of any name.
    The execution log has the failed requests, of any method, and never a request's data. Whatever
    else the stage and its methods were set to (limits, metrics, cache ...) stays as it was.

    >>> log_safely("a1b2c3", "prod", "arn:aws:logs:...:log-group:/shop/pay", "arn:aws:iam::...")
    """
    ### BEGIN SOLUTION
    rest = boto3.client("apigateway")
    rest.update_account(patchOperations=patch({"/cloudwatchRoleArn": role_arn}))
    members = (
        "requestId", "identity.sourceIp", "httpMethod", "resourcePath", "status", "responseLatency",
        "integrationLatency", "integrationStatus", "error.responseType", "integration.error",
    )  # fmt: skip
    line = json.dumps({each.replace(".", "_"): f"$context.{each}" for each in members})
    changes = {
        "/accessLogSettings/destinationArn": log_group_arn,
        "/accessLogSettings/format": line,
    }
    settings = rest.get_stage(restApiId=api_id, stageName=stage).get("methodSettings", {})
    for method in ("*/*", *settings):
        changes[f"/{method}/logging/loglevel"] = "ERROR"
        changes[f"/{method}/logging/dataTrace"] = "false"
    rest.update_stage(restApiId=api_id, stageName=stage, patchOperations=patch(changes))
    ### END SOLUTION


# %%
pay = (
    "def lambda_handler(event, context):\n    return {'statusCode': 200 if event['body'] else '?'}"
)
with account.fresh(World("rehearsal", noon, noon, [], [])) as rehearsal:
    api, address = deploy({"POST /pay": pay})
    log_to_lab(api)  # so far
    traced = {"/~1pay/POST/logging/loglevel": "INFO", "/~1pay/POST/logging/dataTrace": "true"}
    traced["/~1pay/POST/throttling/rateLimit"] = "50"
    rest = boto3.client("apigateway")
    rest.update_stage(restApiId=api, stageName="prod", patchOperations=patch(traced))
    owner = rehearsal.id
    group = f"arn:aws:logs:us-east-1:{owner}:log-group:/lab"
    log_safely(api, "prod", group, f"arn:aws:iam::{owner}:role/logs")
    for body in ('{"card": "4242 4242 4242 4242"}', ""):  # one goes well, one is malformed
        requests.post(f"{address}/pay", data=body)
    rehearsal.advance(minutes=1)
    for name in ("/lab", f"API-Gateway-Execution-Logs_{api}/prod"):
        print(name)
        for event in boto3.client("logs").filter_log_events(logGroupName=name)["events"]:
            print("   ", event["message"][:110])

# %% check="logging_hygiene" points=3 skills="4.2.S2 4.2.S7" tests="F6.1-25 F6.1-26 F6.1-27 F6.1-28 F6.1-29"
from botocore.exceptions import BotoCoreError, ClientError

card, role = "4000 0566 5566 5556", f"arn:aws:iam::{shop.id}:role/logs"
with account.fresh(World("trial", noon, noon, [], [])) as trial:
    api, address = deploy({"POST /pay": "def lambda_handler(event, context):\n    return {}"})
    boto3.client("logs").create_log_group(logGroupName="/shop/pay")
    try:
        log_safely(api, "prod", f"arn:aws:logs:us-east-1:{trial.id}:log-group:/shop/pay", role)
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what log_safely asks for: {refused}") from None
    stage = boto3.client("apigateway").get_stage(restApiId=api, stageName="prod")
    assert stage.get("accessLogSettings"), "The stage has no access log: log_safely set none yet."
    requests.post(f"{address}/pay", data=card)
    trial.advance(minutes=1)
    lines = boto3.client("logs").filter_log_events(logGroupName="/shop/pay")["events"]
assert len(lines) == 1, f"One request was made, and the access log has {len(lines)} lines."
text = lines[0]["message"]
assert text.startswith("{"), f"One JSON object a line is wanted, and this is: {text[:150]}"
### BEGIN HIDDEN TESTS
import random

from course import account
from course.incidents.seeds import hidden_seed

SOURCE = """
import json
from course.account import work

def lambda_handler(event, context):
    order = json.loads(event["body"])
    work(io_ms=order["ms"])
    if order["then"] == "raise":
        raise ValueError("no such provider")
    return {"statusCode": order["then"]} if order["then"] != "dict" else {"statusCode": 200, "body": order}
"""
INFORMATION = {  # what each line must hold -> what a student may look for
    "id": "the request's id",
    "ip": "the caller's address",
    "verb": "the HTTP method",
    "path": "the resource's path",
    "status": "the status that the client got",
    "type": "the error's response type",
    "lambda": "what Lambda's service answered (the integration's status)",
    "why": "the integration's error",
}


def leaves(value: object) -> list:
    """All values inside of a JSON value, as texts."""
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each)]
    return [str(value)]


def requests_of(rng: random.Random, paths: list) -> list:
    """(path, what the function does, how long it works, what is known of the line)."""
    error, wrong = (
        "Lambda Customer Function Error:no such provider",
        "Malformed Lambda proxy response",
    )
    failed = {"type": "INTEGRATION_FAILURE", "lambda": "200"}
    kinds = [
        (paths[0], 200, {"lambda": "200"}),
        (paths[0], "raise", {**failed, "why": error}),
        (paths[1], 201, {"lambda": "200"}),
        (paths[1], "dict", {**failed, "why": wrong}),
        (paths[2], 404, {"lambda": "200"}),
        (paths[2], 200, {"type": "INTEGRATION_FAILURE", "lambda": "429", "why": "Rate Exceeded."}),
        ("nowhere", 200, {"type": "MISSING_AUTHENTICATION_TOKEN"}),
    ]
    times = rng.sample(range(700, 2600, 60), len(kinds))
    return [(*kind, ms) for kind, ms in zip(kinds, times, strict=True)]


def before_of(rng: random.Random, paths: list) -> dict:
    """What colleagues set the stage to before."""
    changes = {
        "/*/*/metrics/enabled": "true",
        "/*/*/throttling/rateLimit": str(rng.randint(90, 200)),
    }
    changes["/*/*/logging/loglevel"] = "INFO"
    traced, limited = f"/~1{paths[0]}/POST", f"/~1{paths[1]}/POST"
    changes |= {f"{traced}/logging/loglevel": "INFO", f"{traced}/logging/dataTrace": "true"}
    changes |= {f"{limited}/throttling/burstLimit": str(rng.randint(20, 40))}
    changes |= {f"{limited}/logging/loglevel": "OFF", f"{limited}/caching/ttlInSeconds": "77"}
    return changes | {"/variables/colour": rng.choice(["blue", "green"])}


def kept(stage: dict) -> dict:
    """What has nothing to do with logs."""
    methods = {
        name: {k: v for k, v in settings.items() if k not in ("loggingLevel", "dataTraceEnabled")}
        for name, settings in stage.get("methodSettings", {}).items()
    }
    return {"methods": methods, **{k: stage.get(k) for k in ("variables", "tracingEnabled")}}


def messages_of(group: str) -> list:
    client = boto3.client("logs")
    groups = client.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    if not any(each["logGroupName"] == group for each in groups):
        return []
    return [each["message"] for each in client.filter_log_events(logGroupName=group)["events"]]


def run(rng: random.Random, debugged: bool) -> tuple:
    """(what the client saw of each request, access log, execution log, settings before and after)."""
    paths = rng.sample(["charge", "refund", "wallet", "invoice", "payout"], 3)
    group, sent = f"/trial/{rng.randrange(1000)}", []
    with account.fresh(World("trial", noon, noon, [], [])) as trial:
        api, address = deploy({f"POST /{path}": SOURCE for path in paths}, Timeout=10)
        rest = boto3.client("apigateway")
        owner = f"{trial.id}:role/logs-{rng.randrange(100)}"
        if debugged:
            rest.update_account(
                patchOperations=patch({"/cloudwatchRoleArn": f"arn:aws:iam::{owner}"})
            )
            rest.update_stage(
                restApiId=api, stageName="prod", patchOperations=patch(before_of(rng, paths))
            )
        before = rest.get_stage(restApiId=api, stageName="prod")
        rest.create_stage(restApiId=api, stageName="beta", deploymentId=before["deploymentId"])
        if not debugged:  # then the other stage is the one to set up
            other, before = before, rest.get_stage(restApiId=api, stageName="beta")
            address = address.replace("/prod", "/beta")
        else:
            other = rest.get_stage(restApiId=api, stageName="beta")
        boto3.client("logs").create_log_group(logGroupName=group)
        arn = f"arn:aws:logs:us-east-1:{trial.id}:log-group:{group}"
        try:
            log_safely(api, before["stageName"], arn, f"arn:aws:iam::{owner}")
        except (BotoCoreError, ClientError) as refused:
            raise AssertionError(f"AWS refuses what log_safely asks for: {refused}") from None
        after = rest.get_stage(restApiId=api, stageName=before["stageName"])
        left = rest.get_stage(restApiId=api, stageName=other["stageName"])
        settings = ("accessLogSettings", "methodSettings")
        assert [left.get(name) for name in settings] == [other.get(name) for name in settings], (
            f"log_safely was called for stage {before['stageName']!r}, and the logs of stage "
            f"{other['stageName']!r} changed. Which of your calls name the stage?"
        )
        for path, then, known, ms in requests_of(rng, paths):
            limit = {"ReservedConcurrentExecutions": 0} if known.get("lambda") == "429" else None
            if limit:
                boto3.client("lambda").put_function_concurrency(FunctionName=path, **limit)
            order = {"then": then, "ms": ms, "card": f"4000 {rng.randint(10**7, 10**8)}"}
            got = requests.post(f"{address}/{path}", json=order)
            known = {"verb": "POST", "ip": "203.0.113.24", "status": str(got.status_code), **known}
            known |= {"path": "/" + path} if path in paths else {}
            ids = (got.headers["x-amzn-RequestId"], got.headers["x-amz-apigw-id"])
            sent.append(
                (ids, known, ms if "lambda" in known and not limit else None, order["card"])
            )
        trial.advance(minutes=1)
        executed = messages_of(f"API-Gateway-Execution-Logs_{api}/{before['stageName']}")
        return sent, messages_of(group), executed, kept(before), kept(after)


def judge_access(sent: list, lines: list) -> None:
    assert len(lines) == len(sent), (
        f"{len(sent)} requests were made, some to no method of the API, and the access log has "
        f"{len(lines)} lines."
    )
    values = []
    for text in lines:
        try:
            values.append(leaves(json.loads(text)))
        except ValueError:
            raise AssertionError(
                f"This line is no JSON: {text[:400]}. What becomes of a variable that has no value, or "
                "brings quotes of its own?"
            ) from None
    for ids, known, ms, _ in sent:
        found = next((each for each in values if set(ids) & set(each)), None)
        assert found is not None, (
            "No line holds the id that a client got: what would support search?"
        )
        for name, told in INFORMATION.items():
            assert name not in known or known[name] in found, (
                f"A request ended with {known['status']}, and its line does not hold {told}: "
                f"{found}. Triage needs it."
            )
        if ms is not None:
            took = sorted(int(x) for x in found if x.isdigit() and ms <= int(x) <= ms + 400)
            assert len(took) >= 2, (
                f"A function worked for {ms} ms, and its line holds {len(took)} of the two latencies, "
                f"the client's and the integration's: {found}."
            )


def judge_execution(sent: list, executed: list) -> None:
    for _, _, _, card in sent:
        assert not any(card in text for text in executed), (
            "A card number is in the execution log. Which setting writes bodies, and for which methods "
            "is it on?"
        )
    for ids, known, _, _ in sent:
        about = [text for text in executed if ids[0] in text]
        assert known.get("type") or not about, (
            f"The execution log has {len(about)} lines about a {known['path']} that went well. Which "
            "level keeps those out, for this method too?"
        )
        assert known.get("type") != "INTEGRATION_FAILURE" or about, (
            f"A {known['path']} failed with {known['status']}, and the execution log says nothing about "
            "it. Does its level count for every method?"
        )


for trial_name, debugged in (("logging_hygiene", False), ("logging_hygiene again", True)):
    sent, lines, executed, before, after = run(random.Random(hidden_seed(trial_name)), debugged)
    judge_execution(sent, executed)
    judge_access(sent, lines)
    lost = [
        name for name in before["methods"] if before["methods"][name] != after["methods"].get(name)
    ]
    assert not lost, (
        f"The settings of {lost[0]} are not what they were: {before['methods'][lost[0]]} before, "
        f"{after['methods'].get(lost[0])} now. Only its logs were to change."
    )
    measured = [name for name, each in after["methods"].items() if each.get("metricsEnabled")]
    assert before["methods"] or not measured, (
        f"Nobody asked for detailed metrics of {measured[0]}, and they are paid for. Only its logs were "
        "to change."
    )
    others = {name: before[name] == after[name] for name in before if name != "methods"}
    assert all(others.values()), f"More than logs has changed: {others}."
### END HIDDEN TESTS

# %% [markdown] facts="F6.2-04 F6.2-05 F6.2-06 F6.2-07 F6.2-08"
# ## 6.2 Limits and caches
#
# 1,897 searches were refused this morning. A limit is a **token bucket**: it holds `burst` tokens, a request
# takes one, `rate` come back each second. There are four, asked in this order:
#
# | | limit | a bucket is for | unless set |
# |---|---|---|---|
# | 1 | usage plan | one API key, per stage or method | none |
# | 2 | stage | one method and all its callers; a method's setting overrides the stage's | the account's |
# | 3 | account | all its APIs in a Region | 10,000 a second, burst 5,000 |
# | 4 | Region | everybody; AWS's own | |
#
# Each answers 429.
#
# > **Exam answer / Today.** Older notes print this order **upside down**: account, stage, method, plan. The
# > documented order goes from the narrowest limit to the widest. Number 3 is a quota that AWS can raise; about
# > thirteen newer Regions start at 2,500 and 1,250. (API Gateway Developer Guide, "Throttle requests to your
# > REST APIs"; "Amazon API Gateway quotas".)

# %%
query = """
filter resourcePath = "/search"
| stats count(*) as requests, count_distinct(ip) as clients by status, errorType, integrationStatus
| sort requests desc"""
answers = ask(query)

# The same in pandas:
messages = data.frame("checkout", access_log).message
lines = pd.DataFrame([json.loads(message) for message in messages])
searches = lines[lines.resourcePath == "/search"]
print(searches.groupby(["status", "errorType", "integrationStatus"]).ip.agg(["size", "nunique"]))

rest = boto3.client("apigateway")
[api] = rest.get_rest_apis()["items"]
stage = rest.get_stage(restApiId=api["id"], stageName="prod")
limits = stage["methodSettings"]["~1search/GET"]
print({name: limits[name] for name in ("throttlingRateLimit", "throttlingBurstLimit")})
show.table(answers, "GET /search this morning: whose answer was it?")

# %% [markdown]
# **Two said 429**, and clients saw only one of them. The 126 you know: Lambda's 429, sent on as 500. The 1,897
# were refused by the stage's limit for `GET /search`, before any integration was called.
#
# Look at the clients, too: 1,863 of these refusals met one address, a crawler. The other 34 met 30 customers
# who had hardly searched at all. The bucket is the method's and does not ask who emptied it.

# %%
counted = searches.assign(
    minute=pd.to_datetime(searches.requestTimeEpoch, unit="ms").dt.floor("min"),
    outcome=searches.status.map({200: "served", 429: "stage: 429", 500: "Lambda's 429: 500"}),
)
counts = counted.groupby(["minute", "outcome"]).size().unstack(fill_value=0)
counts = counts.loc["2026-03-17 11:00":"2026-03-17 11:50"].reset_index()
show.series(
    counts, x="minute", title="GET /search: what passes adds up to the limit", unit="a minute", threshold=36
)

# %% [markdown]
# ### Exercise 6.5: who said 429? (3 points)
#
# Write `who_said_429`: which limit answers each request? A bucket starts full and never holds more than its
# burst. A request passes the limits in their documented order and takes a token at each; where there is none,
# it is refused and goes no further. What it took before stays taken. (AWS does not document this last point,
# and calls all limits best effort; here they are exact.)


# %% answer="who_said_429"
def who_said_429(requests: list, plans: dict, stage: dict, account_limit: tuple) -> list:
    """For each request the limit that refuses it: "plan", "stage" or "account"; None if none does.

    requests: [{"ms": 0, "key": "bookworm", "route": "GET /search"}, ...] in the order of their times
    (milliseconds); "key" is None for a caller without a key, who has no plan.
    Limits are pairs (rate per second, burst). plans: {"bookworm": (5, 10)}, for each key its own
    bucket. stage: {"GET /search": (20, 40)}, for each route one; a route that is not in it has no
    limit of its own. account_limit: one bucket for everybody.

    >>> calls = [{"ms": 0, "key": None, "route": "GET /search"}] * 3
    >>> who_said_429(calls, {}, {"GET /search": (1, 2)}, (10_000, 5_000))
    [None, None, 'stage']
    """
    ### BEGIN SOLUTION
    buckets = {}  # (limit, whose) -> tokens, ms of the last look

    def takes(whose: tuple, limit: tuple, ms: float) -> bool:
        rate, burst = limit
        tokens, last = buckets.get(whose, (burst, ms))
        tokens = min(burst, tokens + (ms - last) * rate / 1000)
        enough = tokens > 0.999999
        buckets[whose] = (tokens - enough, ms)
        return enough

    answers = []
    for request in requests:
        asked = [
            ("plan", request["key"], plans.get(request["key"])),
            ("stage", request["route"], stage.get(request["route"])),
            ("account", None, account_limit),
        ]
        refusals = (
            name
            for name, whose, limit in asked
            if limit and not takes((name, whose), limit, request["ms"])
        )
        answers.append(next(refusals, None))
    return answers
    ### END SOLUTION


# %%
calls = [{"ms": 125 * k, "key": "crawler", "route": "GET /search"} for k in range(40)]
calls += [{"ms": 250 * k, "key": "bookworm", "route": "GET /search"} for k in range(20)]
calls += [{"ms": 500 * k, "key": None, "route": "GET /search"} for k in range(10)]
calls.sort(key=lambda call: call["ms"])
plans = {"crawler": (2, 4), "bookworm": (5, 10)}
for title, given in (("Without plans", {}), ("With plans", plans)):
    said = who_said_429(calls, given, {"GET /search": (9, 9)}, (10_000, 5_000)) or []
    keys = pd.Series([call["key"] or "no key" for call in calls][: len(said)], name="caller")
    answers = pd.Series([each or "served" for each in said], name=title)
    print(f"\n{pd.crosstab(keys, answers)}" if said else "who_said_429 returns nothing yet")

# %% check="who_said_429" points=3 skills="4.1.S2" tests="F6.1-07 F6.2-05 F6.2-08 F6.2-09"
wide = (10_000, 5_000)


def said(times: list, plans: dict, stage: dict, account_limit: tuple = wide) -> list:
    calls = [{"ms": ms, "key": "k", "route": "GET /a"} for ms in times]
    return who_said_429(calls, plans, stage, account_limit)


assert said([0], {}, {}) is not None, "who_said_429 returns nothing yet."
assert said([0] * 4, {}, {"GET /a": (1, 3)}) == [None, None, None, "stage"], (
    "Four requests at once, and a stage limit with a burst of 3: three pass, the fourth is refused."
)
assert said([0, 0, 1000], {}, {"GET /a": (1, 2)}) == [None, None, None], (
    "The bucket was empty, and a second later, at a rate of 1, one token is back."
)
assert said([0, 0], {"k": (1, 1)}, {"GET /a": (1, 1)}, (1, 1)) == [None, "plan"], (
    "Three limits with one token each; the first request takes them. Then which is asked first? "
    "(Older notes print the order upside down.)"
)
### BEGIN HIDDEN TESTS
import random

from course.incidents.seeds import hidden_seed

ORDER = ("plan", "stage", "account")


def model(
    calls, plans, stage, account_limit, order=ORDER, *, cap=True, shared=False, routes=False,
    atomic=False, debt=False, whole=False,
) -> list:  # fmt: skip
    """What a function would answer that is right, or has one of these misconceptions."""
    buckets, answers = {}, []
    for call in calls:
        limits = {
            "plan": (None if shared else call["key"], plans.get(call["key"])),
            "stage": (None if routes else call["route"], stage.get(call["route"])),
            "account": (None, account_limit),
        }
        refused, taken = None, []
        for name in order:
            whose, limit = limits[name]
            if limit is None:
                continue
            rate, burst = limit
            tokens, last = buckets.get((name, whose), (burst, call["ms"]))
            came = (call["ms"] - last) * rate / 1000
            tokens += int(came) if whole else came
            tokens = min(burst, tokens) if cap else tokens
            enough = tokens >= 1 - 1e-9
            buckets[name, whose] = (tokens - (enough or debt), call["ms"])
            taken += [(name, whose)] * enough
            if not enough:
                refused = name
                break
        if atomic and refused:
            for each in taken:
                buckets[each] = (buckets[each][0] + 1, call["ms"])
        answers.append(refused)
    return answers


MISTAKES = (
    ({"order": ("plan", "account", "stage")}, "the account is asked before the stage."),
    ({"cap": False}, "tokens pile up without end. How many does a bucket hold at most?"),
    ({"shared": True}, "all keys share one bucket. Whose bucket does a plan's limit fill?"),
    ({"routes": True}, "all routes share one bucket of the stage."),
    ({"atomic": True}, "a refused request gives back what it took at the limits before."),
    ({"debt": True}, "a refused request takes a token that is not there. The bucket then owes it."),
    ({"whole": True}, "only whole tokens come back: what becomes of the half second in between?"),
)


def traffic(rng: random.Random, *, seconds: int, account_rate: int) -> tuple:
    """Requests and limits: a loud key, a quiet one and callers without, over three routes."""
    loud, quiet, other = (f"k-{rng.randrange(1000)}-{n}" for n in range(3))
    routes = [f"GET /{rng.choice(['a', 'b', 'c'])}{n}" for n in range(3)]
    calls = []
    for key, chance, silent in ((loud, 0.9, 4), (quiet, 0.4, 2), (other, 0.5, 6), (None, 0.7, 3)):
        for k in range(seconds * 8):  # eighths of a second: their sums are exact
            # now and then a caller is silent for a while, and its bucket fills up
            if (k // 24) % silent and rng.random() < chance:
                many = rng.choice([1, 1, 2, 3])
                call = {"ms": 125 * k, "key": key, "route": rng.choice(routes)}
                calls += [dict(call) for _ in range(many)]
    calls.sort(key=lambda call: call["ms"])
    plans = {loud: (rng.randint(3, 4), 9), quiet: (rng.randint(1, 2), rng.randint(5, 7)), other: (2, 3)}
    stage = {routes[0]: (rng.randint(3, 4), rng.randint(8, 10)), routes[1]: (2, rng.randint(4, 6))}
    return calls, plans, stage, (account_rate, account_rate + 6)


for seed_name, seconds, account_rate in (("who_said_429", 16, 9), ("who_said_429 again", 24, 5)):
    rng = random.Random(hidden_seed(seed_name))
    given = traffic(rng, seconds=seconds, account_rate=account_rate)
    wanted = model(*given)
    got = who_said_429([dict(call) for call in given[0]], *given[1:])
    assert isinstance(got, list) and len(got) == len(wanted), (
        f"{len(wanted)} requests came, and who_said_429 should return a list with a word for each."
    )
    for mistake, words in MISTAKES:
        assert got == wanted or got != model(*given, **mistake), (
            f"In {seconds} other seconds you get what one gets when {words}"
        )
    wrong = [k for k, pair in enumerate(zip(got, wanted, strict=True)) if pair[0] != pair[1]]
    assert not wrong, (
        f"In {seconds} other seconds {len(wrong)} of {len(wanted)} requests get another answer. The "
        f"first is number {wrong[0] + 1}, at {given[0][wrong[0]]['ms']} ms: you say {got[wrong[0]]!r}. "
        "Follow its buckets by hand."
    )
idle = [{"ms": ms, "key": None, "route": "GET /x"} for ms in (0, 0, 0, 3_600_000, 3_600_000, 3_600_000)]
assert who_said_429(idle, {}, {}, (5, 2)) == [None, None, "account"] * 2, (
    "After an hour of silence a bucket with a burst of 2 does not hold two tokens."
)
### END HIDDEN TESTS

# %% [markdown] facts="F6.2-09 F6.2-10 F6.2-11"
# **Usage plans** give each client a share of its own, and a quota for a day, week or month. A client is known
# by its **API key**. They are optional, and REST APIs alone have them. Four things must come together: a key, a
# plan with that key and this stage, `apiKeyRequired` on the method, and a **deployment**.
#
# | the request | status | `errorType` | message |
# |---|---|---|---|
# | no key, a wrong one, or none of this stage's plans | 403 | `INVALID_API_KEY` | Forbidden |
# | faster than the plan | 429 | `THROTTLED` | Too Many Requests |
# | quota used up | 429 | `QUOTA_EXCEEDED` | Limit Exceeded |
#
# Waiting a second helps against one of the two 429s only. And a key says *which* client calls, not whether it
# may: for that use an authorizer or IAM. (API Gateway Developer Guide, "Usage plans and API keys".)

# %%
source = """def lambda_handler(event, context):
    return {"statusCode": 200, "body": "books"}"""
with account.fresh(World("rehearsal", noon, noon, [], [])) as trial:
    (api_id, address), rest = deploy({"GET /books": source}), boto3.client("apigateway")
    key = rest.create_api_key(name="bookworm", enabled=True)
    stages = [{"apiId": api_id, "stage": "prod"}]
    limits = {"throttle": {"rateLimit": 1, "burstLimit": 2}, "quota": {"limit": 4, "period": "DAY"}}
    plan = rest.create_usage_plan(name="small", apiStages=stages, **limits)["id"]
    rest.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    print("a key and a plan, nothing more:", requests.get(f"{address}/books"))
    [books] = [r["id"] for r in rest.get_resources(restApiId=api_id)["items"] if r["path"] != "/"]
    method = {"restApiId": api_id, "resourceId": books, "httpMethod": "GET"}
    patch = [{"op": "replace", "path": "/apiKeyRequired", "value": "true"}]
    rest.update_method(**method, patchOperations=patch)
    rest.create_deployment(restApiId=api_id, stageName="prod")
    print("required and deployed, no key: ", requests.get(f"{address}/books").json())
    call = {"method": "GET", "path": "/books", "headers": {"x-api-key": key["value"]}}
    got = trial.traffic(address, [(at, call) for at in (0, 0, 0, 2000, 3000, 4000)])
    trial.advance(seconds=5)
[(each["status"], each["payload"]) for each in got]


# %% [markdown]
# ### Exercise 6.6: fair shares (3 points)
#
# The crawler turns out to be a partner's. From tonight partners read the catalogue by key, each within a share
# of their own; the website places orders as before, without a key. Exports are heavy: the database stands a
# few a second, **whoever asks**.
#
# Write `fair_shares`. Before you start, decide for each wish at which of the four limits it belongs. Shops
# differ: `get_resources(..., embed=["methods"])` tells what an API has.


# %% fixed="rush"
BOOKS = """def lambda_handler(event, context):
    return {"statusCode": 200, "body": "books"}"""


def rush(trial, address: str, streams: dict, seconds: int = 10) -> dict:
    """{name: [served, refused by 429, refused otherwise]}; streams: {name: (route, rate, key)}."""
    sent, found = {}, {}
    for name, (route, rate, key) in streams.items():
        method, path = route.split(" ")
        call = {"method": method, "path": path, "headers": {"x-api-key": key} if key else {}}
        times = [1000 * k / rate for k in range(seconds * rate)]
        sent[name] = trial.traffic(address, [(at, call) for at in times])
    trial.advance(seconds=seconds + 1)
    for name, results in sent.items():
        statuses = [result["status"] for result in results]
        served, slower = sum(status < 400 for status in statuses), statuses.count(429)
        found[name] = [served, slower, len(statuses) - served - slower]
    return found


# %% answer="fair_shares"
def fair_shares(api_id: str, stage: str, partners: dict, heavy: dict) -> dict:
    """Gives every partner a share of a REST API, and returns {partner: value of the API key}.

    partners: {"bookworm": {"rate": 5, "burst": 10, "daily": 1000}}: requests per second in the long
    run, at once, and per day. heavy: {"GET /export": (2, 4)}: rate and burst of single methods.
    All methods are open to everybody now. Afterwards, on this stage and at once,
    - every GET needs the key of a partner, and every other method still needs none,
    - each partner is served within these three limits, whatever other callers do,
    - a heavy method serves no more than its rate and burst to all callers together; no other method
      has a limit that it did not have before.

    >>> fair_shares("2yw4acq9gf", "prod", partners, {"GET /export": (2, 4)})
    {'bookworm': 'pV0DLa1jOsuQb1Mm9OUN8Wxh3rCTuBUL1Xnhd7Wg'}
    """
    ### BEGIN SOLUTION
    rest = boto3.client("apigateway")
    required = [{"op": "replace", "path": "/apiKeyRequired", "value": "true"}]
    for resource in rest.get_resources(restApiId=api_id, embed=["methods"], limit=500)["items"]:
        if "GET" in resource.get("resourceMethods", {}):
            method = {"restApiId": api_id, "resourceId": resource["id"], "httpMethod": "GET"}
            rest.update_method(**method, patchOperations=required)
    rest.create_deployment(restApiId=api_id, stageName=stage)
    patch = []
    for route, limits in heavy.items():
        verb, path = route.split(" ")
        place = f"/{path.replace('/', '~1')}/{verb}/throttling"
        for name, value in zip(("rateLimit", "burstLimit"), limits, strict=True):
            patch.append({"op": "replace", "path": f"{place}/{name}", "value": str(value)})
    rest.update_stage(restApiId=api_id, stageName=stage, patchOperations=patch)
    keys = {}
    for partner, share in partners.items():
        key = rest.create_api_key(name=partner, enabled=True)
        plan = rest.create_usage_plan(
            name=partner,
            apiStages=[{"apiId": api_id, "stage": stage}],
            throttle={"rateLimit": share["rate"], "burstLimit": share["burst"]},
            quota={"limit": share["daily"], "period": "DAY"},
        )
        rest.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
        keys[partner] = key["value"]
    return keys
    ### END SOLUTION


# %%
shares = {"crawler": {"rate": 2, "burst": 4, "daily": 500}}
shares["bookworm"] = {"rate": 8, "burst": 10, "daily": 5000}
routes = dict.fromkeys(("GET /search", "GET /export", "POST /orders"), BOOKS)
with account.fresh(World("rehearsal", noon, noon, [], [])) as trial:
    api_id, address = deploy(routes)
    keys = fair_shares(api_id, "prod", shares, {"GET /export": (2, 4)}) or {}
    crawler, bookworm = keys.get("crawler"), keys.get("bookworm")
    streams = {"crawler searches": ("GET /search", 20, crawler)}
    streams["bookworm searches"] = ("GET /search", 4, bookworm)
    streams["bookworm exports"] = ("GET /export", 3, bookworm)
    streams["somebody exports"] = ("GET /export", 1, None)
    streams["the website sells"] = ("POST /orders", 5, None)
    counts = rush(trial, address, streams)
titles = ["served", "429", "other refusals"]
rows = [{"ten seconds of": name, **dict(zip(titles, found, strict=True))} for name, found in counts.items()]
show.table(rows, "Who is served?")

# %% check="fair_shares" points=3 skills="4.3.S7" tests="F6.2-07 F6.2-09 F6.2-10 F6.2-11"
from botocore.exceptions import BotoCoreError, ClientError

with account.fresh(World("trial", 1774000800000, 1774000800000, [], [])) as trial:
    api_id, address = deploy(dict.fromkeys(("GET /books", "POST /buy"), BOOKS))
    share = {"rate": 2, "burst": 4, "daily": 9000}
    try:
        keys = fair_shares(api_id, "prod", {"loud": share, "quiet": share}, {})
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what fair_shares asks for: {refused}") from None
    assert keys is not None, "fair_shares returns nothing yet."
    assert set(keys) == {"loud", "quiet"}, "fair_shares returns a key for each partner."
    streams = {"loud": ("GET /books", 6, keys["loud"]), "quiet": ("GET /books", 1, keys["quiet"])}
    streams |= {"stranger": ("GET /books", 1, None), "shopper": ("POST /buy", 2, None)}
    got = rush(trial, address, streams, 4)
assert got["stranger"] == [0, 0, 4], "A GET without a key is still served: what is missing for it?"
assert got["shopper"] == [8, 0, 0], "Orders of the website fail: they come without a key."
assert not got["quiet"][2], "quiet gets 403: does its value belong to a key of a plan of this stage?"
assert not got["quiet"][1], "quiet keeps to its share and is refused. Whose bucket did loud empty?"
loud = got["loud"][0]
assert 10 < loud < 13, f"loud is served {loud} times in 4 s: 4 at once, and 2 more each second."
### BEGIN HIDDEN TESTS
import random

import boto3

from course import account
from course.incidents.mock_api import mock_api
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

REST = boto3.client("apigateway")


def poured(trial, address: str, streams: dict, seconds: int) -> dict:
    """{name: (served, refused by 429, refused otherwise)}; streams: {name: (route, rate, key)}."""
    sent = {}
    for name, (route, rate, key) in streams.items():
        method, path = route.split(" ")
        call = {"method": method, "path": path, "headers": {"x-api-key": key} if key else {}}
        sent[name] = trial.traffic(address, [(1000 * k / rate, call) for k in range(rate * seconds)])
    trial.advance(seconds=seconds + 1)
    statuses = {name: [each["status"] for each in results] for name, results in sent.items()}
    return {
        name: (sum(s < 400 for s in some), some.count(429), sum(s >= 400 and s != 429 for s in some))
        for name, some in statuses.items()
    }


def judge(seed_name: str) -> None:
    """Raise AssertionError unless partners of another shop get their shares, and no more."""
    rng = random.Random(hidden_seed(seed_name))
    stage = rng.choice(["live", "v1", "prod"])
    plain, heavy, order = rng.choice(
        [("/books", "/reports/daily", "/orders"), ("/shelf/new", "/dump", "/basket/items")]
    )
    routes = [f"GET {plain}", f"GET {heavy}", f"POST {order}", f"DELETE {plain}"]
    rate, burst = rng.randint(2, 3), rng.randint(8, 10)
    partners = {
        "calm": {"rate": 8, "burst": 5, "daily": 3000},
        "flood": {"rate": rate, "burst": burst, "daily": 2000},
        "tiny": {"rate": 40, "burst": 50, "daily": rng.randint(9, 12)},
        "wide": {"rate": 60, "burst": 90, "daily": 5000},
    }
    limit = (2, rng.randint(4, 6))
    day = rng.choice([0, 1, 7, 8, 14, 15])  # the next day is of the same week and month
    begin = 1767600000000 + 86_400_000 * day + 3_600_000 * rng.randrange(12)
    with account.fresh(World("trial", begin, begin, [], [])) as trial:
        api, address = mock_api(routes, stage)
        try:
            keys = fair_shares(api, stage, dict(partners), {f"GET {heavy}": limit})
        except (BotoCoreError, ClientError) as refused:
            raise AssertionError(
                f"AWS refuses what fair_shares asks for in another shop, with GET {heavy}: {refused}"
            ) from None
        assert len(set(keys.values())) == 4, "Four partners, and not four different keys."
        places = {each["path"]: each["id"] for each in REST.get_resources(restApiId=api)["items"]}
        read = {"restApiId": api, "resourceId": places[plain], "httpMethod": "GET"}
        required = REST.get_method(**read).get("apiKeyRequired")
        general = REST.get_stage(restApiId=api, stageName=stage).get("methodSettings", {}).get("*/*", {})
        seconds = 5
        counts = poured(
            trial,
            address,
            {
                "flood": (f"GET {plain}", 15, keys["flood"]),
                "calm": (f"GET {plain}", 4, keys["calm"]),
                "tiny": (f"GET {plain}", 5, keys["tiny"]),
                "heavy calm": (f"GET {heavy}", 3, keys["calm"]),
                "heavy wide": (f"GET {heavy}", 4, keys["wide"]),
                "wide": (f"GET {plain}", 12, keys["wide"]),
                "stranger": (f"GET {plain}", 1, None),
                "stranger heavy": (f"GET {heavy}", 1, None),
                "guess": (f"GET {plain}", 1, "x" * 40),
                "order": (f"POST {order}", 10, None),
                "delete": (f"DELETE {plain}", 1, None),
            },
            seconds,
        )
        together = poured(trial, address, {"calm": (f"GET {plain}", 5, keys["calm"])}, 1)
        trial.advance(hours=25)
        next_day = poured(trial, address, {"tiny": (f"GET {plain}", 20, keys["tiny"])}, 1)["tiny"]
    assert counts["stranger"][0] == 0, (
        f"In another shop GET {plain} is served without a key. "
        + ("The method asks for one, but the stage does not know: which step makes a change of a method "
           "visible?" if required else "What makes a method ask for a key?")
    )  # fmt: skip
    assert counts["stranger heavy"][0] == 0, (
        f"In another shop GET {heavy} is served without a key. A limit of its own does not ask who calls."
    )
    for name, what in (("order", f"POST {order}"), ("delete", f"DELETE {plain}")):
        assert counts[name][2] == 0, f"In another shop {what} is refused without a key. Only GETs need one."
        assert counts[name][1] == 0, (
            f"In another shop {what} meets a limit that was not asked for. Whom does your stage limit hit?"
        )
    assert general.get("throttlingRateLimit", 10_000) == 10_000, (
        "In another shop every method got a limit of the stage. Only heavy methods were to have one."
    )
    for name in ("calm", "flood", "wide"):
        assert counts[name][2] == 0, (
            f"{name} has a key and gets 403. Is the key in a plan, and the plan for this stage?"
        )
    expected = burst + rate * seconds
    served = counts["flood"][0]
    assert counts["calm"][1] == 0 and counts["wide"][1] == 0, (
        f"A partner who stays within its share is refused {counts['calm'][1] + counts['wide'][1]} times "
        "while another floods the API. Whose limit did it meet?"
    )
    assert abs(served - expected) <= 2, (
        f"A partner with rate {rate} and burst {burst} sends 15 a second for {seconds} s. It should be "
        f"served about {expected} times and is {served} times."
    )
    assert counts["heavy wide"][0] + counts["heavy calm"][0] >= limit[1], (
        f"GET {heavy} serves next to nobody. Its rate and burst are {limit}."
    )
    both, allowed = counts["heavy wide"][0] + counts["heavy calm"][0], limit[1] + limit[0] * seconds
    assert both <= allowed + 2, (
        f"GET {heavy} served two partners {both} times in {seconds} s, where {limit} allows about "
        f"{allowed} to all callers together. Whose bucket does your limit fill: each key's, or the "
        "method's?"
    )
    assert both >= allowed - 2, (
        f"GET {heavy} served {both} times in {seconds} s, where {limit} allows about {allowed}."
    )
    assert together["calm"][1] == 0, "A partner is refused although its bucket had time to fill."
    daily = partners["tiny"]["daily"]
    assert counts["tiny"][0] <= daily, (
        f"A partner with {daily} requests a day was served {counts['tiny'][0]} times. Which part of a plan "
        "counts days?"
    )
    assert counts["tiny"][0] == daily, (
        f"A partner with {daily} requests a day was served only {counts['tiny'][0]} times."
    )
    assert next_day[0] == daily, (
        f"On the next day a partner with {daily} requests a day is served {next_day[0]} times. For which "
        "period is its quota?"
    )


judge("fair_shares")
judge("fair_shares again")
### END HIDDEN TESTS

# %% [markdown]
# ### What is a cache worth?
#
# The best way to stay below a limit is not to ask. A stage of a REST API can keep answers (an HTTP API cannot).
# Four settings decide, and each has a default that surprises:
#
# | the question | set by | unless set |
# |---|---|---|
# | is there a cache? | stage, `/cacheClusterEnabled` and a size; it costs by the hour | no |
# | for this method? | stage, `/*/*/caching/enabled` for all GETs, or by method | no |
# | how old may an answer be? | stage, `.../caching/ttlInSeconds`, 0 to 3,600 | 300 s |
# | who shares an answer? | integration, `cacheKeyParameters`, after a deployment | **everybody** |
#
# Would it help the shop? Count repeated requests first. (API Gateway Developer Guide, "Cache settings for REST
# APIs".)

# %%
query = """
filter resourcePath = "/products/{id}" and status = 200
| stats count(*) as views by path
| stats sum(views) as all_views, count(*) as pages, max(views) as most"""
print(ask(query))

# The same in pandas, and what a cache would have answered:
views = lines[(lines.resourcePath == "/products/{id}") & (lines.status == 200)]
print(len(views), views.path.nunique(), views.path.value_counts().max())
rows = []
for minutes in (1, 5, 15, 60):
    kept_until, hits = {}, 0
    for path, ms in zip(views.path, views.requestTimeEpoch, strict=True):
        hit = ms < kept_until.get(path, 0)
        kept_until[path] = kept_until[path] if hit else ms + 60_000 * minutes
        hits += hit
    rows.append({"kept for": f"{minutes} min", "percent": 100 * hits / len(views)})
title = "Product pages that a cache would have answered this morning"
show.bars(rows, label="kept for", value="percent", title=title, unit="percent")

# %% [markdown]
# **1 % at the default of 5 minutes**: 197 different pages in 279 views. This cache would cost more than it
# saves. (`/search` looks like 97 %, since the log's `path` has no query string. Whoever believes it gives every
# customer the result of the first search.)
#
# Another case: the sister shop's cart, which each page of its website asks for. Ada and Ben look twice each at
# their carts while somebody switches the cache on, step by step. An answer says whose cart it is, and for which
# call it was made.

# %%
CART = """def lambda_handler(event, context):
    return {"statusCode": 200, "body": f"{event['headers']['X-Customer']} {context.aws_request_id[-4:]}"}"""
name = "method.request.header.X-Customer"
with account.fresh(World("rehearsal", noon, noon, [], [])):
    (api_id, address), rest = deploy({"GET /cart": CART}), boto3.client("apigateway")
    stage = {"restApiId": api_id, "stageName": "prod"}
    [cart] = [r["id"] for r in rest.get_resources(restApiId=api_id)["items"] if r["path"] == "/cart"]
    method = {"restApiId": api_id, "resourceId": cart, "httpMethod": "GET"}
    for path in ("/cacheClusterEnabled", "/*/*/caching/enabled", "cache key"):
        if path != "cache key":
            patch = [{"op": "replace", "path": path, "value": "true"}]
            rest.update_stage(**stage, patchOperations=patch)
        else:
            patch = [{"op": "add", "path": f"/requestParameters/{name}", "value": "false"}]
            rest.update_method(**method, patchOperations=patch)
            patch = [{"op": "add", "path": f"/cacheKeyParameters/{name}"}]
            rest.update_integration(**method, patchOperations=patch)
            rest.create_deployment(**stage)
        asked = [requests.get(f"{address}/cart", headers={"X-Customer": w}) for w in ("Ada", "Ben") * 2]
        print(f"{path:22}", *(answer.text for answer in asked), sep="   ")

# %% [markdown] facts="F6.2-01 F6.2-02 F6.2-03"
# The second line is the accident: **Ben sees Ada's cart.** Only the key parts them; not even a path parameter
# does so by itself.
#
# Ada has just paid and wants the truth. `Cache-Control: max-age=0` **bypasses the entry and replaces it**.
# For whom, the stage decides:
#
# | `requireAuthorizationForCacheControl` | the header works for |
# |---|---|
# | false | anybody |
# | true | signed callers whose IAM policy allows `execute-api:InvalidateCache`; others: see below |
#
# > **Exam answer / Today.** "The caller needs `execute-api:InvalidateCache`" is the answer expected, and it is
# > so **only where authorization is required**. Samples that send the header with a **bearer token** miss the
# > point: it is an IAM permission, so the request must be signed (SigV4). (API Gateway Developer Guide, "Cache
# > settings for REST APIs"; re:Post, "authorised cache invalidation".)

# %%
base = "/*/*/caching"
strategy = f"{base}/unauthorizedCacheControlHeaderStrategy"
cases = [{f"{base}/requireAuthorizationForCacheControl": "false"}]
for kept in ("FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER"):
    cases.append({f"{base}/requireAuthorizationForCacheControl": "true", strategy: kept})
rows = []
with account.fresh(World("rehearsal", noon, noon, [], [])):
    api_id, address = deploy({"GET /cart": CART})
    rest, stage = boto3.client("apigateway"), {"restApiId": api_id, "stageName": "prod"}
    headers = {"X-Customer": "Ada", "Authorization": "Bearer eyJhbGciOi"}
    for case in cases:
        settings = {"/cacheClusterEnabled": "true", f"{base}/enabled": "true", **case}
        patch = [{"op": "replace", "path": p, "value": value} for p, value in settings.items()]
        rest.update_stage(**stage, patchOperations=patch)
        before = requests.get(f"{address}/cart", headers=headers).text
        answer = requests.get(f"{address}/cart", headers={**headers, "Cache-Control": "max-age=0"})
        row = {"authorization": " ".join(case.get(strategy, "not required").split("_"))}
        row |= {"status": answer.status_code, "fresh": answer.ok and answer.text != before}
        rows.append(row | {"warning": "Warning" in answer.headers})
show.table(rows, "max-age=0 with a bearer token")

# %% [markdown]
# ### Exercise 6.7: cache without leaking (3 points)
#
# The sister shop knows of each page what its answer depends on, and how old it may be:
#
# | GET | depends on | may be |
# |---|---|---|
# | `/products` | query `category`, header `Accept-Language` | 120 s old |
# | `/cart` | header `X-Customer` | 20 s old |
# | `/stock` | nothing | 0 s: always fresh |
#
# Write `cache_without_leaking`. A tester left `requireAuthorizationForCacheControl` on `false`, and campaign
# links carry a `?ref=` that changes no answer. A method's settings win over those of `*/*`. A parameter must be
# declared before it can be a key, as above.


# %% fixed="storefront"
PAGE = """calls = []
def lambda_handler(event, context):
    calls.append(event["path"])
    return {"statusCode": 200, "body": f"page {len(calls)}"}"""
PAGES = {
    "/products": {"seconds": 120, "depends_on": ["querystring.category", "header.Accept-Language"]},
    "/cart": {"seconds": 20, "depends_on": ["header.X-Customer"]},
    "/stock": {"seconds": 0, "depends_on": []},
}


def storefront() -> tuple:
    """The sister shop's API, as the tester left it: its id and address."""
    api, address = deploy(dict.fromkeys([f"GET {path}" for path in PAGES], PAGE))
    path = "/*/*/caching/requireAuthorizationForCacheControl"
    patch = [{"op": "replace", "path": path, "value": "false"}]
    gateway = boto3.client("apigateway")
    gateway.update_stage(restApiId=api, stageName="prod", patchOperations=patch)
    return api, address


# %% answer="cache_without_leaking"
def cache_without_leaking(api_id: str, stage: str, pages: dict) -> None:
    """Lets a stage answer GET requests from a cache (cluster of 0.5 GB), at once and without leaks.

    pages: {"/products": {"seconds": 120, "depends_on": ["querystring.category"]}, ...}: for the GET
    method of each path how old an answer may be (0: not at all), and on what it depends:
    "querystring.x", "header.x" or "path.x". Afterwards
    - whoever repeats a request within that time gets the kept answer, whatever else is in it;
    - nobody gets an answer made for another value of what it depends on, or an older one;
    - no other path and no other method is answered from the cache;
    - Cache-Control: max-age=0 from a caller without permission changes nothing: the kept answer
      comes, with status 200.
    Caching settings of any kind may have been left on the stage, for all its methods ("*/*").

    >>> cache_without_leaking("2yw4acq9gf", "prod", PAGES)
    """
    ### BEGIN SOLUTION
    rest = boto3.client("apigateway")
    resources = rest.get_resources(restApiId=api_id, limit=500)["items"]
    places = {each["path"]: each["id"] for each in resources}
    settings = {"/cacheClusterEnabled": "true", "/cacheClusterSize": "0.5"}
    settings["/*/*/caching/enabled"] = "false"
    for path, page in pages.items():
        method = {"restApiId": api_id, "resourceId": places[path], "httpMethod": "GET"}
        names = [f"method.request.{part}" for part in page["depends_on"]]
        declared = [{"op": "add", "path": f"/requestParameters/{n}", "value": "false"} for n in names]
        rest.update_method(**method, patchOperations=declared)
        keys = [{"op": "add", "path": f"/cacheKeyParameters/{n}"} for n in names]
        rest.update_integration(**method, patchOperations=keys)
        place = f"/{path.replace('/', '~1')}/GET/caching"
        settings[f"{place}/enabled"] = "true" if page["seconds"] else "false"
        settings[f"{place}/ttlInSeconds"] = str(page["seconds"])
        settings[f"{place}/requireAuthorizationForCacheControl"] = "true"
        strategy = f"{place}/unauthorizedCacheControlHeaderStrategy"
        settings[strategy] = "SUCCEED_WITH_RESPONSE_HEADER"
    rest.create_deployment(restApiId=api_id, stageName=stage)
    patch = [{"op": "replace", "path": path, "value": value} for path, value in settings.items()]
    rest.update_stage(restApiId=api_id, stageName=stage, patchOperations=patch)
    ### END SOLUTION


# %%
maps, rows = {"category": "maps"}, []
visits = [("/products", maps, {"Accept-Language": "de"})] * 2
visits += [("/products", {**maps, "ref": "mail"}, {"Accept-Language": "de"})]
visits += [("/products", maps, {"Accept-Language": "fr"})]
visits += [("/cart", {}, {"X-Customer": name}) for name in ("Ada", "Ben", "Ada")]
visits += [("/cart", {}, {"X-Customer": "Ada", "Cache-Control": "max-age=0"})]
visits += [("/stock", {}, {})] * 2
with account.fresh(World("rehearsal", noon, noon, [], [])) as trial:
    api_id, address = storefront()
    cache_without_leaking(api_id, "prod", PAGES)
    for path, query, headers in visits:
        answer = requests.get(address + path, params=query, headers=headers)
        asked = "; ".join(f"{k}={v}" for k, v in {**query, **headers}.items())
        rows.append({"GET": path, "with": asked, "status": answer.status_code, "answer": answer.text})
show.table(rows, "The same page number is the same answer", rows=12)

# %% check="cache_without_leaking" points=3 skills="4.3.S5" tests="F6.2-01 F6.2-02"
from botocore.exceptions import BotoCoreError, ClientError

cart = {path: page for path, page in PAGES.items() if path == "/cart"}
with account.fresh(World("trial", 1774000800000, 1774000800000, [], [])) as trial:
    api_id, address = storefront()
    try:
        cache_without_leaking(api_id, "prod", cart)
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what cache_without_leaking asks: {refused}") from None
    found = boto3.client("apigateway").get_stage(restApiId=api_id, stageName="prod")
    assert found.get("cacheClusterEnabled"), "The stage has no cache yet."
    ada, ben = ({"X-Customer": name} for name in ("Ada", "Ben"))
    got = [requests.get(f"{address}/cart", headers=who).text for who in (ada, ada, ben)]
    trial.advance(seconds=21)
    late = requests.get(f"{address}/cart", headers=ada).text
assert got[0] == got[1], "Ada asks twice within 20 s, and the function is called twice."
assert got[1] != got[2], "Ben gets Ada's cart. What tells the entries of a method apart?"
assert late != got[0], "After 21 s Ada still gets the cart that may be 20 s old."
### BEGIN HIDDEN TESTS
import random

import boto3
import requests

from course import account
from course.incidents.mock_api import mock_api
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

REST = boto3.client("apigateway")


def left_over(api: str, stage: str, settings: dict) -> None:
    """Settings that somebody left on the stage."""
    patch = [{"op": "replace", "path": f"/*/*/caching/{k}", "value": v} for k, v in settings.items()]
    REST.update_stage(restApiId=api, stageName=stage, patchOperations=patch)


def judge(seed_name: str, left: dict) -> None:
    """Raise AssertionError unless the pages of another shop are kept as long and as apart as asked."""
    rng = random.Random(hidden_seed(seed_name))
    stage, word = rng.choice(["live", "v2"]), rng.choice(["books", "maps", "toys"])
    header, query = rng.choice(["X-Reader", "X-Tenant"]), rng.choice(["shelf", "genre"])
    page, basket, left_page, extra = f"/{word}/{{id}}", "/basket/open", "/left", "/more/extra"
    seconds, short = rng.randint(60, 200), rng.randint(5, 30)
    pages = {
        page: {"seconds": seconds, "depends_on": ["path.id", f"querystring.{query}"]},
        left_page: {"seconds": 0, "depends_on": []},
        basket: {"seconds": short, "depends_on": [f"header.{header}", "header.Accept-Language"]},
        "/terms": {"seconds": 900, "depends_on": []},
    }
    routes = [*(f"GET {path}" for path in pages), f"GET {extra}", f"POST {basket}"]
    begin = 1767600000000 + 60_000 * rng.randrange(100_000)
    with account.fresh(World("trial", begin, begin, [], [])) as trial:
        api, address = mock_api(routes, stage)
        left_over(api, stage, left)
        try:
            cache_without_leaking(api, stage, {path: dict(each) for path, each in pages.items()})
        except (BotoCoreError, ClientError) as refused:
            raise AssertionError(
                f"AWS refuses what cache_without_leaking asks for with pages like {page}: {refused}"
            ) from None
        kept = REST.get_stage(restApiId=api, stageName=stage)
        keys = [
            key
            for each in REST.get_resources(restApiId=api, embed=["methods"])["items"]
            for method in each.get("resourceMethods", {}).values()
            for key in method["methodIntegration"].get("cacheKeyParameters", [])
        ]

        def ask(path: str, verb: str = "GET", params: object = None, **headers: str) -> tuple:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            answer = requests.request(verb, address + path, params=params, headers=given)
            return answer.status_code, answer.text

        one, two = f"/{word}/1", f"/{word}/2"
        whose = {header.replace("-", "_"): "r-1", "Accept_Language": "de"}
        other, foreign = {**whose, header.replace("-", "_"): "r-2"}, {**whose, "Accept_Language": "fr"}
        first, again = ask(one), ask(one, params={"ref": "mail"}, X_Other="x")
        by_id, by_query = ask(two), ask(one, params={query: "new"})
        mine, mine_again, theirs = ask(basket, **whose), ask(basket, **whose), ask(basket, **other)
        in_french = ask(basket, **foreign)
        impatient = ask(basket, Cache_Control="max-age=0", **whose)
        after = ask(basket, **whose)
        terms = ask("/terms")
        fresh, unknown = [ask(left_page) for _ in "ab"], [ask(extra) for _ in "ab"]
        orders = [ask(basket, "POST", **whose) for _ in "ab"]
        trial.advance(seconds=short - 1)
        nearly = ask(basket, **whose)
        trial.advance(seconds=2)
        basket_late = ask(basket, **whose)
        trial.advance(seconds=seconds - short - 4)
        page_nearly = ask(one)
        trial.advance(seconds=6)
        page_late, terms_later = ask(one), ask("/terms")
    method_settings = kept.get("methodSettings", {})
    assert kept.get("cacheClusterEnabled"), "In another shop the stage has no cache at all."
    size = kept.get("cacheClusterSize") or "0.5"
    assert size == "0.5", f"The cluster has {size} GB, and each GB is paid for by the hour."
    cached = any(each.get("cachingEnabled") for each in method_settings.values())
    assert cached, (
        "The cache is there, is paid for by the hour, and no method is answered from it. Which setting "
        "lets a method use it?"
    )
    leaks = {"the path's id": (first, by_id), f"the query {query}": (first, by_query)}
    leaks |= {f"the header {header}": (mine, theirs), "the header Accept-Language": (mine, in_french)}
    for what, (a, b) in leaks.items():
        assert a != b, (
            f"A leak: the answer depends on {what}, and a request with another value got the kept one. "
            + ("Which parameters are keys now, and does the stage know of them?" if keys else
               "What parts the entries of a method?")
        )  # fmt: skip
    assert first == again, (
        f"GET {page} is asked for twice, once with a ?ref= and a header that change nothing, and the "
        "integration is called twice. What is part of the key, and is this method cached?"
    )
    assert mine == mine_again, f"GET {basket} is not answered from the cache, though it may be {short} s old."
    assert fresh[0] != fresh[1], f"GET {left_page} may be 0 s old, and an older answer was given."
    assert unknown[0] != unknown[1], (
        f"GET {extra} was not among the pages, and is answered from the cache. What is set for all GETs?"
    )
    assert orders[0] != orders[1], f"POST {basket} is answered from the cache. Each is a new order."
    assert impatient[0] == 200, (
        f"A browser's reload sends Cache-Control: max-age=0, and the customer gets {impatient[0]}. What "
        "becomes of those who may not ask for a fresh answer?"
    )
    assert impatient == mine and after == mine, (
        "A caller without any permission sent Cache-Control: max-age=0 and got a fresh answer: so anybody "
        "can empty the cache. Who may do that is a setting, and one was left on the stage."
    )
    assert nearly == mine, f"After {short - 1} s GET {basket} was called again; it may be {short} s old."
    assert page_nearly == first, f"GET {page} may be {seconds} s old and was called again before."
    assert basket_late != mine and page_late != first, (
        f"GET {basket} may be {short} s old, GET {page} {seconds} s, and an older answer was given. How long "
        "is an entry kept unless you say so?"
    )
    assert terms_later == terms, "GET /terms may be 900 s old and was called again after five minutes."


judge("cache_without_leaking", {"requireAuthorizationForCacheControl": "false"})
judge(
    "cache_without_leaking again",
    {"enabled": "true", "ttlInSeconds": "600", "unauthorizedCacheControlHeaderStrategy": "FAIL_WITH_403"},
)
### END HIDDEN TESTS

# %% [markdown]
# ### Incident 6: green function, red API (4 points)
#
# Another sister shop, 11:50. Since a change at 10:31 orders fail, all or some. The function's dashboard is
# **green**: not one error. "So it is not the function", says its team. It is one of these:
#
# | cause | what is wrong |
# |---|---|
# | `answer` | the newest version answers some orders in a form that API Gateway cannot read |
# | `permission` | API Gateway may not call the alias any more (function, version and alias have a policy each) |
# | `concurrency` | the function has too little reserved concurrency |
# | `timeout` | the integration gives up before the function has answered |
#
# Write `green_function`: it finds the cause and mends it. Other APIs and functions belong to others.

# %% fixed="front_door"
from course.incidents import front_door

# front_door is that shop: `start` builds it with one thing wrong, `buy` places `orders` (each has an
# id, items, and may be a gift) and tells for each what the customer got.
earlier = noon - 600_000  # 11:50


def statuses(orders: list) -> str:
    """How many orders got which status, as text."""
    counted = pd.Series([order["status"] for order in orders]).value_counts().sort_index()
    return ", ".join(f"{count} x {status}" for status, count in counted.items())


# %%
dashboard, reasons, written, graphs = [], {}, {}, {}
query = """filter @message like /Execution failed/
| parse @message ") *" as reason | stats count(*) as orders by reason"""
for cause in front_door.CAUSES:
    with account.fresh(World("sister", earlier, earlier, [], [])) as trial:
        front_door.start(cause)
        row = {"cause": cause, "clients got": statuses(front_door.buy(trial, front_door.orders(24)))}
        trial.advance(minutes=1)
        span = {"StartTime": trial.now - timedelta(minutes=5), "EndTime": trial.now}
        of = {"Namespace": "AWS/Lambda", "Dimensions": [{"Name": "FunctionName", "Value": "orders"}]}
        for name in ("Errors", "Throttles"):
            asked = {**of, "MetricName": name, "Period": 300, "Statistics": ["Sum"], **span}
            points = boto3.client("cloudwatch").get_metric_statistics(**asked)["Datapoints"]
            row[f"function's {name}"] = int(sum(point["Sum"] for point in points))
        dashboard.append(row)
        graphs[cause] = boto3.client("xray").get_service_graph(**span)
        log = f"API-Gateway-Execution-Logs_{front_door.address('shop')[8:18]}/prod"
        reasons[cause] = ask(query, log)
        written[cause] = logs.filter_log_events(logGroupName=log)["events"]
show.table(dashboard, "24 orders at the front door")

# %%
for cause, found in reasons.items():
    print(f"{cause:12}", *found.reason, *found.orders)
# The same in pandas:
messages = pd.DataFrame(written["answer"]).message
print(messages.str.extract(r"\) (?P<reason>Execution failed.*)").value_counts().to_string())
show.service_map(graphs["answer"], title="Cause answer: the API is red, the function is green")


# %% answer="green_function"
def green_function(api_name: str, path: str, function_name: str, alias: str) -> str:
    """Finds why orders fail though the function has no errors, mends that, returns the cause.

    An order is a POST to `path` (such as "/orders") on stage "prod" of the REST API api_name; its
    integration calls the alias of the function. The stage logs errors to the log group
    API-Gateway-Execution-Logs_{api id}/prod, and orders have failed there today.
    Exactly one thing is wrong; returns "answer", "permission", "concurrency" or "timeout".
    Afterwards every order succeeds, and all else is as it was:
    - the version that the alias pointed to before the newest one was good (of those that are left);
    - no other API may call the function than may now;
    - an order may take as long as the function's own timeout.

    >>> green_function("shop", "/orders", "orders", "live")
    'permission'
    """
    ### BEGIN SOLUTION
    rest, functions = boto3.client("apigateway"), boto3.client("lambda")
    [api] = [each["id"] for each in rest.get_rest_apis()["items"] if each["name"] == api_name]
    log = f"API-Gateway-Execution-Logs_{api}/prod"
    events = boto3.client("logs").filter_log_events(logGroupName=log)["events"]
    said = " ".join(event["message"] for event in events)
    called = functions.get_alias(FunctionName=function_name, Name=alias)
    if "Malformed Lambda proxy response" in said:
        pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=function_name)
        names = [each["Version"] for page in pages for each in page["Versions"]]
        older = [int(v) for v in names if v.isdigit() and int(v) < int(called["FunctionVersion"])]
        functions.update_alias(
            FunctionName=function_name, Name=alias, FunctionVersion=str(max(older))
        )
        return "answer"
    if "Invalid permissions on Lambda function" in said:
        region, owner = called["AliasArn"].split(":")[3:5]
        functions.add_permission(
            FunctionName=function_name,
            Qualifier=alias,
            StatementId=f"{api_name}-orders",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{region}:{owner}:{api}/*/POST{path}",
        )
        return "permission"
    if "Rate Exceeded" in said:
        functions.delete_function_concurrency(FunctionName=function_name)
        return "concurrency"
    if "timeout" in said:
        [place] = [
            each["id"]
            for each in rest.get_resources(restApiId=api, limit=500)["items"]
            if each["path"] == path
        ]
        patient = [{"op": "replace", "path": "/timeoutInMillis", "value": "29000"}]
        method = {"restApiId": api, "resourceId": place, "httpMethod": "POST"}
        rest.update_integration(**method, patchOperations=patient)
        rest.create_deployment(restApiId=api, stageName="prod")
        return "timeout"
    ### END SOLUTION


# %%
rows = []
for cause in front_door.CAUSES:
    with account.fresh(World("sister", earlier, earlier, [], [])) as trial:
        front_door.start(cause)
        before = statuses(front_door.buy(trial, front_door.orders(16)))
        said = green_function("shop", "/orders", "orders", "live")
        after = statuses(front_door.buy(trial, front_door.orders(16, 17)))
    rows.append({"cause": cause, "before": before, "green_function says": said, "after": after})
show.table(rows, "Before and after your repair")

# %% check="green_function" points=4 skills="4.1.S2 4.1.S7" tests="F4.3-01 F4.3-04 F6.1-10 F6.1-11 F6.1-12 F6.1-15"
from botocore.exceptions import BotoCoreError, ClientError

from course.incidents import front_door

with account.fresh(World("trial", 1774000800000, 1774000800000, [], [])) as trial:
    front_door.start("permission")
    front_door.buy(trial, front_door.orders(4))
    try:
        said = green_function("shop", "/orders", "orders", "live")
    except (BotoCoreError, ClientError) as refused:
        raise AssertionError(f"AWS refuses what green_function asks for: {refused}") from None
    bought = front_door.buy(trial, front_door.orders(4, 5))
lost = [order for order in bought if order["status"] != 201]
assert said is not None or not lost, "green_function returned nothing yet, and mended nothing."
assert not lost, (
    f"You say {said!r}, and an order still gets {lost[0]['status']}. The integration calls the alias: "
    "whose policy lets API Gateway in there?"
)
assert said == "permission", f"The permission was missing, and green_function says {said!r}."
### BEGIN HIDDEN TESTS
import random

import boto3

from course import account
from course.incidents import front_door
from course.incidents.seeds import hidden_seed
from course.telemetry.world import World

REST, LAMBDA = boto3.client("apigateway"), boto3.client("lambda")
SETTINGS = ("Timeout", "MemorySize", "Handler", "Role", "CodeSha256", "TracingConfig")
LOST = {
    "answer": "API Gateway cannot read what some orders are answered with. Which version answers them now, "
    "and which one was good?",
    "permission": "API Gateway may still not call the alias. A statement about the bare function does not "
    "hold for it.",
    "concurrency": "Lambda still refuses some, when several come at once. What reserves so little for this "
    "function?",
    "timeout": "API Gateway still does not wait long enough. Whose time limit is it, how long may the "
    "function take, and does the stage know of your change?",
}


def integration(api: str, path: str) -> dict:
    places = {each["path"]: each["id"] for each in REST.get_resources(restApiId=api)["items"]}
    found = REST.get_integration(restApiId=api, resourceId=places[path], httpMethod="POST")
    return {key: found.get(key) for key in ("uri", "type", "timeoutInMillis", "credentials")}


def policy(function: str, alias: str) -> str:
    try:
        return LAMBDA.get_policy(FunctionName=function, Qualifier=alias)["Policy"]
    except LAMBDA.exceptions.ResourceNotFoundException:
        return ""


def state(names: dict) -> dict:
    """Everything that a repair may change: of the orders' way, and of its neighbours."""
    found: dict = {}
    for api in REST.get_rest_apis()["items"]:
        found["timeout", api["name"]] = integration(api["id"], names["path"])
        stage = REST.get_stage(restApiId=api["id"], stageName="prod")
        kept = {key: stage.get(key) for key in ("tracingEnabled", "methodSettings", "variables")}
        found["stage", api["name"]] = kept
    for name in (names["function"], f"a-{names['function']}"):
        settings = LAMBDA.get_function_configuration(FunctionName=name)
        found["function", name] = {key: settings[key] for key in SETTINGS}
        reserved = LAMBDA.get_function_concurrency(FunctionName=name)
        found["concurrency", name] = reserved.get("ReservedConcurrentExecutions")
    alias = LAMBDA.get_alias(FunctionName=names["function"], Name=names["alias"])
    found["answer", names["alias"]] = (alias["FunctionVersion"], alias.get("RoutingConfig") or None)
    found["permission", names["alias"]] = policy(names["function"], names["alias"])
    return found


def judge(cause: str, **variant: object) -> None:
    """Raise AssertionError unless this cause is found and mended, and nothing else is touched."""
    rng = random.Random(hidden_seed(f"green_function {cause}"))
    words = {"api": ["kiosk", "depot"], "function": ["buy", "place"], "alias": ["blue", "stable"]}
    names = {key: f"{rng.choice(some)}{rng.randrange(100)}" for key, some in words.items()}
    names["path"] = rng.choice(["/basket/orders", "/v2/buy"])
    begin = 1767600000000 + 60_000 * rng.randrange(100_000)
    with account.fresh(World("trial", begin, begin, [], [])) as trial:
        front_door.start(cause, names, neighbours=True, **variant)
        front_door.buy(trial, front_door.orders(15), names)
        before = state(names)
        asked = (names["api"], names["path"], names["function"], names["alias"])
        try:
            said = green_function(*asked)
        except (BotoCoreError, ClientError) as refused:
            raise AssertionError(f"AWS refuses what green_function asks for: {refused}") from None
        after = state(names)
        big = [{"id": "o-big", "items": 38, "gift": True}]  # nearly the function's timeout
        bought = front_door.buy(trial, big + front_door.orders(30, 16), names, every_ms=100)
        [stray] = front_door.buy(trial, big, {**names, "api": f"a-{names['api']}"})
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    assert changed, f"In another shop nothing was changed, and you say {said!r}. {LOST[cause]}"
    for kind, name in changed:
        mine = name in names.values()
        assert mine, f"In another shop the {kind} of {name!r} was changed, which belongs to others."
        assert kind == cause, (
            f"In another shop the {kind} of {name!r} was changed, and it was not the cause. What did the "
            "execution log say?"
        )
    lost = [order for order in bought if order["status"] >= 500]
    assert not lost, (
        f"After the repair in another shop {len(lost)} of {len(bought)} orders get "
        f"{lost[0]['status']}. {LOST[cause]}"
    )
    odd = [order for order in bought if order["status"] != 201]
    assert not odd, (
        f"After the repair an order gets {odd[0]['status']} {odd[0]['body']!r}: that version is too old."
    )
    allowed = cause == "permission" and stray["status"] != 500
    assert not allowed, (
        "Now another API may call the function as well. For whom did you open the door? A statement can "
        "name its source."
    )
    assert said == cause, f"The fault is mended, and green_function says {said!r}: that was not it."


judge("timeout")
judge("answer", flaw="extra", retired=True)
judge("concurrency")
judge("permission")
### END HIDDEN TESTS

# %% [markdown] quiz="quiz.toml" points=12
# **What support can say:** the `500` and `502` came from functions that were refused or failed, the `504` from a
# provider that was slow, the `403` from wrong addresses. Most of the `429` met one crawler; as a partner it now has
# a key and a share of its own.
#
# ## Quiz (12 points)
#
# Twelve situations as the exam words them. One option is right; the others are right elsewhere. Your
# feedback explains all four.
