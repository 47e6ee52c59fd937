//! The pages of problems: what a refusal of the API means and what to do about it, for people. Which problems there are,
//! with their titles and codes, is `wire/problem.rs`; the words that help are here, beside nothing of the site.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use crate::assets;
use crate::refusal::Refusal;
use crate::wire::problem::ProblemKind;

/// The list of all problems, or the page of one.
#[derive(Template)]
#[template(path = "problems.html")]
struct ProblemsPage {
    style: String,
    reference: String,
    icon: String,
    /// The title of the one that is shown; none on the page of all.
    one: Option<&'static str>,
    problems: Vec<Shown>,
}

/// One kind of problem as the page shows it.
struct Shown {
    slug: &'static str,
    title: &'static str,
    status: u16,
    code: &'static str,
    kind: String,
    means: &'static str,
    to_do: &'static str,
}

/// `GET /help/problems`
pub(crate) async fn list() -> Result<Response, Refusal> {
    draw(None, ProblemKind::ALL.iter().copied().map(Shown::of).collect())
}

/// `GET /help/problems/{slug}`: where a problem's `type` leads.
pub(crate) async fn show(Path(slug): Path<String>) -> Result<Response, Refusal> {
    let kind = ProblemKind::ALL.iter().copied().find(|kind| kind.facts().0 == slug);
    let missing = || Refusal::new(ProblemKind::NotFound, "no problem is called so; see /help/problems for all of them");
    let shown = Shown::of(kind.ok_or_else(missing)?);
    draw(Some(shown.title), vec![shown])
}

fn draw(one: Option<&'static str>, problems: Vec<Shown>) -> Result<Response, Refusal> {
    let page = ProblemsPage {
        style: assets::address(super::PAGES_STYLE),
        reference: assets::address("reference.css"),
        icon: assets::address("icon.svg"),
        one,
        problems,
    };
    super::draw(&page, StatusCode::OK)
}

impl Shown {
    fn of(kind: ProblemKind) -> Self {
        let (slug, title, status, code) = kind.facts();
        let (means, to_do) = advice(kind);
        Self { slug, title, status, code, kind: kind.type_uri(), means, to_do }
    }
}

