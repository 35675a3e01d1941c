"""Two steps of GRPO with TRL: a tiny random model, rewarded by a reward server. Prints one line of JSON.

    reward_trl.py URL FOLDER
"""

import json
import sys
import urllib.request

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers, decoders
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM
from trl import GRPOConfig, GRPOTrainer

url, folder = sys.argv[1:3]


def asked(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


seen = []


def reward(prompts, completions, label, **_):
    items = [{"prompt": p, "completion": c, "label": id} for p, c, id in zip(prompts, completions, label)]
    rewards = asked("/score", {"items": items})["rewards"]
    seen.extend(rewards)
    return rewards


def tiny():
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {symbol: i for i, symbol in enumerate(alphabet)}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|pad|>")
    torch.manual_seed(0)
    model = Qwen2ForCausalLM(Qwen2Config(
        vocab_size=len(fast), hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2, eos_token_id=fast.eos_token_id, pad_token_id=fast.pad_token_id))
    return model, fast


model, tokenizer = tiny()
rows = [{"prompt": p["prompt"], "label": p["label"]} for p in asked("/problems?limit=2")["problems"]] * 2
before = [parameter.detach().clone() for parameter in model.parameters()]
trainer = GRPOTrainer(
    model=model, reward_funcs=reward, processing_class=tokenizer, train_dataset=Dataset.from_list(rows),
    args=GRPOConfig(output_dir=folder, max_steps=2, per_device_train_batch_size=4, num_generations=4,
                    max_completion_length=8, use_cpu=True, report_to=[], logging_steps=1, save_strategy="no",
                    learning_rate=1e-3, bf16=False, gradient_checkpointing=False))
trainer.train()
logged = [row["reward"] for row in trainer.state.log_history if "reward" in row]
print(json.dumps({"steps": trainer.state.global_step, "rewards": seen, "logged": logged}))
