"""Asks a server for a loss by the official SDK: skyrl_sdk.py URL BASE_MODEL PATH, data as JSON on standard input."""

import json
import os
import sys

os.environ["TINKER_TELEMETRY"] = "0"
os.environ.setdefault("TINKER_API_KEY", "tml-none")
import tinker  # noqa: E402
from tinker import types  # noqa: E402

url, base_model, path = sys.argv[1:]
sequences = json.load(sys.stdin)
client = tinker.ServiceClient(base_url=url)
model = client.create_lora_training_client(base_model=base_model, rank=8, seed=3)
if path:
    model.load_state(path).result()
data = [
    types.Datum(
        model_input=types.ModelInput.from_ints(each["tokens"]),
        loss_fn_inputs={"target_tokens": each["targets"], "weights": each["weights"]},
    )
    for each in sequences
]
result = model.forward(data, "cross_entropy").result()
print(json.dumps([output["elementwise_loss"].data for output in result.loss_fn_outputs], default=list))
