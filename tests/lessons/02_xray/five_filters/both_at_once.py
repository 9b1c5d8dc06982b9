# misconception: outside of braces a keyword is about the service beside it.
# expect: rescued should find 1 of the morning's traces, not 0
filters = {
    "slow_payment": 'service("payment") { responsetime > 2 }',
    "lost_orders": 'fault AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") AND fault AND ok',
    "died_early": "fault AND !annotation.version",
}
