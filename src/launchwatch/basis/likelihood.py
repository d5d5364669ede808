"""Words for probabilities: Intelligence Community Directive 203 (2015), section D.6.e.(2).(a).

The word never stands without its number, and one row of terms is used throughout.
"""

_BINS = (
    (0.05, "almost no chance"),
    (0.20, "very unlikely"),
    (0.45, "unlikely"),
    (0.55, "roughly even chance"),
    (0.80, "likely"),
    (0.95, "very likely"),
)


def likelihood_word(probability: float) -> str:
    """Return the ICD 203 term for a probability in [0, 1]; a bin holds its lower limit.

    Raises ValueError outside [0, 1] and for NaN. The directive's outer terms start at 1 % and end at 99 %;
    beyond them the same terms are kept, since ICD 203 has none for certainty.
    """
    if not 0 <= probability <= 1:
        raise ValueError(f"probability must lie in [0, 1], given {probability!r}")
    return next((word for limit, word in _BINS if probability < limit), "almost certain")


def format_probability(probability: float) -> str:
    """Return the number that is printed beside the word: whole per cents, never a false 0 or 100."""
    if probability < 0.01:
        return "<1 %"
    if probability > 0.99:
        return ">99 %"
    return f"{100 * probability:.0f} %"


def say_likelihood(probability: float) -> str:
    """Return word and number together, such as `very likely (93 %)`; the word is that of the printed number."""
    printed = round(100 * probability) / 100 if 0.01 <= probability <= 0.99 else probability
    return f"{likelihood_word(printed)} ({format_probability(probability)})"
