# misconception: memory must fit the average invocation
# expect: usedMB is the average
memory_query = """
filter @type = "REPORT"
| stats max(@memorySize / 1000 / 1000) as provisionedMB, avg(@maxMemoryUsed / 1000 / 1000) as usedMB,
        provisionedMB - usedMB as spareMB by @log
"""
