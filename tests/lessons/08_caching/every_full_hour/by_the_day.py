# misconception: what changes once a day does no harm.
# expect: happens to every page
def every_full_hour(group: str, function: str, importer: str) -> str:
    functions = boto3.client("lambda")

    def change(name: str, **variables: str) -> None:
        now = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**now, **variables}}
        )

    rows = metrics_of(f"{group}-001", 31)[:6]  # from 09:59 to 10:04
    total = pd.DataFrame(rows[1:]).sum(numeric_only=True)
    lost = {"memory": total.Evictions, "expiry": total.Reclaimed}
    lost["key"] = rows[-1]["CurrItems"] - rows[0]["CurrItems"]
    cause = max(lost, key=lost.get)
    if lost[cause] < total.CacheMisses / 2:
        cause = "flush"
    if cause == "memory":
        caches = boto3.client("elasticache")
        found = caches.describe_replication_groups(ReplicationGroupId=group)["ReplicationGroups"][0]
        small = found["CacheNodeType"].endswith("micro")
        caches.modify_replication_group(
            ReplicationGroupId=group,
            CacheNodeType="cache.t4g.small" if small else "cache.t4g.medium",
            ApplyImmediately=True,
        )
    elif cause == "expiry":
        change(function, CACHE_JITTER="20")
    elif cause == "key":
        settings = functions.get_function_configuration(FunctionName=function)
        form = settings["Environment"]["Variables"]["CACHE_KEY"]
        change(function, CACHE_KEY=form.replace("{hour}", "{date}"))
    else:
        change(importer, INVALIDATE="changed")
    return cause
