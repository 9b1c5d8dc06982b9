# misconception: what was free at some moment is to spare
# expect: free at the best moment
memory_query = """
filter @type = "REPORT"
| stats max(@memorySize / 1000000) as provisionedMB, max(@maxMemoryUsed / 1000000) as usedMB,
        max((@memorySize - @maxMemoryUsed) / 1000000) as spareMB by @log
"""
