# DPR's tokenizer and has_answers (dpr/data/qa_validation.py, dpr/utils/tokenizers.py), as Pyserini has them: the peer of lib/metrics/answer-span.ts.
import json, sys, unicodedata
import regex

TOKEN = regex.compile(r"([\p{L}\p{N}\p{M}]+)|([^\p{Z}\p{C}])", flags=regex.IGNORECASE + regex.UNICODE + regex.MULTILINE)

def words(text):
    return [match.group().lower() for match in TOKEN.finditer(unicodedata.normalize("NFD", text))]

def has_answers(text, answers):
    tokens = words(text)
    for answer in answers:
        wanted = words(answer)
        if any(wanted == tokens[i : i + len(wanted)] for i in range(0, len(tokens) - len(wanted) + 1)):
            return True
    return False

request = json.load(sys.stdin)
json.dump({"tokens": [words(text) for text in request["texts"]], "verdicts": [has_answers(text, answers) for text, answers in request["pairs"]]}, sys.stdout)
