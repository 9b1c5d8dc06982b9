# misconception: stats makes groups by itself
# expect: without
memory_query = """
filter @type = "REPORT"
| stats max(@memorySize / 1000000) as provisionedMB, max(@maxMemoryUsed / 1000000) as usedMB,
        provisionedMB - usedMB as spareMB
"""
