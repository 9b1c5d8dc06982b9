# misconception: a function has one size for ever, so any of its sizes will do
# expect: which of their sizes
memory_query = """
filter @type = "REPORT"
| stats min(@memorySize / 1000 / 1000) as provisionedMB, max(@maxMemoryUsed / 1000 / 1000) as usedMB,
        provisionedMB - usedMB as spareMB by @log
"""
