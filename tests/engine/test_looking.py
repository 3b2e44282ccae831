"""Which pictures an answer waits for."""

from types import SimpleNamespace
from typing import Any

from engine.test_conversation import NOW, Client

from labkit.engine import effects

PICTURE = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}
SIGHT = SimpleNamespace(width=9, height=9)


def shows(client: Client, item_id: str, pictures: int = 1) -> list[effects.LookAt]:
    item = {"type": "message", "role": "user", "id": item_id, "content": [PICTURE] * pictures}
    client.send("conversation.item.create", item=item)
    return [e for e in client.effects if isinstance(e, effects.LookAt) and e.item_id == item_id]


def saw(client: Client, look: effects.LookAt, sight: Any = SIGHT) -> None:
    client.take(client.conversation.saw(look, sight, NOW))


def test_an_answer_waits_for_the_pictures_since_the_last_answer_and_for_no_older_ones() -> None:
    client = Client()
    (old,) = shows(client, "old")
    answer = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hello"}]}
    client.send("conversation.item.create", item=answer)
    (board,), (camera,) = shows(client, "board"), shows(client, "camera")
    client.send("response.create")
    saw(client, camera)
    assert client.skill.requests == []
    saw(client, board)
    assert [len(request.pictures) for request in client.skill.requests] == [2]
    saw(client, old)
    assert len(client.skill.requests) == 1


def test_it_waits_for_all_pictures_of_one_message() -> None:
    client = Client()
    first, second = shows(client, "both", 2)
    client.send("response.create")
    saw(client, second)
    assert client.skill.requests == []
    saw(client, first)
    assert len(client.skill.requests) == 1


def test_a_picture_that_is_deleted_holds_nothing_up() -> None:
    client = Client()
    (look,) = shows(client, "gone")
    client.send("response.create")
    client.send("conversation.item.delete", item_id="gone")
    assert effects.LookAway("gone") in client.effects
    assert [request.sight for request in client.skill.requests] == [None]
    saw(client, look)
    assert len(client.skill.requests) == 1
