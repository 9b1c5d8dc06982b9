"""AWS Lambda: functions that really run, in this process, on the account's clock."""
