"""What schemathesis finds at the REST door, from its own document: nothing."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings

from cpgassist import Assistant, Corpus
from cpgassist.apps.keeping import JobDesk, TokenCheck
from cpgassist.apps.rest import rest_app
from cpgassist.testing import ScriptedChat
from tests.fixtures.trials import trials

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed: pip install -e '.[test]'")


@schemathesis.serializer("application/x-ndjson")
def lines(ctx, value):
    return str(value).encode()


TOKEN = "Qz7-plume-harbour-41xx"
DONE = SimpleNamespace(to_dict=dict)


class Kept:
    """A corpus whose every job is done at once, and changes nothing."""

    def reindex(self, progress, full, allow_shrink):
        return DONE

    def changes(self, full):
        return DONE

    def quality(self):
        return DONE

    def verify(self):
        return []

    def rollback(self):
        return "v1"


@pytest.fixture(scope="module")
def document(index, sample):
    assistant = Assistant(Corpus(sample, index=index))
    assistant._language_model = lambda: ScriptedChat('{"image_type": "photo", "findings": []}')
    app = rest_app(assistant, None, (JobDesk(Kept(), assistant), TokenCheck(TOKEN)))
    app.servers.clear()  # the calls go to the application itself, without the prefix that it is mounted at
    return schemathesis.openapi.from_asgi("/openapi.json", app)


OPERATIONS = [
    ("/ask", "POST"),
    ("/search", "POST"),
    ("/photos", "POST"),
    ("/guidelines", "GET"),
    ("/guidelines/{id}", "GET"),
    ("/guidelines/{id}/pages/{page}.png", "GET"),
    ("/guidelines/{id}/pages/{page}/boxes", "GET"),
    ("/feedback", "POST"),
    ("/admin/jobs", "GET"),
    ("/admin/jobs", "POST"),
    ("/admin/jobs/{id}", "GET"),
    ("/admin/jobs/{id}/cancel", "POST"),
    ("/admin/questions", "GET"),
    ("/admin/questions", "POST"),
]
UNSAYABLE = ("/photos", "/admin/jobs", "/admin/questions")
"""Whether bytes are a usable photo or question file, and which of these are kept here, no schema can say."""


def test_every_operation_is_tried(document):
    assert {
        (path, method.upper()) for path, methods in document.raw_schema["paths"].items() for method in methods
    } == set(OPERATIONS)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_request_gets_what_the_document_says(document, path, method):
    @settings(max_examples=trials(12), deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=document[path][method].as_strategy())
    def asked(case):
        unsayable = [schemathesis.checks.positive_data_acceptance] if path in UNSAYABLE else []
        own = {"Authorization": f"Bearer {TOKEN}"} if path.startswith("/admin") else {}
        case.call_and_validate(excluded_checks=unsayable, headers=own)

    asked()
