//! As whom a request goes out: with the token of a file, with the session of a context, or with nothing where the socket
//! says it. Secrets are read from files that their owner alone may read, stand in no argument and print nothing of
//! themselves. A session's cookie changes when its holder proves themselves again; the file follows it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use hyper::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use zeroize::Zeroizing;

use crate::cli::failure::{Exit, Failure};
use crate::secrets::{PrivateFileError, read_private, replace_private};

/// The session's cookie over TLS, and over plain HTTP on this machine. A proxy may serve the one by the other.
const COOKIE_NAMES: [&str; 2] = ["__Host-rackward_session", "rackward_session"];

/// How a token begins.
const TOKEN_PREFIX: &str = "rwt_";

/// The name under which a session is opened and used: it belongs to the program that opened it, whichever its version.
pub(crate) const AGENT: &str = "rackward command line";

/// As whom is asked.
#[derive(Debug)]
pub(crate) enum Caller {
    /// Nobody in particular, or whom the socket names.
    Unnamed,
    /// A program's token, from a file.
    Token(Secret),
    /// The token of whoever signed in here.
    SignedIn(Secret),
    /// An operator's session.
    Session(Session),
}

/// A text that prints nothing of itself.
pub(crate) struct Secret(Zeroizing<String>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A session, with the file that it is kept in.
#[derive(Debug)]
pub(crate) struct Session {
    file: PathBuf,
    /// Name and value, as they are sent; `None` before signing in and after signing out.
    cookie: Mutex<Option<Secret>>,
}

impl Caller {
    /// Whoever has the token in this file.
    ///
    /// # Errors
    /// It cannot be read, is open to others, or holds no token.
    pub(crate) fn with_token(file: &Path) -> Result<Self, Failure> {
        read_token(file).map(Self::Token)
    }

    /// Whoever signed in and was given the token in this file.
    ///
    /// # Errors
    /// It cannot be read, is open to others, or holds no token.
    pub(crate) fn signed_in(file: &Path) -> Result<Self, Failure> {
        read_token(file).map(Self::SignedIn)
    }

    /// Whoever has the session in this file; nobody yet where there is none.
    ///
    /// # Errors
    /// It cannot be read or is open to others.
    pub(crate) fn with_session(file: &Path) -> Result<Self, Failure> {
        let cookie = Mutex::new(read_cookie(file)?);
        Ok(Self::Session(Session { file: file.to_owned(), cookie }))
    }

    /// The field that says who asks.
    pub(crate) fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        let (name, text) = match self {
            Self::Unnamed => return None,
            Self::Token(secret) | Self::SignedIn(secret) => {
                (AUTHORIZATION, Zeroizing::new(format!("Bearer {}", secret.0.as_str())))
            }
            Self::Session(session) => (COOKIE, session.lock().as_ref()?.0.clone()),
        };
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some((name, value))
    }

    /// Whether somebody signed in, who can prove themselves again.
    pub(crate) fn is_signed_in(&self) -> bool {
        match self {
            Self::Unnamed | Self::Token(_) | Self::SignedIn(_) => false,
            Self::Session(session) => session.lock().is_some(),
        }
    }

    /// Takes the session's cookie from an answer, and keeps it.
    ///
    /// # Errors
    /// It cannot be written; it is good until this program ends.
    pub(crate) fn learn(&self, headers: &HeaderMap) -> Result<(), Failure> {
        let Self::Session(session) = self else { return Ok(()) };
        let Some(given) = given_cookie(headers) else { return Ok(()) };
        match given {
            Some(cookie) => {
                let written = session.keep(&cookie);
                *session.lock() = Some(cookie);
                written
            }
            None => session.forget(),
        }
    }

    /// Takes another cookie from the file, where another run of this program has left one there; says whether it did.
    pub(crate) fn look_again(&self) -> bool {
        let Self::Session(session) = self else { return false };
        let Ok(Some(kept)) = read_cookie(&session.file) else { return false };
        let mut current = session.lock();
        let is_new = current.as_ref().is_none_or(|current| current.0 != kept.0);
        *current = Some(kept);
        is_new
    }

    /// Forgets the session here.
    ///
    /// # Errors
    /// The file cannot be deleted.
    pub(crate) fn forget(&self) -> Result<(), Failure> {
        match self {
            Self::Unnamed | Self::Token(_) | Self::SignedIn(_) => Ok(()),
            Self::Session(session) => session.forget(),
        }
    }
}

