"""Hugging Face PEFT as the peer of the LoRA tests: one command a run, JSON on stdout. Needs `peft` on PYTHONPATH."""
import json
import sys

import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
torch.set_num_threads(2)


def randomise(parameters, deviation):
    with torch.no_grad():
        for name, parameter in parameters:
            parameter.copy_(torch.randn_like(parameter) * deviation + (1 if "norm" in name else 0))


def described(model, ids):
    """Last logits of each prompt, and gradients of the mean negative log-likelihood of the first one's tokens."""
    last = []
    for prompt in ids:
        with torch.no_grad():
            last.append(model(torch.tensor([prompt])).logits[0, -1].tolist())
    for _, parameter in model.named_parameters():
        parameter.requires_grad_("lora_" in _)
    x = torch.tensor([ids[0]])
    loss = torch.nn.functional.cross_entropy(model(x).logits[0, :-1], x[0, 1:])
    loss.backward()
    name_of = lambda name: name.replace("base_model.model.model.", "").replace(".default.weight", "")
    return dict(logits=last, loss=loss.item(), gradients={name_of(name): parameter.grad.reshape(-1).tolist() for name, parameter in model.named_parameters() if parameter.grad is not None})


def make(folder, ids):
    """A small random Qwen2 and Llama, and adapters of each, written by PEFT itself."""
    torch.manual_seed(0)
    common = dict(vocab_size=512, hidden_size=64, intermediate_size=160, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=256)
    made = {}
    for name, model, lora in [
        ("qwen2", Qwen2ForCausalLM(Qwen2Config(**common, tie_word_embeddings=True)), LoraConfig(r=4, lora_alpha=8, use_rslora=True, lora_dropout=0.1, task_type="CAUSAL_LM", target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])),
        ("llama", LlamaForCausalLM(LlamaConfig(**common, tie_word_embeddings=False)), LoraConfig(r=3, lora_alpha=6, task_type="CAUSAL_LM", target_modules=["v_proj", "q_proj", "up_proj"])),
    ]:
        randomise(model.named_parameters(), 0.15)
        model.save_pretrained(f"{folder}/{name}")
        adapted = get_peft_model(model, lora)
        randomise([(n, p) for n, p in adapted.named_parameters() if "lora_B" in n], 0.1)
        adapted.save_pretrained(f"{folder}/{name}-adapter")
        made[name] = described(adapted.eval(), ids)
    return made


def answer(folder, ids):
    """The same of adapters that were written here, each in a folder beside its model."""
    return {name: described(PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(f"{folder}/{name}", dtype=torch.float32), f"{folder}/{name}-again").eval(), ids) for name in ["qwen2", "llama"]}


command, folder, ids = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
print(json.dumps({"make": make, "answer": answer}[command](folder, ids)))
