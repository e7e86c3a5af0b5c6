"""Addresses around the organisations."""

from django.urls import path

from tenants.views import (
    invitations,
    jobs,
    log,
    mail,
    members,
    operation,
    organisations,
    privacy,
    profile,
    providers,
    queue,
    requests,
    resellers,
    reviews,
    second_factor,
    sessions,
    staff,
    start,
)

app_name = "tenants"

ORG = "o/<slug:org>/"
MEMBERS = ORG + "members/"
MEMBER = MEMBERS + "<uuid:member_id>/"
INVITATION = MEMBERS + "invitations/<uuid:invitation_id>/"
ORGANISATION = "operation/organisations/<slug:org>/"
MAIL = "operation/mail/"
REQUEST = "access/<uuid:request_id>/"
CONNECTIONS = "accounts/connections/"
PROVIDER = "accounts/oidc/<slug:provider_id>/"
SESSIONS = "profile/sessions/"
FACTORS = "profile/second-factor/"

urlpatterns = [
    path("", start.home, name="home"),
    path(ORG + "clients/switch/", start.switch_client, name="switch_client"),
    path("access/", requests.requests, name="requests"),
    path("access/new/", requests.request_new, name="request_new"),
    path("access/answered/", requests.request_answered, name="request_answered"),
    path(REQUEST, requests.request_detail, name="request_detail"),
    path(REQUEST + "withdraw/", requests.request_withdraw, name="request_withdraw"),
    path(REQUEST + "remind/", requests.request_remind, name="request_remind"),
    path(REQUEST + "confirm/<str:token>/", requests.request_confirm, name="request_confirm"),
    path(ORG + "access-requests/<uuid:request_id>/", queue.member_request, name="member_request"),
    path(ORG + "reseller/", resellers.our_reseller, name="our_reseller"),
    path("operation/", operation.operation, name="operation"),
    path("operation/people/", operation.people, name="people"),
    path("operation/organisations/", organisations.organisations, name="organisations"),
    path("operation/new-organisation/", organisations.organisation_new, name="organisation_new"),
    path(ORGANISATION, organisations.organisation_detail, name="organisation_detail"),
    path(ORGANISATION + "edit/", organisations.organisation_edit, name="organisation_edit"),
    path(ORGANISATION + "close/", organisations.organisation_close, name="organisation_close"),
    path(ORGANISATION + "reseller/", resellers.reseller_connect, name="reseller_connect"),
    path("operation/resellers/", resellers.resellers, name="resellers"),
    path(
        "operation/connections/<uuid:connection_id>/end/",
        resellers.reseller_end,
        name="reseller_end",
    ),
    path(ORG + "log/", log.log, name="log"),
    path(ORG + "log/export/<str:fmt>/", log.log_export, name="log_export"),
    path(ORG + "clients/log/", log.client_log, name="client_log"),
    path(ORG + "clients/log/export/<str:fmt>/", log.client_log_export, name="client_log_export"),
    path("my/log/", log.my_log, name="my_log"),
    path("my/log/export/<str:fmt>/", log.my_log_export, name="my_log_export"),
    path("operation/log/", log.platform_log, name="platform_log"),
    path("operation/log/export/<str:fmt>/", log.platform_log_export, name="platform_log_export"),
    path("my/data/", privacy.my_data, name="my_data"),
    path("my/data/export/", privacy.my_data_export, name="my_data_export"),
    path("my/data/delete/", privacy.my_data_delete, name="my_data_delete"),
    path("privacy/", privacy.privacy, name="privacy"),
    path("accessibility/", privacy.accessibility, name="accessibility"),
    path(MAIL, mail.mail_list, name="mail_list"),
    path(MAIL + "<uuid:mail_id>/", mail.mail_detail, name="mail_detail"),
    path(MAIL + "<uuid:mail_id>/html/", mail.mail_html, name="mail_html"),
    path("operation/requests/", queue.queue, name="queue"),
    path("operation/requests/<uuid:request_id>/", queue.queue_detail, name="queue_detail"),
    path(ORGANISATION + "support-access/", staff.staff_start, name="staff_start"),
    path("operation/support-access/end/", staff.staff_end, name="staff_end"),
    path(MEMBERS, members.member_list, name="member_list"),
    path(MEMBERS + "export/<str:fmt>/", members.member_export, name="member_export"),
    path(MEMBERS + "invite/", invitations.invite, name="invite"),
    path(MEMBERS + "review/", reviews.member_review, name="member_review"),
    path(MEMBER, members.member_detail, name="member_detail"),
    path(MEMBER + "level/", members.member_level, name="member_level"),
    path(MEMBER + "remove/", members.member_remove, name="member_remove"),
    path(MEMBER + "reopen/", members.member_reopen, name="member_reopen"),
    path(MEMBER + "second-factor/", second_factor.reset_member, name="member_second_factor"),
    path(INVITATION, invitations.invitation_detail, name="invitation_detail"),
    path(INVITATION + "resend/", invitations.invitation_resend, name="invitation_resend"),
    path(INVITATION + "withdraw/", invitations.invitation_withdraw, name="invitation_withdraw"),
    path("invitation/<str:token>/", invitations.invitation_accept, name="invitation_accept"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", jobs.job, name="job"),
    path("profile/", profile.profile, name="profile"),
    path(FACTORS, second_factor.overview, name="second_factor"),
    path(FACTORS + "app/", second_factor.add_app, name="add_app"),
    path(FACTORS + "passkeys/add/", second_factor.add_passkey, name="add_passkey"),
    path(
        FACTORS + "passkeys/<int:factor_id>/name/",
        second_factor.rename_passkey,
        name="rename_passkey",
    ),
    path(FACTORS + "<int:factor_id>/remove/", second_factor.remove, name="remove_factor"),
    path(FACTORS + "codes/", second_factor.recovery_codes, name="recovery_codes"),
    path(FACTORS + "codes/renew/", second_factor.renew_codes, name="renew_codes"),
    path(SESSIONS, sessions.session_list, name="sessions"),
    path(SESSIONS + "<int:session_id>/end/", sessions.session_end, name="end_session"),
    path(SESSIONS + "end-others/", sessions.sessions_end_others, name="end_other_sessions"),
    path("operation/second-factor/", second_factor.reset, name="reset_second_factor"),
    path(PROVIDER, providers.oidc_start, name="oidc_start"),
    path(PROVIDER + "logout/", providers.oidc_logout, name="oidc_logout"),
    path(PROVIDER + "callback/", providers.oidc_callback, name="oidc_callback"),
    path(CONNECTIONS, providers.connections, name="connections"),
    path(CONNECTIONS + "new/", providers.connection_new, name="connection_new"),
    path(
        CONNECTIONS + "<int:link_id>/remove/", providers.connection_remove, name="connection_remove"
    ),
    path("language/", profile.set_language, name="set_language"),
]
