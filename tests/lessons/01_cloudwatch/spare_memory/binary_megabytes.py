# misconception: a megabyte is 1024 times 1024 bytes here
# expect: 1,048,576 bytes
memory_query = """
filter @type = "REPORT"
| stats max(@memorySize / 1024 / 1024) as provisionedMB, max(@maxMemoryUsed / 1024 / 1024) as usedMB,
        provisionedMB - usedMB as spareMB by @log
"""
