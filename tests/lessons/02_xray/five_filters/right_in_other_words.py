filters = {
    "slow_payment": 'service(id(name: "payment", type: "AWS::Lambda::Function")) { duration > 2 }',
    "lost_orders": 'http.status >= 500 AND http.method = "POST"',
    "gold_waited": 'responsetime > 0.5 AND annotation[tier] = "gold"',
    "rescued": 'ok = true AND service("payment") { fault = true }',
    "died_early": "!(ok OR error) AND !annotation.version",
}