/// What a problem means, and what to do about it.
const fn advice(kind: ProblemKind) -> (&'static str, &'static str) {
    match kind {
        ProblemKind::SignInRequired => (
            "The request came without a session or token, or with one that is over.",
            "Sign in, or send a token that still counts, and ask again.",
        ),
        ProblemKind::LinkSpent => (
            "A sign-in link works once and for a quarter of an hour. This one was used, is older, or was never given out.",
            "Have a new one made: rackward console login on the machine that runs the daemon. If nobody of yours used \
             the link, say so to whoever looks after the site.",
        ),
        ProblemKind::Forbidden => (
            "Your role, or the token you sent, has no right to what was asked.",
            "Ask somebody who has it. The detail names what it takes; an administrator gives roles.",
        ),
        ProblemKind::OwnAccess => (
            "In an access review nobody decides of their own access, nor does anybody of whom it is not known who they are.",
            "Have somebody else decide: rackward review assign, or reassign the line to them.",
        ),
        ProblemKind::StepUpRequired => (
            "What was asked cannot be taken back, so you have to show once more that it is you. That then holds for five \
             minutes.",
            "Prove yourself again with your passkey or your password and code, and send the same request again.",
        ),
        ProblemKind::SignInFailed => (
            "The name, password or code was wrong, the passkey is not one of this site, or its owner cannot sign in now: which \
             of these is not told. After several failures nobody can guess for this name for some minutes.",
            "Try again with the next code. If it goes on, ask an admin whether you are disabled or locked out.",
        ),
        ProblemKind::AuthorizationPending => (
            "A command line shows a code and waits for an operator to type it at the console. Nobody has yet.",
            "Open the address that it shows, sign in and let it in. It asks again by itself.",
        ),
        ProblemKind::SlowDown => (
            "A program that waits to be let in asks more often than it was told to.",
            "Wait five seconds longer between two questions from now on; retry_after_s says how long that is.",
        ),
        ProblemKind::AccessDenied => (
            "An operator looked at the request of this command line and said no.",
            "If it was a mistake, sign in again and have the new code typed.",
        ),
        ProblemKind::ExpiredToken => (
            "The code of a command line counts for ten minutes, and nobody let it in meanwhile.",
            "Sign in again and type the new code.",
        ),
        ProblemKind::InvalidGrant => (
            "The code was never given out, was used before, or the daemon was started anew since. What came of a code that is \
             shown twice counts no more, since somebody else may have it.",
            "Sign in again. If nobody of yours did this twice, say so to whoever looks after the site.",
        ),
        ProblemKind::NoProvider => (
            "Signing in by an outside provider was asked for, and this site has none, or its daemon was built without.",
            "Sign in at the console another way: rackward login --device. An admin sets a provider up in the site file, in \
             [oidc].",
        ),
        ProblemKind::CertificateRefused => (
            "No certificate came with the connection, or it is over, of another authority, or no operator's here.",
            "The detail says which. An admin binds a certificate to an operator: rackward operator bind-certificate.",
        ),
        ProblemKind::Stale => (
            "Somebody else changed it after you looked. Nothing of your request was carried out.",
            "Read it again, see whether your change is still what you want, and send it with the new revision.",
        ),
        ProblemKind::RevisionMissing => (
            "A change of something that somebody may have changed meanwhile must say which state of it was seen.",
            "Read the thing, and send the ETag of that answer in If-Match. To make something new send If-None-Match: *.",
        ),
        ProblemKind::KeyMissing => (
            "A change that must not happen twice needs a key, so that a repetition after a broken connection is known as one.",
            "Send Idempotency-Key with a quoted text of your own choice, new for each change and the same for each \
             repetition.",
        ),
        ProblemKind::KeyReused => (
            "A key stands for one request, and another one came under this key before.",
            "Choose a new key for each change. Nothing of this request was carried out.",
        ),
        ProblemKind::KeyRunning => (
            "The request under this key came before and is still being carried out.",
            "Ask again in a few seconds under the same key: you are given its answer.",
        ),
        ProblemKind::OutcomeUnknown => (
            "The request was interrupted between its beginning and its answer, so nobody knows whether it was done. It is \
             not carried out again.",
            "Look at the thing itself, or at the journal. If it was not done, ask for it under a new key.",
        ),
        ProblemKind::AnswerNotKept => (
            "The request was carried out before. Its answer held a secret that is shown once, or was too long to keep.",
            "Where you need the secret, have a new one made; the old one is void then.",
        ),
        ProblemKind::NoRehearsal => (
            "What this route does is not a command alone, so it cannot be tried without an effect.",
            "Leave dry_run out if you want it done. Nothing was done now.",
        ),
        ProblemKind::TooManyRequests => (
            "You, or somebody at your address, asked more than is answered in a minute.",
            "Wait for as many seconds as Retry-After says. A program that follows the stream need not ask again and again.",
        ),
        ProblemKind::LocalOnly => {
            ("This is only done from the machine that runs the daemon.", "Run the command that the detail names there.")
        }
        ProblemKind::WholeSiteOnly => (
            "This shows or changes the whole site, and your session is for one organisation.",
            "Ask for what is your organisation's; the detail says what that can be.",
        ),
        ProblemKind::CrossSite => (
            "The browser says that another site started this request. Those are refused, whatever they ask.",
            "Open the console itself and do it there. A program that is no browser sends neither Origin nor Sec-Fetch-Site.",
        ),
        ProblemKind::Misdirected => (
            "The request names a host that is not this daemon: the name points here without its doing, or it is missing in the \
             site file.",
            "Open the console by an address or by one of its names. Whoever looks after the site adds a name to `names` of \
             [console].",
        ),
        ProblemKind::NotFound => (
            "Nothing has this path or this id, or it is not yours to see.",
            "List what there is and take the id from there.",
        ),
        ProblemKind::MethodNotAllowed => {
            ("The path exists, but not with this method.", "See the Allow header of the answer.")
        }
        ProblemKind::BodyTooLarge => (
            "The body is larger than anything that makes sense here. It was not read.",
            "Send less; the detail says how much is read at most.",
        ),
        ProblemKind::UnsupportedMediaType => {
            ("The Content-Type of the request is not what this route reads.", "The detail says which one it is.")
        }
        ProblemKind::Malformed => (
            "The request cannot be read: its JSON, its query, a header or its encoding is broken, or it has a parameter \
             that is not known here.",
            "The errors name each place. Mend the program; sending the same again gives the same answer.",
        ),
        ProblemKind::Invalid => (
            "The request can be read, but what it says cannot be done.",
            "The errors name every member that is wrong, with what it may be. Nothing of the request was carried out.",
        ),
        ProblemKind::UnknownName => (
            "A name in the request stands for nothing, or for more than one thing. Nothing is ever guessed.",
            "Take one of the candidates in the answer, or list what there is.",
        ),
        ProblemKind::Conflict => (
            "What was asked does not fit the state that things are in now.",
            "The detail says what stands against it. Look at the thing again before you decide.",
        ),
        ProblemKind::LockedDown => (
            "The door, or an area around it, is locked down, and takes no other order until that is over.",
            "Release the lockdown that the detail names, if it is over for you, and give the order again.",
        ),
        ProblemKind::TooLate => (
            "The command arrived after the moment that it named itself, so it did nothing.",
            "If it is still wanted, give it again with a later moment. Check the clock of the machine that asked.",
        ),
        ProblemKind::JournalUnwritable => (
            "Nothing can be recorded, so nothing may change. Exits and the fire input go on working.",
            "Look at the disk of the machine that runs the daemon: it is full, or it fails. The site is closed until then.",
        ),
        ProblemKind::NotYetDurable => (
            "It was done, but the disk has not confirmed the record of it.",
            "Do not send it again. Look whether it is there once the daemon can record again.",
        ),
        ProblemKind::TestsFailed => (
            "What is said to hold once the changes are done would not, so none was done.",
            "Look at the tests in errors: each says what would happen instead. Correct the rights, or the test.",
        ),
        ProblemKind::Unavailable => (
            "The daemon cannot answer just now: it starts, stops, or has more to do than it takes on.",
            "Wait as long as Retry-After says and ask again.",
        ),
        ProblemKind::TimedOut => (
            "The answer took longer than a request may take. Nothing is known about whether it was done.",
            "Look before you send it again.",
        ),
        ProblemKind::Internal => (
            "A defect in Rackward. What the engine decides is not touched by it.",
            "Report it with the daemon's log and the path that was asked for.",
        ),
    }
}
