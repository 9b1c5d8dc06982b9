import uuid


def grant(denial: str) -> bool:
    told = re.search(r"because no identity-based policy allows the (\S+) action", denial)
    if not told:
        return False
    role = re.search(r"assumed-role/([\w+=,.@-]+)/", denial)[1]
    resource = re.search(r'on resource: "?(.*?)"? because no identity', denial)[1]
    iam = boto3.client("iam")
    statements = []
    if "granted" in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        old = iam.get_role_policy(RoleName=role, PolicyName="granted")["PolicyDocument"]
        statements = old["Statement"]
    statements.append({"Effect": "Allow", "Action": told[1], "Resource": resource})
    document = {"Version": "2012-10-17", "Statement": statements}
    iam.put_role_policy(RoleName=role, PolicyName="granted", PolicyDocument=json.dumps(document))
    return True
