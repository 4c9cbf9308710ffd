"""Open the chat on the sample corpus: python demo/app.py"""

from pathlib import Path

from cpgassist import Assistant, Corpus
from cpgassist.apps.server import serve

EXAMPLES = (
    "What is the dose of zelmorin for an adult with harbour fever?",
    "Which medicine replaces zelmorin in the first trimester of pregnancy?",
    "Can dorvane be started with potassium 5.7 mmol/L?",
    "Maximum dose of metformin in type 2 diabetes?",
)

if __name__ == "__main__":
    sample = Path(__file__).parent.parent / "corpora" / "sample"
    serve(Assistant(Corpus(sample)), examples=EXAMPLES, photo=sample / "sample-rapid-test.png")
