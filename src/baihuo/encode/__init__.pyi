from .bert_graph import bert_graph as bert_graph
from .bert_shape import BertShape as BertShape, bert_name as bert_name
from .cache import VectorCache as VectorCache, content_key as content_key
from .encoder import Encoder as Encoder, Vectors as Vectors
from .encoders import (
    BERT as BERT,
    MANIFEST as MANIFEST,
    MINILM as MINILM,
    MULTILINGUAL as MULTILINGUAL,
    UNIVERSAL as UNIVERSAL,
    Encoders as Encoders,
)
from .export import (
    export_bert as export_bert,
    export_encoders as export_encoders,
    quantize as quantize,
)
from .multilingual import MAX_CHARACTERS as MAX_CHARACTERS, Multilingual as Multilingual
from .onnx_encoder import MAX_TOKENS as MAX_TOKENS, OnnxEncoder as OnnxEncoder
from .resolve import (
    PUBLISHED as PUBLISHED,
    published_folder as published_folder,
    sha256_of as sha256_of,
)
