def every_full_hour(group: str, function: str, importer: str) -> str:
    functions, rules = boto3.client("lambda"), boto3.client("events")

    def known(name: str) -> dict:
        return functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]

    def store(name: str, variables: dict) -> None:
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )

    pages, imports = known(function), known(importer)
    schedule = rules.describe_rule(Name=f"{importer}-schedule")["ScheduleExpression"]
    if "{hour}" in pages["CACHE_KEY"]:
        store(function, {**pages, "CACHE_KEY": "new:{lang}:{id}"})
        return "key"
    if imports["INVALIDATE"] == "all" and schedule == "cron(0 * * * ? *)":
        store(importer, {**imports, "INVALIDATE": "changed"})
        return "flush"
    if pages["CACHE_JITTER"] == "0":
        store(function, {**pages, "CACHE_JITTER": "35"})
        return "expiry"
    caches, types = boto3.client("elasticache"), ("micro", "small", "medium")
    now = caches.describe_cache_clusters(CacheClusterId=f"{group}-001")["CacheClusters"][0]
    size = types.index(now["CacheNodeType"].rpartition(".")[2])
    caches.modify_replication_group(
        ReplicationGroupId=group,
        CacheNodeType=f"cache.t4g.{types[size + 1]}",
        ApplyImmediately=True,
    )
    return "memory"
