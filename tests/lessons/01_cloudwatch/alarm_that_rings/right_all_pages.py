# Every page of the list, compared as sets; the alarm is deleted and made anew.
def alarm_that_rings(alarm_name: str) -> None:
    client = boto3.client("cloudwatch")
    [alarm] = client.describe_alarms(AlarmNames=[alarm_name])["MetricAlarms"]
    pages = client.get_paginator("list_metrics").paginate(
        Namespace=alarm["Namespace"], MetricName=alarm["MetricName"], RecentlyActive="PT3H"
    )
    old = {(each["Name"], each["Value"]) for each in alarm["Dimensions"]}
    for metric in (metric for page in pages for metric in page["Metrics"]):
        if old < {(each["Name"], each["Value"]) for each in metric["Dimensions"]}:
            alarm["Dimensions"] = metric["Dimensions"][::-1]
    alarm["TreatMissingData"] = "notBreaching"
    told_by_aws = ("AlarmArn", "AlarmConfigurationUpdatedTimestamp", "StateTransitionedTimestamp")
    again = {
        name: value
        for name, value in alarm.items()
        if not name.startswith("State") and name not in told_by_aws
    }
    client.delete_alarms(AlarmNames=[alarm_name])
    client.put_metric_alarm(**again)
