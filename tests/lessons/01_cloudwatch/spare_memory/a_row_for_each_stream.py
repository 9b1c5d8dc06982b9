# misconception: a log stream is a function
# expect: one row is wanted
memory_query = """
filter @type = "REPORT"
| stats max(@memorySize / 1000 / 1000) as provisionedMB,
        max(@maxMemoryUsed / 1000 / 1000) as usedMB,
        provisionedMB - usedMB as spareMB
  by @log, @logStream
"""
