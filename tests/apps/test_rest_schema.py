"""What schemathesis finds at the REST door, from its own document: nothing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from cpgassist import Assistant, Corpus
from cpgassist.apps.rest import rest_app
from cpgassist.testing import ScriptedChat

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed: pip install -e '.[test]'")


@pytest.fixture(scope="module")
def document(index, sample):
    assistant = Assistant(Corpus(sample, index=index))
    assistant._language_model = lambda: ScriptedChat('{"image_type": "photo", "findings": []}')
    app = rest_app(assistant)
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
]


def test_every_operation_is_tried(document):
    assert {
        (path, method.upper()) for path, methods in document.raw_schema["paths"].items() for method in methods
    } == set(OPERATIONS)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_request_gets_what_the_document_says(document, path, method):
    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=document[path][method].as_strategy())
    def asked(case):
        # whether bytes are a usable photo, no schema can say
        unsayable = [schemathesis.checks.positive_data_acceptance] if path == "/photos" else []
        case.call_and_validate(excluded_checks=unsayable)

    asked()
