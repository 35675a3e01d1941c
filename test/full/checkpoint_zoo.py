"""Small random checkpoints as people have them, from a seed, and what transformers computes with each: JSON on stdout.

checkpoint_zoo.py transformers|gguf|peft FOLDER SEED. `peft` needs the package on PYTHONPATH.
"""
import json
import os
import random
import shutil
import sys

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
torch.set_num_threads(2)

command, folder, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
rng = random.Random(seed)
torch.manual_seed(seed)
PROMPTS = [[5, 17, 290, 2, 44, 9, 77, 128, 31, 271, 11], [100], [(i * 37) % 300 for i in range(60)]]
LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)


def logits(model):
    model = model.eval().float()
    with torch.no_grad():
        return [model(torch.tensor([ids])).logits[0, -1].tolist() for ids in PROMPTS]


def randomise(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.12 + (1 if "norm" in name and "bias" not in name else 0))


def shape():
    """Sizes that do not divide each other nicely, and those that do."""
    kv = rng.choice([1, 2, 3])
    heads = kv * rng.choice([1, 2, 3])
    head = rng.choice([8, 12, 16, 20])
    return dict(vocab_size=rng.choice([300, 311, 320]), hidden_size=heads * head, intermediate_size=rng.choice([40, 56, 72]), num_hidden_layers=rng.choice([1, 2, 3]), num_attention_heads=heads, num_key_value_heads=kv, max_position_embeddings=128)


ROPES = {
    "default": dict(rope_type="default", rope_theta=10000.0),
    "theta": dict(rope_type="default", rope_theta=1e6),
    "linear": dict(rope_type="linear", factor=4.0, rope_theta=10000.0),
    "llama3": dict(**LLAMA3, rope_theta=5e5),
    "dynamic": dict(rope_type="dynamic", factor=2.0, rope_theta=10000.0),
    "yarn": dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=32, rope_theta=10000.0),
}


def build(kind, rope="default", **changes):
    config = AutoConfig.for_model(kind, **{**shape(), **({"sliding_window": None} if kind == "mistral" else {}), "rope_parameters": ROPES[rope], "tie_word_embeddings": rng.random() < 0.5, **changes})
    model = AutoModelForCausalLM.from_config(config)
    randomise(model)
    return model


def edit(path, arrays=None, config=None):
    """Changes the saved files: `arrays` and `config` are functions of what is there."""
    if config:
        file = f"{path}/config.json"
        own = json.load(open(file))
        config(own)
        json.dump(own, open(file, "w"))
    if arrays:
        file = f"{path}/model.safetensors"
        own = load_file(file)
        arrays(own)
        save_file({name: value.contiguous().clone() for name, value in own.items()}, file, metadata={"format": "pt"})


def drop(*names):
    return lambda own: [own.pop(name, None) for name in names]


def old(own):
    """As transformers 4 wrote it."""
    rope = own.pop("rope_parameters")
    own["rope_theta"] = rope.pop("rope_theta")
    own["rope_scaling"] = None if rope["rope_type"] == "default" else rope
    own["torch_dtype"] = own.pop("dtype", "float32")


def bare(own):
    """As the first Llama 2 files: without what has a default."""
    old(own)
    drop("rope_theta", "rope_scaling", "rms_norm_eps", "max_position_embeddings", "attention_bias", "mlp_bias", "head_dim", "pretraining_tp", "hidden_act", "attention_dropout", "use_sliding_window", "layer_types", "max_window_layers")(own)


def noise(*size):
    return torch.randn(*size) * 0.2


