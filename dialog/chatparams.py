"""A conversation as OpenAI's chat completions want it. Pure."""

from collections.abc import Sequence
from itertools import groupby

from dialog.protocol import Message, Role
from dialog.service import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionFunctionToolParam,
    ChatCompletionMessageParam,
)
from dialog.toolcalls import ToolCall
from dialog.tools import Tool

Params = list[ChatCompletionMessageParam]


def conversation(system_prompt: str, messages: Sequence[Message]) -> Params:
    """Write a conversation for the server; who speaks twice in a row does so in one message.

    Many local models refuse a conversation whose speakers do not take turns.
    """
    whole = [Message("system", system_prompt)] if system_prompt else []
    whole.extend(messages)
    speeches = groupby(whole, key=_role)
    return [_param(role, "\n".join(message.text for message in speech)) for role, speech in speeches]


def called(text: str, calls: Sequence[ToolCall], results: Sequence[str]) -> Params:
    """Write what the model said and called, and what came of it."""
    asked: ChatCompletionAssistantMessageParam = {
        "role": "assistant",
        "content": text or None,
        "tool_calls": [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments or "{}"}}
            for call in calls
        ],
    }
    answers: Params = [
        {"role": "tool", "tool_call_id": call.id, "content": result}
        for call, result in zip(calls, results, strict=True)
    ]
    return [asked, *answers]


def declared(tools: Sequence[Tool]) -> list[ChatCompletionFunctionToolParam]:
    """Write the tools for the server."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": dict[str, object](tool.parameters),
            },
        }
        for tool in tools
    ]


def _role(message: Message) -> Role:
    return message.role


def _param(role: Role, text: str) -> ChatCompletionMessageParam:
    match role:
        case "system":
            return {"role": "system", "content": text}
        case "user":
            return {"role": "user", "content": text}
        case "assistant":
            return {"role": "assistant", "content": text}
