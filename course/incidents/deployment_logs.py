"""The texts of failed deployments, one template for each cause; `deployments` fills them in.

A line that begins with § is the evidence: what failed first. $t is the line's own time; ~300 is no
line, but as many seconds that pass. The forms
follow the CodeBuild user guide ("View build details"), the CodeDeploy user guide ("View log data
for CodeDeploy EC2/On-Premises deployments"), the CloudFormation user guide ("Monitor stack
progress" and "Troubleshooting CloudFormation"), the output of the SAM CLI, and the Amazon ECS
developer guide ("Stopped tasks error messages"). The words around the errors are our own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """One cause. step: where it shows; subject: what failed; meaning: the cause in a sentence.

    order: "oldest" or "newest" first, as the tool lists its lines.
    """

    source: str
    step: str
    subject: str
    meaning: str
    text: str
    order: str = "oldest"


BUILD_START = """\
[Container] $t Waiting for agent ping
[Container] $t Waiting for DOWNLOAD_SOURCE
[Container] $t Phase is DOWNLOAD_SOURCE
[Container] $t Phase complete: DOWNLOAD_SOURCE State: SUCCEEDED
[Container] $t Entering phase INSTALL
"""
BUILD_END = """\
[Container] $t Entering phase POST_BUILD
[Container] $t Running command echo finished
finished
[Container] $t Phase complete: POST_BUILD State: SUCCEEDED
[Container] $t Expanding base directory path: dist
[Container] $t Phase complete: UPLOAD_ARTIFACTS State: FAILED
[Container] $t Phase context status code: CLIENT_ERROR Message: no matching base directory path \
found for dist
"""
INSTALLED = """\
[Container] $t Running command pip install -r requirements.txt
Successfully installed boto3-1.40.1 requests-2.32.3
[Container] $t Phase complete: INSTALL State: SUCCEEDED
[Container] $t Phase context status code:  Message:
[Container] $t Entering phase PRE_BUILD
[Container] $t Phase complete: PRE_BUILD State: SUCCEEDED
[Container] $t Entering phase BUILD
"""
AGENT_START = """\
$t INFO  [codedeploy-agent($pid)]: Version file found in /opt/codedeploy-agent/.version with \
agent version OFFICIAL_1.7.0-92_rpm.
$t LifecycleEvent - ApplicationStop
$t Script - scripts/stop.sh
$t [stderr]WARN: $service is not running, nothing to stop
$t LifecycleEvent - BeforeInstall
$t Script - scripts/clean.sh
$t [stdout]removed '/srv/$service'
"""
AGENT_END = """\
$t ERROR [codedeploy-agent($pid)]: InstanceAgent::Plugins::CodeDeployPlugin::CommandPoller: \
Error during perform
$t The overall deployment failed because too many individual instances failed deployment, too few \
healthy instances are available for deployment, or some instances in your deployment group are \
experiencing problems.
"""
STACK = "AWS::CloudFormation::Stack"
STACK_START = f"""\
$t  CREATE_IN_PROGRESS  {STACK}  $stack  User Initiated
$t  CREATE_IN_PROGRESS  AWS::IAM::Role  $role  -
$t  CREATE_IN_PROGRESS  AWS::S3::Bucket  $bucket  -
$t  CREATE_IN_PROGRESS  AWS::SQS::Queue  $queue  -
$t  CREATE_IN_PROGRESS  AWS::S3::Bucket  $bucket  Resource creation Initiated
"""
STACK_END = f"""\
$t  DELETE_IN_PROGRESS  AWS::S3::Bucket  $bucket  -
$t  DELETE_COMPLETE  AWS::S3::Bucket  $bucket  -
$t  ROLLBACK_COMPLETE  {STACK}  $stack  -
"""
SAM_START = """\
\tUploading to $digest  18874368 / 18874368  (100.00%)

\tDeploying with following values
\t===============================
\tStack name                   : $stack
\tRegion                       : eu-west-1
\tConfirm changeset            : False
\tDisable rollback             : False
\tCapabilities                 : ["CAPABILITY_IAM"]

Initiating deployment
=====================
"""
SAM_EVENTS = f"""\
$t - Waiting for stack create/update to complete

