# misconception: throttled means too little capacity
# expect: which was to stay. Look again: whose write capacity
def mend_the_sale(table: str, settings: str, log_group: str, peak: int) -> str:
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": peak}
    boto3.client("dynamodb").update_table(TableName=table, ProvisionedThroughput=units)
    return "capacity"
