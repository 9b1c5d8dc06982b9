def who_deleted(records: list[dict], bucket: str) -> dict | None:
    frame = pd.json_normalize(records, max_level=3)
    for column in ("errorCode", "requestParameters.bucketName"):
        if column not in frame:
            frame[column] = None
    deleted = frame[
        (frame.eventName == "DeleteBucket")
        & (frame["requestParameters.bucketName"] == bucket)
        & frame.errorCode.isna()
    ]
    if deleted.empty:
        return None
    row = deleted.iloc[0].dropna()
    role = row.get("userIdentity.sessionContext.sessionIssuer.userName")
    user = row.get("userIdentity.userName", row.get("userIdentity.invokedBy"))
    return {
        "actor": role or user,
        "session": row["userIdentity.arn"].split("/")[-1] if role else None,
        "address": row["sourceIPAddress"],
        "time": row["eventTime"],
    }
