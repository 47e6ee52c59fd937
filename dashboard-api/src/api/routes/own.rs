//! The routes about oneself: signing in, who is signed in, proving oneself again, what one signs in with. No token is made for
//! any of them.

use rackward_core::permission::Permission::{ManageOperators, ManageSelf, ViewPeople};

use crate::api::{operators, views};
use crate::lists::resources;
use crate::openapi::table::{Routes, delete, get, post, put};
use crate::signin;

/// What an admin gives to others to sign in with.
pub(super) fn of_certificates() -> Routes {
    Routes::about("certificates", "Certificates by which operators' programs sign in.")
        .at(
            "/api/v1/operators/{id}/certificates",
            [post(operators::bind_certificate, "Bind a certificate to an operator until an end")
                .takes(ManageOperators)],
        )
        .at(
            "/api/v1/operators/{id}/certificates/{number}/unbind",
            [post(operators::unbind_certificate, "Take a certificate of an operator away").takes(ManageOperators)],
        )
}

/// Open to everybody: whoever asks is nobody yet.
pub(super) fn signing_in() -> Routes {
    Routes::about("sign-in", "Signing in, for whoever is not.")
        .at("/api/v1/sessions", [post(signin::password_json, "Sign in with name, password and code").makes()])
        .at(
            "/api/v1/sessions/device",
            [post(signin::begin_device, "Ask to be let in at the console, by a code that an operator types there")
                .also(409)],
        )
        .at(
            "/api/v1/sessions/device/token",
            [post(signin::fetch_device, "Fetch the token that came of it, or hear that nobody has decided yet")],
        )
        .at(
            "/api/v1/sessions/certificate",
            [post(signin::certificate_json, "Sign in by the certificate that was shown in the TLS handshake")
                .also(403)],
        )
        .for_everybody()
}

pub(super) fn of_sessions() -> Routes {
    Routes::about("sessions", "Who is signed in, and proving oneself again.")
        .at(
            "/api/v1/sessions",
            [get(signin::list_sessions, "Sessions: one's own, or everybody's")
                .lists(&resources::SESSIONS)
                .takes(ManageSelf)],
        )
        .at(
            "/api/v1/sessions/current",
            // A token is for no business of its holder's own, and may all the same ask what it is.
            [
                get(signin::current_session, "Who is asking, and what they may do"),
                delete(signin::leave_session, "Give back the token that came of signing in").also(409),
            ],
        )
        .at(
            "/api/v1/sessions/names",
            [
                get(views::names, "Whether persons' names are shown in this session").takes(ViewPeople),
                post(views::show, "Show persons' names in this session for half an hour").takes(ViewPeople).also(409),
                delete(views::hide, "Hide persons' names in this session again").takes(ViewPeople).also(409),
            ],
        )
        .at("/api/v1/sessions/{id}/revoke", [post(signin::revoke_session, "End a session").takes(ManageSelf)])
        .at("/api/v1/sessions/step-up", [post(signin::prove, "Prove oneself again").takes(ManageSelf).secret()])
        .at(
            "/api/v1/sessions/step-up/passkey",
            [post(signin::ask_passkey, "Ask for a passkey to prove oneself again by").takes(ManageSelf).secret()],
        )
}

pub(super) fn of_accounts() -> Routes {
    Routes::about("account", "What somebody signs in with, for themselves.")
        .at(
            "/api/v1/account/factors",
            [get(signin::show_own_factors, "What one signs in with oneself").takes(ManageSelf).also(409)],
        )
        .at(
            "/api/v1/account/factors/password",
            [
                put(signin::set_password, "Set one's own password").takes(ManageSelf),
                delete(signin::remove_password, "Sign in by password no more").takes(ManageSelf),
            ],
        )
        .at(
            "/api/v1/account/factors/app",
            [
                post(signin::begin_app, "Draw a secret for an authenticator app").takes(ManageSelf).secret(),
                delete(signin::remove_app, "Sign in by the authenticator app no more").takes(ManageSelf),
            ],
        )
        .at(
            "/api/v1/account/factors/app/confirm",
            [post(signin::confirm_app, "Show the app's first code, from which on it counts").takes(ManageSelf)],
        )
        .at(
            "/api/v1/account/factors/passkeys",
            [post(signin::begin_own_passkey, "Begin to make a passkey").takes(ManageSelf).secret()],
        )
        .at(
            "/api/v1/account/factors/passkeys/finish",
            [post(signin::finish_own_passkey, "Keep a passkey that was made").takes(ManageSelf)],
        )
        .at(
            "/api/v1/account/factors/passkeys/{number}",
            [delete(signin::remove_passkey, "Sign in by one passkey no more").takes(ManageSelf)],
        )
        .at(
            "/api/v1/account/factors/recovery-codes",
            [
                post(signin::new_recovery_codes, "Draw new recovery codes, which are shown once")
                    .takes(ManageSelf)
                    .secret(),
                delete(signin::remove_recovery_codes, "Have no recovery codes any more").takes(ManageSelf),
            ],
        )
}
