# misconception: the newest size is the largest
# expect: which of their sizes
memory_query = """
filter @type = "REPORT"
| stats latest(@memorySize / 1000 / 1000) as provisionedMB,
        max(@maxMemoryUsed / 1000 / 1000) as usedMB,
        provisionedMB - usedMB as spareMB
  by @log
"""
