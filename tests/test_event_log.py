from labkit.event_log import SOUND, EventLog


def test_chunks_that_follow_each_other_are_one_record() -> None:
    log, seen = EventLog(), []
    log.on_record.add(seen.append)
    for t_ms in (0.0, 10.0, 20.0):
        log.add({"type": SOUND, "audio": "A" * 640}, t_ms, sent=True)
    log.add({"type": "error"}, 25.0, sent=False)
    log.add({"type": SOUND, "audio": "A" * 640}, 30.0, sent=True)
    assert [record.event["type"] for record in log.records] == [SOUND, "error", SOUND]
    assert (log.records[0].t_ms, log.records[0].event) == (0.0, {"type": SOUND, "audio_ms": 30.0, "chunks": 3})
    assert len(seen) == 5


def test_turns_are_told_when_they_change() -> None:
    log, changed = EventLog(), []
    log.on_turn.add(lambda turn: changed.append(turn.index))
    assert log.newest is None
    log.add({"type": "input_audio_buffer.speech_stopped"}, 1.0, sent=False, wire_ms=0.5)
    assert (changed, log.newest) == ([0], log.turns[0])
    assert log.records[0].wire_ms == 0.5