CloudFormation events from stack operations (refresh every 5.0 seconds)
-------------------------------------------------------------------------------------------------
ResourceStatus        ResourceType                LogicalResourceId     ResourceStatusReason
-------------------------------------------------------------------------------------------------
CREATE_IN_PROGRESS    {STACK}  $stack  User Initiated
CREATE_IN_PROGRESS    AWS::IAM::Role              $role  -
CREATE_COMPLETE       AWS::IAM::Role              $role  -
CREATE_IN_PROGRESS    AWS::Lambda::Function       $function  -
CREATE_IN_PROGRESS    AWS::DynamoDB::Table        $table  Resource creation Initiated
"""
SAM_END = f"""\
CREATE_FAILED         AWS::DynamoDB::Table        $table  Resource creation cancelled
ROLLBACK_IN_PROGRESS  {STACK}  $stack  The following resource(s) failed to create: \
[$function, $table]. Rollback requested by user.
DELETE_COMPLETE       AWS::DynamoDB::Table        $table  -
DELETE_COMPLETE       AWS::IAM::Role              $role  -
ROLLBACK_COMPLETE     {STACK}  $stack  -
-------------------------------------------------------------------------------------------------

Error: Failed to create/update the stack: $stack, Waiter StackCreateComplete failed: Waiter \
encountered a terminal failure state: For expression "Stacks[].StackStatus" we matched expected \
path: "ROLLBACK_COMPLETE" at least once
"""
SERVICE_START = """\
$t (service $service) has started 1 tasks: (task $task).
"""
SERVICE_END = """\
$t (service $service) (deployment ecs-svc/$number) deployment failed: tasks failed to start.
$t (service $service) rolling back to deployment ecs-svc/$previous.
$t (service $service) has started 1 tasks: (task $other).
$t (service $service) has reached a steady state.
"""


def _stack(failed: str, reason: str, cancelled: tuple[str, ...]) -> str:
    """A stack's events, oldest first: one resource fails, the others are cancelled."""
    kinds = {"role": "AWS::IAM::Role", "bucket": "AWS::S3::Bucket", "queue": "AWS::SQS::Queue"}
    lines = [f"§$t  CREATE_FAILED  {kinds[failed]}  ${failed}  {reason}"]
    lines += [
        f"$t  CREATE_FAILED  {kinds[each]}  ${each}  Resource creation cancelled"
        for each in cancelled
    ]
    names = ", ".join(f"${each}" for each in (failed, *cancelled))
    lines.append(
        f"$t  ROLLBACK_IN_PROGRESS  {STACK}  $stack  The following resource(s) failed to create: "
        f"[{names}]. Rollback requested by user."
    )
    done = "" if failed == "bucket" else "$t  CREATE_COMPLETE  AWS::S3::Bucket  $bucket  -\n"
    end = STACK_END if failed != "bucket" else STACK_END.splitlines()[-1] + "\n"
    return STACK_START + done + "\n".join(lines) + "\n" + end


def _function(reason: str, code: str = "InvalidRequest") -> str:
    return (
        f"§CREATE_FAILED         AWS::Lambda::Function       $function  Resource handler returned "
        f'message: "{reason} (Service: Lambda, Status Code: 400, Request ID: $request)" '
        f"(RequestToken: $token, HandlerErrorCode: {code})\n"
    )


def _stopped(reason: str, container: str) -> str:
    """A task that stops, as the service's events and describe_tasks tell it."""
    return (
        f"{SERVICE_START}"
        "$t task $task lastStatus=STOPPED desiredStatus=STOPPED\n"
        f"{reason}"
        f"{container}"
        "$t (service $service) has started 1 tasks: (task $again).\n"
        f"{SERVICE_END}"
    )


