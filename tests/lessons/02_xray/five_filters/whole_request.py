# misconception: a condition beside service() is about that service.
# expect: That is what you get when the whole request is timed
filters = {
    "slow_payment": 'service("payment") AND responsetime > 2',
    "lost_orders": 'fault AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND ok',
    "died_early": "fault AND !annotation.version",
}
