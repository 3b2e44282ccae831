"""What items count, and which of them go."""

from labkit import tokens


def test_the_published_rates() -> None:
    assert (tokens.of_sound(1000, "user"), tokens.of_sound(1000, "assistant")) == (10, 20)
    assert (tokens.of_text("12345"), tokens.of_text("")) == (2, 0)
    assert (tokens.of_picture(None), tokens.of_picture((513, 512))) == (255, 425)


def test_what_a_truncation_setting_allows() -> None:
    assert tokens.limits("auto") == (tokens.CONTEXT_TOKENS, 1.0)
    assert tokens.limits("disabled") == (tokens.CONTEXT_TOKENS, None)
    ratio = {"type": "retention_ratio", "retention_ratio": 0.8, "token_limits": {"post_instructions": 100}}
    assert tokens.limits(ratio) == (100, 0.8)
    assert tokens.limits({"type": "retention_ratio", "retention_ratio": 0.8}) == (tokens.CONTEXT_TOKENS, 0.8)


def test_the_oldest_go_until_the_ratio_is_reached_and_the_newest_stays() -> None:
    assert tokens.too_many([40, 40, 20], 100, 0.5) == 0
    assert tokens.too_many([40, 40, 21], 100, 0.5) == 2
    assert tokens.too_many([200], 100, 0.5) == 0
