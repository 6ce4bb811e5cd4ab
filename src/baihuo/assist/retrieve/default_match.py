"""P(an entry answers) from its question alone, before the shop has past conversations to learn it from."""

import numpy as np

from baihuo.assist.retrieve.question_match import Logistic

DEFAULT_MATCH = Logistic(np.array([6.0, 1.5, 1.5, 1.0, 0.5, 4.0, 3.0]), -6.5)
