"""Texts into vectors by transformers: MODEL THREADS. Reads a JSON list from stdin; prints {"seconds": …, "vectors": [first 3]}."""
import json, sys, time
import torch
from transformers import AutoModel, AutoTokenizer

folder, threads = sys.argv[1], int(sys.argv[2])
texts = json.load(sys.stdin)
torch.set_num_threads(threads)
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()


def encode(texts, batch=32):
    """As sentence-transformers does: longest first, mean over the tokens, normalised."""
    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    vectors = [None] * len(texts)
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        inputs = tokenizer([texts[i] for i in rows], padding=True, truncation=True, max_length=256, return_tensors="pt")
        with torch.no_grad():
            states = model(**inputs).last_hidden_state
        mask = inputs["attention_mask"].unsqueeze(-1)
        pooled = (states * mask).sum(1) / mask.sum(1)
        for i, vector in zip(rows, torch.nn.functional.normalize(pooled)):
            vectors[i] = vector
    return vectors


encode(texts[:32])
began = time.perf_counter()
vectors = encode(texts)
print(json.dumps({"seconds": time.perf_counter() - began, "vectors": [vector.tolist() for vector in vectors[:3]]}))
