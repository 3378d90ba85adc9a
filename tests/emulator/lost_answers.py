"""Terraform gets the first answer again when it repeats a request whose answer was lost. For tests only.

On a busy machine ministack 1.5.33 now and then closes a connection before its answer is out. The SDK then repeats the request, and
what was made already cannot be made again: "EntityAlreadyExists". Requests of the programs under test are left as they are.
"""

from collections import OrderedDict

import ministack.app

ANSWERS_MAX = 10_000
PLAIN_APP = ministack.app.app
ANSWERS = OrderedDict()


def repeatable(scope):
    headers = dict(scope.get("headers", ()))
    is_terraform = scope["type"] == "http" and scope["method"] == "POST" and b"Terraform" in headers.get(b"user-agent", b"")
    return headers.get(b"amz-sdk-invocation-id") if is_terraform else None


async def app(scope, receive, send):
    invocation = repeatable(scope)
    if invocation is None:
        return await PLAIN_APP(scope, receive, send)
    if invocation in ANSWERS:
        for message in ANSWERS[invocation]:
            await send(message)
        return None
    answer = []

    async def keep_and_send(message):
        answer.append(message)
        is_done = message["type"] == "http.response.body" and not message.get("more_body")
        # What failed is tried again in earnest.
        if is_done and 200 <= answer[0]["status"] < 300:
            ANSWERS[invocation] = answer
            if len(ANSWERS) > ANSWERS_MAX:
                ANSWERS.popitem(last=False)
        await send(message)

    return await PLAIN_APP(scope, receive, keep_and_send)


def give_terraform_its_answers_again():
    ministack.app.app = app
