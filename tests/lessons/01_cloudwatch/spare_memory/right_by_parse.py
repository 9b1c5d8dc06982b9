# From the text of the line, where the megabytes stand as they are wanted.
memory_query = r"""
filter @type = "REPORT"
| parse @message "Memory Size: * MB" as size
| parse @message "Max Memory Used: * MB" as peak
| stats max(size) as provisionedMB, max(peak) as usedMB, max(size) - max(peak) as spareMB by @log
"""
