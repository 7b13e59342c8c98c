"""Numbers of people: their one form, sealing, keys, masks, and the check of the key file."""

import os

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from governance.foundation import sealing
from governance.people import keys, rules

PHONE = "13812345678"
IDENTITY = "11010519491231002X"


@pytest.fixture
def use_keys(settings):
    def use(*given):
        settings.PERSONAL_DATA_KEYS = list(given)
        sealing._keys.cache_clear()
        sealing._ciphers.cache_clear()

    yield use
    use()


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13812345678", PHONE),
        ("１３８ １２３４ ５６７８", PHONE),
        ("138-1234-5678", PHONE),
        ("+86 13812345678", PHONE),
        ("008613812345678", PHONE),
        ("8613812345678", PHONE),
        ("0351-7123456", "03517123456"),
        ("(010) 8812 3456", "01088123456"),
        ("7123456", "7123456"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_a_telephone_number_has_one_form(typed, number):
    assert rules.clean_phone(typed) == number


@pytest.mark.parametrize(
    "typed", ["1381234567", "138123456789", "12812345678", "abc", "5678", "13812345678/139", "110"]
)
def test_what_is_no_telephone_number_is_refused(typed):
    with pytest.raises(rules.NumberError):
        rules.clean_phone(typed)


def test_an_identity_number_needs_its_check_digit():
    assert rules.clean_identity("11010519491231002x") == IDENTITY
    assert rules.clean_identity("１１０１０５ 19491231 002X") == IDENTITY
    for wrong in ("110105194912310021", "11010519491331002X", "110105491231002"):
        with pytest.raises(rules.NumberError):
            rules.clean_identity(wrong)


@pytest.mark.parametrize(
    "text", ["找13812345678", "138 1234 5678", f"证{IDENTITY}", "138-1234-5678"]
)
def test_a_number_inside_a_text_is_seen(text):
    assert rules.holds_number(text)


@pytest.mark.parametrize(
    "text", ["3号楼2单元", "2026年5月25日", "140105001004-0037", "小区14010500100400371"]
)
def test_other_digits_are_no_number(text):
    assert not rules.holds_number(text)


def test_a_sealed_number_opens_again_and_never_looks_the_same():
    first, second = sealing.seal(PHONE), sealing.seal(PHONE)
    assert first != second
    assert PHONE not in first
    assert sealing.unseal(first) == sealing.unseal(second) == PHONE
    assert sealing.seal("") == sealing.unseal("") == ""


def test_a_new_key_in_front_loses_nothing(use_keys):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    use_keys(old)
    sealed, hashed = sealing.seal(PHONE), sealing.fingerprint(PHONE)
    use_keys(new, old)
    assert sealing.unseal(sealed) == PHONE
    assert sealing.fingerprint(PHONE) == hashed
    again = sealing.seal(PHONE)
    use_keys(new)
    assert sealing.unseal(again) == PHONE


def test_without_its_key_a_number_stays_shut(use_keys):
    use_keys(Fernet.generate_key().decode())
    sealed, hashed = sealing.seal(PHONE), sealing.fingerprint(PHONE)
    use_keys(Fernet.generate_key().decode())
    with pytest.raises(ImproperlyConfigured):
        sealing.unseal(sealed)
    assert sealing.fingerprint(PHONE) != hashed


NAMES = ("张三", "李四光", "欧阳修文", "李四光（样例）")


def test_masks_keep_what_tells_people_apart_and_no_more():
    assert sealing.mask_phone(PHONE) == "138****5678"
    assert sealing.mask_phone("7123456") == "*****56"
    assert [sealing.mask_name(name) for name in NAMES] == ["张*", "李**", "欧阳**", "李**"]


def _ids(found):
    return {one.id for one in found}


def test_the_key_file_belongs_to_its_owner_alone(settings, tmp_path):
    settings.VAR_DIR, settings.PERSONAL_DATA_KEYS = tmp_path, []
    path = tmp_path / keys.KEY_FILE
    path.write_text("k")
    os.chmod(path, 0o644)
    assert "people.E002" in _ids(keys.keys_are_kept(None))
    os.chmod(path, 0o600)
    assert keys.keys_are_kept(None) == []


def test_the_key_made_here_is_readable_by_its_owner_alone(settings, tmp_path, use_keys):
    settings.VAR_DIR = tmp_path
    use_keys()
    sealing.seal(PHONE)
    assert (tmp_path / keys.KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_a_malformed_key_is_named(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.PERSONAL_DATA_KEYS = [Fernet.generate_key().decode(), "short"]
    (wrong,) = keys.keys_are_kept(None)
    assert wrong.id == "people.E001"
    assert "Key 2" in wrong.msg
