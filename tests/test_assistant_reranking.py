"""The assistant and the command line with a reranker: what changes, what does not, and what is said when it fails."""

import io
import json
import shutil
from pathlib import Path

import pytest

from cpgassist import Assistant, Corpus
from cpgassist.answering import DEFAULT_THRESHOLD
from cpgassist.apps.tables import hits_table
from cpgassist.doctor import checks
from cpgassist.errors import InputError, ModelError
from cpgassist.testing import ScriptedReranker
from tests.models.tiny import tiny_cross_encoder, tiny_folder

ROOT = Path(__file__).parents[1]
QUESTIONS = [json.loads(line) for line in (ROOT / "demo" / "questions.jsonl").read_text("utf-8").splitlines()]
DOSE = next(question["question"] for question in QUESTIONS if question["id"] == "hf-001")
ALL = [question["question"] for question in QUESTIONS]
BROKEN = ScriptedReranker({"": ModelError("Its weights are gone.", "Copy them.")})


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_cross_encoder(tmp_path_factory.mktemp("rerankers") / "tiny-reranker")


@pytest.fixture(scope="module")
def opened(sample_folder):
    """The sample with a reranker."""
    return lambda reranker=None, **more: Assistant(
        Corpus(sample_folder, precision="float32", ocr="off", reranker=reranker, **more)
    )


@pytest.fixture(scope="module")
def plain(opened):
    return opened()


@pytest.fixture(scope="module")
def last_first(plain):
    """A reranker that wants the search's twentieth passage first, and that passage."""
    last = plain.search(DOSE, 20).hits[-1].passage
    return ScriptedReranker({last.text: 1.0}), last


def steady(answer):
    return {name: value for name, value in answer.to_dict().items() if name != "seconds"}


def test_a_search_is_reranked(opened, plain, last_first):
    reranker, last = last_first
    hits = opened(reranker, reranker_weight=1.0).search(DOSE, 3).hits
    assert hits[0].passage == last
    assert [hit.passage for hit in hits[1:]] == [hit.passage for hit in plain.search(DOSE, 2).hits]


def test_an_answer_names_its_reranker_and_one_without_has_none(opened, plain, last_first):
    answer = opened(last_first[0]).ask(DOSE)
    assert answer.models["reranker"] == "scripted" and answer.warnings == plain.ask(DOSE).warnings
    assert "reranker" not in plain.ask(DOSE).models


def test_lines_are_picked_where_the_reranker_looks(opened, last_first):
    """Scored far above all else, its passage is among the pages whose lines are read."""
    reranker, last = last_first
    asked = opened(reranker, reranker_weight=1.0)
    retriever = asked._opened().retriever
    found = retriever.search(DOSE, 12)
    assert last not in [hit.passage for hit in found.around]
    assert retriever.reranked(found).around[0].passage == last


def test_whether_it_is_answered_does_not_hang_on_the_reranker(opened, plain):
    """Answerability was calibrated on the search, so no reranker moves it, and none opens a silence under the threshold.

    Where it drags other pages up, their lines may not be about what was asked: the answer is silent then, never wrong.
    """

    class Backwards(ScriptedReranker):
        def score(self, question, texts):
            return [row / len(texts) for row in range(len(texts))]

    asked = opened(Backwards(), reranker_weight=1.0)
    for question in ALL[::3]:
        ours, theirs = asked.ask(question), plain.ask(question)
        assert ours.answerability == theirs.answerability
        if theirs.answerability < DEFAULT_THRESHOLD:
            assert ours.status == theirs.status
        assert all(citation.verified for citation in ours.citations)


def test_a_silent_question_does_not_wait_for_it(opened):
    reranker = ScriptedReranker()
    assert opened(reranker).ask("Who won the football world cup?").status == "silent"
    assert reranker.asked == []


def test_one_that_fails_leaves_the_answer_as_it_is_without_and_says_so(opened, plain):
    ours, theirs = steady(opened(BROKEN).ask(DOSE)), steady(plain.ask(DOSE))
    warnings = ours.pop("warnings")
    assert any("reranker scripted failed" in one and "Its weights are gone." in one for one in warnings)
    assert "reranker" not in ours["models"]
    assert [one for one in warnings if "reranker" not in one] == theirs.pop("warnings", [])
    assert ours == theirs


