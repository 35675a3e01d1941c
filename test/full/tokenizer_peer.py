"""Python's `tokenizers` as the peer: makes tokenizers and strings from a seed, and encodes them. One JSON on stdout.

tokenizer_peer.py FOLDER SEED COUNT: FOLDER holds tokenizer.json files of others; some of other kinds are written beside.
"""
import json
import os
import random
import sys
import unicodedata

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

folder, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = random.Random(seed)

by_category = {}
for code in range(0x110000):
    category = unicodedata.category(chr(code))
    if category not in ("Cs", "Cn"):
        by_category.setdefault(category, []).append(chr(code))
spaces = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) in ("Zs", "Zl", "Zp") or c.isspace()] + list("\u200b\ufeff\u180e\u2060\u0085")
words = ["the", "Query", "don't", "I'M", "we'Ll", "ſ", "'ſ", "K", "42", "½", "²", "٣", "Ⅷ", "１", "3.14", "naïve", "é", "日本語", "한국어", "नमस्ते", "ﬁ", "😀", "👩‍👩‍👧", "<|im_end|>", "<mask>", "▁", "Ġ", "\n", "\r\n", "  ", "\t", "...", "--", "_", "İ", "ß", "ǅ"]


def string():
    pick = lambda: rng.choice([lambda: rng.choice(by_category[rng.choice(list(by_category))]), lambda: rng.choice(spaces), lambda: rng.choice(words), lambda: " ", lambda: rng.choice("aZ9.'")])()
    return "".join(pick() for _ in range(rng.randint(1, 10)))


strings = [string() for _ in range(count)]
corpus = ["the cat sat on the mat, and 42 queries of don't we'll find 日本語 naïve café in 2024", "heart attack AND (aspirin OR stroke)  \n\n two  spaces\tand tabs", "наука и жизнь, Straße, नमस्ते दुनिया"] * 4 + [string() for _ in range(400)]


def save(name, tokenizer, trainer):
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.save(f"{folder}/{name}.json")


bytes_ = [f"<0x{b:02X}>" for b in range(256)]


def metaspace(prepend, split=True, **model):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True, **model))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=prepend, split=split)
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    return tokenizer


special = ["<unk>", "<s>", "</s>"]
bpe = lambda: trainers.BpeTrainer(vocab_size=1500, special_tokens=special + bytes_, show_progress=False)
save("metaspace-always", metaspace("always"), bpe())
save("metaspace-first", metaspace("first"), bpe())
save("metaspace-never", metaspace("never", split=False), bpe())

llama2 = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
llama2.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
llama2.decoder = metaspace("always").decoder
save("llama2-style", llama2, bpe())

for name, pattern, extra in [
    ("llama3-style", r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", dict(ignore_merges=True)),
    ("tekken-style", r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+", {}),
]:
    tokenizer = Tokenizer(models.BPE(**extra))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    save(name, tokenizer, trainers.BpeTrainer(vocab_size=1500, special_tokens=["<|im_end|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))

for name, digits in [("digits-single", True), ("digits-runs", False)]:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=digits), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    tokenizer.decoder = decoders.ByteLevel()
    save(name, tokenizer, trainers.BpeTrainer(vocab_size=1500, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))

for name, normalizer in [("unigram", normalizers.NFKC()), ("unigram-strip", normalizers.Sequence([normalizers.Strip(), normalizers.Replace(Regex(r" {2,}"), " "), normalizers.NFKC()]))]:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    save(name, tokenizer, trainers.UnigramTrainer(vocab_size=900, special_tokens=["<unk>", "<s>"], unk_token="<unk>", show_progress=False))

strip = metaspace("first")
strip.add_tokens([AddedToken("<mask>", lstrip=True, rstrip=True, special=True), AddedToken("42", single_word=True), AddedToken("naïve", normalized=True)])
save("added-tokens", strip, bpe())

answers = {}
for file in sorted(os.listdir(folder)):
    tokenizer = Tokenizer.from_file(f"{folder}/{file}")
    ids = [encoding.ids for encoding in tokenizer.encode_batch(strings, add_special_tokens=False)]
    nfkc = [normalizers.NFKC().normalize_str(text) for text in strings] if file.startswith("unigram") else None
    answers[file] = dict(ids=ids, nfkc=nfkc, texts=[tokenizer.decode(each, skip_special_tokens=True) for each in ids])
print(json.dumps(dict(strings=strings, answers=answers)))
