"""PyTorch's side of gpu.bench.ts on the card: a JSON request on stdin, JSON on the last line of stdout."""
import json
import sys
import time

import torch
import transformers

transformers.logging.set_verbosity_error()
synchronize = torch.cuda.synchronize


def make(request):
    """A Llama of random weights in float32."""
    torch.manual_seed(0)
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**request["config"]))
    model.save_pretrained(request["folder"])
    return {"parameters": sum(p.numel() for p in model.parameters())}


def load(request):
    torch.backends.cuda.matmul.allow_tf32 = request["precision"] != "f32"
    torch.backends.cudnn.allow_tf32 = request["precision"] != "f32"
    return transformers.AutoModelForCausalLM.from_pretrained(request["folder"], dtype=torch.float32).cuda()


def train(request):
    """Cross-entropy of the response tokens, backward, clipping, AdamW: seconds and loss of every step."""
    model = load(request)
    model.train()
    model.config.use_cache = False
    run = torch.compile(model) if request.get("compile") else model
    fused = {"fused": True} if request.get("compile") else {}
    optimizer = torch.optim.AdamW(model.parameters(), lr=request["learningRate"], betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, **fused)
    rows = request["sequences"]
    ids = torch.tensor([row["prompt"] + row["response"] for row in rows]).cuda()
    R = len(rows[0]["response"])
    seconds, losses = [], []
    for _ in range(request["steps"]):
        synchronize()
        started = time.perf_counter()
        logits = run(input_ids=ids, logits_to_keep=R + 1).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), ids[:, -R:].reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        synchronize()
        seconds.append(time.perf_counter() - started)
    return dict(seconds=seconds, losses=losses, peakGB=torch.cuda.max_memory_allocated() / 1e9)


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


request = json.load(sys.stdin)
answer = {"make": make, "train": train, "decode": decode}[request["do"]](request)
print(json.dumps({"version": f"transformers {transformers.__version__}, PyTorch {torch.__version__}", "card": torch.cuda.get_device_name() if torch.cuda.is_available() else None, **answer}))
