# misconception: p99 is as good as the peak
# expect: the largest 'Max Memory Used'
memory_query = """
filter @type = "REPORT"
| stats max(@memorySize / 1000 / 1000) as provisionedMB,
        pct(@maxMemoryUsed / 1000 / 1000, 99) as usedMB,
        provisionedMB - usedMB as spareMB
  by @log
"""
