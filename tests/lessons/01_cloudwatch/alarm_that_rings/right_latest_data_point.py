from datetime import UTC, datetime, timedelta


def alarm_that_rings(alarm_name: str) -> None:
    client = boto3.client("cloudwatch")
    alarm = client.describe_alarms(AlarmNames=[alarm_name])["MetricAlarms"][0]
    metric = {name: alarm[name] for name in ("Namespace", "MetricName")}
    watched = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    end = datetime.now(UTC)

    def latest(dimensions: list) -> datetime:
        """When this metric last had a data point in the last three hours."""
        points = client.get_metric_statistics(
            **metric, Dimensions=dimensions, StartTime=end - timedelta(hours=3), EndTime=end,
            Period=60, Statistics=["Sum"],
        )["Datapoints"]  # fmt: skip
        return max((p["Timestamp"] for p in points), default=end - timedelta(days=1))

    sets = [each["Dimensions"] for each in client.list_metrics(**metric)["Metrics"]]
    same = [s for s in sets if watched.items() < {d["Name"]: d["Value"] for d in s}.items()]
    alarm["Dimensions"] = max(same, key=latest)
    alarm["TreatMissingData"] = "notBreaching"
    known = client.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    client.put_metric_alarm(**{name: alarm[name] for name in known if name in alarm})
