"""Learning from what people decided: words, features, a linear model that explains itself, and how far its confidence is to be believed.

Here is everything that predicting needs, pure and without numpy. Not here: fitting (`services.composition.training`), and what is done
with a prediction (`services.router.deciding.learnt`). The spam filter takes its words from here too.
"""

from shared.learning.errors import BadModel
from shared.learning.features import terms
from shared.learning.linear import Linear, Prediction, Share
from shared.learning.modelfile import Learnt, Measured, Part, dump, load
from shared.learning.words import split

__all__ = ["BadModel", "Learnt", "Linear", "Measured", "Part", "Prediction", "Share", "dump", "load", "split", "terms"]
