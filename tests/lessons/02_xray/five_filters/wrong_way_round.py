# misconception: an annotation's name alone asks for its absence.
# expect: died_early should find 24 of the morning's traces, not 3
filters = {
    "slow_payment": 'service("payment") { responsetime > 2 }',
    "lost_orders": 'fault AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND ok',
    "died_early": "fault AND annotation.version",
}
