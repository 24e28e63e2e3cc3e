"""Routes of the account endpoints, under `/api/`."""

from django.urls import path

from coach.accounts import views

urlpatterns = [
    path("flags", views.FlagsView.as_view(), name="flags"),
    path("auth/login", views.LoginView.as_view(), name="login"),
    path("auth/logout", views.LogoutView.as_view(), name="logout"),
    path("auth/password", views.PasswordView.as_view(), name="password"),
    path("me", views.MeView.as_view(), name="me"),
    path("settings", views.SettingsView.as_view(), name="settings"),
]
