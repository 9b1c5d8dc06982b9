# misconception: the field is in megabytes, as the line prints it
# expect: is in bytes
memory_query = """
filter @type = "REPORT"
| stats max(@memorySize) as provisionedMB, max(@maxMemoryUsed) as usedMB,
        provisionedMB - usedMB as spareMB by @log
"""