FAILURES: dict[str, Failure] = {
    "build_tests": Failure(
        "codebuild",
        "BUILD",
        "$test",
        "A unit test fails, so nothing was built; that there is no artifact follows from it.",
        BUILD_START + INSTALLED + "[Container] $t Running command python -m pytest tests\n"
        "tests/test_$module.py ..F....\n"
        "§FAILED tests/test_$module.py::$test - assert $wrong == $right\n"
        "1 failed, 6 passed in 1.84s\n"
        "[Container] $t Command did not exit successfully python -m pytest tests exit status 1\n"
        "[Container] $t Phase complete: BUILD State: FAILED\n"
        "[Container] $t Phase context status code: COMMAND_EXECUTION_ERROR Message: Error while "
        "executing command: python -m pytest tests. Reason: exit status 1\n" + BUILD_END,
    ),
    "build_dependency": Failure(
        "codebuild",
        "INSTALL",
        "$package",
        "A dependency is pinned to a version that the package index does not have.",
        BUILD_START + "[Container] $t Running command pip install -r requirements.txt\n"
        "WARNING: Running pip as the 'root' user can result in broken permissions.\n"
        "§ERROR: Could not find a version that satisfies the requirement $package==9.9.$wrong\n"
        "ERROR: No matching distribution found for $package==9.9.$wrong\n"
        "[Container] $t Command did not exit successfully pip install -r requirements.txt exit "
        "status 1\n"
        "[Container] $t Phase complete: INSTALL State: FAILED\n"
        "[Container] $t Phase context status code: COMMAND_EXECUTION_ERROR Message: Error while "
        "executing command: pip install -r requirements.txt. Reason: exit status 1\n"
        "[Container] $t Expanding base directory path: dist\n"
        "[Container] $t Phase context status code: CLIENT_ERROR Message: no matching base "
        "directory path found for dist\n",
    ),
    "build_permission": Failure(
        "codebuild",
        "POST_BUILD",
        "s3:PutObject",
        "The build's service role may not write where the package goes.",
        BUILD_START + INSTALLED + "[Container] $t Running command sam build\n"
        "Build Succeeded\n"
        "[Container] $t Phase complete: BUILD State: SUCCEEDED\n"
        "[Container] $t Entering phase POST_BUILD\n"
        "[Container] $t Running command aws s3 cp package.zip s3://$bucket_name/\n"
        "§upload failed: ./package.zip to s3://$bucket_name/package.zip An error occurred "
        "(AccessDenied) when calling the PutObject operation: User: arn:aws:sts::123456789012:"
        "assumed-role/$service-build/AWSCodeBuild-$token is not authorized to perform: "
        's3:PutObject on resource: "arn:aws:s3:::$bucket_name/package.zip" because no '
        "identity-based policy allows the s3:PutObject action\n"
        "[Container] $t Command did not exit successfully aws s3 cp package.zip "
        "s3://$bucket_name/ exit status 1\n"
        "[Container] $t Phase complete: POST_BUILD State: FAILED\n"
        "[Container] $t Phase context status code: COMMAND_EXECUTION_ERROR Message: Error while "
        "executing command: aws s3 cp package.zip s3://$bucket_name/. Reason: exit status 1\n",
    ),
    "script_failed": Failure(
        "codedeploy",
        "AfterInstall",
        "scripts/migrate.sh",
        "The AfterInstall hook's script ends with an error: its database does not answer.",
        AGENT_START + "$t LifecycleEvent - AfterInstall\n$t Script - scripts/migrate.sh\n"
        "$t [stdout]applying 0${wrong}_orders.sql\n"
        '§$t [stderr]psql: error: connection to server at "$database.internal", port 5432 failed: '
        "Connection timed out\n"
        "$t Script at specified location: scripts/migrate.sh run as user root failed with exit "
        "code 2\n" + AGENT_END,
    ),
    "script_missing": Failure(
        "codedeploy",
        "ApplicationStart",
        "scripts/start.sh",
        "appspec.yml names a script that the revision does not hold.",
        AGENT_START + "$t LifecycleEvent - AfterInstall\n$t Script - scripts/migrate.sh\n"
        "$t [stderr]NOTICE: relation already exists, skipping\n"
        "$t LifecycleEvent - ApplicationStart\n"
        "§$t Script does not exist at specified location: /opt/codedeploy-agent/deployment-root/"
        "$request/d-$deployment/deployment-archive/scripts/start.sh\n" + AGENT_END,
    ),
    "script_timeout": Failure(
        "codedeploy",
        "ValidateService",
        "scripts/validate.sh",
        "The new version never answers its health check, so the validating script runs out.",
        AGENT_START + "$t LifecycleEvent - ApplicationStart\n$t Script - scripts/start.sh\n"
        "$t [stdout]started $service\n"
        "$t LifecycleEvent - ValidateService\n$t Script - scripts/validate.sh\n"
        "$t [stdout]curl -sf http://localhost:8080/health ... no answer, trying again\n"
        "~300\n"
        "§$t Script at specified location: scripts/validate.sh failed to complete in 300 "
        "seconds\n" + AGENT_END,
    ),
    "file_exists": Failure(
        "codedeploy",
        "Install",
        "/etc/$service/app.conf",
        "A file is there already that an earlier deployment did not bring.",
        AGENT_START + "$t LifecycleEvent - Install\n"
        "§$t The deployment failed because a specified file already exists at this location: "
        "/etc/$service/app.conf\n" + AGENT_END,
    ),
    "stack_permission": Failure(
        "cloudformation",
        "CREATE_FAILED",
        "$role",
        "Whoever deploys may not create the role.",
        _stack(
            "role",
            "API: iam:CreateRole User: arn:aws:sts::123456789012:assumed-role/deployer/$pid is not "
            "authorized to perform: iam:CreateRole on resource: arn:aws:iam::123456789012:role/"
            "$stack-$role-$suffix because no permissions boundary allows the iam:CreateRole action",
            ("queue",),
        ),
        "newest",
    ),
    "stack_exists": Failure(
        "cloudformation",
        "CREATE_FAILED",
        "$bucket",
        "The bucket's name is taken.",
        _stack("bucket", "$bucket_name already exists", ("role", "queue")),
        "newest",
    ),
    "stack_value": Failure(
        "cloudformation",
        "CREATE_FAILED",
        "$queue",
        "A property of the queue has a value that SQS does not take.",
        _stack(
            "queue",
            'Resource handler returned message: "Invalid value for the parameter '
            'VisibilityTimeout. (Service: Sqs, Status Code: 400, Request ID: $request)" '
            "(RequestToken: $token, HandlerErrorCode: InvalidRequest)",
            ("role",),
        ),
        "newest",
    ),
    "function_size": Failure(
        "sam",
        "CREATE_FAILED",
        "$function",
        "The function's package is larger than Lambda takes.",
        SAM_START
        + SAM_EVENTS
        + _function("Unzipped size must be smaller than 262144000 bytes")
        + SAM_END,
    ),
    "function_role": Failure(
        "sam",
        "CREATE_FAILED",
        "$function",
        "The role's trust policy does not name Lambda.",
        SAM_START
        + SAM_EVENTS
        + _function("The role defined for the function cannot be assumed by Lambda.")
        + SAM_END,
    ),
    "stack_state": Failure(
        "sam",
        "create changeset",
        "$stack",
        "The first deployment was rolled back; such a stack can only be deleted.",
        SAM_START + "\n§Error: Failed to create changeset for the stack: $stack, An error occurred "
        "(ValidationError) when calling the CreateChangeSet operation: Stack:arn:aws:"
        "cloudformation:eu-west-1:123456789012:stack/$stack/$request is in ROLLBACK_COMPLETE state "
        "and can not be updated.\n",
    ),
    "task_image": Failure(
        "ecs",
        "PENDING",
        "$container",
        "There is no image with that tag.",
        _stopped(
            "§$t   stoppedReason: CannotPullContainerError: pull image manifest has been retried 1 "
            "time(s): failed to resolve ref 123456789012.dkr.ecr.eu-west-1.amazonaws.com/"
            "$service:$tag: not found\n",
            "$t   containers: $container exitCode=- reason=-\n",
        ),
    ),
    "task_secret": Failure(
        "ecs",
        "PENDING",
        "secretsmanager:GetSecretValue",
        "The task execution role may not read the secret.",
        _stopped(
            "§$t   stoppedReason: ResourceInitializationError: unable to pull secrets or registry "
            "auth: execution resource retrieval failed: unable to retrieve secret from asm: "
            "service call has been retried 1 time(s): AccessDeniedException: User: arn:aws:sts::"
            "123456789012:assumed-role/$service-execution/$task is not authorized to perform: "
            "secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:eu-west-1:"
            "123456789012:secret:$service-db because no identity-based policy allows the "
            "secretsmanager:GetSecretValue action\n",
            "$t   containers: $container exitCode=- reason=-\n",
        ),
    ),
    "task_memory": Failure(
        "ecs",
        "RUNNING",
        "$container",
        "The container used more memory than its task has.",
        _stopped(
            "$t   stoppedReason: Essential container in task exited\n",
            "§$t   containers: $container exitCode=137 reason=OutOfMemoryError: Container killed "
            "due to memory usage\n",
        ),
    ),
    "task_health": Failure(
        "ecs",
        "RUNNING",
        "$container",
        "The load balancer's health checks fail, although the container runs.",
        _stopped(
            "§$t   stoppedReason: Task failed ELB health checks in (target-group arn:aws:"
            "elasticloadbalancing:eu-west-1:123456789012:targetgroup/$service/$number)\n",
            "$t   containers: $container exitCode=143 reason=-\n",
        ),
    ),
    "task_exit": Failure(
        "ecs",
        "RUNNING",
        "$container",
        "The program in the container ends by itself: a setting is missing.",
        _stopped(
            "$t   stoppedReason: Essential container in task exited\n",
            "$t   containers: $container exitCode=1 reason=-\n"
            "$t   log $container: listening on 0.0.0.0:8080\n"
            "§$t   log $container: KeyError: 'DATABASE_URL'\n",
        ),
    ),
}