impl Session {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Secret>> {
        self.cookie.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, cookie: &Secret) -> Result<(), Failure> {
        let written = replace_private(&self.file, cookie.0.as_bytes(), &mut |_| Ok(()));
        written.map_err(|error| {
            let help = "see that the directory can be written, then sign in again";
            Failure::new(Exit::Failed, "not-kept", "the session could not be kept", error.to_string(), help)
        })
    }

    fn forget(&self) -> Result<(), Failure> {
        *self.lock() = None;
        match std::fs::remove_file(&self.file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let detail = format!("{}: {error}", self.file.display());
                let help = "delete it by hand";
                Err(Failure::new(
                    Exit::Failed,
                    "not-forgotten",
                    "the session's file could not be deleted",
                    detail,
                    help,
                ))
            }
            _ => Ok(()),
        }
    }
}

/// The token in a file.
fn read_token(file: &Path) -> Result<Secret, Failure> {
    let bytes = read_private(file).map_err(|error| unreadable(&error))?;
    let text = std::str::from_utf8(&bytes).map(str::trim).unwrap_or_default();
    let is_token = text.strip_prefix(TOKEN_PREFIX).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(plain));
    if !is_token {
        let detail = format!("{} holds no token: one begins with {TOKEN_PREFIX}", file.display());
        let help = "put the token alone into the file; `rackward token create` makes one";
        return Err(Failure::new(Exit::NotSignedIn, "no-token", "the token cannot be used", detail, help));
    }
    Ok(Secret(Zeroizing::new(text.to_owned())))
}

/// What an answer says of the session's cookie: `Some(None)` that it is over.
fn given_cookie(headers: &HeaderMap) -> Option<Option<Secret>> {
    let lines = headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.filter_map(|line| line.split(';').next()).map(str::trim);
    let pair = pairs.find(|pair| COOKIE_NAMES.iter().any(|name| value_of(pair, name).is_some()))?;
    Some(Some(pair).filter(|pair| is_cookie(pair)).map(|pair| Secret(Zeroizing::new(pair.to_owned()))))
}

fn value_of<'p>(pair: &'p str, name: &str) -> Option<&'p str> {
    pair.strip_prefix(name)?.strip_prefix('=')
}

/// Whether it is a session's cookie as the daemon makes it.
fn is_cookie(pair: &str) -> bool {
    let value = COOKIE_NAMES.iter().find_map(|name| value_of(pair, name));
    value.is_some_and(|value| !value.is_empty() && value.bytes().all(plain))
}

/// The characters of base64url, of which tokens and cookies are made.
const fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// The cookie in a file; `None` where there is no file. One that holds something else is none: its owner signs in again.
fn read_cookie(file: &Path) -> Result<Option<Secret>, Failure> {
    let bytes = match read_private(file) {
        Ok(bytes) => bytes,
        Err(error) if error.is_missing() => return Ok(None),
        Err(error) => return Err(unreadable(&error)),
    };
    let text = std::str::from_utf8(&bytes).map(str::trim).ok().filter(|text| is_cookie(text));
    Ok(text.map(|text| Secret(Zeroizing::new(text.to_owned()))))
}

