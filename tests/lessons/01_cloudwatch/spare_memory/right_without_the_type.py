# max() skips lines without a value, so only REPORT lines count with or without the filter.
memory_query = ""
memory_query = """ stats max(@memorySize / 1000 / 1000) as provisionedMB,
        max(@maxMemoryUsed / 1000 / 1000) as usedMB,
        provisionedMB - usedMB as spareMB
  by @log
"""
