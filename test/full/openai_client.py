"""OpenAI's Python client against the server whose address is the first argument: one line of JSON with what it got."""

import json
import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1], api_key="none", max_retries=0)
model = "pubmed-coldstart"
fields = dict(model=model, prompt=sys.argv[2], max_tokens=40, seed=3)


def refused(call):
    try:
        call()
    except openai.APIStatusError as error:
        return [type(error).__name__, error.status_code, error.code]
    return None


whole = client.completions.create(**fields, logprobs=2)
stream = list(client.completions.create(**fields, stream=True, stream_options={"include_usage": True}))
messages = [{"role": "user", "content": "Rewrite for PubMed."}]
chat = client.chat.completions.create(
    model=model, messages=messages, max_completion_tokens=20, temperature=0, logprobs=True, top_logprobs=2, n=2
)
chat_stream = list(
    client.chat.completions.create(model=model, messages=messages, max_tokens=20, temperature=0, stream=True)
)
print(
    json.dumps(
        {
            "version": openai.__version__,
            "models": [each.id for each in client.models.list()],
            "text": whole.choices[0].text,
            "tokens": "".join(whole.choices[0].logprobs.tokens),
            "logprobs": whole.choices[0].logprobs.token_logprobs,
            "streamed": "".join(chunk.choices[0].text for chunk in stream if chunk.choices),
            "usage": [whole.usage.completion_tokens, stream[-1].usage.completion_tokens],
            "chat": [choice.message.content for choice in chat.choices],
            "chat_tokens": "".join(each.token for each in chat.choices[0].logprobs.content),
            "chat_streamed": "".join(chunk.choices[0].delta.content or "" for chunk in chat_stream),
            "finish": chat_stream[-1].choices[0].finish_reason,
            "errors": [
                refused(lambda: client.completions.create(model="other", prompt="a")),
                refused(lambda: client.completions.create(model=model, prompt="a", temperature=9)),
                refused(lambda: client.chat.completions.create(model=model, messages=[])),
            ],
        }
    )
)
