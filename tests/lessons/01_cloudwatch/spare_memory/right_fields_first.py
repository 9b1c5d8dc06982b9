# The megabytes first, then the largest; a further column does no harm.
memory_query = """
filter ispresent(@memorySize)
| fields @memorySize / 1e6 as size, @maxMemoryUsed / 1e6 as peak
| stats count(*) as calls, max(size) as provisionedMB, max(peak) as usedMB,
        max(size) - max(peak) as spareMB
  by @log
| sort spareMB desc
"""
