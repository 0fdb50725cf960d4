"""Runs the tools that a language model calls."""

import asyncio
import inspect
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from json import dumps

import aiohttp
from pydantic import TypeAdapter, ValidationError

from dialog.errors import DialogError
from dialog.toolcalls import ToolCall
from dialog.tools import Entry, JsonObject, Tool, entry_point, token_of

MAX_RESULT = 8192
"""Characters of a result that the model gets; the rest is cut off."""

_MAX_BYTES = 64 * 1024
_THREADS = 4  # when all are busy, further calls wait until they are, too, out of time
_OBJECT = TypeAdapter(JsonObject)
_LOG = logging.getLogger("dialog.toolbox")


class _Refused(Exception):
    """A call without a result; the message is for the model."""


class ToolBox:
    """Tools ready to be called.

    Raises DialogFileError for a Python tool that cannot be imported and a token that cannot be read.
    """

    def __init__(self, tools: Sequence[Tool]) -> None:
        self.tools = tuple(tools)
        self._by_name = {tool.name: tool for tool in tools}
        self._entries: dict[str, Entry] = {tool.name: entry_point(tool) for tool in tools if tool.python}
        self._tokens = {tool.name: token for tool in tools if (token := token_of(tool))}
        # Of their own: functions that hang must not take the loop's threads, which look up names.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="tool")
        self._http: aiohttp.ClientSession | None = None
        self._closed = False

    async def run(self, calls: Sequence[ToolCall]) -> list[str]:
        """Return the results of calls that run side by side, in their order.

        A call that fails, takes too long or is malformed has a result beginning with `error:`, which the model can
        tell the person; nothing is raised. Cancelling stops webhooks and coroutines; a thread runs to its end unheard.
        """
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._result(call), name=f"tool-{call.name}") for call in calls]
        return [task.result() for task in tasks]

    async def aclose(self) -> None:
        """Close the connections. May be called twice."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    async def _result(self, call: ToolCall) -> str:
        try:
            return (await self._call(call))[:MAX_RESULT]
        except _Refused as refusal:
            reason = str(refusal)
        except TimeoutError:
            reason = "it took too long"
        except aiohttp.ClientError as error:
            reason = f"it cannot be reached ({type(error).__name__})"
        except Exception as error:  # noqa: BLE001 - a tool is somebody else's code, and no error of it may end the answer
            reason = f"it failed ({type(error).__name__})"
        # Neither arguments nor results: they hold what people said.
        _LOG.warning("tool %r: %s", call.name, reason)
        return f"error: {reason}"

    async def _call(self, call: ToolCall) -> str:
        tool = self._by_name.get(call.name)
        if tool is None:
            raise _Refused("there is no such tool")
        try:
            arguments = _OBJECT.validate_json(call.arguments or "{}")
        except ValidationError:
            raise _Refused("the arguments are not a JSON object") from None
        problem = tool.problem(arguments)
        if problem is not None:
            raise _Refused(problem)
        async with asyncio.timeout(tool.timeout_s):
            if tool.name in self._entries:
                return _text(await self._enter(self._entries[tool.name], arguments))
            return await self._post(tool, call.id, arguments)

    async def _enter(self, entry: Entry, arguments: JsonObject) -> object:
        if inspect.iscoroutinefunction(entry):
            result: object = await entry(**arguments)
            return result
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(entry, **arguments))

    async def _post(self, tool: Tool, call_id: str, arguments: JsonObject) -> str:
        body = {"tool": tool.name, "call_id": call_id, "arguments": arguments}
        token = self._tokens.get(tool.name)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        post = self._session().post(str(tool.webhook), json=body, headers=headers, allow_redirects=False)
        async with post as response:
            if response.status != 200:
                raise _Refused(f"HTTP {response.status}")
            data = bytearray()
            async for block in response.content.iter_any():
                data += block
                if len(data) > _MAX_BYTES:
                    raise _Refused("the result is too long")
        return data.decode(errors="replace")

    def _session(self) -> aiohttp.ClientSession:
        if self._closed:
            raise DialogError("the tools are closed")
        if self._http is None:
            self._http = aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar())
        return self._http


def _text(result: object) -> str:
    return result if isinstance(result, str) else dumps(result, ensure_ascii=False, default=str)
