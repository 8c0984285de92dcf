"""A chat model without a network: it says the text it was made with, word by word."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import ToolCall, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from parity.cases.model import canonical

__all__ = ["WordsModel"]


class WordsModel(BaseChatModel):
    """Answers with `text` and `tool_calls`, whatever it is asked, in a message with the id `message_id`."""

    text: str
    tool_calls: list[dict[str, Any]]
    message_id: str | None = None

    @property
    def _llm_type(self) -> str:
        return "words"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self._whole()

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self._whole()

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self._chunks():
            if run_manager:
                run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._chunks():
            if run_manager:
                await run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
            yield chunk

    def _whole(self) -> ChatResult:
        calls = [ToolCall(name=call["name"], args=call["args"], id=call["id"]) for call in self.tool_calls]
        message = AIMessage(content=self.text, tool_calls=calls, id=self.message_id)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _chunks(self) -> Iterator[ChatGenerationChunk]:
        words = self.text.split(" ")
        for index, word in enumerate(words):
            last = index == len(words) - 1
            calls = [
                tool_call_chunk(name=call["name"], args=canonical(call["args"]), id=call["id"], index=position)
                for position, call in enumerate(self.tool_calls if last else ())
            ]
            content = word if index == 0 else f" {word}"
            yield ChatGenerationChunk(
                message=AIMessageChunk(content=content, tool_call_chunks=calls, id=self.message_id)
            )
