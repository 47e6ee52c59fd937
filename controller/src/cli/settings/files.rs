//! The files that say which sites there are: their form, and what is refused of them. A key that nobody knows is an error,
//! since a misspelt one would be a setting that does not hold.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::LOCAL;
use crate::cli::arguments::Form;
use crate::cli::failure::{Exit, Failure};

/// The longest file that is read: far above any list of sites.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// The longest name of a context; it is a file's name as well.
const MAX_NAME_CHARS: usize = 64;

/// Permission bits with which somebody else than the owner may write.
const WRITABLE_TO_OTHERS: u32 = 0o002;

/// What such a file says.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfigFile {
    /// Which context verbs ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) context: Option<String>,
    /// The form of answers.
    #[serde(default, skip_serializing, deserialize_with = "form")]
    pub(crate) output: Option<Form>,
    /// Whether nothing may be asked.
    #[serde(default, skip_serializing)]
    pub(crate) no_input: Option<bool>,
    /// The contexts, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) contexts: BTreeMap<String, ContextEntry>,
    /// Where it was read from.
    #[serde(skip)]
    path: PathBuf,
}

/// One context.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContextEntry {
    /// The console's address.
    pub(crate) server: String,
    /// The certificate of the site's authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca_file: Option<PathBuf>,
    /// A token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token_file: Option<PathBuf>,
    /// The certificate to sign in by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) certificate: Option<PathBuf>,
    /// Its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<PathBuf>,
}

fn form<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Form>, D::Error> {
    let word = String::deserialize(deserializer)?;
    Form::from_str(&word, false).map(Some).map_err(serde::de::Error::custom)
}

impl ConfigFile {
    /// Reads a file; one that is not there says nothing.
    ///
    /// # Errors
    /// It cannot be read or understood, or others can write it.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        use std::io::Read as _;
        let unreadable = |error: std::io::Error| problem(path, &error, "make it readable, or remove it");
        let file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Self { path: path.to_owned(), ..Self::default() });
            }
            Err(error) => return Err(unreadable(error)),
        };
        let about = file.metadata().map_err(unreadable)?;
        if about.permissions().mode() & WRITABLE_TO_OTHERS != 0 {
            let why = "every user of this machine can write it, so it may say what somebody else wants";
            return Err(problem(path, &why, &format!("look at what it says, then chmod o-w '{}'", path.display())));
        }
        let mut text = String::new();
        file.take(MAX_FILE_BYTES).read_to_string(&mut text).map_err(unreadable)?;
        let help = "keys are context, output, no_input and [contexts.NAME] with server, ca_file, token_file, certificate and key";
        let read: Self = toml::from_str(&text).map_err(|error| problem(path, &error.to_string().trim_end(), help))?;
        Ok(Self { path: path.to_owned(), ..read })
    }

    /// The same for a file of a folder: it names no place that anything is sent to, and no file.
    ///
    /// # Errors
    /// It does.
    pub(crate) fn without_places(self, name: &str) -> Result<Self, Failure> {
        if self.contexts.is_empty() {
            return Ok(self);
        }
        let why = format!(
            "{name} may choose a context and name none: whoever can write into a folder would say where the tokens of \
             those who work there go"
        );
        Err(problem(&self.path, &why, "move [contexts] into config.toml of your own (rackward login does so)"))
    }

    /// The folder that it is in.
    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    /// One of its values cannot be used.
    pub(crate) fn wrong(&self, key: &str, why: &dyn Display) -> Failure {
        problem(&self.path, &format!("{key}: {why}"), "correct it there")
    }
}

fn problem(path: &Path, why: &dyn Display, help: &str) -> Failure {
    let title = "a settings file cannot be used";
    Failure::new(Exit::Invalid, "settings-file", title, format!("{}: {why}", path.display()), help)
}

/// Whether a context can be called so: it is a word of a command line and a file's name.
///
/// # Errors
/// What a name is.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let begins = name.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
    if name == LOCAL {
        return Err(format!("\"{LOCAL}\" is the socket of this machine; choose another name"));
    }
    if begins && name.len() <= MAX_NAME_CHARS && name.chars().all(plain) {
        return Ok(());
    }
    Err(format!("a context's name has 1 to {MAX_NAME_CHARS} letters, digits, dots, hyphens and underscores"))
}
