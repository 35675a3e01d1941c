"""What the JAX backends of skyrl and skyrl-tx import of torch and peft, without torch and peft."""

import json
import os
import sys
import types

import transformers
import transformers.utils.import_utils  # noqa: F401  (asks whether torch exists, before the stub below does)

transformers.utils.is_torch_available()

torch = types.ModuleType("torch")
torch.Tensor = type("Tensor", (), {})  # the renderer asks whether something is one
sys.modules.setdefault("torch", torch)


class LoraConfig:
    """What they use of PEFT: a configuration that can be written."""

    def __init__(self, **settings):
        self.settings = settings

    def save_pretrained(self, folder):
        with open(os.path.join(folder, "adapter_config.json"), "w") as file:
            json.dump({"peft_type": "LORA", **self.settings}, file, default=list)


peft = types.ModuleType("peft")
peft.LoraConfig = LoraConfig
sys.modules.setdefault("peft", peft)
