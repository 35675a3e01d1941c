"""Hugging Face transformers as the peer of the parity tests: one command a run, JSON on stdout."""
import json
import sys

import numpy as np


def quiet():
    """PyTorch, with transformers made silent: both take seconds to import, and not every command needs them."""
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(2)
    return torch


def make(folder):
    """Small random models, written by transformers itself: sharded, bfloat16."""
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

    torch = quiet()
    torch.manual_seed(0)
    common = dict(vocab_size=512, hidden_size=64, intermediate_size=160, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=256)
    scaling = dict(rope_type="llama3", rope_theta=5e5, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)
    models = {
        "qwen2": Qwen2ForCausalLM(Qwen2Config(**common, rope_parameters=dict(rope_type="default", rope_theta=1e6), tie_word_embeddings=True)),
        "qwen2-untied": Qwen2ForCausalLM(Qwen2Config(**common, tie_word_embeddings=False)),
        "qwen3": Qwen3ForCausalLM(Qwen3Config(**common, head_dim=32, tie_word_embeddings=False)),
        "llama2": LlamaForCausalLM(LlamaConfig(**{**common, "num_key_value_heads": 4}, tie_word_embeddings=False)),
        "llama3": LlamaForCausalLM(LlamaConfig(**common, rope_parameters=scaling, tie_word_embeddings=False)),
    }
    for name, model in models.items():
        with torch.no_grad():
            for parameter_name, parameter in model.named_parameters():
                norm = "norm" in parameter_name
                parameter.copy_(torch.randn_like(parameter) * 0.15 + (1 if norm else 0))
        model.to(torch.bfloat16).save_pretrained(f"{folder}/{name}", max_shard_size="100KB")
    return sorted(models)


def answer(request):
    """Logits at the last position and 64 greedy tokens, for each prompt of each model."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch = quiet()
    where = dict(pretrained_model_name_or_path=request["folder"], **({"gguf_file": request["gguf"]} if "gguf" in request else {}))
    model = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(**where) if "prompts" in request else None
    rows = []
    for prompt in request.get("prompts", request.get("ids")):
        ids = tokenizer(prompt, add_special_tokens=False)["input_ids"] if tokenizer else prompt
        x = torch.tensor([ids])
        with torch.no_grad():
            logits = model(x).logits[0, -1]
            stop = {} if tokenizer else dict(eos_token_id=None)
            greedy = model.generate(x, attention_mask=torch.ones_like(x), max_new_tokens=request.get("tokens", 64), do_sample=False, pad_token_id=0, **stop)[0, len(ids):]
        rows.append(dict(ids=ids, logits=logits.tolist(), greedy=greedy.tolist(), text=tokenizer.decode(greedy, skip_special_tokens=True) if tokenizer else None))
    chat = tokenizer.apply_chat_template([{"role": "user", "content": "Hello"}], tokenize=False, add_generation_prompt=True) if tokenizer and tokenizer.chat_template else None
    return dict(rows=rows, chat=chat)


def dequantise(folder):
    """Random blocks of every quantisation, and what the gguf package makes of them."""
    import gguf

    rng = np.random.default_rng(0)
    made = []
    for name in ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"]:
        kind = gguf.GGMLQuantizationType[name]
        weights, size = gguf.GGML_QUANT_SIZES[kind]
        blocks = 64 if weights > 1 else 4096
        raw = rng.integers(0, 256, size=(blocks, size), dtype=np.uint8)
        # scales are finite float16: every exponent but the one of infinities
        for at in {"F16": [0], "Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}.get(name, []):
            raw[:, at + 1] = (raw[:, at + 1] & 0x80) | rng.integers(0, 0x78, size=blocks, dtype=np.uint8)
        if name == "BF16":
            raw[:, 1] &= 0xBF
        values = gguf.dequantize(raw, kind).astype(np.float32).reshape(-1)
        raw.tofile(f"{folder}/{name}.raw")
        values.tofile(f"{folder}/{name}.f32")
        made.append(dict(name=name, type=int(kind), count=int(values.size)))
    return made


def warp(request):
    """What generate's own processors make of logits, and which of them: the list that `_get_logits_processor` puts together."""
    from transformers import GenerationConfig, Qwen2Config, Qwen2ForCausalLM

    torch = quiet()
    tiny = Qwen2Config(vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, num_key_value_heads=1)
    model = Qwen2ForCausalLM(tiny)
    results = []
    for case in request:
        settings = GenerationConfig(do_sample=True, **case["settings"])
        processors = model._get_logits_processor(generation_config=settings, input_ids_seq_length=len(case["seen"][0]))
        rows = [processors(torch.tensor([seen]), torch.tensor([logits]))[0] for seen, logits in zip(case["seen"], case["logits"])]
        results.append(dict(names=[type(processor).__name__ for processor in processors], probabilities=torch.stack(rows).softmax(-1).tolist()))
    return results


command, argument = sys.argv[1], sys.argv[2]
result = {"make": make, "dequantise": dequantise, "answer": lambda text: [answer(request) for request in json.loads(text)], "warp": lambda path: warp(json.load(open(path)))}[command](argument)
print(json.dumps(result))
