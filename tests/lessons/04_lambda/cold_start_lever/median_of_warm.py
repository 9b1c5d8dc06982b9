# misconception: the median tells what 99 % wait for
# expect: Without cold starts 99 % of the calls take up to
def cold_start_lever(function: str, reports: pd.DataFrame, goal_ms: float, at_once: int) -> tuple:
    share = float(reports["init"].notna().mean())
    waited = reports["duration"] + reports["init"].fillna(0)
    warm = reports.loc[reports["init"].isna(), "duration"]
    if waited.quantile(0.99) <= goal_ms:
        return share, "nothing"
    client = boto3.client("lambda")
    if warm.median() <= goal_ms:
        client.put_provisioned_concurrency_config(
            FunctionName=function, Qualifier="live", ProvisionedConcurrentExecutions=at_once
        )
        return share, "init"
    client.update_function_configuration(FunctionName=function, MemorySize=1769)
    version = client.publish_version(FunctionName=function)["Version"]
    client.update_alias(FunctionName=function, Name="live", FunctionVersion=version)
    return share, "handler"
