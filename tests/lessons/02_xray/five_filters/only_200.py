# misconception: the good answer is 200.
# expect: 200 is not the only good answer
filters = {
    "slow_payment": 'service("payment") { responsetime > 2 }',
    "lost_orders": 'fault AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND http.status = 200',
    "died_early": "fault AND !annotation.version",
}
