# misconception: Every release fails as the one on the page.
# expect: In another output of cloudformation you name 'Inbox'
def first_failure(tool, told):
    return {
        "cloudformation": {
            "step": "Inbox",
            "why": "Invalid value for the parameter VisibilityTimeout.",
        },
        "codedeploy": {"step": "Install", "why": "a specified file already exists"},
        "sam": {"step": "RefundWorker", "why": "Resource handler returned message"},
    }[tool]
