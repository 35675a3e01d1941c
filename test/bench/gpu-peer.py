"""PyTorch's side of gpu.bench.ts on the card: a JSON request on stdin, JSON on the last line of stdout."""
import json
import os
import subprocess
import sys
import time

import torch
import transformers

transformers.logging.set_verbosity_error()
synchronize = torch.cuda.synchronize


def used():
    """Gigabytes of the card that are in use, the driver's own included."""
    card = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0] or "0"
    text = subprocess.run(["nvidia-smi", "--id", card, "--query-gpu=memory.used", "--format=csv,noheader,nounits"], capture_output=True, text=True).stdout
    return int(text) * 2**20 / 1e9 if text.strip() else None


def make(request):
    """A model of random weights, float32 unless `dtype` is bfloat16."""
    torch.manual_seed(0)
    of = {"llama": (transformers.LlamaForCausalLM, transformers.LlamaConfig), "qwen2": (transformers.Qwen2ForCausalLM, transformers.Qwen2Config)}
    Model, Config = of[request.get("type", "llama")]
    torch.set_default_dtype(getattr(torch, request.get("dtype", "float32")))
    with torch.device("cuda"):
        model = Model(Config(**request["config"]))
    torch.set_default_dtype(torch.float32)
    model.save_pretrained(request["folder"])
    return {"parameters": sum(p.numel() for p in model.parameters())}


models = {}


def load(request):
    """The model of a folder. Several requests for decoding share it."""
    torch.backends.cuda.matmul.allow_tf32 = request["precision"] != "f32"
    torch.backends.cudnn.allow_tf32 = request["precision"] != "f32"
    dtype = torch.bfloat16 if request.get("frozen") == "bf16" else torch.float32
    key = (request["folder"], dtype)
    if key not in models:
        models[key] = transformers.AutoModelForCausalLM.from_pretrained(request["folder"], dtype=dtype).cuda()
    return models[key]


def train(request):
    """Cross-entropy of the response tokens, backward, clipping, AdamW: seconds and loss of every step."""
    models.clear()  # a training changes its model
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    model = load(request)
    model.train()
    model.config.use_cache = False
    if "rank" in request:
        import peft

        config = peft.LoraConfig(r=request["rank"], lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
        model = peft.get_peft_model(model, config, autocast_adapter_dtype=False)  # adapters in bfloat16: its fastest
    run = torch.compile(model) if request.get("compile") else model
    fused = {"fused": True} if request.get("compile") else {}
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=request["learningRate"], betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, **fused)
    rows = request["sequences"]
    ids = torch.tensor([row["prompt"] + row["response"] for row in rows]).cuda()
    R = len(rows[0]["response"])
    seconds, losses = [], []
    for _ in range(request["steps"]):
        synchronize()
        started = time.perf_counter()
        logits = run(input_ids=ids, logits_to_keep=R + 1).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]).float(), ids[:, -R:].reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        synchronize()
        seconds.append(time.perf_counter() - started)
    models.clear()
    return dict(seconds=seconds, losses=losses, peakGB=torch.cuda.max_memory_allocated() / 1e9, usedGB=used())


def decode(request):
    """Greedy generation without stopping, with a growing cache or a compiled static one."""
    model = load(request).eval()
    ids, tokens = torch.tensor(request["prompts"]).cuda(), request["tokens"]
    how = {"cache_implementation": "static"} if request.get("compile") else {}

    def go(count):
        return model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=count, eos_token_id=None, do_sample=False, pad_token_id=0, **how)[:, ids.shape[1]:]

    first, whole = [], []
    with torch.inference_mode():
        written = go(tokens)
        go(1)
        for _ in range(request["repeats"]):
            for count, into in ((1, first), (tokens, whole)):
                synchronize()
                started = time.perf_counter()
                go(count)
                synchronize()
                into.append(time.perf_counter() - started)
    return {"first": first, "all": whole, "tokens": written.tolist(), "peakGB": torch.cuda.max_memory_allocated() / 1e9}


def answer(request):
    result = {"make": make, "train": train, "decode": decode}[request["do"]](request)
    return {"version": f"transformers {transformers.__version__}, PyTorch {torch.__version__}", "card": torch.cuda.get_device_name(), **result}


requests = json.load(sys.stdin)
print(json.dumps([answer(request) for request in requests] if isinstance(requests, list) else answer(requests)))
