"""A generative model, local and optional: prompts to checked answers, behind any OpenAI-compatible address.

``chat.py`` and ``asking.py`` work offline: every answer is kept by the hash of what was asked, so a run that was stopped goes on
where it was, and a second run asks nothing. ``turn_chat.py`` asks while a shopper waits, within a time limit. Without ``pip install baihuo[llm]`` an address of
another server can still be used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
