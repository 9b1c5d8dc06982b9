"""Export tasks: a log group's events as gzip files in an S3 bucket.

Follows CreateExportTask and the user guide's "Exporting log data to Amazon S3": objects are named
prefix/task id/stream/000000.gz, their lines begin with the time. On AWS a task "can take up to 12
hours"; here it takes five minutes of the account's clock. One task at a time. Left out: bucket
policies, KMS.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from course.account.clock import utc
from course.account.errors import AwsError
from course.account.logs.groups import standard_group
from course.account.paging import paged
from course.account.region import Region

Parameters = dict[str, Any]
DURATION = 5 * 60_000
ACTIVE = ("PENDING", "RUNNING")


def create_export_task(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    standard_group(region, parameters["logGroupName"])
    if parameters["from"] >= parameters["to"]:
        message = "Start time (from) must be before end time (to) of the export."
        raise AwsError("InvalidParameterException", message)
    if any(task["status"]["code"] in ACTIVE for task in region.export_tasks.values()):
        raise AwsError("LimitExceededException", "Resource limit exceeded.")
    prefix = parameters.get("destinationPrefix") or "exportedlogs"
    _write_test_object(region, parameters["destination"], prefix)
    task_id = region.new_id()
    kept = ("taskName", "logGroupName", "from", "to", "destination")
    region.export_tasks[task_id] = {
        "taskId": task_id,
        **{name: parameters[name] for name in kept if name in parameters},
        "destinationPrefix": prefix,
        "status": {"code": "RUNNING", "message": "Task is running"},
        "executionInfo": {"creationTime": region.now},
        "streams": parameters.get("logStreamNamePrefix", ""),
    }
    return {"taskId": task_id}


def _write_test_object(region: Region, bucket: str, prefix: str) -> None:
    try:
        region.clients("s3").put_object(
            Bucket=bucket,
            Key=f"{prefix}/aws-logs-write-test",
            Body=b"Permission Check Successful",
        )
    except ClientError:
        message = "The given bucket does not exist. Please make sure the bucket is valid."
        raise AwsError("InvalidParameterException", message) from None


def finish_due(region: Region) -> None:
    """Called as the clock passes: write the objects of tasks whose time has come."""
    for task in region.export_tasks.values():
        due = task["executionInfo"]["creationTime"] + DURATION
        if task["status"]["code"] == "RUNNING" and region.now >= due:
            count = _export(region, task)
            task["status"] = {"code": "COMPLETED", "message": "Completed successfully"}
            task["executionInfo"]["completionTime"] = region.now
            region.happened("export", group=task["logGroupName"], objects=count)


def _export(region: Region, task: dict[str, Any]) -> int:
    group = region.logs.groups.get(task["logGroupName"])
    streams: dict[str, list[str]] = {}
    for event in group.read(region.now, task["from"], task["to"]) if group else ():
        if event["logStreamName"].startswith(task["streams"]):
            time = utc(event["timestamp"]).isoformat(timespec="milliseconds")
            line = f"{time.replace('+00:00', 'Z')} {event['message']}"
            streams.setdefault(event["logStreamName"], []).append(line)
    for stream, lines in streams.items():
        name = stream.replace("/", "-")
        region.clients("s3").put_object(
            Bucket=task["destination"],
            Key=f"{task['destinationPrefix']}/{task['taskId']}/{name}/000000.gz",
            Body=gzip.compress("\n".join([*lines, ""]).encode(), mtime=0),
        )
    return len(streams)


def describe_export_tasks(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    wanted, code = parameters.get("taskId"), parameters.get("statusCode")
    found = [
        {name: value for name, value in task.items() if name != "streams"}
        for task in reversed(region.export_tasks.values())
        if wanted in (None, task["taskId"]) and code in (None, task["status"]["code"])
    ]
    return paged("exportTasks", found, parameters, "nextToken", parameters.get("limit", 50))


def cancel_export_task(region: Region, parameters: Parameters) -> None:
    task = region.export_tasks.get(parameters["taskId"])
    if task is None:
        raise AwsError("ResourceNotFoundException", "The specified export task does not exist.")
    if task["status"]["code"] not in ACTIVE:
        message = "The specified export task has already finished"
        raise AwsError("InvalidOperationException", message)
    task["status"] = {"code": "CANCELLED", "message": "Cancelled by user"}
