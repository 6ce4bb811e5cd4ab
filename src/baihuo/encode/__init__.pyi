from .cache import VectorCache, content_key
from .encoder import Encoder, Vectors
from .encoders import MINILM, MULTILINGUAL, Encoders
from .export import export_encoders
from .resolve import MINILM_SHA256, model_folder

__all__ = [
    "MINILM",
    "MINILM_SHA256",
    "MULTILINGUAL",
    "Encoder",
    "Encoders",
    "VectorCache",
    "Vectors",
    "content_key",
    "export_encoders",
    "model_folder",
]
