"""Open the chat on the sample corpus: python demo/app.py"""

from pathlib import Path

from cpgassist import Assistant, Corpus
from cpgassist.apps.server import serve

EXAMPLES = (
    "What is the dose of zelmorin for an adult with harbour fever?",
    "Which medicine replaces zelmorin in the first trimester of pregnancy?",
    "How is zelmorin given when the eGFR is 20?",
)

if __name__ == "__main__":
    sample = Path(__file__).parent.parent / "corpora" / "sample"
    serve(Assistant(Corpus(sample)), examples=EXAMPLES)
