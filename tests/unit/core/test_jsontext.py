"""JSON text is cut without being changed, and nonsense is refused by one kind of failure."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datosnap.core.jsontext import (
    Json,
    bytes_head,
    decode,
    decode_object,
    encode,
    encode_canonical,
    encode_pretty,
    read_head,
    read_heads,
    slice_included,
    slice_page,
)
from datosnap.errors import NonsenseError

# Numbers, escapes and repeated keys that any parser would write otherwise.
_ODD = [
    b'{"id":"1","n":18446744073709551616,"m":1e2,"z":-0,"f":0.10000000000000000001}',
    b'{ "id" : "2" , "a" : 1 , "a" : 2 }',
    b'{"id":"3","t":"\\u00e9\\/\xf0\x9f\x98\x80","null":null}',
    b'{"id":"4",\n"b":[1 , 2]}',
]
_TEN_THOUSAND_DEEP = b"[" * 10_000 + b"]" * 10_000
_NONSENSE = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"<html>",
    b'{"data":',
    b'{"data":[]} more',
    b"\xff\xfe{}",
    b"\xef\xbb\xbf{}",
    b'{"data":[NaN]}',
    b'{"data":' + _TEN_THOUSAND_DEEP + b"}",
]


def test_a_page_is_cut_into_its_own_bytes() -> None:
    """Resources come out byte for byte, whatever a parser would make of them."""
    body = b'{"meta": {"total_count": 4},"data":[ ' + b" ,\n".join(_ODD) + b' ],"more":[1]}'
    resources, meta = slice_page(body)
    assert resources == _ODD
    assert meta == {"total_count": 4}


def test_an_empty_page_has_no_resources() -> None:
    """An empty listing is no failure, and its meta may be missing."""
    assert slice_page(b'{"data":[]}') == ([], {})


@pytest.mark.parametrize(
    "body",
    [
        *_NONSENSE,
        b'{"data":{"id":"1"}}',
        b'{"data":null}',
        b'{"data":[],"meta":null}',
        b'{"data":[],"meta":[]}',
        b'{"data":[{"a":1,}]}',
        b'{"data":[01]}',
        b'{"data":["\\ud800"]}',
    ],
)
def test_what_is_no_listing_is_refused(body: bytes) -> None:
    """A body that is not a JSON listing fails by one name, even when nested without end."""
    with pytest.raises(NonsenseError):
        slice_page(body)


@given(st.lists(st.dictionaries(st.text(), st.none() | st.integers() | st.text(), max_size=3)))
def test_any_resources_survive_the_cut(values: list[Json]) -> None:
    """Cutting a page gives the resources it was made of."""
    lines = [encode_pretty(one) for one in _within_64_bits(values)]
    resources, _ = slice_page(b'{"data":[' + b",".join(lines) + b"]}")
    assert resources == [line.strip() for line in lines]


def _within_64_bits(values: list[Json]) -> list[Json]:
    return [
        {key: one % 2**53 if isinstance(one, int) else one for key, one in value.items()}
        for value in values
    ]


def test_an_answer_is_cut_by_type() -> None:
    """The data and the included resources come out byte for byte, those of a type in order."""
    first, second, other = b'{"type": "field","n":1e2}', b'{"type":"field"}', b'{"type":"x"}'
    body = b'{"data": {"id":"1"} ,"included":[' + b" , ".join([first, other, second]) + b"]}"
    data, included = slice_included(body)
    assert data == b'{"id":"1"}'
    assert included == {"field": [first, second], "x": [other]}


def test_an_answer_may_include_nothing() -> None:
    """Without `included` there is only the data."""
    assert slice_included(b'{"data":{"id":"1"}}') == (b'{"id":"1"}', {})


@pytest.mark.parametrize(
    "body",
    [
        *_NONSENSE,
        b'{"data":{},"included":[{"id":"1"}]}',
        b'{"data":{},"included":{}}',
        b'{"data":{},"included":[' + _TEN_THOUSAND_DEEP + b"]}",
    ],
)
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    """A body without data, or with nameless resources, fails by one name."""
    with pytest.raises(NonsenseError):
        slice_included(body)


@pytest.mark.parametrize(
    ("record", "head"),
    [
        (b'{"id":"1"}', ("1", "", False)),
        (
            (
                b'{"type":"item","id":"2","attributes":{"n":1e999},"meta":{"status":"draft","stage":null,'
                b'"publication_scheduled_at":null,"unpublishing_scheduled_at":null}}'
            ),
            ("2", "draft", False),
        ),
        (
            b'{"id":"3","meta":{"status":"published","unpublishing_scheduled_at":"2030"}}',
            ("3", "published", True),
        ),
        (
            b'{"id":"4","meta":{"status":"updated","publication_scheduled_at":"2030"}}',
            ("4", "updated", True),
        ),
    ],
)
def test_the_head_of_a_record_is_read(record: bytes, head: tuple[str, str, bool]) -> None:
    """Id, state and schedules are read, alone or of a page, and nothing else is looked at."""
    for found in (read_head(record), read_heads([b'{"id":"0"}', record])[1]):
        assert (found.id, found.status, found.is_scheduled) == head


@pytest.mark.parametrize(
    "record",
    [
        *_NONSENSE,
        b'{"id":1}',
        b'{"id":null}',
        b'{"id":"1","meta":[]}',
        b'{"id":"1","attributes":' + _TEN_THOUSAND_DEEP + b"}",
    ],
)
def test_what_is_no_record_is_refused(record: bytes) -> None:
    """A resource without a text for an id fails by one name."""
    with pytest.raises(NonsenseError):
        read_head(record)
    with pytest.raises(NonsenseError):
        read_heads([b'{"id":"0"}', record])


def test_what_is_two_records_is_refused() -> None:
    """Bytes that would pass for two among others are one row, and no record."""
    with pytest.raises(NonsenseError):
        read_heads([b'{"id":"1"},{"id":"2"}', b'{"id":"3"}'])


@pytest.mark.parametrize("text", [b"", b"{", b"NaN", b'"\xff"', b"\xef\xbb\xbf1", b"1 1", "{'a'}"])
@pytest.mark.parametrize("read", [decode, decode_object])
def test_what_is_no_json_is_refused(read: Callable[[bytes | str], Json], text: bytes | str) -> None:
    """Text that is not JSON fails by name, with its beginning."""
    with pytest.raises(NonsenseError, match="expected JSON, found"):
        read(text)


@pytest.mark.parametrize("text", [b"1", b"null", b"[]", '"{}"', memoryview(b"[{}]")])
def test_an_object_must_be_one(text: bytes | str | memoryview) -> None:
    """Other JSON in place of an object is refused and shown."""
    with pytest.raises(NonsenseError, match="expected a JSON object"):
        decode_object(text)


def test_long_text_is_cut_in_messages() -> None:
    """A message shows the beginning of what was found, readable whatever its bytes."""
    assert bytes_head("é" * 200) == "é" * 80
    assert bytes_head(b"\xff" + b"a" * 200) == "\ufffd" + "a" * 79
    assert bytes_head(memoryview(b"abc")) == "abc"
    assert bytes_head(bytearray(b"abc")) == "abc"


def test_values_are_written_in_three_ways() -> None:
    """Compact text keeps the order of keys, canonical text sorts them, people get two spaces."""
    value = {"b": [1, None], "a": "é"}
    assert encode(value) == '{"b":[1,null],"a":"é"}'.encode()
    assert encode_canonical(value) == '{"a":"é","b":[1,null]}'.encode()
    assert encode_pretty({"a": [1]}) == b'{\n  "a": [\n    1\n  ]\n}\n'


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda one: st.lists(one, max_size=3)))
def test_values_come_back(value: Json) -> None:
    """What is written is read back."""
    assert decode(encode(value)) == value
