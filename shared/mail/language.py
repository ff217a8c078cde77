"""Which language a text is written in, where that can be said with some confidence."""

import re
from functools import lru_cache
from typing import Any

_SAMPLE = 800
_MIN_LETTERS = 12
_MIN_CONFIDENCE = 0.7
_NOISE = re.compile(r"https?://\S+|\S+@\S+|[\d\W_]+")


@lru_cache(maxsize=1)
def _identifier() -> Any:
    # The model is 90 languages and 0.3 s of loading: once, and only where a text wants it.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def load_model() -> None:
    """Load the model now instead of with the first text."""
    _identifier()


def detect_language(text: str) -> tuple[str | None, float]:
    """(ISO 639-1 code, confidence 0..1) of the first few hundred characters; (None, …) where it is a guess."""
    sample = _NOISE.sub(" ", text[:_SAMPLE]).strip()
    if sum(map(len, sample.split())) < _MIN_LETTERS:
        return None, 0.0
    code, confidence = _identifier().classify(sample)
    return (code if confidence >= _MIN_CONFIDENCE else None), float(confidence)
