"""Dollars from usage: what is said is counted, what is not said is named."""

from typing import Any

import pytest

from labkit import cost
from labkit.errors import UsageError
from labkit.turns import Turn

EXAMPLE = {
    "total_tokens": 253,
    "input_tokens": 132,
    "output_tokens": 121,
    "input_token_details": {
        "text_tokens": 119,
        "audio_tokens": 13,
        "image_tokens": 0,
        "cached_tokens": 64,
        "cached_tokens_details": {"text_tokens": 64, "audio_tokens": 0, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
}


def turn(*usage: dict[str, Any], model: str = "gpt-realtime-2.1", status: str = "completed", **more: Any) -> Turn:
    return Turn(0, status=status, model=model, usage=list(usage), **more)


def done(usage: dict[str, Any] | None) -> dict[str, Any]:
    return {"type": "response.done", "response": {"id": "r", "status": "completed", "usage": usage}}


def test_a_response_as_the_service_would_bill_it() -> None:
    found = cost.of_usage(EXAMPLE, "gpt-realtime-2.1")
    assert found.usd == pytest.approx(0.0072056)
    assert found.tokens == {"text in": 55, "audio in": 13, "text cached": 64, "text out": 30, "audio out": 91}
    assert found.parts["audio out"] == pytest.approx(91 * 64e-6)
    assert str(found) == "$0.0072 (gpt-realtime-2.1, prices of 2026-11)"
    assert not found.missing


def test_a_minute_of_talk_and_a_minute_of_answer() -> None:
    usage = {
        "input_token_details": {"audio_tokens": 600},
        "output_token_details": {"audio_tokens": 1200},
        "input_tokens": 600,
        "output_tokens": 1200,
    }
    assert cost.of_usage(usage, "gpt-realtime-2").usd == pytest.approx(0.096)
    assert cost.of_usage(usage, "gpt-realtime-2.1-mini").usd == pytest.approx(0.030)


def test_pictures_and_dated_snapshots() -> None:
    usage = {"input_tokens": 1000, "input_token_details": {"image_tokens": 1000}, "output_tokens": 0}
    assert cost.of_usage(usage, "gpt-realtime-1.5-2026-02-20").usd == pytest.approx(0.005)


@pytest.mark.parametrize(
    ("usage", "model", "usd"),
    [
        ({"type": "duration", "seconds": 60}, "gpt-transcribe", 0.0045),
        ({"type": "duration", "seconds": 90}, "gpt-realtime-translate", 0.051),
        (
            {
                "type": "tokens",
                "input_tokens": 110,
                "output_tokens": 20,
                "input_token_details": {"text_tokens": 10, "audio_tokens": 100},
            },
            "gpt-4o-transcribe",
            0.000825,
        ),
    ],
)
def test_transcription_by_tokens_or_by_time(usage: dict[str, Any], model: str, usd: float) -> None:
    found = cost.of_usage(usage, model)
    assert found.usd == pytest.approx(usd)
    assert not found.missing


@pytest.mark.parametrize(
    ("usage", "model", "said"),
    [
        (EXAMPLE, "somebody's-model", "the price of somebody's-model"),
        (EXAMPLE, "", "without a name"),
        (None, "gpt-realtime-2.1", "no usage"),
        ({}, "gpt-realtime-2.1", "no usage"),
        ("edited", "gpt-realtime-2.1", "no usage"),
        ({"type": "duration", "seconds": 3}, "gpt-realtime-2.1", "priced by tokens"),
        ({"type": "tokens", "input_tokens": 3}, "gpt-transcribe", "priced by seconds"),
    ],
)
def test_what_cannot_be_priced_is_said_and_not_guessed(usage: Any, model: str, said: str) -> None:
    found = cost.of_usage(usage, model)
    assert found.usd is None
    assert said in " ".join(found.missing)
    assert str(found).startswith("cost unknown")


def test_tokens_whose_kind_is_not_said_make_the_sum_a_lower_bound() -> None:
    found = cost.of_usage({**EXAMPLE, "output_token_details": None}, "gpt-realtime-2.1")
    assert found.usd == pytest.approx(0.0006616)
    assert "121 output tokens" in found.missing[0]
    assert str(found).startswith("at least $0.0007 (")


@pytest.mark.parametrize("cached", [{"cached_tokens_details": None}, {"cached_tokens_details": {"text_tokens": 900}}])
def test_a_cache_that_is_not_clear_leaves_out_what_was_read(cached: dict[str, Any]) -> None:
    details = {**EXAMPLE["input_token_details"], **cached}  # type: ignore[dict-item]
    found = cost.of_usage({**EXAMPLE, "input_token_details": details}, "gpt-realtime-2.1")
    assert set(found.tokens) == {"text out", "audio out"}
    assert "cached" in found.missing[0]


def test_a_cache_of_the_only_kind_there_is() -> None:
    usage = {"input_tokens": 100, "input_token_details": {"text_tokens": 100, "cached_tokens": 40}}
    assert cost.of_usage(usage, "gpt-realtime-2.1").tokens == {"text in": 60, "text cached": 40}


def test_a_turn_sums_its_responses_and_its_transcription() -> None:
    found = cost.of_turn(turn(EXAMPLE, EXAMPLE, transcription_usage=[{"type": "duration", "seconds": 6}]))
    assert found.usd == pytest.approx(2 * 0.0072056 + 0.00045)
    assert found.parts["transcription"] == pytest.approx(0.00045)
    assert found.model == "gpt-realtime-2.1"
    assert not found.hypothetical


def test_an_embedded_talk_would_have_cost_something() -> None:
    found = cost.of_turns([turn(EXAMPLE, model="labkit-start"), turn(EXAMPLE, model="labkit-start")])
    assert found.hypothetical
    assert str(found) == "would have cost $0.0144 (gpt-realtime-2.1, prices of 2026-11)"
    assert cost.of_turns([turn(EXAMPLE, model="labkit-start")], "gpt-realtime-2.1-mini").hypothetical


def test_a_turn_without_usage_says_so_and_one_without_an_answer_costs_nothing() -> None:
    found = cost.of_turns([turn(EXAMPLE), turn(), turn(status="waiting", model="")])
    assert str(found).startswith("at least $0.0072 (gpt-realtime-2.1, ")
    assert found.missing == ("an answer for which the server stated no usage",)
    assert str(cost.of_turns([])) == "$0.0000 (nothing was answered)"


def test_different_models_are_named() -> None:
    both = cost.of_turns([turn(EXAMPLE), turn(EXAMPLE, model="gpt-realtime-1.5"), turn(EXAMPLE)])
    assert both.model == "gpt-realtime-2.1 and gpt-realtime-1.5"


def test_a_cap_is_told_once() -> None:
    meter = cost.Meter("gpt-realtime-2.1", cap_usd=0.02)
    assert [meter.add(done(EXAMPLE)) for _ in range(5)] == [False, False, True, False, False]
    assert meter.reached
    assert meter.cost.usd == pytest.approx(5 * 0.0072056)


def test_the_meter_counts_transcriptions_and_nothing_else() -> None:
    meter = cost.Meter("gpt-realtime-2.1")
    kind = "conversation.item.input_audio_transcription.completed"
    meter.add({"type": kind, "item_id": "i", "usage": {"type": "duration", "seconds": 60}})
    meter.add({"type": "response.created", "response": {}})
    assert meter.cost.usd == pytest.approx(0.0045)
    meter.add(done(None))
    assert meter.cost.missing
    assert not meter.reached


def test_an_embedded_model_never_reaches_a_cap() -> None:
    meter = cost.Meter("labkit-start", cap_usd=0.001)
    assert not meter.add(done(EXAMPLE))
    assert meter.cost.hypothetical


@pytest.mark.parametrize(("model", "cap"), [("gpt-realtime-2.1", 0), ("gpt-realtime-2.1", -1), ("unknown", 5)])
def test_a_cap_that_cannot_be_kept_is_refused(model: str, cap: float) -> None:
    with pytest.raises(UsageError):
        cost.Meter(model, cap_usd=cap)
