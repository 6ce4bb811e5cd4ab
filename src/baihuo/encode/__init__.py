"""Text to vectors. One vector space an encoder; the script of the text chooses the encoder.

``export_encoders`` (needs ``baihuo[train]``) writes a folder that carries weights and tokenizers;
``Encoders.open`` reads it with numpy, ONNX Runtime and tokenizers only.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
