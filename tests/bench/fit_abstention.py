"""Fits the coefficients of answering/abstention.py, and says how they do in cross-validation.

    python tests/bench/fit_abstention.py --index INDEX [--sample-index INDEX]

Questions that nothing answers are the unanswerable ones of the development questions, and three kinds made without
anybody's wording: each answerable question asked of the corpus without the guidelines that answer it, the sample's
questions asked of the development corpus, and the development questions asked of the sample corpus.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from cpgassist import Assistant, Corpus
from cpgassist.answering.abstention import features
from cpgassist.types import EVERYWHERE, Where

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
WEIGHTS = {"answerable": 1.0, "unanswerable": 1.5, "without its guideline": 0.6, "of another corpus": 0.4}


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def values(assistant, question, where=EVERYWHERE):
    found = assistant._opened().retriever.search(question, 12, where)
    return features(question, found)


def others(index, question):
    """The filter that leaves out the guidelines that answer a question, with their copies and editions."""
    files = {one["file"] for one in question["gold"]}
    gold = {info.id for info in index.guidelines.values() if info.file in files}
    kin = {
        info.id
        for info in index.guidelines.values()
        if {info.id, info.same_as, info.superseded_by} & gold
        or any({index.guidelines[one].same_as, index.guidelines[one].superseded_by} & {info.id} for one in gold)
    }
    kept = [i.id for i in index.guidelines.values() if i.id not in kin and not i.same_as and not i.superseded_by]
    return Where(guidelines=tuple(kept))


def gather(dev, sample):
    """(group, kind, features) of each question asked."""
    rows = []
    for question in read(SHARED / "questions" / "dev.jsonl"):
        group, asked = question["id"].split("-")[0], question["question"]
        kind = "answerable" if question["answerable"] else "unanswerable"
        rows.append((group, kind, values(dev, asked)))
        if question["answerable"] and question["gold"]:
            rows.append((group, "without its guideline", values(dev, asked, others(dev.index, question))))
        rows.append((group, "of another corpus", values(sample, asked)))
    for question in read(ROOT / "demo" / "questions.jsonl"):
        group, asked = f"sample {question['id'].split('-')[0]}", question["question"]
        rows.append((group, "answerable" if question["answerable"] else "unanswerable", values(sample, asked)))
        rows.append((group, "of another corpus", values(dev, asked)))
    return rows


def fitted(rows):
    taught = LogisticRegression(C=1.0, max_iter=1000)
    taught.fit(
        np.array([row[2] for row in rows]),
        [row[1] == "answerable" for row in rows],
        sample_weight=[WEIGHTS[row[1]] for row in rows],
    )
    return taught


def told(name, rows, scores):
    scores, kinds = np.array(scores), np.array([row[1] for row in rows])
    own = np.array([not row[0].startswith("sample") for row in rows])
    for corpus, these in (("development corpus", own), ("sample corpus", ~own)):
        answerable = scores[(kinds == "answerable") & these]
        threshold = np.quantile(answerable, 0.05)
        for kind in list(WEIGHTS)[1:]:
            # what is asked of the other corpus was scored there: development questions on the sample, and back
            among = (kinds == kind) & (these if kind != "of another corpus" else ~these)
            if among.any():
                less = scores[among]
                area = (answerable[:, None] > less).mean() + 0.5 * (answerable[:, None] == less).mean()
                silent = (less < threshold).mean()
                print(f"{name}, {corpus}, {kind} ({among.sum()}): AUROC {area:.3f}, silent at 95 % {silent:.3f}")
        print(f"{name}, {corpus}: 95 % are answered at {1 / (1 + np.exp(-threshold)):.3f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--index", required=True, type=Path)
    parser.add_argument("--sample-index", required=True, type=Path)
    asked = parser.parse_args()
    dev = Assistant(Corpus(SHARED / "guidelines", index=asked.index))
    sample = Assistant(Corpus(ROOT / "corpora" / "sample", index=asked.sample_index))
    rows = gather(dev, sample)
    model = fitted(rows)
    print("COEFFICIENTS =", (round(float(model.intercept_[0]), 3), *(round(float(c), 3) for c in model.coef_[0])))
    X = np.array([row[2] for row in rows])
    told("fitted", rows, model.decision_function(X))
    groups = sorted({row[0] for row in rows})
    scores = np.zeros(len(rows))
    for seed in range(4):
        fold = {group: n % 8 for n, group in enumerate(np.random.default_rng(seed).permutation(groups))}
        for number in range(8):
            inside = [fold[row[0]] != number for row in rows]
            part = fitted([row for row, one in zip(rows, inside, strict=True) if one])
            left = ~np.array(inside)
            scores[left] += part.decision_function(X[left]) / 4
    told("left out by guideline", rows, scores)


if __name__ == "__main__":
    main()
