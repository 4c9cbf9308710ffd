"""No test reaches a model hub or reports anything, however pytest is started."""

import os
import shutil
from pathlib import Path

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
for name in [name for name in os.environ if name.startswith("CPGASSIST_")]:
    del os.environ[name]


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory):
    """The sample guidelines, indexed once with the packaged embedder; tests copy it and never write to it."""
    from cpgassist import Corpus

    sample = Path(__file__).parents[1] / "corpora" / "sample"
    folder = tmp_path_factory.mktemp("sample")
    for path in sample.glob("*.pdf"):
        shutil.copy2(path, folder)
    toml = (sample / "corpus.toml").read_text("utf-8")
    (folder / "corpus.toml").write_text(toml.split("[[smoke]]")[0], "utf-8")
    Corpus(folder, precision="float32", ocr="off").reindex()
    return folder
