"""Customer service: a shopper asks, and the shop answers from its own facts.

``conversation.py`` (read first) is one turn as a list of stages: understand → retrieve → decide → compose → check → record.
``turns.py`` has the words that all of them share. ``knowledge`` keeps what may be said, ``orders`` and ``policy`` what may be
done, ``learning`` fits what is learned of past conversations.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
