"""The sentence with which AWS refuses a request, and the error code above it.

Follows the IAM User Guide, "Troubleshoot access denied error messages", and the Amazon S3 User
Guide, "Troubleshoot access denied (403 Forbidden) errors in Amazon S3" (which writes the resource
in quotes, and says no more than "Access Denied" to another account). An explicit deny ends with the
ARN of the policy, where that has one. SQS writes its actions in small letters and SNS its name in
capitals, as their answers show; neither is documented.
"""

from __future__ import annotations

from course.telemetry.permissions.evaluation import Decision, Request

PHRASES = {
    "identity": "identity-based policy",
    "resource": "resource-based policy",
    "boundary": "permissions boundary",
    "session": "session policy",
    "scp": "service control policy",
    "rcp": "resource control policy",
    "endpoint": "VPC endpoint policy",
    "trust": "role trust policy",
}
# Services whose APIs are JSON and whose models name the error so; the others say AccessDenied.
JSON_SERVICES = frozenset(
    {
        *("apigateway", "application-autoscaling", "codebuild", "codedeploy", "codepipeline"),
        *("cognito-idp", "dynamodb", "ecr", "ecs", "eks", "events", "firehose", "kinesis", "kms"),
        *("lambda", "logs", "scheduler", "secretsmanager", "ssm", "states", "xray"),
    }
)
CODES = {"sns": "AuthorizationError", "ec2": "UnauthorizedOperation"}


def denial(request: Request, decision: Decision) -> str:
    """AWS's message for a request that is refused."""
    if decision.kind is None:
        raise ValueError("this request is allowed")
    service = request.action.partition(":")[0].lower()
    if service == "s3" and request.is_foreign:
        return "Access Denied"
    action = _spelled(service, request.action)
    resource = f'"{request.resource}"' if service == "s3" else request.resource
    return (
        f"User: {request.principal} is not authorized to perform: {action} on resource: {resource} "
        f"{_reason(decision, action)}"
    )


def _reason(decision: Decision, action: str) -> str:
    phrase = PHRASES[str(decision.kind)]
    if not decision.explicit:
        return f"because no {phrase} allows the {action} action"
    article = "the" if decision.kind == "trust" else "an" if phrase[0] in "aeiou" else "a"
    arn = f": {decision.policy_arn}" if decision.policy_arn else ""
    return f"with an explicit deny in {article} {phrase}{arn}"


def _spelled(service: str, action: str) -> str:
    if service == "sqs":
        return action.lower()
    return f"SNS:{action.partition(':')[2]}" if service == "sns" else action


def error_code(service: str) -> str:
    """The code of a denial by a service, named as in its actions ("dynamodb", "s3", "states")."""
    return CODES.get(
        service, "AccessDeniedException" if service in JSON_SERVICES else "AccessDenied"
    )
