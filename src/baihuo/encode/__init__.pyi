from .bert_graph import bert_graph
from .bert_shape import BertShape, bert_name
from .cache import VectorCache, content_key
from .encoder import Encoder, Vectors
from .encoders import BERT, MANIFEST, MINILM, MULTILINGUAL, UNIVERSAL, Encoders
from .export import export_bert, export_encoders, quantize
from .multilingual import MAX_CHARACTERS, Multilingual
from .onnx_encoder import MAX_TOKENS, OnnxEncoder
from .resolve import MINILM_SHA256, model_folder, sha256_of

__all__ = [
    "BERT",
    "MANIFEST",
    "MAX_CHARACTERS",
    "MAX_TOKENS",
    "MINILM",
    "MINILM_SHA256",
    "MULTILINGUAL",
    "UNIVERSAL",
    "BertShape",
    "Encoder",
    "Encoders",
    "Multilingual",
    "OnnxEncoder",
    "VectorCache",
    "Vectors",
    "bert_graph",
    "bert_name",
    "content_key",
    "export_bert",
    "export_encoders",
    "model_folder",
    "quantize",
    "sha256_of",
]
