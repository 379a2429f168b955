"""Firefox, by WebDriver BiDi over its own socket: Playwright drives only a Firefox of its own making."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import subprocess
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from tornado.websocket import WebSocketClientConnection, websocket_connect

NO_NETWORK = {
    # Everything but this machine goes to a proxy that is not there.
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "remote.log.truncate": True,
}


class Firefox:
    """One headless Firefox with one page; a context manager."""

    def __init__(self, program: str, profile: Path) -> None:
        # In a thread of its own: Playwright's loop runs in the tests' own.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        lines = [f'user_pref("{name}", {json.dumps(value)});' for name, value in NO_NETWORK.items()]
        (profile / "user.js").write_text("\n".join(lines), "utf-8")
        command = [program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
        self._process = subprocess.Popen([*command, "about:blank"], stderr=subprocess.PIPE, text=True)
        self._numbers = itertools.count(1)
        self._socket: WebSocketClientConnection | None = None

    def __enter__(self) -> Firefox:
        assert self._process.stderr is not None
        found = next(filter(None, (re.search(r"ws://127\.0\.0\.1:\d+", line) for line in self._process.stderr)))
        # What it goes on to say is read and dropped, or it would wait for a reader.
        self._drain = threading.Thread(target=self._process.stderr.read, daemon=True)
        self._drain.start()
        self._socket = self._wait(_connected(f"{found[0]}/session"))
        self.call("session.new", capabilities={})
        self._page = self.call("browsingContext.getTree")["contexts"][0]["context"]
        return self

    def __exit__(self, *_: object) -> None:
        assert self._socket is not None
        self._loop.call_soon_threadsafe(self._socket.close)
        self._process.kill()
        self._process.wait()
        self._drain.join()
        assert self._process.stderr is not None
        self._process.stderr.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of WebDriver BiDi."""
        return dict(self._wait(self._call(method, params)))

    def _wait(self, task: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(task, self._loop).result()

    async def _call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        assert self._socket is not None
        number = next(self._numbers)
        await self._socket.write_message(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = await self._socket.read_message()
            assert message is not None, f"Firefox ended during {method}"
            answer = json.loads(message)
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return dict(answer["result"])

    def open(self, address: str) -> None:
        """Goes to a page."""
        self.call("browsingContext.navigate", context=self._page, url=address, wait="complete")

    def evaluate(self, function: str, argument: Any = None) -> Any:
        """What a JavaScript function gives for an argument; both cross as JSON."""
        told = self.call(
            "script.callFunction",
            functionDeclaration=f"async (text) => JSON.stringify((await ({function})(JSON.parse(text))) ?? null)",
            arguments=[{"type": "string", "value": json.dumps(argument)}],
            target={"context": self._page},
            awaitPromise=True,
        )
        assert told["type"] == "success", told
        return json.loads(told["result"]["value"])

    def press(self, *keys: str) -> None:
        """Presses keys one after the other."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self.call("input.performActions", context=self._page, actions=[source])


async def _connected(address: str) -> WebSocketClientConnection:
    return await websocket_connect(address, max_message_size=1 << 28)
