"""Text to vectors. One vector space an encoder; the script of the text chooses the encoder.

``export_encoders`` (needs ``baihuo[train]``) writes a folder that carries weights and tokenizers;
``Encoders.open`` reads it with numpy, ONNX Runtime and tokenizers only.
"""

from baihuo.encode.cache import VectorCache, content_key
from baihuo.encode.encoder import Encoder, Vectors
from baihuo.encode.encoders import MINILM, MULTILINGUAL, Encoders
from baihuo.encode.export import export_encoders
from baihuo.encode.resolve import MINILM_SHA256, model_folder

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