def zoo():
    """Name, model, how it is saved, how the files are changed, and what a refusal must name (None: it must be read)."""
    kinds = ["llama", "qwen2", "qwen3", "mistral"]
    cases = []
    add = lambda name, model, save={}, refusal=None, dtype=torch.float32, **edits: cases.append((name, model, save, edits, refusal, dtype))
    for kind in kinds:
        for rope in ["default", "theta", "linear", "llama3"]:
            dtype = rng.choice([torch.float32, torch.bfloat16, torch.float16, torch.float64])
            add(f"{kind}-{rope}-{str(dtype)[6:]}", build(kind, rope), dict(max_shard_size=rng.choice(["20KB", "50KB", "5GB"])), dtype=dtype)
            if rope != "theta":
                add(f"{kind}-{rope}-transformers4", build(kind, rope), config=old)
        add(f"{kind}-bare", build(kind, tie_word_embeddings=False, **({"head_dim": 128} if kind == "qwen3" else {})), config=bare)
        add(f"{kind}-head-dim", build(kind, head_dim=24))
        add(f"{kind}-dynamic", build(kind, "dynamic"), refusal="dynamic")
        add(f"{kind}-yarn", build(kind, "yarn"), refusal="yarn")
        add(f"{kind}-gelu", build(kind, hidden_act="gelu"), refusal="hidden_act")
        add(f"{kind}-untied-in-fact", build(kind, tie_word_embeddings=True), arrays=lambda own: own.update({"lm_head.weight": noise(*own["model.embed_tokens.weight"].shape)}))
        add(f"{kind}-head-alone", build(kind, tie_word_embeddings=True), arrays=lambda own: own.update({"lm_head.weight": own.pop("model.embed_tokens.weight")}))
        add(f"{kind}-body", build(kind, tie_word_embeddings=True), arrays=lambda own: [own.update({name[6:]: own.pop(name)}) for name in list(own)])
        add(f"{kind}-extra-bias", build(kind), arrays=lambda own: own.update({"model.layers.0.self_attn.o_proj.bias": noise(own["model.layers.0.self_attn.o_proj.weight"].shape[0])}))
        add(f"{kind}-buffers", build(kind), arrays=lambda own: own.update({"model.layers.0.self_attn.rotary_emb.inv_freq": noise(4), "model.rotary_emb.inv_freq": torch.arange(4)}))
        add(f"{kind}-fewer-layers", build(kind, num_hidden_layers=3), config=lambda own: (own.update(num_hidden_layers=2), own.pop("layer_types", None)))
        add(f"{kind}-other-head", build(kind), arrays=lambda own: own.update({"v_head.summary.weight": noise(1, 8)}))
    add("qwen2-no-biases", build("qwen2"), arrays=lambda own: [own.pop(name) for name in list(own) if name.endswith("bias")])
    for kind in ["llama", "qwen3"]:
        add(f"{kind}-attention-bias", build(kind, attention_bias=True), refusal="attention_bias")
    add("llama-mlp-bias", build("llama", mlp_bias=True), refusal="mlp_bias")
    add("qwen2-window", build("qwen2", use_sliding_window=True, sliding_window=16, max_window_layers=0), refusal="sliding")
    add("qwen2-window-unused", build("qwen2", use_sliding_window=True, sliding_window=16, max_window_layers=9))
    add("qwen3-window-wide", build("qwen3", use_sliding_window=True, sliding_window=4096, max_window_layers=0))
    add("mistral-window", build("mistral", sliding_window=16), refusal="sliding_window")
    add("mistral-window-wide", build("mistral", sliding_window=128))
    add("llama-both-ropes", build("llama", "linear"), config=lambda own: own.update(rope_scaling=dict(type="linear", factor=2.0), rope_theta=500.0))
    add("qwen2-attention-bias-said", build("qwen2"), config=lambda own: own.update(attention_bias=True, pretraining_tp=2))
    add("llama-sinks", build("llama"), arrays=lambda own: own.update({"model.layers.0.self_attn.sinks": noise(4)}), refusal="self_attn.sinks")
    add("llama-q-norm", build("llama"), arrays=lambda own: own.update({"model.layers.0.self_attn.q_norm.weight": noise(4)}), refusal="q_norm")
    add("llama-softcap", build("llama"), config=lambda own: own.update(final_logit_softcapping=5.0), refusal="final_logit_softcapping")
    add("llama-partial", build("llama"), config=lambda own: own.update(partial_rotary_factor=0.5), refusal="partial_rotary_factor")
    add("llama-no-head", build("llama", tie_word_embeddings=True), config=lambda own: own.update(tie_word_embeddings=False), refusal="lm_head.weight")
    for name, kind, size in [("gemma2", "gemma2", dict(head_dim=16)), ("mixtral", "mixtral", dict(num_local_experts=2)), ("olmo2", "olmo2", {})]:
        add(name, AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **{**shape(), **size})), refusal="model_type")
    return cases


def make_transformers():
    made = {}
    for name, model, save, edits, refusal, dtype in zoo():
        path = f"{folder}/{name}"
        model.to(dtype).save_pretrained(path, **save)
        edit(path, **edits)
        try:
            expected = logits(AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32))
        except Exception as error:
            expected = None if refusal else str(error)
        made[name] = dict(logits=expected, refusal=refusal)
    return made


