"""The written captions name neither their guideline nor what they should reach."""

from __future__ import annotations

import pytest

from tests.bench.captions_check import FRESH, LATER, faults, given_away, read_captions


def test_no_caption_gives_away_its_guideline_or_section() -> None:
    captions = [*read_captions(), *read_captions(FRESH), *read_captions(LATER)]
    assert len(captions) >= 48
    assert faults(captions) == []


@pytest.mark.parametrize("giveaway", ["a rash of the harbours", "suspected feature", "Clinical look"])
def test_a_word_of_title_or_heading_is_noticed_whatever_its_ending(giveaway: str) -> None:
    caption = {**read_captions()[0], "limitations": giveaway}
    assert given_away(caption)


def test_the_captions_cover_skin_tones_sexes_ages_and_languages() -> None:
    captions = read_captions()
    for field, least in {"skin_tone": 4, "sex": 2, "age_group": 4, "language": 3, "domain": 15}.items():
        assert len({caption[field] for caption in captions if caption[field]}) >= least, field