/// A file whose secret is not used.
fn unreadable(error: &PrivateFileError) -> Failure {
    let (slug, help) = match error {
        PrivateFileError::OpenToOthers { path } => {
            let help = "make another one if somebody could have read it";
            ("secret-open-to-others", format!("chmod 600 '{}'; {help}", path.display()))
        }
        PrivateFileError::Io { .. } => ("secret-unreadable", "name a file that is there and is yours".to_owned()),
        PrivateFileError::TooLong { .. } => ("secret-unreadable", "put the token alone into the file".to_owned()),
    };
    let detail = match error {
        PrivateFileError::OpenToOthers { path } => {
            format!("{} is open to every user of this machine, so it is not used", path.display())
        }
        other => other.to_string(),
    };
    Failure::new(Exit::NotSignedIn, slug, "the secret cannot be used", detail, help)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn write(path: &Path, text: &str, mode: u32) {
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn shown(caller: &Caller) -> Option<String> {
        caller.header().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
    }

    #[test]
    fn a_token_is_taken_from_a_file_of_ones_own_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        let check = |text: &str, mode: u32, expect: Result<&str, &str>| {
            write(&path, text, mode);
            match (Caller::with_token(&path), expect) {
                (Ok(caller), Ok(expect)) => {
                    assert_eq!(shown(&caller).as_deref(), Some(expect));
                    assert!(!format!("{caller:?}").contains("abc"), "{caller:?}");
                    assert!(caller.header().unwrap().1.is_sensitive());
                }
                (Err(failure), Err(expect)) => {
                    assert_eq!(failure.exit, Exit::NotSignedIn);
                    assert!(failure.text().contains(expect) && !failure.text().contains("abc"), "{}", failure.text());
                }
                (got, expect) => panic!("{text:?} {mode:o}: {got:?} {expect:?}"),
            }
        };
        check("rwt_abc-1\n", 0o600, Ok("authorization: Bearer rwt_abc-1"));
        check("rwt_abc-1", 0o640, Ok("authorization: Bearer rwt_abc-1"));
        check("rwt_abc-1", 0o644, Err("chmod 600"));
        check("rwt_abc-1", 0o602, Err("chmod 600"));
        check("abc", 0o600, Err("begins with rwt_"));
        check("rwt_", 0o600, Err("begins with rwt_"));
        check("rwt_abc\r\nx-evil: 1", 0o600, Err("begins with rwt_"));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(Caller::with_token(&path).unwrap_err().exit, Exit::NotSignedIn);
    }

    #[test]
    fn a_session_follows_its_cookie_and_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lon1");
        let caller = Caller::with_session(&path).unwrap();
        assert!(!caller.is_signed_in() && caller.header().is_none());
        let say = |caller: &Caller, line: &str| {
            let headers = HeaderMap::from_iter([(SET_COOKIE, line.parse().unwrap())]);
            caller.learn(&headers).unwrap();
        };
        say(&caller, "theme=dark; Path=/");
        assert!(!caller.is_signed_in(), "another cookie is none of ours");
        say(&caller, "__Host-rackward_session=a-1_; Path=/; HttpOnly; Secure; Max-Age=900");
        assert_eq!(shown(&caller).as_deref(), Some("cookie: __Host-rackward_session=a-1_"));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        // Another run has proven itself again meanwhile.
        let other = Caller::with_session(&path).unwrap();
        say(&other, "__Host-rackward_session=b-2; Path=/");
        assert!(caller.look_again() && !caller.look_again());
        assert_eq!(shown(&caller).as_deref(), Some("cookie: __Host-rackward_session=b-2"));

        say(&caller, "__Host-rackward_session=; Max-Age=0");
        assert!(!caller.is_signed_in() && !path.exists());
        caller.forget().unwrap();
        write(&path, "rackward_session=a\r\nx: y", 0o600);
        assert!(!Caller::with_session(&path).unwrap().is_signed_in(), "what is no cookie is none");
        write(&path, "rackward_session=a", 0o644);
        assert!(Caller::with_session(&path).unwrap_err().text().contains("chmod 600"));
    }
}
