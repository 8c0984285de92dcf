"""A corpus on disk: `manifest.json` and the files below `corpus/` that it lists, read and checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from parity.cases.model import Case, CaseError, Json
from parity.cases.schema import validate
from parity.corpus.model import CORPUS_SCHEMA, MANIFEST_SCHEMA, Corpus, CorpusFile, Entry
from parity.corpus.transaction import reading
from parity.triage.files import read_json

__all__ = ["CORPUS", "MANIFEST", "load", "parse", "parse_file", "render", "render_manifest"]

MANIFEST = "manifest.json"
CORPUS = "corpus"

REGENERATE = "restore it with git, or record it anew with `parity corpus generate`"


def load(root: Path, *, schemas: bool = True) -> Corpus:
    """Reads the corpus below a fixtures folder, and checks schema, versions and every hash.

    Without `schemas` only hashes and versions are checked, in a tenth of the time: what has the hash that a generate
    wrote was checked by it. A generate that was killed while it put its files in place is finished first. Raises
    CaseError: one line with the file and what is wrong with it.
    """
    if not root.is_dir():
        raise CaseError("/", f"cannot read {root}: no such folder")
    with reading(root):
        corpus = parse(lambda path: read_json(root / path), schemas=schemas)
        listed = {file.path for file in corpus.files}
        found = {str(path.relative_to(root).as_posix()) for path in (root / CORPUS).rglob("*.json")}
    for path in sorted(found - listed):
        raise CaseError("/files", f"{root / path} is not in {MANIFEST}; {REGENERATE}")
    return corpus


def parse(read: Callable[[str], Json], *, schemas: bool = True) -> Corpus:
    """Makes a corpus of its manifest and files, got by their paths from `read`. Raises CaseError."""
    manifest = read(MANIFEST)
    if isinstance(manifest, dict) and manifest.get("schema") != MANIFEST_SCHEMA:
        found = manifest.get("schema")
        raise CaseError("/schema", f"{MANIFEST}: expected {MANIFEST_SCHEMA!r}, got {found!r:.80}; {REGENERATE}")
    _validate(manifest, "manifest", MANIFEST)
    if len({listed["path"] for listed in manifest["files"]}) != len(manifest["files"]):
        raise CaseError("/files", f"{MANIFEST} lists a file twice")
    files = [_file(listed, read(str(listed["path"])), schemas) for listed in manifest["files"]]
    corpus = Corpus(str(manifest["oracle"]), tuple(files))
    if corpus.sha256 != manifest["sha256"]:
        raise CaseError(
            "/sha256", f"{MANIFEST}: the corpus hash is {corpus.sha256}, not {manifest['sha256']}; {REGENERATE}"
        )
    return corpus


def _file(listed: Json, obj: Json, schemas: bool) -> CorpusFile:
    path = str(listed["path"])
    if schemas:
        file = parse_file(path, obj)
    else:
        _check_version(path, obj)
        try:
            file = _build(path, obj)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise CaseError("/", f"{path} is not a corpus file ({error!r:.80}); {REGENERATE}") from error
    if (file.kind, len(file.entries), file.sha256) != (listed["kind"], listed["entries"], listed["sha256"]):
        raise CaseError(
            "/",
            f"{path} is not what {MANIFEST} says: expected {listed['entries']} {listed['kind']} entries of sha256 "
            f"{listed['sha256']}, found {len(file.entries)} {file.kind} entries of {file.sha256}; {REGENERATE}",
        )
    return file


def parse_file(path: str, obj: Json) -> CorpusFile:
    """Makes a corpus file of its JSON, checked against the schemas of the file and of every case. Raises CaseError."""
    _check_version(path, obj)
    _validate(obj, "corpus", path)
    names: set[str] = set()
    for index, item in enumerate(obj["entries"]):
        where = f"/entries/{index}"
        try:
            Case.from_json(item["case"])
        except CaseError as error:
            raise CaseError(f"{where}/case{error.where}".rstrip("/"), f"{path}: {error.what}") from error
        if item["case"]["kind"] != obj["kind"]:
            raise CaseError(f"{where}/case/kind", f"{path}: expected {obj['kind']!r}, got {item['case']['kind']!r}")
        if item["name"] in names:
            raise CaseError(f"{where}/name", f"{path}: {item['name']!r} names two entries")
        names.add(item["name"])
    return _build(path, obj)


def _check_version(path: str, obj: Json) -> None:
    """Says the version first: an error deep inside a file of another version would send the reader the wrong way."""
    if not isinstance(obj, dict):
        raise CaseError("/", f"{path}: expected an object, got {type(obj).__name__}")
    if obj.get("schema") != CORPUS_SCHEMA:
        raise CaseError("/schema", f"{path}: expected {CORPUS_SCHEMA!r}, got {obj.get('schema')!r:.80}; {REGENERATE}")


def _build(path: str, obj: Json) -> CorpusFile:
    entries = tuple(
        Entry(
            item["name"],
            Case(item["case"]["kind"], {key: v for key, v in item["case"].items() if key not in ("schema", "kind")}),
            tuple(item["events"]),
            dict(item["normalised"]),
        )
        for item in obj["entries"]
    )
    return CorpusFile(path, str(obj["kind"]), entries, dict(obj["provenance"]))


def render(file: CorpusFile) -> bytes:
    """The text of a corpus file: provenance first, then one line per entry, so that a diff is by entry."""
    head: dict[str, Any] = {"schema": CORPUS_SCHEMA, "kind": file.kind, "provenance": file.provenance}
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    entries = [f"    {json.dumps(entry.to_json(), separators=(',', ':'))}" for entry in file.entries]
    return "\n".join(["{", *lines, '  "entries": [', ",\n".join(entries), "  ]", "}", ""]).encode("ascii")


def render_manifest(corpus: Corpus) -> bytes:
    """The text of the manifest."""
    return (json.dumps(corpus.manifest(), indent=2) + "\n").encode("ascii")


def _validate(obj: Json, schema: str, path: str) -> None:
    try:
        validate(obj, schema)
    except CaseError as error:
        raise CaseError(error.where, f"{path}: {error.what}") from error