def test_one_that_fails_at_the_lines_alone_leaves_them_as_they_are_without_and_says_so(opened, plain):
    class Tired(ScriptedReranker):
        def score(self, question, texts):
            if sum(count for _, count in self.asked) == 20:  # all passages
                raise MemoryError
            return super().score(question, texts)

    ours, theirs = opened(Tired()).ask(DOSE), plain.ask(DOSE)
    assert [one.quote for one in ours.citations] == [one.quote for one in theirs.citations]
    assert any("lines were picked without it. It failed with MemoryError." in one for one in ours.warnings)
    assert ours.models["reranker"] == "scripted"


def test_lines_are_read_too(opened, plain):
    """The line that the reranker likes, of a page that is shown anyway, becomes the first one."""
    second = plain.ask(DOSE).statements[1].text
    asked = opened(ScriptedReranker({second: 1.0, "": 0.5}), reranker_weight=0.0)
    assert asked.ask(DOSE).statements[0].text == second


def test_a_failing_one_is_told_above_a_search(opened, plain):
    search = opened(BROKEN).search(DOSE, 3)
    assert search.hits == plain.search(DOSE, 3).hits
    assert search.to_dict()["warnings"] == list(search.warnings) and "Its weights are gone." in search.warnings[0]
    assert "warnings" not in plain.search(DOSE, 3).to_dict()
    from rich.console import Console

    console = Console(width=120, record=True, file=io.StringIO())
    console.print(hits_table(search))
    shown = console.export_text()
    assert "Its weights are gone." in shown and "Guideline" in shown


def test_a_folder_is_run_end_to_end(opened, tiny):
    asked = opened(str(tiny), rerank_candidates=8)
    answer = asked.ask(DOSE)
    assert answer.models["reranker"] == "tiny-reranker" and not any("reranker" in one for one in answer.warnings)
    assert steady(asked.ask(DOSE)) == steady(answer)


def test_a_missing_one_stops_the_first_question(opened, tmp_path):
    with pytest.raises(ModelError, match="reranker") as caught:
        opened(str(tmp_path / "none")).ask(DOSE)
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("name", "value"), [("rerank_candidates", 0), ("rerank_candidates", 101), ("reranker_weight", 1.1)]
)
def test_settings_out_of_range_are_named(sample_folder, name, value):
    with pytest.raises(InputError, match=name):
        Corpus(sample_folder, **{name: value})


# ---- the doctor


def looked_at(corpus):
    return {check.what: check for check in checks(corpus)}.get("reranker")


def test_the_doctor_looks_at_the_reranker(sample_folder, tiny, tmp_path):
    def with_(reranker):
        return looked_at(Corpus(sample_folder, precision="float32", ocr="off", reranker=reranker))

    assert with_(None) is None
    good = with_(ScriptedReranker({"kettle": 0.9}))
    assert good.state == "ok" and "scripted" in good.found
    bad = with_(ScriptedReranker({"lamp": 0.9}))
    assert bad.state == "warn" and bad.cure
    failed = with_(BROKEN)
    assert (failed.state, failed.found, failed.cure) == ("fail", "Its weights are gone.", "Copy them.")
    assert with_(str(tmp_path / "none")).state == "fail"
    assert "tiny-reranker" in with_(str(tiny)).found


def test_the_doctor_tells_what_is_read_before_questions_and_passages(sample_folder, tmp_path):
    folder = tiny_folder(tmp_path / "e5-small")
    corpus = Corpus(sample_folder, embedder=str(folder), ocr="off")
    found = {check.what: check for check in checks(corpus)}["embedder"].found
    assert "questions after 'query: '" in found and "passages after 'passage: '" in found


# ---- prefixes, from the settings to the index


def test_a_changed_passage_prefix_embeds_anew_and_a_changed_question_prefix_does_not(sample_folder, tmp_path):
    folder, shelf = tiny_folder(tmp_path / "tiny"), tmp_path / "shelf"
    shelf.mkdir()
    shutil.copy(sample_folder / "sample-moss-lung-2022.pdf", shelf)

    def reindexed(**prefixes):
        return Corpus(shelf, embedder=str(folder), ocr="off", **prefixes).reindex()

    first = reindexed()
    assert first.embedded > 0
    assert reindexed().nothing_changed
    assert reindexed(embedder_question_prefix="dose: ").nothing_changed
    assert reindexed(embedder_passage_prefix="dose: ").embedded > 0
