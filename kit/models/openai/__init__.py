"""Language model, speech to text, text to speech and speech to speech of any server that speaks OpenAI's interface.

`base_url` chooses the server: OpenAI itself where it is left out, else for instance Ollama, vLLM, speaches or
Kokoro-FastAPI. The package `openai` is imported when an engine is made.
"""

from .connection import ModelRequestError
from .llm import OpenAILLM
from .realtime import OpenAIRealtime
from .stt import OpenAISTT
from .tts import OpenAITTS

__all__ = ["ModelRequestError", "OpenAILLM", "OpenAIRealtime", "OpenAISTT", "OpenAITTS"]
