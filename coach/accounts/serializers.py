"""Shapes of the account endpoints."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from coach.accounts.models import User
from coach.accounts.strict import StrictSerializer
from coach.flags.names import NAMES


class LoginSerializer(StrictSerializer):
    """A name and a password."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(
        max_length=128, trim_whitespace=False, style={"input_type": "password"}
    )


class PasswordSerializer(StrictSerializer):
    """The password that is, and the one that shall be."""

    currentPassword = serializers.CharField(max_length=128, trim_whitespace=False)
    newPassword = serializers.CharField(max_length=128, trim_whitespace=False)


class MeSerializer(serializers.Serializer[User]):
    """Who is logged in, and what they may do."""

    id = serializers.CharField()
    username = serializers.CharField()
    isStaff = serializers.BooleanField(source="is_staff")
    loopbackOnly = serializers.BooleanField(source="loopback_only")
    permissions = serializers.SerializerMethodField()

    def get_permissions(self, user: User) -> list[str]:
        """`app.codename`, sorted."""
        return sorted(user.get_all_permissions())


def flags_serializer() -> type[serializers.Serializer[Any]]:
    """One boolean for each flag that the code names."""
    fields: dict[str, Any] = {name: serializers.BooleanField() for name in NAMES}
    return type("FlagsSerializer", (serializers.Serializer,), fields)


FlagsSerializer = flags_serializer()