def byte_tokens():
    printable = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or b >= 174]
    others = [b for b in range(256) if b not in printable]
    return [chr(b) if b in printable else chr(256 + others.index(b)) for b in range(256)]


LAYER = {"input_layernorm.weight": "attn_norm.weight", "self_attn.o_proj.weight": "attn_output.weight", "post_attention_layernorm.weight": "ffn_norm.weight", "mlp.gate_proj.weight": "ffn_gate.weight", "mlp.up_proj.weight": "ffn_up.weight", "mlp.down_proj.weight": "ffn_down.weight", "self_attn.q_norm.weight": "attn_q_norm.weight", "self_attn.k_norm.weight": "attn_k_norm.weight", **{f"self_attn.{p}_proj.{k}": f"attn_{p}.{k}" for p in "qkv" for k in ["weight", "bias"]}}
WHOLE = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight", "lm_head.weight": "output.weight"}


def permute(weights, heads):
    return weights.reshape(heads, 2, weights.shape[0] // heads // 2, *weights.shape[1:]).swapaxes(1, 2).reshape(weights.shape)


def make_gguf():
    import gguf

    made = {}

    def write(name, kind, rope="default", quantisation="F32", keys={}, extra={}, refusal=None, split=0, big=False, **changes):
        # 64 wide, so that blocks of 32 divide every row
        config = dict(hidden_size=64, intermediate_size=96, num_attention_heads=4, num_key_value_heads=rng.choice([1, 2, 4]), vocab_size=320)
        model = build(kind, rope, **{**config, **changes})
        arch = "llama" if kind in ("llama", "mistral") else kind
        own, type_ = model.config, gguf.GGMLQuantizationType[quantisation]
        head = getattr(own, "head_dim", None) or own.hidden_size // own.num_attention_heads
        arrays = {key: value.detach().numpy() for key, value in model.state_dict().items() if not (own.tie_word_embeddings and key == "lm_head.weight")}
        path = f"{folder}/{name}.gguf"
        writer = gguf.GGUFWriter(path, arch, split_max_tensors=split, endianess=gguf.GGUFEndian.BIG if big else gguf.GGUFEndian.LITTLE)
        writer.add_context_length(own.max_position_embeddings)
        writer.add_embedding_length(own.hidden_size)
        writer.add_block_count(own.num_hidden_layers)
        writer.add_feed_forward_length(own.intermediate_size)
        writer.add_head_count(own.num_attention_heads)
        writer.add_head_count_kv(own.num_key_value_heads)
        writer.add_key_length(head)
        writer.add_value_length(head)
        writer.add_layer_norm_rms_eps(own.rms_norm_eps)
        writer.add_rope_freq_base(own.rope_parameters["rope_theta"])
        writer.add_rope_dimension_count(head)
        if rope == "linear":
            writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
            writer.add_rope_scaling_factor(own.rope_parameters["factor"])
        if rope == "llama3":
            plain = own.rope_parameters["rope_theta"] ** -(torch.arange(0, head, 2, dtype=torch.float64) / head)
            ours = transformers.modeling_rope_utils.ROPE_INIT_FUNCTIONS["llama3"](own, torch.device("cpu"))[0].double()
            writer.add_tensor("rope_freqs.weight", (plain / ours).float().numpy())
        tokens = byte_tokens() + [f"<t{i}>" for i in range(256, 300)]
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("qwen2")
        writer.add_token_list(tokens)
        writer.add_token_types([1] * 256 + [3] * 44)
        writer.add_token_merges(["a b"])
        writer.add_eos_token_id(260)
        writer.add_eot_token_id(261)
        for key, value in keys.items():
            writer.add_key_value(f"{arch}.{key}", value, gguf.GGUFValueType.FLOAT32 if isinstance(value, float) else gguf.GGUFValueType.UINT32)
        state = {}
        for key, value in arrays.items():
            stem = key.split(".", 3)
            theirs = WHOLE.get(key) or f"blk.{stem[2]}.{LAYER[stem[3]]}"
            heads = own.num_attention_heads if "q_proj" in key else own.num_key_value_heads
            turned = permute(value, heads) if arch == "llama" and ("q_proj.weight" in key or "k_proj.weight" in key) else value
            if turned.ndim == 2 and quantisation != "F32":
                packed = gguf.quantize(turned, type_)
                writer.add_tensor(theirs, packed, raw_dtype=type_)
                back = gguf.dequantize(packed, type_)
                width = back.shape[0] // heads
                order = permute(np.arange(back.shape[0]), heads).argsort() if turned is not value else np.arange(back.shape[0])
                state[key] = torch.tensor(back[order].astype(np.float32))
            else:
                writer.add_tensor(theirs, turned)
                state[key] = torch.tensor(value)
        for key, size in extra.items():
            writer.add_tensor(key, noise(*size).numpy())
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        model.load_state_dict(state, strict=False)
        model.tie_weights()
        parts = sorted(part for part in os.listdir(folder) if part.startswith(f"{name}-0"))
        made[name] = dict(file=parts[0] if parts else f"{name}.gguf", logits=logits(model), refusal=refusal)

    for kind in ["llama", "qwen2", "qwen3", "mistral"]:
        for rope in ["default", "theta", "linear", "llama3"]:
            write(f"{kind}-{rope}", kind, rope, rng.choice(["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q5_0", "Q4_1", "Q5_1"]))
        write(f"{kind}-head-dim", kind, head_dim=32, quantisation="Q8_0")
        write(f"{kind}-split", kind, split=7)
        write(f"{kind}-bias", kind, extra={"blk.0.attn_output.bias": [64]}, refusal="attn_output.bias")
    write("experts", "llama", keys={"expert_count": 8}, refusal="expert_count")
    write("softcap", "llama", keys={"final_logit_softcapping": 30.0}, refusal="final_logit_softcapping")
    write("window", "llama", keys={"attention.sliding_window": 16}, refusal="sliding_window")
    write("partial", "qwen2", keys={}, extra={"blk.0.attn_q_norm.weight": [16]}, refusal="attn_q_norm")
    write("big-endian", "llama", big=True, refusal="big-endian")
    write("llama-kv-biases", "llama", extra={"blk.0.attn_k.bias": [64]}, refusal="attn_k.bias")
    return made


def make_peft():
    from peft import LoraConfig, PeftModel, get_peft_model

    every = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    made = {}

    def write(name, kind, refusal=None, dtype=torch.float32, **lora):
        model = build(kind, num_hidden_layers=2)
        model.save_pretrained(f"{folder}/{name}")
        given = dict(r=rng.choice([1, 3, 4, 8]), lora_alpha=rng.choice([4, 8, 16]), lora_dropout=rng.choice([0.0, 0.1]), task_type="CAUSAL_LM", target_modules=every)
        adapted = get_peft_model(model, LoraConfig(**{**given, **lora}))
        with torch.no_grad():
            for key, parameter in adapted.named_parameters():
                if "lora_B" in key or "lora_magnitude" in key or "modules_to_save" in key or ("bias" in key and parameter.requires_grad):
                    parameter.add_(torch.randn_like(parameter) * 0.1)
        adapted.to(dtype).save_pretrained(f"{folder}/{name}-adapter")
        again = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(f"{folder}/{name}", dtype=torch.float32), f"{folder}/{name}-adapter")
        made[name] = dict(logits=logits(again), refusal=refusal)

    for kind in ["llama", "qwen2", "qwen3", "mistral"]:
        write(f"{kind}-all", kind)
        write(f"{kind}-rslora", kind, use_rslora=True, target_modules=rng.sample(every, 3))
        write(f"{kind}-all-linear", kind, target_modules="all-linear", dtype=torch.bfloat16)
        write(f"{kind}-attention", kind, target_modules=["q_proj", "v_proj"], init_lora_weights="gaussian")
    write("dora", "llama", use_dora=True, refusal="use_dora")
    write("ranks", "qwen2", rank_pattern={"q_proj": 2}, refusal="rank_pattern")
    write("alphas", "qwen2", alpha_pattern={"q_proj": 2}, refusal="alpha_pattern")
    write("some-layers", "llama", layers_to_transform=[0], refusal="layers_to_transform")
    write("head", "llama", modules_to_save=["lm_head"], refusal="lm_head")
    write("biases", "qwen2", bias="all", refusal="bias")
    write("embedding", "llama", target_modules=["q_proj", "embed_tokens"], refusal="target_modules")
    write("expression", "llama", target_modules=r".*\.(q|v)_proj", refusal="target_modules")
    return made


shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)
print(json.dumps(dict(prompts=PROMPTS, made={"transformers": make_transformers, "gguf": make_gguf, "peft": make_peft}[command]())))
