"""Jobs of those who keep the corpus, over REST: the admin page's own, and for nobody without its token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.security import HTTPBearer
from fastapi.sse import format_sse_event
from pydantic import BaseModel, Field

from cpgassist.apps.keeping import Job, JobDesk, Jobs, Kind, TokenCheck
from cpgassist.apps.keeping.evaluations import Run
from cpgassist.apps.keeping.jobs import JobRunsError, State
from cpgassist.apps.keeping.token import address_of, bearer
from cpgassist.apps.rest.problems import problems
from cpgassist.apps.rest.schemas import Taken
from cpgassist.apps.web.failures import code_of
from cpgassist.apps.web.problems import problem
from cpgassist.errors import InputError

SSE = "text/event-stream"
LOOK_SECONDS = 0.2
SILENT_LOOKS = 75
"""After so many looks without anything new a stream says that it is still there."""
NO_STORE = {"Cache-Control": "no-store"}
QUESTIONS_PATH = "/admin/questions"
Id = Annotated[str, Path(max_length=64)]
FileName = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,79}$")]


class Reindex(Taken):
    """Bring the index up to date with the folder."""

    kind: Literal["reindex"]
    full: Annotated[bool, Field(description="Read and embed everything again.")] = False
    allow_shrink: Annotated[bool, Field(description="Accept over 20 % fewer passages.")] = False


class DryRun(Taken):
    """What a reindex would do; nothing is changed."""

    kind: Literal["dry-run"]
    full: bool = False


class Look(Taken):
    """verify: every byte of the index. check: what to look at before it is trusted."""

    kind: Literal["verify", "check"]


class RollBack(Taken):
    """Put the version before back into service."""

    kind: Literal["rollback"]


class Evaluate(Taken):
    """Ask every question of a file."""

    kind: Literal["evaluation"]
    questions: Annotated[str, Field(max_length=200, description="A name that /admin/questions lists.")]


Wanted = Annotated[Reindex | DryRun | Look | RollBack | Evaluate, Field(discriminator="kind")]


class StageOut(BaseModel):
    """A stage of a job."""

    name: str
    file: str
    done: int
    total: int
    seconds_left: float | None


class FailureOut(BaseModel):
    """Why a job failed."""

    code: str
    detail: str
    next_step: str


class JobOut(BaseModel):
    """A job as it stands; the list gives it without its result."""

    id: str
    kind: Kind
    state: State
    started: str
    seconds: float
    stages: list[StageOut]
    error: FailureOut | None
    result: Annotated[
        Any, Field(description="What came of it, as the command of that name prints it with --json; null until then.")
    ] = None


class QuestionsOut(BaseModel):
    """A question file that was kept."""

    name: str
    said: str


class Entrance:
    """ASGI middleware: nothing under `/admin` without the token, before anything of a request is read."""

    def __init__(self, app: Any, check: TokenCheck) -> None:
        self.app = app
        self.check = check

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        refused = None
        if scope["type"] == "http" and [part for part in path.split("/") if part][:1] == ["admin"]:
            refused = self._refusal(Request(scope))
        await (refused or self.app)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        address, given = address_of(request.scope), bearer(request.headers)
        if given is not None and (wait := self.check.wait(address)):
            told = problem(429, "too_many_tries", "Too many wrong tokens came from here.", f"Wait {wait} seconds.")
            told.headers["Retry-After"] = str(wait)
            return told
        if given is not None and self.check.is_right(given, address):
            return None
        step = "Send it as `Authorization: Bearer TOKEN`; it is CPGASSIST_ADMIN_TOKEN of the server."
        told = problem(401, "token_needed", "The admin token is needed.", step)
        told.headers["WWW-Authenticate"] = "Bearer"
        return told


def add_jobs(app: FastAPI, desk: JobDesk, check: TokenCheck) -> None:
    """Add `/admin/jobs` and `/admin/questions`, behind the token."""
    app.add_middleware(Entrance, check=check)
    # the document tells of the token by this; Entrance is what asks for it
    bearer_token = HTTPBearer(scheme_name="adminToken", description="CPGASSIST_ADMIN_TOKEN", auto_error=False)
    secured: dict[str, Any] = {"dependencies": [Depends(bearer_token)], "tags": ["admin"]}
    refused = problems(401, 429, 500)

    @app.exception_handler(JobRunsError)
    async def busy(request: Request, error: JobRunsError) -> Response:
        return problem(409, "job_runs", error.message, error.next_step)

    @app.post(
        "/admin/jobs",
        status_code=202,
        response_model=JobOut,
        responses={**refused, **problems(409, 413, 422)},
        summary="Start a job",
        **secured,
    )
    def start(wanted: Wanted) -> Any:
        """One job runs at a time, whichever door began it; questions are answered meanwhile from the index in service."""
        job = _started(desk, wanted)
        return JSONResponse(told(desk.jobs, job), 202, {**NO_STORE, "Location": f"{app.root_path}/admin/jobs/{job.id}"})

    @app.get("/admin/jobs", response_model=list[JobOut], responses=refused, summary="List jobs", **secured)
    def jobs() -> Any:
        """The last jobs, the newest first."""
        return JSONResponse([told(desk.jobs, job) for job in desk.jobs.all], headers=NO_STORE)

    @app.get(
        "/admin/jobs/{id}",
        response_model=JobOut,
        responses={**refused, **problems(404, 422), 200: {"content": {SSE: {"schema": {"type": "string"}}}}},
        summary="Look at a job",
        **secured,
    )
    async def one(id: Id, request: Request) -> Any:
        """With `Accept: text/event-stream` it is told as it goes on: events `progress`, then `job` when it has ended."""
        job = desk.jobs.get(id)
        if job is None:
            return _absent()
        if SSE in request.headers.get("accept", ""):
            return StreamingResponse(_events(desk.jobs, id), media_type=SSE, headers=NO_STORE)
        return JSONResponse({**told(desk.jobs, job), "result": result_of(job)}, headers=NO_STORE)

    @app.post(
        "/admin/jobs/{id}/cancel",
        status_code=202,
        response_model=JobOut,
        responses={**refused, **problems(404, 409, 422)},
        summary="Stop a job",
        **secured,
    )
    def cancel(id: Id) -> Any:
        """It stops with its next step. The index in service stays as it is; what was read for the new one is lost."""
        if desk.jobs.get(id) is None:
            return _absent()
        try:
            job = desk.jobs.stop(id)
        except InputError as error:
            return problem(409, "not_cancelled", error.message, error.next_step)
        return JSONResponse(told(desk.jobs, job), 202, NO_STORE)

    _add_questions(app, desk, secured)


def _add_questions(app: FastAPI, desk: JobDesk, secured: dict[str, Any]) -> None:
    lines = {"application/x-ndjson": {"schema": {"type": "string"}}}
    sent = {"requestBody": {"required": True, "content": lines}}

    @app.get(
        QUESTIONS_PATH, response_model=list[str], responses=problems(401, 429, 500), summary="List questions", **secured
    )
    def names() -> Any:
        """The question files that can be run."""
        return JSONResponse(desk.evaluations.names, headers=NO_STORE)

    @app.post(
        QUESTIONS_PATH,
        status_code=201,
        response_model=QuestionsOut,
        responses=problems(401, 413, 422, 429, 500),
        summary="Send questions",
        openapi_extra=sent,
        **secured,
    )
    async def keep(request: Request, name: Annotated[FileName, Query(description="Its name.")]) -> Any:
        """A question file as JSON Lines (docs/evaluation.md). It is kept in memory alone, until the server ends."""
        content = await request.body()
        said = await asyncio.to_thread(desk.evaluations.keep, name, content)
        return JSONResponse({"name": name, "said": said}, 201, NO_STORE)


def _started(desk: JobDesk, wanted: Any) -> Job:
    match wanted:
        case Reindex():
            return desk.reindex(wanted.full, wanted.allow_shrink)
        case DryRun():
            return desk.dry_run(wanted.full)
        case Look():
            return desk.verify() if wanted.kind == "verify" else desk.check()
        case RollBack():
            return desk.roll_back()
    if wanted.questions not in desk.evaluations.names:
        raise InputError("There is no question file of this name.", "GET /api/v1/admin/questions lists them.")
    return desk.evaluate(wanted.questions)


def told(jobs: Jobs, job: Job) -> dict[str, Any]:
    """A job as JSON, without its result."""
    error = job.error
    stages = [
        {
            "name": one.name,
            "file": one.file,
            "done": one.done,
            "total": one.total,
            "seconds_left": _left(jobs, job, one),
        }
        for one in job.stages
    ]
    failure = None
    if error is not None:
        failure = {"code": code_of(error), "detail": error.message, "next_step": error.next_step}
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "started": job.started.astimezone().isoformat(timespec="seconds"),
        "seconds": round(jobs.elapsed(job), 3),
        "stages": stages,
        "error": failure,
        "result": None,
    }


def _left(jobs: Jobs, job: Job, stage: Any) -> float | None:
    left = jobs.left(stage) if job.running else None
    return None if left is None else round(left, 1)


def result_of(job: Job) -> Any:
    """What came of a job, as JSON; None where nothing did."""
    result = job.result
    if isinstance(result, Run):
        return {**result.evaluation.to_dict(), "file": result.name, "since": result.since}
    if isinstance(result, list):
        return {"sound": not result, "problems": result}
    if isinstance(result, str):
        return {"index": result}
    return result.to_dict() if result is not None else None


async def _events(jobs: Jobs, id: str) -> AsyncIterator[bytes]:
    """Every change of a job, and at last what came of it."""
    seen, silent = -1, 0
    while True:
        revision, job = jobs.revision, jobs.get(id)
        if job is None or not job.running:
            break
        silent = 0 if revision != seen else silent + 1
        if silent == 0:
            yield _event("progress", told(jobs, job))
        elif silent % SILENT_LOOKS == 0:
            yield b": still working\n\n"
        seen = revision
        await asyncio.sleep(LOOK_SECONDS)
    if job is not None:
        yield _event("job", {**told(jobs, job), "result": result_of(job)})


def _event(name: str, content: dict[str, Any]) -> bytes:
    return format_sse_event(event=name, data_str=bytes(JSONResponse(content).body).decode())


def _absent() -> Response:
    return problem(404, "no_such_job", "There is no job of this id.", "GET /api/v1/admin/jobs lists the last ones.")
