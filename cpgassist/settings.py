"""One frozen Settings: arguments > CPGASSIST_* environment > corpus.toml > defaults."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from cpgassist.errors import InputError


class GuidelineOverride(BaseModel):
    """What corpus.toml says about one file, over what its first pages say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str | None = Field(None, pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str | None = None
    publisher: str | None = None
    edition: str | None = None
    year: int | None = Field(None, ge=1900, le=2200)
    review_due: str | None = None
    language: str | None = None
    supersedes: str | None = None
    """File of the older edition that this one replaces; "" for none, whatever titles and years say."""


class SmokeQuestion(BaseModel):
    """A question that a new index version must answer from this file before it is put into service."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    file: str
    page: int | None = Field(None, ge=1)


class ReadingLimits(TypedDict):
    """The limits of the process that reads one PDF, by the names `reading.read_in_sandbox` has for them."""

    seconds: int
    memory_mb: int
    file_mb: int
    pages: int
    text_mb: int
    page_seconds: int
    ocr_seconds: int


class Limits(BaseModel):
    """Limits on reading one PDF, in its own process."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: int = Field(120, ge=1)
    memory_mb: int = Field(2048, ge=128)
    file_mb: int = Field(200, ge=1)
    pages: int = Field(5000, ge=1)
    text_mb: int = Field(20, ge=1)
    page_seconds: int = Field(20, ge=1)
    ocr_pages: int = Field(500, ge=0)
    """Pages and pictures of one PDF that OCR reads; the rest is reported."""
    ocr_seconds_per_page: int = Field(90, ge=1)
    """What `seconds` grows by for each of them."""

    def of_reading(self) -> ReadingLimits:
        """Those that the reading process takes."""
        return {
            "seconds": self.seconds,
            "memory_mb": self.memory_mb,
            "file_mb": self.file_mb,
            "pages": self.pages,
            "text_mb": self.text_mb,
            "page_seconds": self.page_seconds,
            "ocr_seconds": self.ocr_seconds_per_page,
        }


SHORTEST_TOKEN = 20
"""Characters of an admin token; shorter ones could be guessed."""


class Settings(BaseSettings):
    """Everything that can be set, frozen.

    `corpus.toml` holds the same names at its top level, `[guidelines."file.pdf"]` tables with overrides,
    `[[smoke]]` questions and a `[limits]` table.
    """

    model_config = SettingsConfigDict(env_prefix="CPGASSIST_", env_nested_delimiter="__", frozen=True, extra="forbid")

    corpus: Path = Path("corpora/sample")
    """The corpus folder: PDFs, and optionally a corpus.toml."""
    index: Path | None = None
    """Where index versions live; `<corpus>/.index` when unset."""
    documents: Path | None = None
    """Where the PDFs are, when not in the corpus folder; relative to it. Only the admin page writes there, when told to."""
    title: str | None = None
    """The corpus's name on screens."""
    feedback: Path | None = None
    """Where feedback on answers is kept, on this computer; `feedback.jsonl` in the index folder when unset."""
    embedder: str = "all-MiniLM-L6-v2"
    """The packaged default, a sentence-transformers folder, or a hub id that was fetched before (or may be, with
    `allow_download`)."""
    embedder_question_prefix: str | None = None
    """What the embedder reads before a question, "query: "; "" for nothing, unset for what its publisher says."""
    embedder_passage_prefix: str | None = None
    """What it reads before a passage, "passage: "; a change embeds the corpus anew at the next reindex."""
    reranker: str | None = None
    """`ms-marco-MiniLM-L12-v2`, which the extra `rerank` holds, a cross-encoder's folder, or a hub id like that of the
    embedder; unset, the fused order stands."""
    rerank_candidates: int = Field(20, ge=1, le=100)
    """Passages that the reranker reads for a question; the rest keep their order behind them."""
    reranker_weight: float = Field(0.4, ge=0, le=1)
    """Share of the reranker's log-odds against the fused score, both spread to 0..1 over the candidates: measured with the
    packaged one (docs/evaluation.md). Measure another on your own questions: `cpgassist eval`."""
    ocr: Literal["auto", "on", "off"] = "auto"
    """Whether pages and pictures without text are read by OCR; auto reads them where the extra `ocr` is installed. Its
    one model reads English, Malay, Indonesian and other languages in Latin letters, and Chinese."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Arithmetic of the embedder while indexing; auto takes bfloat16 where this processor gains from it."""
    allow_download: bool = False
    """Whether a model may be fetched from a model hub; off, nothing is ever downloaded."""
    model_backend: Literal["extractive", "transformers", "openai", "vertex"] = "extractive"
    """Who picks the lines that answer: code alone, a language model in this process, or one behind a server."""
    model: str | None = None
    """A model folder, a hub id that was fetched before, or the name that a server knows the model by."""
    model_revision: str | None = None
    """The hub revision to load; the cached one when unset."""
    model_device: str = "auto"
    """"auto", "cpu", "cuda", "cuda:1", "mps"."""
    model_dtype: Literal["auto", "bfloat16", "float32"] = "auto"
    """Arithmetic of a local model. float16 is no choice: Gemma 3 overflows in it and writes nothing or nonsense."""
    model_quantisation: Literal["none", "nf4"] = "none"
    """4-bit weights for a local model on a GPU, computed in bfloat16; needs bitsandbytes."""
    model_thinking: bool = False
    """Whether a model that can think first may; its thoughts are never shown."""
    model_constrained: bool = True
    """Whether a local model can only write answers that cite shown lines."""
    model_seconds: float = Field(120.0, gt=0)
    """How long an answer of a model may take before the extractive one is given."""
    base_url: str | None = None
    """The address of an OpenAI-compatible server, "http://127.0.0.1:11434/v1"."""
    api_key_env: str = "CPGASSIST_API_KEY"
    """The environment variable that holds the server's key; the key itself is never written down."""
    allow_remote: bool = False
    """Whether questions and passages may be sent to a server on another machine."""
    allow_remote_photos: bool = False
    """Whether photos may be, too: they are patients' data."""
    photo: Literal["auto", "off", "research"] = "auto"
    """Whether a model may describe photos; auto is research where the configured model sees, else off."""
    medsiglip: str | None = None
    """A MedSigLIP folder, or a hub id that was fetched before. Set, a reindex embeds the guidelines' figures for comparison
    with photos, and a described photo gets a note on what kind of picture it is; unset, neither."""
    vector_search: Literal["chroma", "exact"] = "chroma"
    """Who searches the vectors; `exact` is the reference that Chroma is checked against."""
    dense_weight: float = Field(0.5, ge=0, le=1)
    """Share of the embedder in the fused score; the rest is BM25's."""
    threshold: float | None = Field(None, ge=0, le=1)
    """Answerability under which the answer is silent; the calibrated default when unset."""
    keep_versions: int = Field(3, ge=1)
    """Sealed index versions kept for rollback."""
    workers: int = Field(2, ge=1)
    """PDFs read at the same time."""
    admin_token: SecretStr | None = None
    """Opens the admin page at /admin, which is off without one. It is a password: only the environment sets it
    (`CPGASSIST_ADMIN_TOKEN`, at least 20 characters), and it is never shown or logged."""
    limits: Limits = Limits()
    guidelines: dict[str, GuidelineOverride] = {}
    smoke: tuple[SmokeQuestion, ...] = ()

    @field_validator("admin_token")
    @classmethod
    def _hard_to_guess(cls, token: SecretStr | None) -> SecretStr | None:
        said = token.get_secret_value().strip() if token is not None else ""
        if said and (len(said) < SHORTEST_TOKEN or len(set(said)) < 8):
            raise ValueError(
                f"an admin token has at least {SHORTEST_TOKEN} characters, 8 of them different; "
                "make one with: python -c 'import secrets; print(secrets.token_urlsafe(24))'"
            )
        return SecretStr(said) if said else None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment; corpus.toml comes in by `load`."""
        return init_settings, env_settings

    @property
    def documents_folder(self) -> Path:
        """The folder that holds the PDFs."""
        return self.corpus if self.documents is None else self.corpus / self.documents

    @property
    def index_folder(self) -> Path:
        """The folder that holds CURRENT and the versions."""
        return self.corpus / ".index" if self.index is None else self.index


def load(corpus: str | Path | None = None, **arguments: Any) -> Settings:
    """Settings for a corpus: `arguments` that are not None, then the environment, then its corpus.toml.

    Raises InputError, naming the setting and the reason, when a value cannot be used.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    if corpus is not None:
        given["corpus"] = Path(corpus)
    try:
        chosen = Settings(**given)
        if not _is_folder(chosen.corpus):
            raise InputError(
                f"There is no folder {chosen.corpus}.",
                "Name the folder that holds the guideline PDFs with --corpus or CPGASSIST_CORPUS.",
            )
        from_file = _corpus_file(chosen.corpus)
        weaker = {name: value for name, value in from_file.items() if name not in chosen.model_fields_set}
        if "limits" in from_file and "limits" not in given and "limits" in chosen.model_fields_set:
            said = chosen.limits.model_dump(exclude_unset=True)
            weaker["limits"] = {**from_file["limits"], **said}
        return Settings(**{**weaker, **given})
    except SettingsError as error:
        raise InputError(
            f"A CPGASSIST_ variable cannot be used: {error}.", "Write tables and lists as JSON."
        ) from error
    except OSError as error:
        raise InputError(f"The folder cannot be used: {error.strerror}.", "Name another with --corpus.") from error
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        got = "" if name == "admin_token" else f" (got {first.get('input')!r})"
        raise InputError(
            f"The setting {name!r} cannot be used: {first['msg']}{got}.",
            "Correct it in the arguments, the CPGASSIST_ environment or corpus.toml.",
        ) from (None if name == "admin_token" else error)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long
        return False


def _corpus_file(corpus: Path) -> dict[str, Any]:
    path = corpus / "corpus.toml"
    if not path.is_file():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid TOML: {error}.", "Correct the line it names.") from error
    for name in ("corpus", "allow_download", "allow_remote", "allow_remote_photos", "admin_token"):
        if name in values:
            raise InputError(f"{path} may not set {name!r}.", f"Remove it there; set CPGASSIST_{name.upper()}.")
    return values
