"""Intervals from fewer draws where a test asks nothing of their number: test_eval_metrics.py draws as often as users do."""

import pytest

from cpgassist.evaluation import metrics


@pytest.fixture(scope="module", autouse=True)
def few_draws(request):
    """A fifth of the resamples, which are most of what an evaluation of invented questions costs."""
    with pytest.MonkeyPatch.context() as patch:
        if request.module.__name__.rpartition(".")[2] in (
            "test_eval_report",
            "test_eval_results",
            "test_eval_comparison",
        ):
            patch.setattr(metrics, "RESAMPLES", 200)
        yield
