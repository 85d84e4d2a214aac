"""A small client of the YAML language server, which editors ask for hovers and completions."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class Diagnostic(NamedTuple):
    """What is underlined, and why."""

    line: int
    text: str
    message: str


class Completion(NamedTuple):
    """What is offered, in the order in which an editor lists it."""

    label: str
    deprecated: bool
    documentation: str


class LanguageServer:
    """One process of the server with one schema; text is opened as a file and asked about."""

    def __init__(self, command: str, schema: Path) -> None:
        self._schema = schema
        self._number = 0
        self._process = subprocess.Popen(
            [command, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        completion = {
            "completionItem": {"documentationFormat": ["markdown"], "deprecatedSupport": True}
        }
        text_document = {"hover": {"contentFormat": ["markdown"]}, "completion": completion}
        workspace = {"configuration": True}
        capabilities = {"textDocument": text_document, "workspace": workspace}
        self._ask("initialize", processId=None, rootUri=None, capabilities=capabilities)
        self._tell("initialized")

    def close(self) -> None:
        """End the process."""
        self._ask("shutdown")
        self._tell("exit")
        self._process.communicate()

    def diagnostics(self, text: str) -> list[Diagnostic]:
        """Return what the server finds wrong in a text."""
        _, found = self._open(text)
        return [_diagnostic(each, text) for each in found]

    def hover(self, text: str) -> str:
        """Return what is shown at the place that `|` marks in a text."""
        text, place = _marked(text)
        uri, _ = self._open(text)
        found = self._ask("textDocument/hover", textDocument={"uri": uri}, position=place)
        return "" if found is None else str(found["contents"]["value"])

    def completions(self, text: str) -> list[Completion]:
        """Return what is offered at the place that `|` marks in a text."""
        text, place = _marked(text)
        uri, _ = self._open(text)
        found = self._ask("textDocument/completion", textDocument={"uri": uri}, position=place)
        items = found["items"] if isinstance(found, dict) else found or []
        return [
            Completion(each["label"], _deprecated(each), _documentation(each))
            for each in sorted(items, key=lambda each: each.get("sortText") or each["label"])
        ]

    def _open(self, text: str) -> tuple[str, list[dict[str, Any]]]:
        """Open a text as a new file; return its name, and what is found in it."""
        self._number += 1
        uri = f"file:///spec-{self._number}.yaml"
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", textDocument=document)
        while True:
            message = self._receive()
            if message.get("method") == "textDocument/publishDiagnostics":
                found = message["params"]
                if found["uri"] == uri:
                    return uri, found["diagnostics"]

    def _ask(self, method: str, **params: Any) -> Any:
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message["error"]
                return message["result"]

    def _tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        """Return the next message; what the server asks of an editor is answered."""
        assert self._process.stdout is not None
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        if "method" in message and "id" in message:
            self._send({"id": message["id"], "result": self._answer(message)})
        return message

    def _answer(self, message: dict[str, Any]) -> Any:
        if message["method"] != "workspace/configuration":
            return None
        schemas = {self._schema.as_uri(): "*.yaml"}
        yaml = {
            "schemas": schemas, "validate": True, "hover": True, "completion": True,
            "schemaStore": {"enable": False}, "maxItemsComputed": 10_000, "yamlVersion": "1.2",
        }  # fmt: skip
        settings = {"yaml": yaml, "[yaml]": {}, "editor": {"tabSize": 2}}
        return [settings.get(item.get("section", ""), {}) for item in message["params"]["items"]]


def _marked(text: str) -> tuple[str, dict[str, int]]:
    before, _, after = text.partition("|")
    line = before.count("\n")
    return before + after, {"line": line, "character": len(before) - before.rfind("\n") - 1}


def _diagnostic(found: dict[str, Any], text: str) -> Diagnostic:
    start, end = found["range"]["start"], found["range"]["end"]
    line = text.split("\n")[start["line"]]
    last = end["character"] if end["line"] == start["line"] else len(line)
    return Diagnostic(start["line"] + 1, line[start["character"] : last], found["message"])


def _deprecated(item: dict[str, Any]) -> bool:
    return bool(item.get("deprecated")) or 1 in item.get("tags", ())


def _documentation(item: dict[str, Any]) -> str:
    found = item.get("documentation") or ""
    return str(found["value"]) if isinstance(found, dict) else str(found)
